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

template <typename T> void shift_left(T* HWY_RESTRICT v, int by) {
    for (std::size_t e = 0; e < block && by != 0; ++e)
        v[e] = static_cast<T>(static_cast<std::make_unsigned_t<T>>(v[e]) << by);
}

/// to = a op b, lane by lane, in 16 bits modulo 2^16; `to` may be `a`.
template <typename T> void combine(network::Merge::Kind kind, T* to, const T* a, const T* HWY_RESTRICT b) {
    using Kind = network::Merge::Kind;
    using U = std::make_unsigned_t<T>;
    const auto each = [&](auto operation) HWY_ATTR {
        for (std::size_t e = 0; e < block; ++e)
            to[e] = static_cast<T>(operation(a[e], b[e]));
    };
    switch (kind) {
    case Kind::sum:
        return each([](T x, T y) { return static_cast<U>(static_cast<U>(x) + static_cast<U>(y)); });
    case Kind::difference:
        return each([](T x, T y) { return static_cast<U>(static_cast<U>(x) - static_cast<U>(y)); });
    case Kind::product:
        return each([](T x, T y) { return x * y; });
    case Kind::maximum:
        return each([](T x, T y) { return std::max(x, y); });
    case Kind::minimum:
        return each([](T x, T y) { return std::min(x, y); });
    }
}

template <typename T> void run(const Extreme& step, const Views& in, const TensorView& out) {
    HWY_ALIGN T room[block];
    HWY_ALIGN T other[block];
    const auto kind = step.maximum ? network::Merge::Kind::maximum : network::Merge::Kind::minimum;
    const TensorView x = in[0];
    for (const Extreme::Group& group : step.groups) {
        T* best = row_for(out, group.output, room);
        const T* first = best;
        std::size_t k = 0;
        if (group.constant)
            std::fill_n(best, block, static_cast<T>(*group.constant));
        else
            first = row_in(x, group.sources[k++], best);
        if (k == group.sources.size() && first != best)
            std::copy_n(first, block, best);
        for (; k < group.sources.size(); ++k, first = best)
            combine(kind, best, first, row_in(x, group.sources[k], other));
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

/// y[e] = table[index[e]]
template <typename Index>
void look_up(const std::int32_t* HWY_RESTRICT table, const Index* HWY_RESTRICT index, const TensorView& out,
             std::size_t row) {
    const auto each = [&](auto* HWY_RESTRICT y) HWY_ATTR {
        for (std::size_t e = 0; e < block; ++e)
            y[e] = static_cast<std::remove_reference_t<decltype(*y)>>(table[index[e]]);
    };
    if (out.lane == Lane::i16)
        each(out.row<std::int16_t>(row));
    else if (out.lane == Lane::i32)
        each(out.row<std::int32_t>(row));
    else
        each(out.row<std::int64_t>(row));
}

template <typename T> void run(const Lookup& step, const Views& in, const TensorView& out) {
    HWY_ALIGN T room[block];
    HWY_ALIGN std::make_unsigned_t<T> index[block];
    const TensorView from = in[0];
    std::size_t row = 0;
    for (const Lookup::Group& group : step.groups) {
        const T* HWY_RESTRICT x = row_in(from, group.row, room);
        const auto last = static_cast<std::int64_t>(step.tables[group.table].size()) - 1;
        const T first = static_cast<T>(group.first);
        if (step.formula)
            for (std::size_t e = 0; e < block; ++e) {
                const std::int64_t moved = static_cast<std::int64_t>(x[e]) * (std::int64_t{1} << group.left);
                index[e] = static_cast<std::make_unsigned_t<T>>(
                    std::clamp<std::int64_t>(index_of(*step.formula, moved), 0, last));
            }
        else
            for (std::size_t e = 0; e < block; ++e)
                index[e] = static_cast<std::make_unsigned_t<T>>((x[e] >> group.right) - first);
        look_up(step.tables[group.table].data(), index, out, row++);
    }
}

template <typename T> void run(const Elementwise& step, const Views& in, const TensorView& out) {
    HWY_ALIGN T room[block];
    HWY_ALIGN T moved[2][block];
    const auto operand = [&](const Elementwise::Operand& from, T* to) {
        const T* x = row_in(in[from.source], from.row, to);
        if (from.left == 0)
            return x;
        if (x != to)
            std::copy_n(x, block, to);
        shift_left(to, from.left);
        return static_cast<const T*>(to);
    };
    std::size_t row = 0;
    for (const Elementwise::Group& group : step.groups) {
        T* total = row_for(out, row, room);
        const T* first = operand(group.operands.front(), moved[0]);
        if (group.operands.size() == 1)
            std::copy_n(first, block, total);
        for (std::size_t k = 1; k < group.operands.size(); ++k, first = total)
            combine(step.kind, total, first, operand(group.operands[k], moved[1]));
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
    HWY_ALIGN T room[block];
    std::size_t row = 0;
    for (const Copy::Group& group : step.groups) {
        T* value = row_for(out, row, room);
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
