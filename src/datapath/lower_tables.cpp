// Tables. A value of few mantissas is the index of a table of results, converted already to the output's type. A wider
// one is first limited to where the function moves; where that is still too wide for a table, its index is computed.
#include <algorithm>

#include "datapath/lower_ops.hpp"
#include "support/error.hpp"

namespace gw::datapath {

namespace {

constexpr Int128 most_entries = 4096; ///< of a table by the mantissa itself

Int128 entries(const Interval& range) {
    return range.high - range.low + 1;
}

/// Mantissas that f tells apart from both its ends: below `low` it is f(low), above `high` f(high).
template <typename Function> Interval moving(const Interval& range, const Function& f) {
    const auto last_of = [&](auto&& holds) { // the last mantissa from range.low on for which it holds; it does for that
        Int128 inside = range.low, outside = range.high + 1;
        while (outside - inside > 1) {
            const Int128 middle = inside + (outside - inside) / 2;
            (holds(middle) ? inside : outside) = middle;
        }
        return inside;
    };
    const auto first = f(range.low), last = f(range.high);
    if (first == last)
        return {range.low, range.low, range.fraction};
    const Int128 low = last_of([&](Int128 m) { return f(m) == first; });
    const Int128 before = last_of([&](Int128 m) { return f(m) < last; });
    return {low, before + 1, range.fraction};
}

NodeId limited(Builder& builder, NodeId x, const Interval& to) {
    const NodeId low = builder.maximum(x, builder.constant(to.low, to.fraction));
    return builder.minimum(low, builder.constant(to.high, to.fraction));
}

/// A table of what value() gives for each of x's mantissas.
template <typename Value> NodeId tabulated(Builder& builder, NodeId x, std::int32_t fraction, const Value& value) {
    const Interval range = builder.range(x);
    std::vector<std::int64_t> values;
    for (Int128 m = range.low; m <= range.high; ++m)
        values.push_back(value(m));
    return builder.lookup(x, std::move(values), fraction);
}

/// The same for an x of integers, by its value.
template <typename Value> NodeId indexed(Builder& builder, NodeId x, std::int32_t fraction, const Value& value) {
    const std::int32_t below = -builder.range(x).fraction; // zeros below the mantissa
    if (below < 0)
        throw support::internal_error("a table's index with a fraction");
    return tabulated(builder, x, fraction, [&](Int128 m) { return value(static_cast<std::size_t>(m << below)); });
}

std::int64_t cast(std::int64_t raw, std::int32_t fraction, const FixedType& type) {
    return static_cast<std::int64_t>(fixed::cast(raw, fraction, type));
}

class TableSite {
  public:
    TableSite(const network::Table& op, const OpSite& site) : op_(op), builder_(site.builder), solver_(site.solver) {}

    NodeId lowered(NodeId x, const FixedType& type) {
        const auto value = [&](std::size_t index) {
            return cast(op_.values.raw[index], op_.values.type.fraction, type);
        };
        if (op_.numerator > 0) {
            const std::int32_t own = builder_.range(x).fraction;
            x = limited(builder_, x, moving(builder_.range(x), [&](Int128 m) { return index(m, own); }));
        }
        const Interval range = builder_.range(x);
        if (entries(range) <= most_entries)
            return tabulated(builder_, x, type.fraction, [&](Int128 m) { return value(index(m, range.fraction)); });
        return indexed(builder_, computed_index(x), type.fraction, value);
    }

  private:
    std::size_t index(Int128 mantissa, std::int32_t fraction) const {
        const std::int32_t up = op_.fraction - fraction; // below 0 for a constant 0 alone, whose point stands anywhere
        return network::table_index(op_, up >= 0 ? mantissa * (Int128{1} << up) : mantissa / (Int128{1} << -up));
    }

