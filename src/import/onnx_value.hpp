// What a name of an ONNX file stands for while it is read: a tensor that a layer computes, or constants.
//
// A layer of the graph has no axis of events and its axes may stand in another order than the file's: a convolution's
// channels are last. So every computed tensor says where each axis of its layer stands in the file's tensor. A
// transposition only changes what is said; a layer is made where an operator needs another order (onnx_layout.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include <onnx/onnx_pb.h>

#include "import/graph.hpp"

namespace gw::import {

using ElementType = std::int32_t; ///< onnx::TensorProto::DataType

struct Tensor {
    LayerId layer{};
    /// Axis k of the layer's shape is the tensor's axis axes[k]. Axes that are the events' own are merged into it,
    /// behind the events.
    std::vector<std::uint32_t> axes;
    std::optional<std::uint32_t> event = 0; ///< the tensor's axis of events; none where the file took it away
    ElementType type = onnx::TensorProto::FLOAT;

    /// Axes of the tensor, that of the events among them.
    std::size_t rank() const;
    /// An axis of the layer is part of the axis of events.
    bool merged() const;
};

struct OnnxConstant {
    FloatArray array;
    ElementType type = onnx::TensorProto::FLOAT;
    /// The values for two events, where they depend on the number of events; `array` has those for one.
    std::vector<double> for_two = {};
};

/// After an error already noted.
struct Unknown {};

using Value = std::variant<Unknown, Tensor, OnnxConstant>;

/// Whole numbers and truth values: a division drops the rest.
bool is_whole(ElementType type);

} // namespace gw::import
