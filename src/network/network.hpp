// Network: what is computed, to the last bit. No room after quantize/ knows more than this (docs/architecture.md).
//
// Each op is exact arithmetic followed by one cast to the type of its output tensor; the only rounding or overflow
// inside an op is the one that its Accumulator names. Types may differ per element. Shapes are without the event axis.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fixed/type.hpp"

namespace gw::network {

using fixed::FixedType;
using Shape = std::vector<std::uint32_t>;

/// Number of elements of a shape; the largest number there is where it would not fit.
std::size_t elements(const Shape& shape);

enum class TensorId : std::uint32_t {};

struct Tensor {
    std::string name; ///< unique in the network
    Shape shape;
    std::vector<FixedType> types; ///< one for all elements, or one per element (row-major)

    const FixedType& type(std::size_t element) const { return types.size() == 1 ? types.front() : types[element]; }
    std::size_t size() const { return elements(shape); }
};

/// Integers with the type they fit; value = raw * 2^-type.fraction.
struct Constant {
    Shape shape;
    FixedType type;
    std::vector<std::int64_t> raw; ///< row-major

    /// For element i of a tensor, where one value stands for all, or one for each index of the last axis, or one each.
    std::int64_t at(std::size_t i) const { return raw[i % raw.size()]; }
};

/// How a dense op, a convolution or a reduction sums. Without a type the sum is exact. With one, the running sum lives
/// in that type: it starts as the bias converted to it (or 0), terms are added in the order of the input index, and
/// each new sum is converted to it.
struct Accumulator {
    enum class Products : std::uint8_t {
        exact,    ///< each product enters the sum in full precision
        converted ///< each product is converted to `type` first (hls4ml)
    };
    std::optional<FixedType> type;
    Products products = Products::exact;
};

/// output[..., j] = sum_i input[..., i] * weights[i, j] + bias[j]: the last axis, at every position. Weights have shape
/// {inputs, outputs}.
struct Dense {
    TensorId input, output;
    Constant weights;
    std::optional<Constant> bias; ///< shape {outputs}
    Accumulator accumulator;
};

/// How a window moves over the spatial axes of a tensor {spatial..., channels}: element k of the window at output
/// position p stands at p * strides + k * dilation - pad_before; what stands outside is padding. One entry an axis, one
/// or two axes.
struct Window {
    std::vector<std::uint32_t> size, strides, dilation, pad_before;
};

/// output[p..., o] = sum over window and group of input[..., c] * weights[k..., c, o] + bias[o]; padding is 0. Weights
/// have shape {window..., channels / groups, outputs}; output channel o belongs to group o / (outputs / groups). With
/// an accumulator, terms are added in the order of the weights' rows, padding included.
struct Conv {
    TensorId input, output;
    Window window;
    std::uint32_t groups = 1;
    Constant weights;
    std::optional<Constant> bias; ///< shape {outputs}
    Accumulator accumulator;
};

/// Over the windows of each channel. `padding` (one element), where given, takes part as a value wherever a window sees
/// padding; else padding is left out, and a maximum over nothing else is 0. Division is an op of its own.
struct Pool {
    enum class Kind : std::uint8_t { maximum, sum };
    TensorId input, output;
    Kind kind = Kind::maximum;
    Window window;
    std::optional<Constant> padding;
    Accumulator accumulator;
};

/// output[...] = sum, maximum or minimum of input[..., i]: the last axis becomes 1 or goes away.
struct Reduce {
    enum class Kind : std::uint8_t { sum, maximum, minimum };
    enum class Order : std::uint8_t {
        sequential,
        tree ///< the first 2^k < n terms and the rest, each summed alike (hls4ml's balanced tree)
    };
    TensorId input, output;
    Kind kind = Kind::sum;
    Order order = Order::sequential; ///< counts only with an accumulator
    Accumulator accumulator;
};

/// output[i] = input[i] * scale[i] + bias[i]: batch normalisation, a bias alone, a scale alone. Constants have the
/// tensor's number of elements, or that of its last axis, or 1 for all alike.
struct Affine {
    TensorId input, output;
    std::optional<Constant> scale, bias;
};

/// output[i] = input[i] / divisor[i], rounded once, to the output's type. Divisors are positive; as many as in Affine.
struct Divide {
    TensorId input, output;
    Constant divisor;
};

/// output[i] = max(input[i], 0), at most `ceiling` where given (ReLU6 and the like).
struct Relu {
    TensorId input, output;
    std::optional<Constant> ceiling; ///< one element
};

/// output[i] = subject[i] > threshold ? above[i] : below[i] (>= where `closed`). All tensors have one shape.
struct Select {
    TensorId subject, above, below, output;
    Constant threshold; ///< as many as in Affine
    bool closed = false;
};

/// output[i] = values[index], index = (input[i] as an integer of `fraction` fraction bits * numerator) / denominator,
/// the quotient rounded towards minus infinity or towards zero, plus offset, clamped to the table. `fraction` is at
/// least that of every input element.
struct Table {
    TensorId input, output;
    std::int32_t fraction = 0;
    std::int64_t numerator = 1, denominator = 1; ///< denominator positive
    bool towards_zero = false;
    std::int64_t offset = 0;
    Constant values; ///< {points}
};

/// output[i] = values[how many thresholds t have input[i] >= t]. Thresholds ascend.
struct Steps {
    TensorId input, output;
    Constant thresholds; ///< {n}, or {last axis, n}
    Constant values;     ///< {n + 1}, or {last axis, n + 1}
};

/// Element by element, tensors of one shape; the sum, difference or product is exact before its cast. Differences and
/// products have two inputs.
struct Merge {
    enum class Kind : std::uint8_t { sum, difference, product, maximum, minimum };
    std::vector<TensorId> inputs;
    TensorId output;
    Kind kind = Kind::sum;
};

/// output[b, m, n] = sum_k left[b, m, k] * right[b, k, n]. All have rank 3.
struct MatMul {
    TensorId left, right, output;
    Accumulator accumulator;
};

/// output[i] = element sources[i] of all inputs in a row, or 0 where there is none: reshaping, permuting, padding,
/// cropping, slicing, repeating, concatenating.
struct Rearrange {
    std::vector<TensorId> inputs;
    TensorId output;
    std::vector<std::optional<std::uint32_t>> sources;
};

/// output[..., :] = table[index, :], index = input[...] rounded down; beyond the table it is clamped to it.
struct Embedding {
    TensorId input, output;
    Constant table; ///< {entries, width}
};

/// output[i] = input[i], converted to the output's type.
struct Requantise {
    TensorId input, output;
};

using OpBody = std::variant<Dense, Conv, Pool, Reduce, Affine, Divide, Relu, Select, Table, Steps, Merge, MatMul,
                            Rearrange, Embedding, Requantise>;

struct Op {
    std::string name; ///< the layer that it came from; unique in the network
    OpBody body;
};

struct Network {
    std::string name;
    std::vector<Tensor> tensors; ///< TensorId indexes here
    std::vector<TensorId> inputs, outputs;
    std::vector<Op> ops; ///< in an order in which they can run

    const Tensor& tensor(TensorId id) const { return tensors.at(static_cast<std::size_t>(id)); }
    Tensor& tensor(TensorId id) { return tensors.at(static_cast<std::size_t>(id)); }
    TensorId add(Tensor tensor);
    /// Elements of all inputs (outputs) of one event, in the order of `inputs` (`outputs`).
    std::size_t input_size() const;
    std::size_t output_size() const;
};

/// Where a table is read for an input mantissa of op.fraction fraction bits.
std::size_t table_index(const Table& op, fixed::Int128 mantissa);

/// In the order of the op's members.
std::vector<TensorId> inputs_of(const Op& op);
/// Of an op with one input.
TensorId input_of(const Op& op);
TensorId output_of(const Op& op);
/// The op's kind as the network file writes it: "dense", "conv" ...
const char* kind_of(const Op& op);

} // namespace gw::network