    /// (x * 2^fraction * numerator / denominator, rounded) + offset, within the table.
    NodeId computed_index(NodeId x) {
        const NodeId above = times_constant(builder_, solver_, builder_.shift(x, op_.fraction), op_.numerator, 0);
        NodeId raised = above;
        if (op_.towards_zero) { // up by less than one where negative: rounding down then rounds towards zero
            const NodeId zero = builder_.constant(0, 0);
            const NodeId more = builder_.constant(op_.denominator - 1, 0);
            raised =
                builder_.add(above, builder_.choose(builder_.less(above, zero), more, zero), 0, Add::Kind::a_plus_b);
        }
        const NodeId whole = floor_quotient(builder_, solver_, raised, op_.denominator, 0).floor;
        const NodeId at = builder_.add(whole, builder_.constant(op_.offset, 0), 0, Add::Kind::a_plus_b);
        return limited(builder_, at, {0, static_cast<Int128>(op_.values.raw.size()) - 1, 0});
    }

    const network::Table& op_;
    Builder& builder_;
    Solver& solver_;
};

} // namespace

Nodes lower(const network::Table& op, const OpSite& site) {
    TableSite table(op, site);
    Nodes results;
    for (std::size_t i = 0; i < site.x().size(); ++i)
        results.push_back(table.lowered(site.x()[i], site.out.type(i)));
    return results;
}

Nodes lower(const network::Steps& op, const OpSite& site) {
    const std::size_t count = op.thresholds.shape.back();
    const std::size_t channels = op.thresholds.shape.size() == 1 ? 1 : op.thresholds.shape.front();
    const std::size_t rows = op.values.shape.size() == 1 ? 1 : op.values.shape.front();
    Nodes results;
    for (std::size_t i = 0; i < site.x().size(); ++i) {
        const auto thresholds = op.thresholds.raw.begin() + static_cast<std::ptrdiff_t>(i % channels * count);
        const auto passed = [&](const Interval& x) { // how many thresholds are at most the point x
            return std::partition_point(
                       thresholds, thresholds + static_cast<std::ptrdiff_t>(count),
                       [&](std::int64_t t) { return (Interval::point(t, op.thresholds.type.fraction) - x).low <= 0; }) -
                   thresholds;
        };
        const auto value = [&](std::ptrdiff_t step) {
            const std::size_t at = i % rows * (count + 1) + static_cast<std::size_t>(step);
            return cast(op.values.raw[at], op.values.type.fraction, site.out.type(i));
        };
        const Interval all = site.builder.range(site.x()[i]);
        const auto step_at = [&](Int128 m, std::int32_t fraction) { return passed(Interval::point(m, fraction)); };
        const NodeId x =
            limited(site.builder, site.x()[i], moving(all, [&](Int128 m) { return step_at(m, all.fraction); }));
        const Interval range = site.builder.range(x);
        if (entries(range) <= most_entries) {
            results.push_back(tabulated(site.builder, x, site.out.type(i).fraction,
                                        [&](Int128 m) { return value(step_at(m, range.fraction)); }));
            continue;
        }
        NodeId step = site.zero();
        for (std::size_t k = 0; k < count; ++k) {
            const NodeId threshold =
                site.builder.constant(thresholds[static_cast<std::ptrdiff_t>(k)], op.thresholds.type.fraction);
            step = site.builder.add(step, site.builder.less(threshold, x, true), 0, Add::Kind::a_plus_b);
        }
        results.push_back(indexed(site.builder, step, site.out.type(i).fraction,
                                  [&](std::size_t index) { return value(static_cast<std::ptrdiff_t>(index)); }));
    }
    return results;
}

Nodes lower(const network::Embedding& op, const OpSite& site) {
    const std::size_t count = op.table.shape[0], width = op.table.shape[1];
    Nodes results;
    for (const NodeId x : site.x()) {
        const NodeId whole = site.builder.convert(x, {64, 0, true, fixed::Rounding::trn, fixed::Overflow::wrap});
        const NodeId index = limited(site.builder, whole, {0, static_cast<Int128>(count) - 1, 0});
        for (std::size_t k = 0; k < width; ++k)
            results.push_back(indexed(site.builder, index, op.table.type.fraction,
                                      [&](std::size_t entry) { return op.table.raw[entry * width + k]; }));
    }
    return results;
}

} // namespace gw::datapath
