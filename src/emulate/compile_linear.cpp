// Weighted sums -> rows in lanes. All rows of an op are tried as folded 16-bit sums, then as 16-bit pairs summed in 32
// bits, then as 32-bit and 64-bit rows; the first that provably holds every value is taken.
#include <algorithm>
#include <bit>

#include "emulate/tiles.hpp"
#include "emulate/weighted_rows.hpp"

namespace gw::emulate {
namespace {

using fixed::FixedType;
using fixed::Int128;
using fixed::Interval;

Int128 magnitude(const Interval& range) {
    return std::max(range.high, -range.low);
}

/// How a sum with an accumulator can run: exactly, modulo 2^width, or only term by term.
enum class Summation { exact, wrapping, sequential };

Summation summation(const network::Accumulator& accumulator, const WeightedRow& row, const std::vector<Interval>& x) {
    if (!accumulator.type)
        return Summation::exact;
    const FixedType& type = *accumulator.type;
    const bool converted = accumulator.products == network::Accumulator::Products::converted;
    bool drops = false, safe = true;
    Interval total = cast(Interval::point(row.bias, row.bias_fraction), type);
    for (const auto& part : row.parts) {
        const Interval term = scaled(x[part.source], part.weight, part.fraction);
        const std::int32_t zeros = std::countr_zero(static_cast<std::uint64_t>(part.weight));
        drops = drops || x[part.source].fraction + part.fraction - zeros > type.fraction;
        const Interval added = converted ? cast(term, type) : term;
        safe = safe && (!converted || fits(term, type)) && fits(total + added, type);
        total = cast(total + added, type);
    }
    if (type.overflow != fixed::Overflow::wrap && !safe)
        return Summation::sequential;
    return !drops || (converted && type.rounding == fixed::Rounding::trn) ? Summation::wrapping : Summation::sequential;
}

/// Makes one row in lanes of one width; gives nothing if the lane is too narrow.
class RowCompiler {
  public:
    RowCompiler(const WeightedRow& row, const std::vector<Interval>& x, const FixedType& type, Lane lane)
        : in_(row), x_(x), type_(type), lane_(lane) {}

    std::optional<Row> exact() const {
        std::int32_t fraction = in_.parts.empty() ? type_.fraction : fraction_of(in_.parts.front());
        for (const auto& part : in_.parts)
            fraction = std::max(fraction, fraction_of(part));
        if (in_.bias != 0)
            fraction = std::max(fraction, in_.bias_fraction);
        if (in_.ceiling != nullptr)
            fraction = std::max(fraction, in_.ceiling->type.fraction);
        Row row;
        const auto bias = moved(in_.bias, fraction - in_.bias_fraction);
        if (!bias)
            return std::nullopt;
        row.bias = static_cast<std::int64_t>(*bias);
        Int128 most = *bias < 0 ? -*bias : *bias;
        Interval range = Interval::point(*bias, fraction);
        for (const auto& part : in_.parts) {
            const auto weight = moved(part.weight, fraction - fraction_of(part));
            if (!weight)
                return std::nullopt;
            most += (*weight < 0 ? -*weight : *weight) * magnitude(x_[part.source]);
            if (most >= Int128{1} << (bits_of(lane_) - 1))
                return std::nullopt;
            row.plain.push_back({part.source, 0, static_cast<std::int64_t>(*weight)});
            range = range + scaled(Interval{x_[part.source].low, x_[part.source].high, fraction}, *weight, 0);
        }
        return ended(std::move(row), range);
    }

    /// The running sum wraps in `accumulator`, so that the lane's own wrapping does no harm.
    std::optional<Row> wrapping(const FixedType& accumulator) const {
        if (accumulator.width > bits_of(lane_))
            return std::nullopt;
        Row row;
        row.bias = static_cast<std::int64_t>(fixed::cast(in_.bias, in_.bias_fraction, accumulator));
        if (!fits_lane(row.bias, lane_))
            return std::nullopt;
        for (const auto& part : in_.parts)
            if (!add_term(row, part, accumulator.fraction))
                return std::nullopt;
        if (accumulator.width < bits_of(lane_) || !accumulator.is_signed) {
            Finish wrap;
            wrap.accumulator = {accumulator.width, accumulator.is_signed};
            wrap.type = accumulator;
            row.finish.push_back(wrap);
        }
        const Interval range{accumulator.lowest(), accumulator.highest(), accumulator.fraction};
        return fits_lane(range, lane_) ? ended(std::move(row), range) : std::nullopt;
    }

  private:
    std::int32_t fraction_of(const WeightedRow::Part& part) const { return x_[part.source].fraction + part.fraction; }

