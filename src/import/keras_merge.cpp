// Layers of several inputs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/keras_layer.hpp"

namespace gw::import {

namespace {

/// numpy's broadcast of all inputs' shapes; none, and a problem noted, if they do not fit.
std::optional<Shape> broadcast(KerasLayer& layer) {
    Shape result = layer.shape();
    for (std::size_t k = 1; k < layer.inputs.size(); ++k) {
        Shape other = layer.shape(k);
        while (other.size() < result.size())
            other.insert(other.begin(), 1);
        while (result.size() < other.size())
            result.insert(result.begin(), 1);
        for (std::size_t axis = 0; axis < result.size(); ++axis) {
            if (result[axis] != other[axis] && result[axis] != 1 && other[axis] != 1) {
                layer.problem(fmt::format("inputs of shapes [{}] and [{}] do not fit", fmt::join(layer.shape(), ", "),
                                          fmt::join(layer.shape(k), ", ")));
                return std::nullopt;
            }
            result[axis] = std::max(result[axis], other[axis]);
        }
    }
    return result;
}

ReadKerasLayer merge(Merge::Kind kind) {
    return [kind](KerasLayer& layer) -> std::vector<LayerId> {
        const bool of_two = kind == Merge::Kind::subtract;
        if (!layer.require_inputs(of_two ? 2 : 1, of_two ? 2 : 1000))
            return {};
        const auto shape = broadcast(layer);
        if (!shape)
            return {};
        return {layer.add("", layer.inputs, *shape, Merge{kind})};
    };
}

std::vector<LayerId> read_concatenate(KerasLayer& layer) {
    const Json& given = layer.config.take("axis");
    if (!layer.require_inputs(1, 1000))
        return {};
    const auto axis = layer.axis(given.is_null() ? Json(-1) : given, "axis", layer.shape().size());
    if (!axis)
        return {};
    Shape shape = layer.shape();
    for (std::size_t k = 1; k < layer.inputs.size(); ++k) {
        Shape other = layer.shape(k);
        if (other.size() != shape.size()) {
            layer.problem("inputs of different ranks");
            return {};
        }
        const std::uint32_t more = other[*axis];
        other[*axis] = shape[*axis];
        if (other != shape) {
            layer.problem(fmt::format("inputs of shapes [{}] and [{}] do not fit", fmt::join(layer.shape(), ", "),
                                      fmt::join(layer.shape(k), ", ")));
            return {};
        }
        shape[*axis] += more;
    }
    return {layer.add("", layer.inputs, shape, Concatenate{*axis})};
}

std::vector<LayerId> read_dot(KerasLayer& layer) {
    const Json& axes = layer.config.take("axes");
    layer.config.require_flag("normalize", false);
    if (!layer.require_inputs(2, 2))
        return {};
    const bool both = axes.is_array() && axes.size() == 2;
    const auto left = layer.axis(both ? axes[0] : axes, "axes", layer.shape(0).size());
    const auto right = layer.axis(both ? axes[1] : axes, "axes", layer.shape(1).size());
    if (!left || !right)
        return {};
    if (layer.shape(0)[*left] != layer.shape(1)[*right]) {
        layer.problem("the axes of the product differ in extent");
        return {};
    }
    Einsum einsum;
    Shape shape;
    char next = 'a';
    for (std::uint32_t k = 0; k < layer.shape(0).size(); ++k) {
        einsum.left += k == *left ? 'z' : next++;
        if (k != *left) {
            einsum.output += einsum.left.back();
            shape.push_back(layer.shape(0)[k]);
        }
    }
    for (std::uint32_t k = 0; k < layer.shape(1).size(); ++k) {
        einsum.right += k == *right ? 'z' : next++;
        if (k != *right) {
            einsum.output += einsum.right.back();
            shape.push_back(layer.shape(1)[k]);
        }
    }
    if (shape.empty())
        shape = {1}; // two vectors: Keras keeps an axis of one
    return {layer.add("", layer.inputs, shape, std::move(einsum))};
}

} // namespace

void add_merges(KerasReaders& readers) {
    readers["Add"] = merge(Merge::Kind::add);
    readers["Subtract"] = merge(Merge::Kind::subtract);
    readers["Multiply"] = merge(Merge::Kind::multiply);
    readers["Average"] = merge(Merge::Kind::average);
    readers["Maximum"] = merge(Merge::Kind::maximum);
    readers["Minimum"] = merge(Merge::Kind::minimum);
    readers["Concatenate"] = read_concatenate;
    readers["Dot"] = read_dot;
}

} // namespace gw::import
