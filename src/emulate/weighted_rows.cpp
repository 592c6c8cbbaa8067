#include "emulate/weighted_rows.hpp"

#include <algorithm>
#include <map>

#include "network/window.hpp"

namespace gw::emulate {
namespace {

using fixed::Interval;
using network::Tensor;

/// One type for all, or the same types again every `period` elements.
bool repeats(const Tensor& tensor, std::size_t period) {
    if (tensor.types.size() == 1)
        return true;
    for (std::size_t i = period; i < tensor.types.size(); ++i)
        if (!(tensor.types[i] == tensor.types[i % period]))
            return false;
    return true;
}

struct Maker {
    const Compiler& compiler;
    const Tensor& in;
    const Tensor& out;
    const std::vector<Interval>& range;

    using Families = std::vector<Family>;

    /// A value's range, at the fraction of its type.
    Interval at(std::size_t element) const { return range[element]; }

    /// Families of the same rows everywhere: `inputs` input rows and `outputs` output rows a position. Each position is
    /// a family of its own where types differ.
    template <typename MakeRows>
    Families everywhere(std::size_t inputs, std::size_t outputs, const MakeRows& make_rows) const {
        const std::size_t positions = out.size() / outputs;
        const bool alike = repeats(in, inputs) && repeats(out, outputs);
        Families result;
        for (std::size_t p = 0; p < positions; ++p) {
            if (p == 0 || !alike)
                result.push_back(family(p * inputs, inputs, p * outputs, make_rows(p)));
            else
                for (std::size_t i = 0; i < inputs; ++i)
                    result.back().x[i] = united(result.back().x[i], at(p * inputs + i));
            result.back().places.push_back(
                {0, static_cast<std::uint32_t>(p * inputs), static_cast<std::uint32_t>(p * outputs)});
        }
        return result;
    }

    Family family(std::size_t first_input, std::size_t inputs, std::size_t first_output,
                  std::vector<WeightedRow> rows) const {
        Family result{std::move(rows), {}, {}, {}};
        for (std::size_t i = 0; i < inputs; ++i)
            result.x.push_back(at(first_input + i));
        for (std::size_t j = 0; j < result.rows.size(); ++j)
            result.outputs.push_back(out.type(first_output + j));
        return result;
    }

    static WeightedRow alone(std::size_t i) { return {{{static_cast<std::uint32_t>(i), 1, 0}}, 0, 0, false, nullptr}; }

    static void give_bias(WeightedRow& row, const std::optional<network::Constant>& bias, std::size_t j) {
        if (bias) {
            row.bias = bias->at(j);
            row.bias_fraction = bias->type.fraction;
        }
    }

    Families operator()(const network::Dense& op) const {
        const std::size_t inputs = op.weights.shape[0], outputs = op.weights.shape[1];
        return everywhere(inputs, outputs, [&](std::size_t) {
            std::vector<WeightedRow> rows(outputs);
            for (std::size_t j = 0; j < outputs; ++j) {
                for (std::size_t i = 0; i < inputs; ++i)
                    if (const auto weight = op.weights.raw[i * outputs + j]; weight != 0)
                        rows[j].parts.push_back({static_cast<std::uint32_t>(i), weight, op.weights.type.fraction});
                give_bias(rows[j], op.bias, j);
            }
            return rows;
        });
    }

    /// Rows of one position of a window; `rows_at(taps)` makes them for the taps that stand inside, given as offsets in
    /// positions from the first of them.
    template <typename RowsAt> Families windowed(const network::Window& window, const RowsAt& rows_at) const {
        const network::Shape from = network::spatial(in.shape), to = network::spatial(out.shape);
        const std::size_t channels = in.shape.back(), outputs = out.shape.back();
        const bool alike = repeats(in, channels) && repeats(out, outputs);
        std::vector<Interval> by_channel(range.begin(), range.begin() + static_cast<std::ptrdiff_t>(channels));
        for (std::size_t i = channels; i < range.size() && alike; ++i)
            by_channel[i % channels] = united(by_channel[i % channels], range[i]);
        Families result;
        std::map<std::vector<std::int64_t>, std::size_t> known; // by the offsets of the taps inside, -1 on padding
        for (std::size_t p = 0; p < out.size() / outputs; ++p) {
            const auto taps = network::seen(window, from, to, p);
            std::optional<std::uint32_t> first;
            std::uint32_t last = 0;
            for (const auto& tap : taps)
                if (tap) {
                    first = std::min(first.value_or(*tap), *tap);
                    last = std::max(last, *tap);
                }
            const std::uint32_t base = first.value_or(0);
            std::vector<std::int64_t> key;
            std::vector<std::optional<std::uint32_t>> offsets;
            for (const auto& tap : taps) {
                offsets.push_back(tap ? std::optional(*tap - base) : std::nullopt);
                key.push_back(tap ? static_cast<std::int64_t>(*tap - base) : -1);
            }
            if (!alike)
                key.push_back(static_cast<std::int64_t>(p));
            const auto [at_key, is_new] = known.emplace(std::move(key), result.size());
            if (is_new) {
                result.push_back({rows_at(offsets), {}, {}, {}});
                Family& made = result.back();
                const std::size_t count = first ? (last - base + 1) * channels : 0;
                for (std::size_t i = 0; i < count; ++i)
                    made.x.push_back(alike ? by_channel[i % channels] : range[base * channels + i]);
                for (std::size_t j = 0; j < outputs; ++j)
                    made.outputs.push_back(out.type(p * outputs + j));
            }
            result[at_key->second].places.push_back(
                {0, static_cast<std::uint32_t>(base * channels), static_cast<std::uint32_t>(p * outputs)});
        }
        return result;
    }