    /// value * 2^by (by >= 0) if it fits the lane.
    std::optional<Int128> moved(Int128 value, std::int32_t by) const {
        if (value == 0)
            return Int128{0};
        if (by < 0 || fixed::magnitude_bits(value) + by >= bits_of(lane_))
            return std::nullopt;
        return value << by;
    }

    bool add_term(Row& row, const WeightedRow::Part& part, std::int32_t fraction) const {
        const int zeros = std::countr_zero(static_cast<std::uint64_t>(part.weight));
        const std::int64_t odd = static_cast<std::int64_t>(part.weight) >> zeros;
        const std::int64_t dropped = std::int64_t{fraction_of(part)} - fraction - zeros;
        if (dropped <= 0) { // exact, modulo 2^lane
            const std::int64_t up = std::min<std::int64_t>(-dropped, 127);
            const auto weight = up >= bits_of(lane_) ? 0 : static_cast<std::uint64_t>(odd) << up;
            row.plain.push_back({part.source, 0, in_lane(weight)});
            return true;
        }
        if (lane_ == Lane::i16) { // for tiles.cpp, which folds the shift into the weight
            row.shifted.push_back({part.source, static_cast<std::int32_t>(std::min<std::int64_t>(dropped, 127)), odd});
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

    std::int64_t in_lane(std::uint64_t weight) const {
        if (lane_ == Lane::i16)
            return static_cast<std::int16_t>(weight);
        return lane_ == Lane::i32 ? static_cast<std::int32_t>(weight) : static_cast<std::int64_t>(weight);
    }

    /// Rectification, ceiling, and the cast to the element's type.
    std::optional<Row> ended(Row row, Interval range) const {
        Finish rectified_first;
        if (in_.ceiling != nullptr) {
            const std::int32_t up = range.fraction - in_.ceiling->type.fraction;
            const auto top = moved(in_.ceiling->raw.front(), up);
            if (!top)
                return std::nullopt;
            rectified_first.ceiling = static_cast<std::int64_t>(*top);
        }
        if (in_.rectify)
            range = rectified(range);
        if (rectified_first.ceiling)
            range = {std::min<Int128>(range.low, *rectified_first.ceiling),
                     std::min<Int128>(range.high, *rectified_first.ceiling), range.fraction};
        auto finish = finish_for(range, type_, lane_);
        if (!finish)
            return std::nullopt;
        finish->rectify = in_.rectify;
        finish->ceiling = rectified_first.ceiling;
        if (!is_nothing(*finish))
            row.finish.push_back(*finish);
        return row;
    }

    const WeightedRow& in_;
    const std::vector<Interval>& x_;
    const FixedType& type_;
    Lane lane_;
};

/// Every row of every family in one lane.
std::optional<Linear> in_lanes(const std::vector<Family>& all, const network::Accumulator& accumulator, Lane lane) {
    Linear linear;
    for (const Family& family : all) {
        const auto index = static_cast<std::uint32_t>(linear.patterns.size());
        Pattern& pattern = linear.patterns.emplace_back();
        for (std::size_t j = 0; j < family.rows.size(); ++j) {
            const RowCompiler compiler(family.rows[j], family.x, family.outputs[j], lane);
            std::optional<Row> row;
            switch (summation(accumulator, family.rows[j], family.x)) {
            case Summation::exact:
                row = compiler.exact();
                break;
            case Summation::wrapping:
                row = compiler.wrapping(*accumulator.type);
                break;
            case Summation::sequential:
                return std::nullopt;
            }
            if (!row)
                return std::nullopt;
            pattern.rows.push_back(std::move(*row));
        }
        for (Place place : family.places) {
            place.pattern = index;
            linear.places.push_back(place);
        }
    }
    return linear;
}

} // namespace

std::optional<Compiled> compile_linear(const Compiler& compiler, const network::Op& op) {
    const std::vector<Family> all = families(compiler, op);
    if (all.empty())
        return std::nullopt;
    const network::Accumulator& accumulator = accumulator_of(op);
    const Lane in = compiler.lane(network::inputs_of(op).front());
    if (in == Lane::i16) {
        if (auto linear = in_lanes(all, accumulator, Lane::i16); linear && make_folded(*linear))
            return Compiled{Lane::i16, std::move(*linear)};
        if (auto linear = in_lanes(all, accumulator, Lane::i32); linear && make_pairs(*linear))
            return Compiled{Lane::i32, std::move(*linear)};
    }
    for (const Lane lane : {Lane::i32, Lane::i64})
        if (lane >= in)
            if (auto linear = in_lanes(all, accumulator, lane))
                return Compiled{lane, std::move(*linear)};
    return std::nullopt;
}

} // namespace gw::emulate
