// Ops that are no weighted sums -> steps that go output row by output row.
#include <algorithm>

#include "emulate/compile_tables.hpp"
#include "emulate/exact.hpp"
#include "network/window.hpp"

namespace gw::emulate {
namespace {

using fixed::Int128;
using fixed::Interval;
using network::Tensor;

/// One op in lanes of one width; nothing where they are too narrow, or there is no form.
struct GroupCompiler {
    const Compiler& compiler;
    const Tensor& out;
    Lane lane;

    using Result = std::optional<decltype(Step::body)>;

    const Interval& range(network::TensorId id, std::size_t i) const { return compiler.range(id)[i]; }

    /// The range with its mantissas moved left, where the lane holds it.
    std::optional<Interval> at_fraction(const Interval& range, std::int32_t fraction) const {
        if (fraction < range.fraction || fraction - range.fraction >= bits_of(lane))
            return std::nullopt;
        const Interval moved = aligned(range, fraction);
        return fits_lane(moved, lane) ? std::optional(moved) : std::nullopt;
    }

    std::optional<Extreme::Group> extreme(network::TensorId id, std::vector<std::uint32_t> sources, bool maximum,
                                          const network::Constant* padding, std::size_t output) const {
        Extreme::Group group{static_cast<std::uint32_t>(output), std::move(sources), {}, {}};
        const std::int32_t fraction =
            group.sources.empty() ? out.type(output).fraction : range(id, group.sources.front()).fraction;
        std::optional<Interval> all;
        if (padding != nullptr || group.sources.empty()) {
            const std::int32_t up = padding == nullptr ? 0 : fraction - padding->type.fraction;
            if (up < 0 || up > 60)
                return std::nullopt;
            group.constant = padding == nullptr ? 0 : padding->at(0) * (std::int64_t{1} << up);
            all = Interval::point(*group.constant, fraction);
        }
        for (const std::uint32_t source : group.sources) {
            const Interval& x = range(id, source);
            if (x.fraction != fraction)
                return std::nullopt;
            if (all)
                all = maximum ? Interval{std::max(all->low, x.low), std::max(all->high, x.high), fraction}
                              : Interval{std::min(all->low, x.low), std::min(all->high, x.high), fraction};
            else
                all = x;
        }
        const auto finish = finish_for(*all, out.type(output), lane);
        if (!finish || (group.constant && !fits_lane(*group.constant, lane)))
            return std::nullopt;
        group.finish = *finish;
        return group;
    }

    Result operator()(const network::Pool& op) const {
        if (op.kind != network::Pool::Kind::maximum)
            return std::nullopt;
        const Tensor& in = compiler.tensor(op.input);
        const std::size_t channels = out.shape.back();
        const network::Shape from = network::spatial(in.shape), to = network::spatial(out.shape);
        Extreme step;
        for (std::size_t p = 0; p < out.size() / channels; ++p) {
            const auto taps = network::seen(op.window, from, to, p);
            const bool padded = std::any_of(taps.begin(), taps.end(), [](const auto& tap) { return !tap; });
            for (std::size_t c = 0; c < channels; ++c) {
                std::vector<std::uint32_t> sources;
                for (const auto& tap : taps)
                    if (tap)
                        sources.push_back(static_cast<std::uint32_t>(*tap * channels + c));
                auto group = extreme(op.input, std::move(sources), true, padded && op.padding ? &*op.padding : nullptr,
                                     p * channels + c);
                if (!group)
                    return std::nullopt;
                step.groups.push_back(std::move(*group));
            }
        }
        return step;
    }

    Result operator()(const network::Reduce& op) const {
        if (op.kind == network::Reduce::Kind::sum)
            return std::nullopt;
        Extreme step{op.kind == network::Reduce::Kind::maximum, {}};
        const std::size_t count = compiler.tensor(op.input).shape.back();
        for (std::size_t j = 0; j < out.size(); ++j) {
            std::vector<std::uint32_t> sources;
            for (std::size_t i = 0; i < count; ++i)
                sources.push_back(static_cast<std::uint32_t>(j * count + i));
            auto group = extreme(op.input, std::move(sources), step.maximum, nullptr, j);
            if (!group)
                return std::nullopt;
            step.groups.push_back(std::move(*group));
        }
        return step;
    }

