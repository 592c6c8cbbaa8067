#include "emulate/compile_tables.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>

#include "emulate/exact.hpp"

namespace gw::emulate {
namespace {

using fixed::FixedType;
using fixed::Int128;
using fixed::Interval;

constexpr Int128 most_entries = 1 << 16; ///< of a table indexed by the input itself

std::optional<std::int32_t> cast_to_32(const Exact& value, const FixedType& type) {
    const Int128 raw = fixed::cast(value.mantissa, value.fraction, type);
    return fits_lane(raw, Lane::i32) ? std::optional(static_cast<std::int32_t>(raw)) : std::nullopt;
}

/// How a table made for inputs from `first` on is looked up.
struct Index {
    std::int64_t first = 0;
    std::int32_t right = 0;
};

/// Drops low bits of the input that no entry depends on: a table in the nearest cache is worth more than a shift.
void drop_bits(std::vector<std::int32_t>& table, Index& index) {
    while (table.size() > 1) {
        const auto odd = static_cast<std::size_t>(index.first & 1); // the first entry stands alone
        if (table.size() == 2 && odd != 0) // no pairs: it would not get smaller, and -1 / 2 stays -1
            return;
        for (std::size_t k = odd; k + 1 < table.size(); k += 2)
            if (table[k] != table[k + 1])
                return;
        for (std::size_t k = 1; k < (table.size() + odd + 1) / 2; ++k)
            table[k] = table[2 * k - odd];
        table.resize((table.size() + odd + 1) / 2);
        index.first >>= 1;
        ++index.right;
    }
}

/// Tables with equal contents' makings are made once.
class Tables {
  public:
    explicit Tables(Lookup& lookup) : lookup_(lookup) {}

    /// entries(k) gives entry k, or nothing if it does not fit.
    template <typename Entry>
    std::optional<std::uint32_t> get(const std::string& key, std::size_t count, const Entry& entry) {
        const auto [at, is_new] = known_.emplace(key, static_cast<std::uint32_t>(lookup_.tables.size()));
        if (!is_new)
            return at->second;
        std::vector<std::int32_t>& table = lookup_.tables.emplace_back();
        table.reserve(count);
        for (std::size_t k = 0; k < count; ++k) {
            const auto value = entry(k);
            if (!value)
                return std::nullopt;
            table.push_back(*value);
        }
        return at->second;
    }

    /// The same for a table over inputs from `first` on: with fewer entries where that is possible.
    template <typename Entry>
    std::optional<std::uint32_t> over_inputs(const std::string& key, const Interval& x, const Entry& entry) {
        const auto table = get(key, static_cast<std::size_t>(x.high - x.low) + 1, entry);
        if (table && *table >= indices_.size()) {
            indices_.push_back({static_cast<std::int64_t>(x.low), 0});
            drop_bits(lookup_.tables[*table], indices_.back());
        }
        return table;
    }
    const Index& index(std::uint32_t table) const { return indices_[table]; }

