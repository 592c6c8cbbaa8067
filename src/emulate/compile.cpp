// Network -> Program. A row is tried in 32-bit lanes, then in 64-bit ones; an op with a row that fits neither runs by
// the reference.
#include <algorithm>
#include <bit>

#include "emulate/program.hpp"
#include "network/range.hpp"

namespace gw::emulate {
namespace {

using fixed::FixedType;
using fixed::Int128;
using fixed::Interval;
using network::Network;

int bits_of(Lane lane) {
    return lane == Lane::i32 ? 32 : 64;
}

bool fits_lane(Int128 value, Lane lane) {
    const Int128 end = Int128{1} << (bits_of(lane) - 1);
    return value >= -end && value < end;
}

Int128 magnitude(const Interval& range) {
    return std::max(range.high, -range.low);
}

/// An element in the making, in exact terms: sum_i x[i] * weight[i] + bias, all at one fraction.
struct Linear {
    struct Part {
        std::uint32_t source;
        Int128 weight;
        std::int32_t fraction; ///< of the weight
    };
    std::vector<Part> parts;
    Int128 bias = 0;
    std::int32_t bias_fraction = 0;
};

/// Compiles one op for one lane width; `row` gives nothing if the lane is too narrow.
class RowCompiler {
  public:
    RowCompiler(const network::Tensor& in, const network::Tensor& out, const std::vector<Interval>& x, Lane lane)
        : in_(in), out_(out), x_(x), lane_(lane) {}

    /// Exact arithmetic, then rectification, ceiling, and the cast to element j.
    std::optional<Row> exact(const Linear& linear, std::size_t j, bool rectify,
                             const network::Constant* ceiling) const {
        const FixedType& type = out_.type(j);
        std::int32_t fraction = std::max(type.fraction, linear.bias == 0 ? type.fraction : linear.bias_fraction);
        for (const auto& part : linear.parts)
            fraction = std::max(fraction, fraction_of(part));
        if (ceiling != nullptr)
            fraction = std::max(fraction, ceiling->type.fraction);
        Row row;
        Int128 most = 0;
        const auto bias = moved(linear.bias, fraction - linear.bias_fraction);
        if (!bias)
            return std::nullopt;
        row.bias = static_cast<std::int64_t>(*bias);
        most = *bias < 0 ? -*bias : *bias;
        Interval range = Interval::point(*bias, fraction);
        for (const auto& part : linear.parts) {
            const auto weight = moved(part.weight, fraction - fraction_of(part));
            if (!weight)
                return std::nullopt;
            most += (*weight < 0 ? -*weight : *weight) * magnitude(x_[part.source]);
            if (most >= Int128{1} << (bits_of(lane_) - 1))
                return std::nullopt;
            row.plain.push_back({part.source, 0, static_cast<std::int64_t>(*weight)});
            range = range + Interval{std::min(*weight * x_[part.source].low, *weight * x_[part.source].high),
                                     std::max(*weight * x_[part.source].low, *weight * x_[part.source].high), fraction};
        }
        row.finish.rectify = rectify;
        if (rectify)
            range = rectified(range);
        if (ceiling != nullptr) {
            const auto top = moved(ceiling->raw.front(), fraction - ceiling->type.fraction);
            if (!top)
                return std::nullopt;
            row.finish.ceiling = static_cast<std::int64_t>(*top);
            range = {std::min(range.low, *top), std::min(range.high, *top), fraction};
        }
        return finished(row, range, type) ? std::optional(std::move(row)) : std::nullopt;
    }

    /// A dense row whose running sum wraps in `accumulator`, so that the lane's own wrapping does no harm.
    std::optional<Row> wrapping(const Linear& linear, std::size_t j, const FixedType& accumulator) const {
        if (accumulator.width > bits_of(lane_))
            return std::nullopt;
        Row row;
        row.bias = static_cast<std::int64_t>(fixed::cast(linear.bias, linear.bias_fraction, accumulator));
        if (!fits_lane(row.bias, lane_))
            return std::nullopt;
        for (const auto& part : linear.parts)
            if (!add_term(row, part, accumulator.fraction))
                return std::nullopt;
        const FixedType& type = out_.type(j);
        Interval range{accumulator.lowest(), accumulator.highest(), accumulator.fraction};
        const std::int32_t left = std::max(type.fraction - accumulator.fraction, 0);
        if (fixed::magnitude_bits(magnitude(range)) + left >= bits_of(lane_))
            return std::nullopt;
        range = aligned(range, accumulator.fraction + left);
        row.finish.accumulator = {accumulator.width, accumulator.is_signed, left};
        return finished(row, range, type) ? std::optional(std::move(row)) : std::nullopt;
    }