    /// a op b, if nothing on the way leaves the lane.
    std::optional<Interval> merged(network::Merge::Kind kind, const Interval& a, const Interval& b) const {
        using Kind = network::Merge::Kind;
        Interval result = a;
        if (kind == Kind::sum)
            result = a + b;
        else if (kind == Kind::difference)
            result = a - b;
        else if (kind == Kind::product)
            result = a * b;
        else if (kind == Kind::maximum)
            result = {std::max(a.low, b.low), std::max(a.high, b.high), a.fraction};
        else
            result = {std::min(a.low, b.low), std::min(a.high, b.high), a.fraction};
        return fits_lane(result, lane) ? std::optional(result) : std::nullopt;
    }

    /// Sums in lanes that hold less than the sum, where all that is kept of it are low bits.
    std::optional<Elementwise::Group> wrapping_sum(const network::Merge& op, std::size_t i,
                                                   std::int32_t fraction) const {
        const fixed::FixedType& type = out.type(i);
        const bool sum = op.kind == network::Merge::Kind::sum || op.kind == network::Merge::Kind::difference;
        if (!sum || type.overflow != fixed::Overflow::wrap || type.fraction < fraction || type.width == 0 ||
            type.fraction - fraction >= bits_of(lane) || !fits_lane(type.lowest(), lane) ||
            !fits_lane(type.highest(), lane))
            return std::nullopt;
        Elementwise::Group group;
        for (std::size_t k = 0; k < op.inputs.size(); ++k) {
            const std::int32_t left = fraction - range(op.inputs[k], i).fraction;
            if (left >= bits_of(lane))
                return std::nullopt;
            group.operands.push_back({static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(i), left});
        }
        group.finish.left = type.fraction - fraction;
        group.finish.limit = type.width < bits_of(lane) || !type.is_signed;
        group.finish.type = type;
        return group;
    }

    Result operator()(const network::Merge& op) const {
        Elementwise step{op.kind, {}};
        for (std::size_t i = 0; i < out.size(); ++i) {
            std::int32_t fraction = range(op.inputs.front(), i).fraction;
            for (const network::TensorId id : op.inputs)
                fraction = std::max(fraction, range(id, i).fraction);
            if (auto wrapping = wrapping_sum(op, i, fraction)) {
                step.groups.push_back(std::move(*wrapping));
                continue;
            }
            Elementwise::Group group;
            std::optional<Interval> total;
            for (std::size_t k = 0; k < op.inputs.size(); ++k) {
                const Interval& x = range(op.inputs[k], i);
                const bool product = op.kind == network::Merge::Kind::product;
                const auto moved = at_fraction(x, product ? x.fraction : fraction);
                if (!moved)
                    return std::nullopt;
                group.operands.push_back(
                    {static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(i), moved->fraction - x.fraction});
                total = total ? merged(op.kind, *total, *moved) : moved;
                if (!total)
                    return std::nullopt;
            }
            const auto finish = finish_for(*total, out.type(i), lane);
            if (!finish)
                return std::nullopt;
            group.finish = *finish;
            step.groups.push_back(std::move(group));
        }
        return step;
    }

    Result operator()(const network::Select& op) const {
        Choice step;
        for (std::size_t i = 0; i < out.size(); ++i) {
            const Interval &x = range(op.subject, i), &above = range(op.above, i), &below = range(op.below, i);
            // x > t as integers: t rounded down, or for >= one below t rounded up.
            const Int128 floor = fixed::round_to(op.threshold.at(i), op.threshold.type.fraction, x.fraction, {});
            const Int128 ceil =
                -fixed::round_to(-Int128{op.threshold.at(i)}, op.threshold.type.fraction, x.fraction, {});
            const Int128 threshold = std::clamp<Int128>(op.closed ? ceil - 1 : floor, x.low - 1, x.high);
            const std::int32_t fraction = std::max(above.fraction, below.fraction);
            const auto a = at_fraction(above, fraction), b = at_fraction(below, fraction);
            if (!a || !b || !fits_lane(threshold, lane))
                return std::nullopt;
            const auto finish = finish_for(united(*a, *b), out.type(i), lane);
            if (!finish)
                return std::nullopt;
            step.groups.push_back(
                {static_cast<std::int64_t>(threshold), fraction - above.fraction, fraction - below.fraction, *finish});
        }
        return step;
    }

