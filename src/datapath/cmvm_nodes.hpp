// The growing list of values of one constant multiplication: inputs, addends, steps; with exact ranges from linear
// forms.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "datapath/cmvm.hpp"

namespace gw::datapath {

/// sum of coefficient * input, sorted by input.
using LinearForm = std::vector<std::pair<std::uint32_t, Int128>>;

/// x + y*2^shift, with signs.
LinearForm combined(const LinearForm& x, bool x_negative, const LinearForm& y, std::int32_t shift, bool y_negative);
/// The range of a form over independent inputs; none for an empty form.
std::optional<Interval> range_of(const LinearForm& form, const std::vector<Source>& inputs);
/// The signed range in which every value mod 2^modulus has one representative; none where `range` lies in it already or
/// its word would pass 64 bits.
std::optional<Interval> cut_range(const Interval& range, std::int32_t modulus);
/// Bits of carry chain of a sum whose operands' lowest bits are at 2^a and 2^b: below the higher of them the finer
/// operand passes through, unless it is subtracted.
std::uint64_t carry_bits(std::int32_t a, std::int32_t b, Add::Kind kind, const Interval& sum);
/// One past the highest bit that a value of the range needs, sign included; in powers of two.
std::int32_t top(const Interval& range);

class CmvmNodes {
  public:
    explicit CmvmNodes(const CmvmProblem& problem);

    const Interval& range(std::uint32_t node) const { return values_[node].range; }
    std::uint32_t depth(std::uint32_t node) const { return values_[node].depth; }
    std::int32_t lsb(std::uint32_t node) const { return -values_[node].range.fraction; }
    std::int32_t top(std::uint32_t node) const { return values_[node].top; }
    /// Node number of a column's first addend.
    std::uint32_t first_addend(std::size_t column) const { return first_addend_[column]; }

    /// Adds the step that sums two terms. @param modulus of the column's value
    Term join(Term x, Term y, const std::optional<std::int32_t>& modulus = {});

    std::uint64_t adder_bits(const Step& step) const;
    std::vector<Step> take_steps() { return std::move(steps_); }
    const std::vector<Step>& steps() const { return steps_; }

  private:
    struct Value {
        Interval range;
        std::int32_t top = 0;
        std::uint32_t depth = 0;
        bool is_linear = true; ///< range = form(inputs) + rest; false once a sum was cut
        LinearForm form;
        std::optional<Interval> rest; ///< of the addends in it
    };
    void push(Value value);
    Value sum(const Step& step) const;

    const CmvmProblem& problem_;
    std::vector<std::uint32_t> first_addend_;
    std::vector<Value> values_;
    std::vector<Step> steps_;
};

} // namespace gw::datapath
