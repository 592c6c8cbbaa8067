#include <array>
#include <cmath>

#include "floating/broadcast.hpp"
#include "floating/layers.hpp"
#include "network/window.hpp"

namespace gw::floating {
namespace {

network::Window window_of(const import::Window& window) {
    return {window.size, window.strides, window.dilation, window.pad_before};
}

double bias_of(const std::optional<import::FloatArray>& bias, std::size_t j) {
    return bias ? bias->values[j] : 0.0;
}

} // namespace

Values compute(const import::Dense& dense, const Context& context) {
    const std::size_t inputs = dense.weights.shape[0], outputs = dense.weights.shape[1];
    Values y(context.size());
    for (std::size_t k = 0; k < y.size(); ++k) {
        y[k] = bias_of(dense.bias, k % outputs);
        for (std::size_t i = 0; i < inputs; ++i)
            y[k] += context.x()[k / outputs * inputs + i] * dense.weights.values[i * outputs + k % outputs];
    }
    return y;
}

Values compute(const import::Conv& conv, const Context& context) {
    const std::size_t channels = context.in().back(), outputs = context.out().back(), depth = channels / conv.groups;
    const import::Shape from = network::spatial(context.in()), to = network::spatial(context.out());
    const network::Window window = window_of(conv.window);
    Values y(context.size());
    for (std::size_t p = 0; p < y.size() / outputs; ++p) {
        const auto taps = network::seen(window, from, to, p);
        for (std::size_t o = 0; o < outputs; ++o) {
            const std::size_t first = o / (outputs / conv.groups) * depth;
            double sum = bias_of(conv.bias, o);
            for (std::size_t t = 0; t < taps.size(); ++t)
                for (std::size_t c = 0; c < depth && taps[t]; ++c)
                    sum += context.x()[*taps[t] * channels + first + c] *
                           conv.weights.values[(t * depth + c) * outputs + o];
            y[p * outputs + o] = sum;
        }
    }
    return y;
}

/// Seen from the input: position p sends to what a convolution with the same window would read from there.
Values compute(const import::ConvTranspose& conv, const Context& context) {
    const std::size_t channels = context.in().back(), outputs = context.out().back(), depth = channels / conv.groups,
                      per_group = outputs / conv.groups;
    const import::Shape from = network::spatial(context.out()), to = network::spatial(context.in());
    const network::Window window = window_of(conv.window);
    Values y(context.size());
    for (std::size_t k = 0; k < y.size(); ++k)
        y[k] = bias_of(conv.bias, k % outputs);
    for (std::size_t p = 0; p < context.x().size() / channels; ++p) {
        const auto taps = network::seen(window, from, to, p);
        for (std::size_t t = 0; t < taps.size(); ++t)
            for (std::size_t o = 0; o < outputs && taps[t]; ++o)
                for (std::size_t c = 0; c < depth; ++c)
                    y[*taps[t] * outputs + o] += context.x()[p * channels + o / per_group * depth + c] *
                                                 conv.weights.values[(t * depth + c) * outputs + o];
    }
    return y;
}

Values compute(const import::BatchNorm& norm, const Context& context) {
    Values y = context.x();
    for (std::size_t i = 0; i < y.size(); ++i) {
        const std::size_t c = i % norm.mean.size();
        y[i] = (y[i] - norm.mean[c]) * (norm.gamma[c] / std::sqrt(norm.variance[c] + norm.epsilon)) + norm.beta[c];
    }
    return y;
}

Values compute(const import::Scale& scale, const Context& context) {
    Values y(context.size());
    const Broadcast from(context.in(), context.out());
    for (std::size_t i = 0; i < y.size(); ++i)
        y[i] = context.x()[from(i)];
    if (scale.scale) {
        const Broadcast at(scale.scale->shape, context.out());
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] *= scale.scale->values[at(i)];
    }
    if (scale.bias) {
        const Broadcast at(scale.bias->shape, context.out());
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] += scale.bias->values[at(i)];
    }
    return y;
}

Values compute(const import::Einsum& einsum, const Context& context) {
    const Values& right = einsum.weights ? einsum.weights->values : context.x(1);
    const import::Shape& right_shape = einsum.weights ? einsum.weights->shape : context.in(1);
    // Each letter: its extent, and its stride in left, right and output.
    struct Letter {
        std::size_t extent = 1;
        std::array<std::size_t, 3> stride{};
    };
    std::array<Letter, 128> letters{};
    std::string order = einsum.output;
    for (const std::string* side : {&einsum.left, &einsum.right})
        for (const char letter : *side)
            if (order.find(letter) == std::string::npos)
                order += letter;
    const auto note = [&](const std::string& side, const import::Shape& shape, std::size_t which) {
        std::size_t step = 1;
        for (std::size_t k = side.size(); k-- > 0; step *= shape[k]) {
            Letter& letter = letters[static_cast<unsigned char>(side[k]) % letters.size()];
            letter.extent = std::max<std::size_t>(letter.extent, shape[k]);
            letter.stride[which] += step;
        }
    };
    note(einsum.left, context.in(), 0);
    note(einsum.right, right_shape, 1);
    note(einsum.output, context.out(), 2);
    std::size_t combinations = 1;
    for (const char letter : order)
        combinations *= letters[static_cast<unsigned char>(letter) % letters.size()].extent;
    Values y(context.size(), 0.0);
    for (std::size_t n = 0; n < combinations; ++n) {
        std::array<std::size_t, 3> at{};
        std::size_t rest = n;
        for (std::size_t k = order.size(); k-- > 0;) {
            const Letter& letter = letters[static_cast<unsigned char>(order[k]) % letters.size()];
            for (std::size_t which = 0; which < 3; ++which)
                at[which] += rest % letter.extent * letter.stride[which];
            rest /= letter.extent;
        }
        y[at[2]] += context.x()[at[0]] * right[at[1]];
    }
    if (einsum.bias) {
        const Broadcast bias(einsum.bias->shape, context.out());
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] += einsum.bias->values[bias(i)];
    }
    return y;
}

Values compute(const import::Interpolate& interpolate, const Context& context) {
    Values y;
    for (const auto& parts : interpolate.parts) {
        double sum = 0;
        for (const auto& part : parts)
            sum += part.factor * context.x()[part.source];
        y.push_back(sum);
    }
    return y;
}

} // namespace gw::floating