  private:
    std::int32_t fraction_of(const Linear::Part& part) const { return in_.type(part.source).fraction + part.fraction; }

    /// value * 2^by (by >= 0) if it fits the lane.
    std::optional<Int128> moved(Int128 value, std::int32_t by) const {
        if (value == 0)
            return Int128{0};
        if (by < 0 || fixed::magnitude_bits(value) + by >= bits_of(lane_))
            return std::nullopt;
        return value << by;
    }

    bool add_term(Row& row, const Linear::Part& part, std::int32_t fraction) const {
        const int zeros = std::countr_zero(static_cast<std::uint64_t>(part.weight));
        const std::int64_t odd = static_cast<std::int64_t>(part.weight) >> zeros;
        const std::int64_t dropped = std::int64_t{fraction_of(part)} - fraction - zeros;
        if (dropped <= 0) { // exact, modulo 2^lane
            const std::int64_t up = std::min<std::int64_t>(-dropped, 127);
            const auto weight = up >= bits_of(lane_) ? 0 : static_cast<std::uint64_t>(odd) << up;
            row.plain.push_back(
                {part.source, 0,
                 lane_ == Lane::i32 ? static_cast<std::int32_t>(weight) : static_cast<std::int64_t>(weight)});
            return true;
        }
        const Int128 most = magnitude(x_[part.source]) * (odd < 0 ? -Int128{odd} : Int128{odd});
        if (most < Int128{1} << (bits_of(lane_) - 1)) {
            row.shifted.push_back(
                {part.source, static_cast<std::int32_t>(std::min<std::int64_t>(dropped, bits_of(lane_) - 1)), odd});
            return true;
        }
        if (lane_ == Lane::i32 && fits_lane(odd, lane_) && dropped <= 32) {
            row.wide.push_back({part.source, static_cast<std::int32_t>(dropped), odd});
            return true;
        }
        return false;
    }

    /// From `range`, exact at its fraction >= type.fraction, to `type`.
    bool finished(Row& row, const Interval& range, const FixedType& type) const {
        row.finish.type = type;
        row.finish.dropped = range.fraction - type.fraction;
        row.finish.rounding = type.rounding;
        row.finish.limit = !fits(range, type);
        return row.finish.dropped < bits_of(lane_) && fits_lane(range.low, lane_) && fits_lane(range.high, lane_);
    }

    const network::Tensor& in_;
    const network::Tensor& out_;
    const std::vector<Interval>& x_;
    Lane lane_;
};

Linear dense_row(const network::Dense& op, std::size_t j, std::size_t inputs, std::size_t outputs) {
    Linear linear;
    for (std::size_t i = 0; i < inputs; ++i)
        if (const auto weight = op.weights.raw[i * outputs + j]; weight != 0)
            linear.parts.push_back({static_cast<std::uint32_t>(i), weight, op.weights.type.fraction});
    if (op.bias) {
        linear.bias = op.bias->raw[j];
        linear.bias_fraction = op.bias->type.fraction;
    }
    return linear;
}

/// How a dense row with an accumulator can run: exactly, modulo 2^width, or only term by term.
enum class Summation { exact, wrapping, sequential };

Summation summation(const network::Dense& op, const Linear& linear, const network::Tensor& in,
                    const std::vector<Interval>& x) {
    if (!op.accumulator.type)
        return Summation::exact;
    const FixedType& type = *op.accumulator.type;
    const bool converted = op.accumulator.products == network::Accumulator::Products::converted;
    bool drops = false, safe = true;
    Interval total = cast(Interval::point(linear.bias, linear.bias_fraction), type);
    for (const auto& part : linear.parts) {
        const Interval term = scaled(x[part.source], part.weight, part.fraction);
        const std::int32_t zeros = std::countr_zero(static_cast<std::uint64_t>(part.weight));
        drops = drops || in.type(part.source).fraction + part.fraction - zeros > type.fraction;
        const Interval added = converted ? cast(term, type) : term;
        safe = safe && (!converted || fits(term, type)) && fits(total + added, type);
        total = cast(total + added, type);
    }
    if (type.overflow != fixed::Overflow::wrap && !safe)
        return Summation::sequential;
    return !drops || (converted && type.rounding == fixed::Rounding::trn) ? Summation::wrapping : Summation::sequential;
}

/// All rows of one op in one lane width.
struct OpCompiler {
    const network::Tensor& in;
    const network::Tensor& out;
    const std::vector<Interval>& x;
    Lane lane;

