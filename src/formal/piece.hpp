// One thing to prove: bits of the netlist are a value of the meaning.
//
// Both are written as logic over the same unknowns: nodes that are words of the netlist already (cuts), within their
// ranges. The netlist comes first: where it does not use a cut that lies between, the meaning goes on to what it does
// use. A sum that the netlist is known to hold in some word (linear.hpp) may become one unknown too, whatever it is
// the sum of: then only what happens to the sum is left to the solver.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "formal/cell_logic.hpp"
#include "formal/linear.hpp"
#include "formal/sat.hpp"

namespace gw::formal {

/// What a piece takes for granted.
enum class Depth : std::uint8_t {
    sums,  ///< cuts, and sums as unknowns
    cuts,  ///< cuts alone
    inputs ///< nothing: the unknowns are the network's inputs
};

/// A form without its constant, its sign and common powers of two: equal for words that are the same sum but for these.
struct Core {
    Form form;
    bool negative = false;
    int places = 0; ///< form of the word = (+-core * 2^places + constant) / 2^shift, places < 0 as shift
    fixed::Int128 constant = 0;
    int shift = 0;
};
std::optional<Core> core_of(const Form& form);

class Piece {
  public:
    /// @param words_of for each bit the words (netlist.words) that hold it
    Piece(const Netlist& netlist, const Meaning& meaning, const Cuts& cuts, LinearForms& linear,
          const std::vector<std::vector<Place>>& words_of, Depth depth);

    /// 1 where value * 2^fraction modulo 2^(as many bits) is not the number of these bits.
    Literal differs(const Value& value, std::int32_t fraction, const Bits& bits);
    /// 1 where the node is not the cut's word.
    Literal differs(const Cut& cut);

    /// Whether something can make it 1. @param undriven what nets may be that nothing drives
    enum class Undriven : std::uint8_t { anything, zero };
    Solution solve(Literal differs, Clock::time_point until, Undriven undriven = Undriven::anything) const;
    /// Of the solution, at depth `inputs`: raw mantissas of the event.
    std::vector<std::int64_t> event_of(const Solution& solution, std::size_t inputs) const;

    const Aig& aig() const { return aig_; }
    bool is_unknown(NodeId node) const;
    Literals netlist_bits(const Bits& bits);
    /// Those that the netlist was seen to read, where nothing of the meaning was asked for.
    const std::map<NodeId, Literals>& unknowns() const { return nodes_; }

  private:
    friend class NodeLogic;
    struct Sum {
        Literals bits;            ///< none until the netlist has used it
        bool beyond_cuts = false; ///< the meaning reads it through a cut only
    };
    struct WordAsSum {
        Literals bits;
        bool beyond_cuts = false;
    };
    Literals unknown(const Interval& range);
    bool is_known(NodeId node) const;
    void collect_sums(const Value& value, unsigned cuts_between, std::vector<bool>& seen);
    void note_lowest();

    // The meaning (node_logic.cpp).
    const Literals& node(NodeId id);
    const Literals& used(NodeId id);                            ///< by the netlist, as an unknown
    Literals number(const Value& value, std::int32_t fraction); ///< in two's complement, wide enough for its range
    Literals total(const Form& form, std::size_t width);
    const Sum* sum_of(const Core& core);
    std::optional<Core> congruent_core(const Core& word, int bits) const;

    // The netlist.
    Literal netlist_bit(Bit bit);
    std::optional<Literal> as_sum(Bit bit, bool beyond_cuts);
    std::optional<Literal> as_cut(Bit bit);
    const std::optional<WordAsSum>& word_as_sum(std::uint32_t word);

    const Netlist& netlist_;
    const Meaning& meaning_;
    const Cuts& cuts_;
    LinearForms& linear_;
    const std::vector<std::vector<Place>>& words_of_;
    Depth depth_;

    Aig aig_;
    std::vector<Literal> assumed_;  ///< the unknowns' ranges
    std::vector<Literal> undriven_; ///< of nets that nothing drives
    std::map<NodeId, Literals> nodes_;
    std::map<Form, Sum> sums_; ///< by core
    NodeId lowest_ = 0;        ///< of the nodes and sums that the netlist has used
    std::map<Bit, Literal> bits_;
    std::map<std::uint32_t, std::optional<WordAsSum>> words_as_sums_;
};

} // namespace gw::formal
