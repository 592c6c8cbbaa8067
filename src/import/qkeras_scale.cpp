// Scales that QKeras finds from the weights themselves (alpha "auto", "auto_po2"), in binary32 as it does: a first
// guess from the largest weight of each channel, then for powers of two a few rounds of least squares, scale = mean(x
// q) / mean(q q) with q the weights quantised at the scale before. Channels are the last axis; the elements of a vector
// share one first guess, or have each their own. Means are exact here and rounded once.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "import/qkeras_quantizer.hpp"

namespace gw::import {

namespace {

constexpr float epsilon = 1e-7F; ///< K.epsilon()

using Floats = std::vector<float>;

/// Weights as binary32, and the scales of their channels.
struct Scaled {
    const Shape& shape;
    Floats x, q, scales; ///< q: multiples of the scales

    explicit Scaled(const FloatArray& weights)
        : shape(weights.shape), x(weights.values.begin(), weights.values.end()), q(x.size()) {}

    std::size_t channels() const { return shape.empty() ? 1 : shape.back(); }
    float& scale(std::size_t k) { return scales[k % scales.size()]; }
};

float power_of_two(float scale) {
    return std::exp2(std::nearbyint(std::log(scale + epsilon) / std::log(2.0F)));
}

/// The largest |x| (or x) of each channel; of all where `shared`.
Floats largest(const Scaled& s, bool shared, bool absolute = true) {
    const std::size_t count = shared ? 1 : s.channels();
    Floats most(count, absolute ? 0.0F : -std::numeric_limits<float>::infinity());
    for (std::size_t k = 0; k < s.x.size(); ++k)
        most[k % count] = std::max(most[k % count], absolute ? std::abs(s.x[k]) : s.x[k]);
    return most;
}

void least_squares(Scaled& s, bool po2) {
    const std::size_t channels = s.channels();
    std::vector<double> xq(channels), qq(channels);
    for (std::size_t k = 0; k < s.x.size(); ++k) {
        xq[k % channels] += static_cast<double>(s.x[k] * s.q[k]);
        qq[k % channels] += static_cast<double>(s.q[k] * s.q[k]);
    }
    const auto count = static_cast<double>(s.x.size() / channels);
    s.scales.resize(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        const float scale = static_cast<float>(xq[c] / count) / (static_cast<float>(qq[c] / count) + epsilon);
        s.scales[c] = po2 ? power_of_two(scale) : scale;
    }
}

float sign(float x) {
    return x > 0 ? 1.0F : (x < 0 ? -1.0F : 0.0F);
}

/// The weights' own shape; a scale a channel as units, unless the values are to be had exactly, or are a vector.
FloatArray finished(const Scaled& s, bool po2, double factor) {
    std::vector<double> values, units;
    for (const float scale : s.scales)
        units.push_back(scale > 0 ? static_cast<double>(scale) * factor : 1.0);
    FloatArray whole = typed(s.shape, {s.q.begin(), s.q.end()});
    for (std::size_t k = 0; k < s.q.size(); ++k)
        values.push_back(whole.values[k] * units[k % units.size()]);
    if (po2 || s.shape.size() < 2)
        return typed(s.shape, std::move(values));
    return {s.shape, std::move(values), whole.type, std::move(units)};
}

using Fixed = std::vector<double>; ///< scales of a finished training, one for all or one a channel

std::optional<Fixed> fixed_scales(QkerasArguments& arguments) {
    const Json& value = arguments.at("post_training_scale");
    if (value.is_null())
        return std::nullopt;
    Fixed scales;
    const auto collect = [&](const Json& part, const auto& self) -> void {
        if (part.is_number())
            scales.push_back(part.get<double>());
        for (const Json& inner : part.is_array() ? part : Json::array())
            self(inner, self);
    };
    collect(value, collect);
    return scales;
}

QkerasQuantizer scaled_bits(QkerasArguments& arguments, bool po2) {
    const int bits = arguments.whole("bits", 8, 2, 24), integer = arguments.whole("integer", 0, -32, 32);
    const auto given = fixed_scales(arguments);
    const float m = std::ldexp(1.0F, bits - (arguments.flag("keep_negative", true) ? 1 : 0));
    QkerasQuantizer out;
    out.apply = [=](const FloatArray& weights) {
        Scaled s(weights);
        const float m_i = std::ldexp(1.0F, integer), levels = std::ldexp(1.0F, bits) - 2;
        for (float& x : s.x)
            x /= m_i;
        const auto quantise = [&] {
            for (std::size_t k = 0; k < s.x.size(); ++k) {
                const float steps = std::floor(std::abs(s.x[k]) / s.scale(k) + 0.5F);
                s.q[k] = sign(s.x[k]) * (steps < levels / 2 ? steps : levels / 2);
            }
        };
        if (given && (given->size() == 1 || given->size() == s.channels())) {
            for (const double scale : *given)
                s.scales.push_back(static_cast<float>(scale) / m);
        } else {
            s.scales = largest(s, weights.shape.size() < 2);
            for (float& scale : s.scales)
                scale = po2 ? power_of_two(scale * 2 / levels) : scale * 2 / levels;
            for (int round = 0; po2 && round < 5; ++round) {
                quantise();
                least_squares(s, true);
            }
        }
        quantise();
        return finished(s, po2, static_cast<double>(m_i));
    };
    return out;
}

/// Version 3's: the range is the data's own, `integer` has no say, rounding is half to even.
QkerasQuantizer scaled_linear(QkerasArguments& arguments, bool po2) {
    const int bits = arguments.whole("bits", 8, 1, 24);
    const bool keep = arguments.flag("keep_negative", true), symmetric = arguments.flag("symmetric", true);
    const bool sign_only = bits == 1 && keep;
    const float top = sign_only ? 0.5F : std::ldexp(1.0F, bits - (keep ? 1 : 0)) - 1;
    const float bottom = sign_only ? -0.5F : (keep ? (symmetric ? -top : -top - 1) : 0.0F);
    QkerasQuantizer out;
    out.apply = [=](const FloatArray& weights) {
        Scaled s(weights);
        const float shift = sign_only ? 0.5F : 0.0F;
        const auto quantise = [&] {
            for (std::size_t k = 0; k < s.x.size(); ++k)
                s.q[k] = std::nearbyint(std::clamp(s.x[k] / s.scale(k), bottom, top) - shift) + shift;
        };
        s.scales = largest(s, false, keep);
        for (float& scale : s.scales) {
            scale = std::max(scale * (keep ? 2.0F : 1.0F) / (top - bottom), epsilon);
            if (po2)
                scale = power_of_two(scale);
        }
        for (int round = 0; po2 && round < (sign_only ? 1 : 5); ++round) {
            const Floats before = s.scales;
            quantise();
            least_squares(s, true);
            if (s.scales == before)
                break;
        }
        quantise();
        return finished(s, po2, 1);
    };
    return out;
}

QkerasQuantizer scaled_binary(QkerasArguments& arguments, bool po2) {
    const float below = arguments.flag("use_01", false) ? 0.0F : -1.0F;
    QkerasQuantizer out;
    out.apply = [=](const FloatArray& weights) {
        Scaled s(weights);
        for (std::size_t k = 0; k < s.x.size(); ++k)
            s.q[k] = s.x[k] < 0 ? below : 1.0F;
        least_squares(s, po2);
        return finished(s, po2, 1);
    };
    return out;
}

/// Zero up to half the scale (https://arxiv.org/abs/1605.04711), which starts at two thirds of the largest.
QkerasQuantizer scaled_ternary(QkerasArguments& arguments, bool po2) {
    const int rounds = arguments.whole("number_of_unrolls", 5, 1, 1000);
    if (!arguments.at("threshold").is_null())
        arguments.problem("has a threshold beside a scale that is found from the data");
    QkerasQuantizer out;
    out.apply = [=](const FloatArray& weights) {
        Scaled s(weights);
        s.scales = largest(s, weights.shape.size() < 2);
        for (float& scale : s.scales)
            scale = po2 ? power_of_two(2 * scale / 3) : 2 * scale / 3;
        for (int round = 0; round < rounds; ++round) {
            for (std::size_t k = 0; k < s.x.size(); ++k) {
                const float near = s.scale(k) * std::nearbyint(s.x[k] / s.scale(k));
                s.q[k] = std::abs(near) >= s.scale(k) / 2 ? sign(s.x[k]) : 0.0F;
            }
            least_squares(s, po2);
        }
        return finished(s, po2, 1);
    };
    return out;
}

} // namespace

QkerasQuantizer qkeras_scaled(QkerasArguments& arguments) {
    const Json& alpha = arguments.at("alpha");
    const std::string& name = arguments.name();
    const bool po2 = alpha == "auto_po2";
    QkerasQuantizer out;
    if (!po2 && alpha != "auto")
        arguments.problem(fmt::format("has alpha {}; a number, auto and auto_po2 are understood", brief(alpha)));
    else if (name == "quantized_bits")
        out = scaled_bits(arguments, po2);
    else if (name == "quantized_linear")
        out = scaled_linear(arguments, po2);
    else if (name.find("ternary") != std::string::npos)
        out = scaled_ternary(arguments, po2);
    else if (name.find("binary") != std::string::npos)
        out = scaled_binary(arguments, po2);
    else
        arguments.problem(fmt::format("with alpha {} is not understood", brief(alpha)));
    out.add = [name](KerasLayer& layer, const std::string&, LayerId input) {
        layer.problem(name + " with a scale found from the data (alpha auto) depends on the whole batch where it is an "
                             "activation; give alpha a number");
        return input;
    };
    return out;
}

} // namespace gw::import
