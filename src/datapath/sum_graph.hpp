// SumGraph: a constant multiplication on its way to adders. Every value that is to be built is a sum of terms over
// inputs and other such values; a sum of two terms is one adder. Solving means to take common parts out of sums until
// none are left (elimination.hpp); local search opens sums again. The order of summation inside a sum is left to the
// end (assemble.cpp).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "datapath/cmvm.hpp"
#include "datapath/cmvm_nodes.hpp"
#include "datapath/kraft.hpp"

namespace gw::datapath {

/// sum of +-node * 2^shift, no term twice.
struct Sum {
    std::vector<Term> terms;
    Kraft::Load load = 0;  ///< sum of 2^depth over the terms
    Kraft::Load limit = 0; ///< what the load may not pass
    bool is_open = true;   ///< whether pairs of its terms may occur elsewhere; eliminate() sees to it that they do not
};

/// Node numbers: the inputs, then the sums. The first `columns` sums are the outputs without their addends, and are
/// never terms of others.
class SumGraph {
  public:
    /// All sums empty; the limit of an output is 2^limit_depth less its addends' load.
    SumGraph(const CmvmProblem& problem, const Kraft& kraft, std::uint32_t limit_depth);

    std::size_t size() const { return sums_.size(); }
    std::size_t columns() const { return problem_->columns; }
    const Sum& sum(std::size_t index) const { return sums_[index]; }
    Sum& sum(std::size_t index) { return sums_[index]; }
    bool is_input(std::uint32_t node) const { return node < inputs_; }
    std::size_t index_of(std::uint32_t node) const { return node - inputs_; }
    std::uint32_t node_of(std::size_t index) const { return inputs_ + static_cast<std::uint32_t>(index); }

    std::int32_t lsb(std::uint32_t node) const { return facts_[node].lsb; }
    std::int32_t top(std::uint32_t node) const { return facts_[node].top; }
    /// Levels at which the value may be counted on.
    std::uint32_t depth(std::uint32_t node) const { return facts_[node].depth; }
    const LinearForm& form(std::uint32_t node) const { return *facts_[node].form; }
    std::size_t nodes() const { return facts_.size(); }

    /// A new value x + y. @return its node
    std::uint32_t add_pair(const Term& x, const Term& y);
    /// A new value of a known form, still without terms, that will be there at `depth`. @return its node
    std::uint32_t add_value(LinearForm form, std::uint32_t depth);
    /// A value of another graph of the same problem, with terms of this graph. It may be counted on as soon as its
    /// terms allow where they are two, else as before. @return its node
    std::uint32_t add_copy(const SumGraph& from, std::uint32_t node, std::vector<Term> terms);
    /// The same problem and limits, nothing built.
    SumGraph without_sums() const;
    /// Column `column` of the matrix.
    std::vector<std::int64_t> column_weights(std::size_t column) const;
    /// Replaces the terms of a sum. Equal terms double and opposite ones vanish.
    void set_terms(std::size_t index, std::vector<Term> terms);

    const CmvmProblem& problem() const { return *problem_; }
    const Kraft& kraft() const { return *kraft_; }

  private:
    struct Facts {
        std::int32_t lsb = 0, top = 0; ///< lowest bit, one past the highest, in powers of two
        std::uint32_t depth = 0;
        std::shared_ptr<const LinearForm> form; ///< over the inputs; shared by copies of the graph
    };
    std::uint32_t push(LinearForm form, std::uint32_t depth);

    const CmvmProblem* problem_;
    const Kraft* kraft_;
    std::uint32_t inputs_;
    std::vector<Facts> facts_; ///< by node
    std::vector<Sum> sums_;
};

/// Sums all that is left, by depth and then by top bit (Huffman's rule, which meets every limit), addends and cuts
/// included.
CmvmSolution assemble(const SumGraph& graph);

} // namespace gw::datapath
