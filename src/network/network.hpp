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

/// Number of elements of a shape.
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
};

/// How a dense op sums. Without a type the sum is exact. With one, the running sum lives in that type: it starts as the
/// bias converted to it (or 0), terms are added in the order of the input index, and each new sum is converted to it.
struct Accumulator {
    enum class Products : std::uint8_t {
        exact,    ///< each product enters the sum in full precision
        converted ///< each product is converted to `type` first (hls4ml)
    };
    std::optional<FixedType> type;
    Products products = Products::exact;
};

/// output[j] = sum_i input[i] * weights[i, j] + bias[j]; weights have shape {inputs, outputs}.
struct Dense {
    TensorId input, output;
    Constant weights;
    std::optional<Constant> bias; ///< shape {outputs}
    Accumulator accumulator;
};

/// output[i] = input[i] * scale[i] + bias[i]: batch normalisation, a bias alone, a scale alone. Constants have the
/// tensor's number of elements, or 1 for all alike.
struct Affine {
    TensorId input, output;
    std::optional<Constant> scale, bias;
};

/// output[i] = max(input[i], 0), at most `ceiling` where given (ReLU6 and the like).
struct Relu {
    TensorId input, output;
    std::optional<Constant> ceiling; ///< one element
};

/// output[i] = input[i], converted to the output's type.
struct Requantise {
    TensorId input, output;
};

using OpBody = std::variant<Dense, Affine, Relu, Requantise>;

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

TensorId input_of(const Op& op);
TensorId output_of(const Op& op);

} // namespace gw::network