    Result operator()(const network::Rearrange& op) const {
        std::vector<std::pair<std::uint32_t, std::uint32_t>> all; // input and row of each element in a row
        for (std::uint32_t k = 0; k < op.inputs.size(); ++k)
            for (std::uint32_t i = 0; i < compiler.tensor(op.inputs[k]).size(); ++i)
                all.emplace_back(k, i);
        Copy step;
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (!op.sources[i]) {
                step.groups.push_back({std::nullopt, 0, {}});
                continue;
            }
            const auto [input, row] = all[*op.sources[i]];
            const auto finish = finish_for(range(op.inputs[input], row), out.type(i), lane);
            if (!finish)
                return std::nullopt;
            step.groups.push_back({row, input, *finish});
        }
        return step;
    }

    Result operator()(const network::Divide& op) const {
        if (lane == Lane::i16)
            return std::nullopt;
        Quotient step;
        for (std::size_t i = 0; i < out.size(); ++i) {
            const Interval& x = range(op.input, i);
            const std::int32_t fraction = out.type(i).fraction + 2;
            const std::int32_t left = fraction + op.divisor.type.fraction - x.fraction;
            if (left < 0 || !at_fraction(x, x.fraction + left) || !fits_lane(op.divisor.at(i), lane))
                return std::nullopt;
            const auto finish =
                finish_for(divided(x, op.divisor.at(i), op.divisor.type.fraction, fraction), out.type(i), lane);
            if (!finish)
                return std::nullopt;
            step.groups.push_back({left, op.divisor.at(i), *finish});
        }
        return step;
    }

    Result operator()(const network::MatMul& op) const {
        if (op.accumulator.type)
            return std::nullopt;
        const Tensor &left = compiler.tensor(op.left), &right = compiler.tensor(op.right);
        const std::size_t rows = left.shape[1], inner = left.shape[2], columns = right.shape[2];
        Products step;
        for (std::size_t j = 0; j < out.size(); ++j) {
            const std::size_t row = j / columns, n = j % columns;
            Products::Group group;
            std::optional<Interval> total;
            for (std::size_t k = 0; k < inner; ++k) {
                const std::size_t a = row * inner + k, b = (row / rows * inner + k) * columns + n;
                group.factors.emplace_back(a, b);
                const Interval term = range(op.left, a) * range(op.right, b);
                if (total && term.fraction != total->fraction)
                    return std::nullopt;
                total = total ? *total + term : term;
                if (!fits_lane(term, lane) || !fits_lane(*total, lane))
                    return std::nullopt;
            }
            const auto finish = finish_for(*total, out.type(j), lane);
            if (!finish)
                return std::nullopt;
            group.finish = *finish;
            step.groups.push_back(std::move(group));
        }
        return step;
    }

    Result operator()(const network::Table& op) const { return wrapped(compile_table(compiler, op, lane)); }
    Result operator()(const network::Embedding& op) const { return wrapped(compile_embedding(compiler, op, lane)); }
    Result operator()(const network::Steps& op) const { return wrapped(compile_steps(compiler, op, lane)); }
    template <typename Other> Result operator()(const Other&) const { return std::nullopt; }

    template <typename Body> static Result wrapped(std::optional<Body> body) {
        return body ? Result(std::move(*body)) : std::nullopt;
    }
};

} // namespace

std::optional<Compiled> compile_groups(const Compiler& compiler, const network::Op& op) {
    Lane least = Lane::i16;
    for (const network::TensorId id : network::inputs_of(op))
        least = std::max(least, compiler.lane(id));
    for (const Lane lane : {Lane::i16, Lane::i32, Lane::i64})
        if (lane >= least)
            if (auto body = std::visit(GroupCompiler{compiler, compiler.tensor(network::output_of(op)), lane}, op.body))
                return Compiled{lane, std::move(*body)};
    return std::nullopt;
}

} // namespace gw::emulate
