// What one layer of an import::Graph computes. Broadcasting is numpy's: shapes are aligned at their last axis, extents
// of 1 (and missing ones) repeat.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fixed/type.hpp"
#include "network/network.hpp"

namespace gw::import {

using network::Shape;

/// Constants of a file, row-major, all finite. Where the file quantises them, the values are the quantised ones and
/// `type` is one that holds every value / unit exactly.
struct FloatArray {
    Shape shape;
    std::vector<double> values;
    std::optional<fixed::FixedType> type;
    std::vector<double> units = {}; ///< none: 1; one for all; or one for each index of the last axis. Positive.
};

struct Input {};

/// A constant tensor that a layer reads: an initial state, the other side of a merge.
struct Constant {
    FloatArray values;
};

/// output[..., j] = sum_i input[..., i] * weights[i, j] + bias[j]: the last axis, at every position.
struct Dense {
    FloatArray weights; ///< {inputs, outputs}
    std::optional<FloatArray> bias;
};

/// How a window moves over one or two spatial axes: input {spatial..., channels}. All vectors have one entry an axis.
/// A window's element k at output position p stands at p * strides + k * dilation - pad_before; outside is padding.
struct Window {
    std::vector<std::uint32_t> size, strides, dilation, pad_before, pad_after;
};

/// output[p..., o] = sum over window k and the group's channels c of input[p*s + k*d - pad, c] * weights[k..., c, o] +
/// bias[o]; padding is 0. Output channel o belongs to group o / (outputs / groups). A depthwise convolution has as many
/// groups as input channels.
struct Conv {
    Window window;
    std::uint32_t groups = 1;
    FloatArray weights; ///< {window..., channels / groups, outputs}
    std::optional<FloatArray> bias;
};

/// Transposed convolution: output[p * strides + k * dilation - pad_before, o] += input[p, c] * weights[k..., c, o];
/// the extent of the output stands in the layer's shape. Groups as in Conv.
struct ConvTranspose {
    Window window;
    std::uint32_t groups = 1;
    FloatArray weights; ///< {window..., channels / groups, outputs}
    std::optional<FloatArray> bias;
};

/// output = gamma * (input - mean) / sqrt(variance + epsilon) + beta; variance + epsilon > 0. All have the extent of
/// the last axis.
struct BatchNorm {
    std::vector<double> gamma, beta, mean, variance;
    double epsilon = 0;
};

/// output = input * scale + bias, broadcast.
struct Scale {
    std::optional<FloatArray> scale, bias;
};

/// output = x >= ceiling: ceiling; x >= threshold: x; else slope * (x - threshold).
struct Relu {
    enum class Origin : std::uint8_t { activation, layer }; ///< an activation function, or a layer of its own
    std::optional<double> ceiling;
    Origin origin = Origin::activation;
    double slope = 0, threshold = 0;
};

/// output = x > 0 ? x : slopes * x, broadcast.
struct PRelu {
    FloatArray slopes;
};

/// A function of one variable, element by element.
struct Function {
    enum class Kind : std::uint8_t {
        elu,          ///< x > 0 ? x : alpha * (exp(x) - 1)
        selu,         ///< 1.0507009873554805 * elu with alpha 1.6732632423543772
        celu,         ///< max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))
        gelu,         ///< x * (1 + erf(x / sqrt(2))) / 2
        gelu_tanh,    ///< x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2
        sigmoid,      ///< 1 / (1 + exp(-x))
        hard_sigmoid, ///< clip(alpha * x + beta, 0, 1)
        hard_tanh,    ///< clip(x, -1, 1); as hls4ml computes it 2 * hard_sigmoid - 1
        hard_swish,   ///< x * clip(x / 6 + 1/2, 0, 1)
        tanh,
        softplus, ///< log(exp(x) + 1)
        softsign, ///< x / (|x| + 1)
        swish,    ///< x * sigmoid(alpha * x), alpha 1
        mish,     ///< x * tanh(softplus(x))
        log_sigmoid,
        exponential,
        log,
        erf,
        absolute,
        square,
        power, ///< x ^ alpha
        square_root,
        reciprocal_root, ///< 1 / sqrt(x)
        reciprocal,      ///< 1 / (x + beta)
        sine,
        cosine,
        clip,           ///< min(max(x, alpha), beta)
        thresholded,    ///< x > alpha ? x : 0
        hard_shrink,    ///< |x| > alpha ? x : 0
        soft_shrink,    ///< x > alpha ? x - alpha : x < -alpha ? x + alpha : 0
        tanh_shrink,    ///< x - tanh(x)
        squareplus,     ///< (x + sqrt(x^2 + alpha)) / 2
        sparse_plus,    ///< x <= -1 ? 0 : x >= 1 ? x : (x + 1)^2 / 4
        sparse_sigmoid, ///< clip((x + 1) / 2, 0, 1)
        floor,
        ceil,
        round_even,
        sign ///< -1, 0, 1
    };
    Kind kind = Kind::sigmoid;
    double alpha = 0, beta = 0;
};

/// A staircase, exact on doubles: output = values[number of thresholds t with x >= t (x > t where not closed)]. Binary,
/// ternary and power-of-two quantisers, MultiThreshold. Thresholds ascend.
struct Steps {
    enum class Origin : std::uint8_t { quantiser, comparison }; ///< what a model rounds to, or a truth value, 0 or 1
    bool closed = true;
    FloatArray thresholds; ///< {n}, or {channels, n} by the last axis
    FloatArray values;     ///< {n + 1}, or {channels, n + 1}
    Origin origin = Origin::quantiser;
};

/// exp(x - max) / sum over one axis.
struct Softmax {
    std::uint32_t axis = 0; ///< of the event's shape
    bool log = false;       ///< log_softmax
};

/// Element by element over all inputs, broadcast. subtract and divide have two inputs.
struct Merge {
    enum class Kind : std::uint8_t { add, subtract, multiply, divide, average, maximum, minimum };
    Kind kind = Kind::add;
};

struct Concatenate {
    std::uint32_t axis = 0; ///< of the event's shape
};

/// Einstein summation of the first input with the second, or with constant weights: one letter an axis of the event
/// ("td,de->te"). bias is broadcast onto the output.
struct Einsum {
    std::string left, right, output;
    std::optional<FloatArray> weights; ///< the right side, unless a second input is
    std::optional<FloatArray> bias;
};

/// Over windows of the spatial axes of {spatial..., channels}; padding never wins a maximum. An average divides by the
/// elements inside the image, or by the whole window where `count_padding`.
struct Pool {
    enum class Kind : std::uint8_t { maximum, average, sum };
    Kind kind = Kind::maximum;
    Window window;
    bool count_padding = false;
};

/// Over whole axes, which the layer's shape keeps (as 1) or drops. Global pooling is this.
struct Reduce {
    enum class Kind : std::uint8_t { sum, mean, maximum, minimum };
    Kind kind = Kind::sum;
    std::vector<std::uint32_t> axes; ///< of the event's shape, ascending
};

/// The same elements in the same order in another shape.
struct Reshape {};

/// output[i] = input[sources[i]], or `fill` where there is none: permutation, cropping, zero padding, slices, splits,
/// gathering by constant indices, nearest upsampling, repetition, broadcasting. Flat row-major indices.
struct Rearrange {
    std::vector<std::optional<std::uint32_t>> sources;
    double fill = 0;
};

/// output[i] = sum of factor * input[source]: bilinear upsampling.
struct Interpolate {
    struct Part {
        std::uint32_t source = 0;
        double factor = 0;
    };
    std::vector<std::vector<Part>> parts;
};

/// output = input: a linear activation; a dropout, a flattening or an ONNX identity, which no hardware shows.
struct Linear {
    enum class Origin : std::uint8_t { activation, dropout, flatten, identity };
    Origin origin = Origin::identity;
};

/// output[..., :] = table[input[...], :]; the input holds whole numbers.
struct Embedding {
    FloatArray table; ///< {entries, width}
};

using Nonlinearity = std::variant<Linear, Relu, Function>;

/// One recurrent layer over {time, features}; gates in Keras's order (LSTM i f c o; GRU z r h). Optional further
/// inputs: initial h, and for an LSTM initial c; zero otherwise.
struct Recurrent {
    enum class Kind : std::uint8_t { simple, lstm, gru };
    enum class Output : std::uint8_t { sequence, last, cell }; ///< every h {time, units}; the last h; the last c
    Kind kind = Kind::lstm;
    Output output = Output::last;
    bool backwards = false;  ///< time runs from the end; a sequence comes out in that order
    bool reset_after = true; ///< GRU: the reset gate acts on the recurrent product (with its own bias)
    FloatArray kernel;       ///< {features, gates * units}
    FloatArray recurrent;    ///< {units, gates * units}
    std::optional<FloatArray> bias, recurrent_bias; ///< {gates * units}; the second for reset_after only
    Nonlinearity activation = Function{Function::Kind::tanh};
    Nonlinearity recurrent_activation = Function{Function::Kind::sigmoid}; ///< of the gates
};

/// output = gamma * (input - mean) / sqrt(variance + epsilon) + beta, moments taken over `axes` of each event; gamma
/// and beta are broadcast. RMS normalisation has neither mean nor beta.
struct Normalise {
    std::vector<std::uint32_t> axes; ///< of the event's shape, ascending
    std::optional<FloatArray> gamma, beta;
    double epsilon = 0;
    bool centred = true; ///< false: mean is 0 and the variance is the mean square
};

/// output = scale * (code - zero_point), code = cast(input / scale + zero_point) to a fixed-point type: one for all
/// elements, or one each. Scale (positive) and zero point are broadcast, 1 and 0 where absent.
struct Quantise {
    enum class Rounding : std::uint8_t {
        of_type,  ///< the types' own
        up,       ///< towards plus infinity, which no type has
        from_zero ///< away from zero, which no type has
    };
    std::vector<fixed::FixedType> types;
    std::optional<FloatArray> scale = {}, zero_point = {};
    Rounding rounding = Rounding::of_type;
    bool zero_after_rounding = false;   ///< code = saturated(rounded(input / scale) + zero_point), as ONNX has it
    bool codes = false;                 ///< the output is the code itself
    std::optional<double> highest = {}; ///< codes end here, below the end of an unsigned type
};

using LayerBody = std::variant<Input, Constant, Dense, Conv, ConvTranspose, BatchNorm, Scale, Relu, PRelu, Function,
                               Steps, Softmax, Merge, Concatenate, Einsum, Pool, Reduce, Reshape, Rearrange,
                               Interpolate, Linear, Embedding, Recurrent, Normalise, Quantise>;

} // namespace gw::import