    Families operator()(const network::Conv& op) const {
        const std::size_t channels = in.shape.back(), outputs = out.shape.back(), depth = channels / op.groups;
        return windowed(op.window, [&](const std::vector<std::optional<std::uint32_t>>& taps) {
            std::vector<WeightedRow> rows(outputs);
            for (std::size_t o = 0; o < outputs; ++o) {
                const std::size_t first = o / (outputs / op.groups) * depth;
                for (std::size_t t = 0; t < taps.size(); ++t)
                    for (std::size_t c = 0; c < depth && taps[t]; ++c)
                        if (const auto weight = op.weights.raw[(t * depth + c) * outputs + o]; weight != 0)
                            rows[o].parts.push_back({static_cast<std::uint32_t>(*taps[t] * channels + first + c),
                                                     weight, op.weights.type.fraction});
                give_bias(rows[o], op.bias, o);
            }
            return rows;
        });
    }

    Families operator()(const network::Pool& op) const {
        if (op.kind != network::Pool::Kind::sum || op.padding)
            return {};
        const std::size_t channels = in.shape.back();
        return windowed(op.window, [&](const std::vector<std::optional<std::uint32_t>>& taps) {
            std::vector<WeightedRow> rows(channels);
            for (std::size_t c = 0; c < channels; ++c)
                for (const auto& tap : taps)
                    if (tap)
                        rows[c].parts.push_back({static_cast<std::uint32_t>(*tap * channels + c), 1, 0});
            return rows;
        });
    }

    Families operator()(const network::Reduce& op) const {
        if (op.kind != network::Reduce::Kind::sum)
            return {};
        const std::size_t count = in.shape.back();
        return everywhere(count, 1, [&](std::size_t) {
            WeightedRow row;
            for (std::size_t i = 0; i < count; ++i)
                row.parts.push_back({static_cast<std::uint32_t>(i), 1, 0});
            return std::vector<WeightedRow>{row};
        });
    }

    /// One row for each index of the last axis, or, where constants are given for each element, for each element.
    template <typename MakeRow> Families elementwise(bool each, const MakeRow& make_row) const {
        const std::size_t count = each || in.shape.empty() ? in.size() : in.shape.back();
        return everywhere(count, count, [&](std::size_t) {
            std::vector<WeightedRow> rows;
            for (std::size_t i = 0; i < count; ++i)
                rows.push_back(make_row(i));
            return rows;
        });
    }

    Families operator()(const network::Affine& op) const {
        const std::size_t last = in.shape.empty() ? 1 : in.shape.back();
        const bool each = (op.scale && op.scale->raw.size() > last) || (op.bias && op.bias->raw.size() > last);
        return elementwise(each, [&](std::size_t i) {
            WeightedRow row = alone(i);
            if (op.scale)
                row.parts.front() = {static_cast<std::uint32_t>(i), op.scale->at(i), op.scale->type.fraction};
            give_bias(row, op.bias, i);
            return row;
        });
    }
    Families operator()(const network::Relu& op) const {
        return elementwise(false, [&](std::size_t i) {
            WeightedRow row = alone(i);
            row.rectify = true;
            row.ceiling = op.ceiling ? &*op.ceiling : nullptr;
            return row;
        });
    }
    Families operator()(const network::Requantise&) const {
        return elementwise(false, [](std::size_t i) { return alone(i); });
    }
    template <typename Other> Families operator()(const Other&) const { return {}; }
};

} // namespace

std::vector<Family> families(const Compiler& compiler, const network::Op& op) {
    const network::TensorId in = network::inputs_of(op).front();
    return std::visit(Maker{compiler, compiler.tensor(in), compiler.tensor(network::output_of(op)), compiler.range(in)},
                      op.body);
}

const network::Accumulator& accumulator_of(const network::Op& op) {
    static const network::Accumulator none;
    return std::visit(
        [](const auto& body) -> const network::Accumulator& {
            if constexpr (requires { body.accumulator; })
                return body.accumulator;
            else
                return none;
        },
        op.body);
}

} // namespace gw::emulate
