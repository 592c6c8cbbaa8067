// Steps other than weighted sums, one output row at a time. Plain loops over whole blocks, which the compiler
// vectorises. T is the lane of the computation. Included once per Highway target by kernels.cpp.
#if defined(GW_GROUPS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef GW_GROUPS_INL_HPP
#undef GW_GROUPS_INL_HPP
#else
#define GW_GROUPS_INL_HPP
#endif

#include "emulate/rows-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gw::emulate {
namespace HWY_NAMESPACE {

using Views = std::vector<TensorView>;

template <typename T> void shift_left(T* HWY_RESTRICT v, int by) {
    for (std::size_t e = 0; e < block && by != 0; ++e)
        v[e] = static_cast<T>(static_cast<std::make_unsigned_t<T>>(v[e]) << by);
}

/// a = a op b, lane by lane.
template <typename T> void combine(network::Merge::Kind kind, T* HWY_RESTRICT a, const T* HWY_RESTRICT b) {
    using Kind = network::Merge::Kind;
    const auto each = [&](auto operation) HWY_ATTR {
        for (std::size_t e = 0; e < block; ++e)
            a[e] = static_cast<T>(operation(a[e], b[e]));
    };
    switch (kind) {
    case Kind::sum:
        return each([](T x, T y) { return x + y; });
    case Kind::difference:
        return each([](T x, T y) { return x - y; });
    case Kind::product:
        return each([](T x, T y) { return x * y; });
    case Kind::maximum:
        return each([](T x, T y) { return std::max(x, y); });
    case Kind::minimum:
        return each([](T x, T y) { return std::min(x, y); });
    }
}

template <typename T> void run(const Extreme& step, const Views& in, const TensorView& out) {
    HWY_ALIGN T best[block];
    HWY_ALIGN T other[block];
    const auto kind = step.maximum ? network::Merge::Kind::maximum : network::Merge::Kind::minimum;
    for (const Extreme::Group& group : step.groups) {
        if (group.constant)
            std::fill_n(best, block, static_cast<T>(*group.constant));
        else
            load_row(in[0], group.sources.front(), best);
        for (const std::uint32_t source : group.sources) {
            load_row(in[0], source, other);
            combine(kind, best, other);
        }
        finish_lanes(best, group.finish);
        store_row(best, out, group.output);
    }
}

/// network::table_index, before the clamp.
inline std::int64_t index_of(const Lookup::Formula& formula, std::int64_t x) {
    const std::int64_t above = x * formula.numerator;
    std::int64_t index = above / formula.denominator;
    if (!formula.towards_zero && above % formula.denominator < 0)
        --index;
    return index + formula.offset;
}

template <typename T> void run(const Lookup& step, const Views& in, const TensorView& out) {
    HWY_ALIGN T x[block];
    HWY_ALIGN std::int32_t y[block];
    std::size_t row = 0;
    for (const Lookup::Group& group : step.groups) {
        load_row(in[0], group.row, x);
        const std::int32_t* table = step.tables[group.table].data();
        if (step.formula) {
            const auto last = static_cast<std::int64_t>(step.tables[group.table].size()) - 1;
            for (std::size_t e = 0; e < block; ++e) {
                const std::int64_t moved = static_cast<std::int64_t>(x[e]) * (std::int64_t{1} << group.left);
                y[e] = table[std::clamp<std::int64_t>(index_of(*step.formula, moved), 0, last)];
            }
        } else {
            const T first = static_cast<T>(group.first);
            for (std::size_t e = 0; e < block; ++e)
                y[e] = table[x[e] - first];
        }
        store_row(y, out, row++);
    }
}

template <typename T> void run(const Elementwise& step, const Views& in, const TensorView& out) {
    HWY_ALIGN T total[block];
    HWY_ALIGN T other[block];
    std::size_t row = 0;
    for (const Elementwise::Group& group : step.groups) {
        bool first = true;
        for (const Elementwise::Operand& operand : group.operands) {
            T* to = first ? total : other;
            load_row(in[operand.source], operand.row, to);
            shift_left(to, operand.left);
            if (!first)
                combine(step.kind, total, other);
            first = false;
        }
        finish_lanes(total, group.finish);
        store_row(total, out, row++);
    }
}

template <typename T> void run(const Choice& step, const Views& in, const TensorView& out) {
    HWY_ALIGN T subject[block];
    HWY_ALIGN T above[block];
    HWY_ALIGN T below[block];
    std::size_t row = 0;
    for (const Choice::Group& group : step.groups) {
        load_row(in[0], row, subject);
        load_row(in[1], row, above);
        load_row(in[2], row, below);
        shift_left(above, group.above_left);
        shift_left(below, group.below_left);
        const T threshold = static_cast<T>(group.threshold);
        for (std::size_t e = 0; e < block; ++e)
            above[e] = subject[e] > threshold ? above[e] : below[e];
        finish_lanes(above, group.finish);
        store_row(above, out, row++);
    }
}

template <typename T> void run(const Copy& step, const Views& in, const TensorView& out) {
    HWY_ALIGN T value[block];
    std::size_t row = 0;
    for (const Copy::Group& group : step.groups) {
        if (group.row)
            load_row(in[group.source], *group.row, value);
        else
            std::fill_n(value, block, T{0});
        finish_lanes(value, group.finish);
        store_row(value, out, row++);
    }
}

template <typename T> void run(const Quotient& step, const Views& in, const TensorView& out) {
    HWY_ALIGN T value[block];
    std::size_t row = 0;
    for (const Quotient::Group& group : step.groups) {
        load_row(in[0], row, value);
        const T divisor = static_cast<T>(group.divisor);
        shift_left(value, group.left);
        for (std::size_t e = 0; e < block; ++e) {
            T floor = static_cast<T>(value[e] / divisor);
            const T rest = static_cast<T>(value[e] % divisor);
            floor = static_cast<T>(floor - (rest < 0 ? 1 : 0));
            value[e] = static_cast<T>(floor | (rest != 0 ? 1 : 0));
        }
        finish_lanes(value, group.finish);
        store_row(value, out, row++);
    }
}

template <typename T> void run(const Stairs& step, const Views& in, const TensorView& out) {
    HWY_ALIGN T x[block];
    HWY_ALIGN T passed[block];
    HWY_ALIGN std::int32_t y[block];
    std::size_t row = 0;
    for (const std::uint32_t kind : step.groups) {
        load_row(in[0], row, x);
        std::fill_n(passed, block, T{0});
        for (const std::int64_t each : step.kinds[kind].thresholds) {
            const T threshold = static_cast<T>(each);
            for (std::size_t e = 0; e < block; ++e)
                passed[e] = static_cast<T>(passed[e] + (x[e] > threshold ? 1 : 0));
        }
        for (std::size_t e = 0; e < block; ++e)
            y[e] = step.kinds[kind].values[static_cast<std::size_t>(passed[e])];
        store_row(y, out, row++);
    }
}

template <typename T> void run(const Products& step, const Views& in, const TensorView& out) {
    HWY_ALIGN T a[block];
    HWY_ALIGN T b[block];
    HWY_ALIGN T total[block];
    std::size_t row = 0;
    for (const Products::Group& group : step.groups) {
        std::fill_n(total, block, T{0});
        for (const auto& [left, right] : group.factors) {
            load_row(in[0], left, a);
            load_row(in[1], right, b);
            for (std::size_t e = 0; e < block; ++e)
                total[e] = static_cast<T>(total[e] + a[e] * b[e]);
        }
        finish_lanes(total, group.finish);
        store_row(total, out, row++);
    }
}

} // namespace HWY_NAMESPACE
} // namespace gw::emulate
HWY_AFTER_NAMESPACE();

#endif
