// A second look for the word of a node that the events of samples.hpp left where it was: a rectifier, say, of a sum
// that is hardly ever positive. Here the cuts before it take values of their own, driven towards either end of the sums
// that it reads.
#pragma once

#include <vector>

#include "formal/piece.hpp"
#include "formal/samples.hpp"
#include "support/rng.hpp"

namespace gw::formal {

class WordSearch {
  public:
    /// @param netlist_logic a piece of depth `cuts` whose literals are made here and kept
    WordSearch(const Netlist& netlist, const Meaning& meaning, Piece& netlist_logic);

    /// As formal::candidates, for one node.
    std::vector<Candidate> candidates(NodeId node, support::Random& random);

  private:
    void collect(const Value& value, std::vector<Form>& sums, std::vector<bool>& seen) const;
    void draw(std::vector<Column>& nodes, const Form& sum, bool upwards, support::Random& random) const;
    const Column& evaluated(NodeId node, std::vector<Column>& nodes) const;
    std::vector<std::uint64_t> simulated(const std::vector<Column>& nodes) const;

    const Netlist& netlist_;
    const Meaning& meaning_;
    Piece& logic_;
    std::vector<Literals> words_;
};

} // namespace gw::formal
