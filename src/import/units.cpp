// A reader multiplies codes by their scales in binary64, which is exact for codes of 29 bits and scales of 24. What the
// file then does with them - transposing, reshaping, reordering axes - moves values and keeps no unit; but the greatest
// number that all values of an output are whole multiples of is their scale (or a multiple of it), by Euclid's
// algorithm, whose remainders of doubles are exact.
#include "import/units.hpp"

#include <algorithm>
#include <cmath>

namespace gw::import {

namespace {

using fixed::FixedType;

constexpr double largest_code = 1 << 24;

FixedType whole_numbers(double most) {
    return {std::max(2, std::ilogb(std::max(most, 1.0)) + 2), 0, true, fixed::Rounding::rnd_conv, fixed::Overflow::sat};
}

/// The greatest common measure of every `step`-th value from `first`, of which they are at most `largest_code` times.
std::optional<double> measure(const std::vector<double>& values, std::size_t first, std::size_t step) {
    double common = 0, most = 0;
    for (std::size_t i = first; i < values.size(); i += step) {
        most = std::max(most, std::abs(values[i]));
        double rest = std::abs(values[i]);
        while (rest != 0) {
            const double next = std::fmod(common, rest);
            common = rest;
            rest = next;
            if (common * largest_code < most)
                return std::nullopt;
        }
    }
    return common;
}

bool needs_few_bits(const std::vector<double>& values) {
    constexpr int bits = 16; // kept as they are anyway
    return std::all_of(values.begin(), values.end(), [](double value) {
        const double scaled = std::ldexp(value, bits);
        return scaled == std::nearbyint(scaled) && std::abs(scaled) < std::ldexp(1.0, 40);
    });
}

void find(FloatArray& weights, bool one_an_output) {
    if (weights.type)
        return;
    weights.units.clear();
    if (needs_few_bits(weights.values))
        return;
    const std::size_t outputs = weights.shape.empty() ? 1 : weights.shape.back();
    std::vector<double> units;
    const auto all = measure(weights.values, 0, 1);
    if (all)
        units = {*all};
    for (std::size_t j = 0; !all && one_an_output && j < outputs; ++j) {
        const auto own = measure(weights.values, j, outputs);
        if (!own)
            return;
        units.push_back(*own);
    }
    if (units.empty())
        return;
    const double any = *std::max_element(units.begin(), units.end());
    double most = 0;
    for (double& unit : units)
        unit = unit == 0 ? any : unit;
    for (std::size_t i = 0; i < weights.values.size(); ++i)
        most = std::max(most, std::abs(weights.values[i]) / units[i % units.size()]);
    weights.type = whole_numbers(most);
    weights.units = std::move(units);
}

/// A unit of a bias is its layer's input's and weights' together, and not its own.
void forget(std::optional<FloatArray>& array) {
    if (array && !array->units.empty()) {
        array->units.clear();
        array->type.reset();
    }
}

} // namespace

void find_units(Graph& graph) {
    const bool quantised = std::any_of(graph.layers.begin(), graph.layers.end(), [](const Layer& layer) {
        return std::holds_alternative<Quantise>(layer.body) || std::holds_alternative<Steps>(layer.body);
    });
    if (!quantised) // a float model's weights are not ours to take for codes
        return;
    for (Layer& layer : graph.layers) {
        if (auto* dense = std::get_if<Dense>(&layer.body)) {
            find(dense->weights, true);
            forget(dense->bias);
        } else if (auto* conv = std::get_if<Conv>(&layer.body)) {
            find(conv->weights, true);
            forget(conv->bias);
        } else if (auto* transpose = std::get_if<ConvTranspose>(&layer.body)) {
            find(transpose->weights, true);
            forget(transpose->bias);
        } else if (auto* einsum = std::get_if<Einsum>(&layer.body)) {
            if (einsum->weights)
                find(*einsum->weights, false);
            forget(einsum->bias);
        } else if (auto* scale = std::get_if<Scale>(&layer.body)) {
            if (scale->scale && scale->scale->units.size() > 1)
                forget(scale->scale);
            if (scale->scale)
                find(*scale->scale, false);
            forget(scale->bias);
        }
    }
}

} // namespace gw::import