  private:
    Lookup& lookup_;
    std::map<std::string, std::uint32_t> known_;
    std::vector<Index> indices_; ///< of tables over inputs
};

std::string key_of(const Interval& range, const FixedType& type) {
    return fmt::format("{} {} {} {}", static_cast<std::int64_t>(range.low), static_cast<std::int64_t>(range.high),
                       range.fraction, fixed::to_string(type));
}

bool all_small(const std::vector<Interval>& ranges) {
    return std::all_of(ranges.begin(), ranges.end(), [](const Interval& x) { return x.high - x.low < most_entries; });
}

} // namespace

std::optional<Lookup> compile_table(const Compiler& compiler, const network::Table& op, Lane lane) {
    const network::Tensor& out = compiler.tensor(op.output);
    const std::vector<Interval>& ranges = compiler.range(op.input);
    Lookup step;
    Tables tables(step);
    const bool small = all_small(ranges);
    if (!small) {
        step.formula = {op.numerator, op.denominator, op.offset, op.towards_zero};
        if (lane == Lane::i16)
            return std::nullopt;
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        const FixedType& type = out.type(i);
        const Interval& x = ranges[i];
        Lookup::Group group;
        group.row = static_cast<std::uint32_t>(i);
        std::optional<std::uint32_t> table;
        if (small) {
            const auto entry = [&](std::size_t k) {
                const Exact input{x.low + static_cast<Int128>(k), x.fraction};
                return cast_to_32(element(op.values, network::table_index(op, aligned(input, op.fraction).mantissa)),
                                  type);
            };
            table = tables.over_inputs(key_of(x, type), x, entry);
        } else {
            group.left = op.fraction - x.fraction;
            const Int128 most = std::max(x.high, -x.low);
            if (fixed::magnitude_bits(most) + group.left + fixed::magnitude_bits(op.numerator) > 62)
                return std::nullopt;
            table = tables.get(fixed::to_string(type), op.values.raw.size(),
                               [&](std::size_t k) { return cast_to_32(element(op.values, k), type); });
        }
        if (!table)
            return std::nullopt;
        group.table = *table;
        if (small) {
            group.first = tables.index(*table).first;
            group.right = tables.index(*table).right;
        }
        step.groups.push_back(group);
    }
    return step;
}

std::optional<Lookup> compile_embedding(const Compiler& compiler, const network::Embedding& op, Lane) {
    const network::Tensor& out = compiler.tensor(op.output);
    const std::vector<Interval>& ranges = compiler.range(op.input);
    if (!all_small(ranges))
        return std::nullopt;
    const std::size_t entries = op.table.shape[0], width = op.table.shape[1];
    Lookup step;
    Tables tables(step);
    for (std::size_t j = 0; j < out.size(); ++j) {
        const std::size_t i = j / width, column = j % width;
        const Interval& x = ranges[i];
        const auto entry = [&](std::size_t k) {
            const Int128 index = aligned({x.low + static_cast<Int128>(k), x.fraction}, 0).mantissa;
            const auto row = std::clamp<Int128>(index, 0, static_cast<Int128>(entries) - 1);
            return cast_to_32(element(op.table, static_cast<std::size_t>(row) * width + column), out.type(j));
        };
        const auto table = tables.over_inputs(fmt::format("{} {}", column, key_of(x, out.type(j))), x, entry);
        if (!table)
            return std::nullopt;
        const Index& index = tables.index(*table);
        step.groups.push_back({static_cast<std::uint32_t>(i), *table, index.first, index.right, 0});
    }
    return step;
}

std::optional<Stairs> compile_steps(const Compiler& compiler, const network::Steps& op, Lane lane) {
    const network::Tensor& out = compiler.tensor(op.output);
    const std::size_t count = op.thresholds.shape.back();
    if (lane == Lane::i16 && count > INT16_MAX)
        return std::nullopt;
    const std::size_t channels =
        std::max(op.thresholds.raw.size() / std::max<std::size_t>(count, 1), op.values.raw.size() / (count + 1));
    Stairs step;
    std::map<std::string, std::uint32_t> known;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const Interval& x = compiler.range(op.input)[i];
        const std::size_t channel = i % std::max<std::size_t>(channels, 1);
        const std::string key = fmt::format("{} {}", channel, key_of(x, out.type(i)));
        const auto [at, is_new] = known.emplace(key, static_cast<std::uint32_t>(step.kinds.size()));
        step.groups.push_back(at->second);
        if (!is_new)
            continue;
        Stairs::Group& group = step.kinds.emplace_back();
        const std::size_t row = op.thresholds.shape.size() == 1 ? 0 : channel;
        for (std::size_t k = 0; k < count; ++k) {
            // x >= t as integers: x > (t rounded up) - 1.
            const Int128 up = -fixed::round_to(-Int128{op.thresholds.raw[row * count + k]}, op.thresholds.type.fraction,
                                               x.fraction, {});
            const Int128 threshold = std::clamp<Int128>(up - 1, x.low - 1, x.high);
            if (!fits_lane(threshold, lane))
                return std::nullopt;
            group.thresholds.push_back(static_cast<std::int64_t>(threshold));
        }
        const std::size_t values = op.values.shape.size() == 1 ? 0 : channel;
        for (std::size_t k = 0; k <= count; ++k) {
            const auto value = cast_to_32(element(op.values, values * (count + 1) + k), out.type(i));
            if (!value)
                return std::nullopt;
            group.values.push_back(*value);
        }
    }
    return step;
}

} // namespace gw::emulate
