// Products of two values, comparisons, choices and tables.
#include <algorithm>
#include <utility>

#include "datapath/builder.hpp"
#include "support/error.hpp"

namespace gw::datapath {

std::uint32_t table_levels(int index_bits) {
    return index_bits <= 6 ? 1 : 1 + static_cast<std::uint32_t>(index_bits - 5) / 2;
}

std::uint32_t product_levels(int narrower_width) {
    std::uint32_t levels = 1;
    while ((1 << levels) < narrower_width)
        ++levels;
    return levels;
}

NodeId Builder::multiply(NodeId a, NodeId b) {
    Stripped first = strip(a), second = strip(b);
    if (second.node < first.node)
        std::swap(first, second);
    const std::int32_t total = first.shift + second.shift;
    for (const auto& [one, other] : {std::pair(first.node, second.node), std::pair(second.node, first.node)}) {
        const Interval own = range(one);
        if (own.is_zero())
            return constant(0, 0);
        if (is_constant(one) && (own.low == 1 || own.low == -1))
            return shift(own.low == 1 ? other : negate(other), total - own.fraction);
    }
    const Interval x = range(first.node), y = range(second.node);
    const NodeId product =
        intern(Multiply{first.node, second.node}, x * y, product_levels(std::min(width(x), width(y))));
    return shift(product, total);
}

NodeId Builder::less(NodeId a, NodeId b, bool or_equal) {
    const Interval difference = range(a) - range(b);
    if (or_equal ? difference.high <= 0 : difference.high < 0)
        return constant(1, 0);
    if (a == b || (or_equal ? difference.low > 0 : difference.low >= 0))
        return constant(a == b && or_equal ? 1 : 0, 0);
    return intern(Less{a, b, or_equal}, Interval{0, 1, 0}, 1);
}

NodeId Builder::choose(NodeId when, NodeId a, NodeId b, const std::optional<Interval>& bound) {
    if (is_constant(when))
        return range(when).is_zero() ? b : a;
    if (a == b)
        return a;
    Interval result = fixed::united(range(a), range(b));
    if (bound)
        result = intersection(result, *bound);
    return intern(Choose{a, b, when}, result, 1);
}

NodeId Builder::maximum(NodeId a, NodeId b) {
    if ((range(a) - range(b)).low >= 0)
        return a;
    if ((range(b) - range(a)).low >= 0)
        return b;
    if (range(a).is_zero() || range(b).is_zero())
        return rectify(range(a).is_zero() ? b : a);
    const std::int32_t common = std::max(range(a).fraction, range(b).fraction);
    const Interval x = fixed::aligned(range(a), common), y = fixed::aligned(range(b), common);
    return choose(less(a, b), b, a, Interval{std::max(x.low, y.low), std::max(x.high, y.high), common});
}

NodeId Builder::minimum(NodeId a, NodeId b) {
    if ((range(a) - range(b)).high <= 0)
        return a;
    if ((range(b) - range(a)).high <= 0)
        return b;
    const std::int32_t common = std::max(range(a).fraction, range(b).fraction);
    const Interval x = fixed::aligned(range(a), common), y = fixed::aligned(range(b), common);
    return choose(less(a, b), a, b, Interval{std::min(x.low, y.low), std::min(x.high, y.high), common});
}

NodeId Builder::lookup(NodeId a, std::vector<std::int64_t> values, std::int32_t fraction) {
    const NodeId index = strip(a).node; // the same mantissas
    const Interval from = range(index);
    if (values.empty() || from.high - from.low != static_cast<Int128>(values.size()) - 1)
        throw support::internal_error("a table of another size than its index's range");
    if (std::all_of(values.begin(), values.end(), [](std::int64_t value) { return value == 0; }))
        return constant(0, 0);
    while (std::all_of(values.begin(), values.end(), [](std::int64_t value) { return value % 2 == 0; })) {
        for (std::int64_t& value : values)
            value /= 2;
        --fraction;
    }
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const Interval result{*low, *high, fraction};
    if (result.low == result.high)
        return constant(result.low, fraction);
    LookupTable table{static_cast<std::int64_t>(from.low), fraction, std::move(values)};
    const auto [place, fresh] = tables_.try_emplace(table, static_cast<std::uint32_t>(graph_.tables.size()));
    if (fresh)
        graph_.tables.push_back(std::move(table));
    return intern(Lookup{index, place->second}, result, table_levels(width(from)));
}

} // namespace gw::datapath