    using Rows = std::vector<Row>;

    template <typename Make> std::optional<Rows> each(const Make& make) const {
        Rows rows;
        for (std::size_t j = 0; j < out.size(); ++j) {
            std::optional<Row> row = make(RowCompiler(in, out, x, lane), j);
            if (!row)
                return std::nullopt;
            rows.push_back(std::move(*row));
        }
        return rows;
    }

    std::optional<Rows> operator()(const network::Dense& op) const {
        return each([&](const RowCompiler& compiler, std::size_t j) -> std::optional<Row> {
            const Linear linear = dense_row(op, j, in.size(), out.size());
            switch (summation(op, linear, in, x)) {
            case Summation::exact:
                return compiler.exact(linear, j, false, nullptr);
            case Summation::wrapping:
                return compiler.wrapping(linear, j, *op.accumulator.type);
            case Summation::sequential:
                break;
            }
            return std::nullopt;
        });
    }
    std::optional<Rows> operator()(const network::Affine& op) const {
        const auto at = [](const network::Constant& constant, std::size_t i) { return constant.at(i); };
        return each([&](const RowCompiler& compiler, std::size_t i) {
            Linear linear = alone(i);
            if (op.scale)
                linear.parts.front() = {static_cast<std::uint32_t>(i), at(*op.scale, i), op.scale->type.fraction};
            if (op.bias) {
                linear.bias = at(*op.bias, i);
                linear.bias_fraction = op.bias->type.fraction;
            }
            return compiler.exact(linear, i, false, nullptr);
        });
    }
    std::optional<Rows> operator()(const network::Relu& op) const {
        return each([&](const RowCompiler& compiler, std::size_t i) {
            return compiler.exact(alone(i), i, true, op.ceiling ? &*op.ceiling : nullptr);
        });
    }
    std::optional<Rows> operator()(const network::Requantise&) const {
        return each(
            [&](const RowCompiler& compiler, std::size_t i) { return compiler.exact(alone(i), i, false, nullptr); });
    }

    template <typename Other> std::optional<Rows> operator()(const Other&) const { return std::nullopt; }

    static Linear alone(std::size_t i) { return {{{static_cast<std::uint32_t>(i), 1, 0}}, 0, 0}; }
};

Lane lane_for(const std::vector<Interval>& values) {
    const bool narrow = std::all_of(values.begin(), values.end(), [](const Interval& range) {
        return fits_lane(range.low, Lane::i32) && fits_lane(range.high, Lane::i32);
    });
    return narrow ? Lane::i32 : Lane::i64;
}

} // namespace

Program compile(const Network& network) {
    const network::Ranges ranges = network::infer_ranges(network);
    Program program;
    for (std::size_t t = 0; t < network.tensors.size(); ++t) {
        program.lanes.push_back(lane_for(ranges.values[t]));
        program.offsets.push_back(program.bytes);
        program.bytes +=
            network.tensors[t].size() * block * static_cast<std::size_t>(bits_of(program.lanes.back()) / 8);
    }
    for (std::size_t index = 0; index < network.ops.size(); ++index) {
        const network::Op& op = network.ops[index];
        Step step;
        step.op = index;
        step.input = static_cast<std::size_t>(network::input_of(op));
        step.output = static_cast<std::size_t>(network::output_of(op));
        const Lane least = std::max(program.lanes[step.input], program.lanes[step.output]);
        for (Lane lane = least; step.rows.empty(); lane = Lane::i64) {
            const OpCompiler compiler{network.tensors[step.input], network.tensors[step.output],
                                      ranges.values[step.input], lane};
            if (auto rows = std::visit(compiler, op.body)) {
                step.rows = std::move(*rows);
                step.lane = lane;
            }
            if (lane == Lane::i64)
                break;
        }
        program.steps.push_back(std::move(step));
    }
    return program;
}

} // namespace gw::emulate
