// Pools over windows and over whole images.
#include <fmt/format.h>

#include "import/arrange.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"
#include "import/onnx_window.hpp"

namespace gw::import {

namespace {

/// The image with zeros where the window's padding is, which it then has no more.
Tensor padded(OnnxNode& node, const Tensor& x, Window& window) {
    const Shape shape = node.shape(x);
    std::vector<AxisIndices> from = all_indices(shape);
    for (std::size_t k = 0; k < window.pad_before.size(); ++k) {
        from[k].insert(from[k].begin(), window.pad_before[k], std::nullopt);
        from[k].insert(from[k].end(), window.pad_after[k], std::nullopt);
        window.pad_before[k] = window.pad_after[k] = 0;
    }
    Arranged image = picked(shape, from);
    return image.shape == shape ? x : node.add("_padded", x, std::move(image.shape), std::move(image.body));
}

void read_pool(OnnxNode& node, Pool::Kind kind) {
    const bool up = node.flag("ceil_mode", false);
    const bool count_padding = kind == Pool::Kind::average && node.flag("count_include_pad", false);
    if (kind == Pool::Kind::maximum)
        node.ignore("storage_order"); // of the indices, which are refused
    const auto given = node.wholes("kernel_shape");
    const auto x = node.computed(0);
    const auto input = x ? channels_last(node, *x, 3, 4) : std::nullopt;
    if (node.wanted(1))
        node.problem("its output of indices is not understood");
    if (!input || !given) {
        for (const char* attribute : {"strides", "dilations", "pads", "auto_pad"})
            node.ignore(attribute);
        return given ? void() : node.problem("it has no kernel_shape");
    }
    const Shape shape = node.shape(*input), spatial{shape.begin(), shape.end() - 1};
    const auto size = axis_numbers(node, "kernel_shape", spatial.size(), 1, 1);
    const auto window = size ? read_window(node, spatial, *size, up) : std::nullopt;
    if (!window)
        return;
    Shape out = window->out;
    out.push_back(shape.back());
    if (!count_padding || !up)
        return node.give(node.add("", *input, std::move(out), Pool{kind, window->window, count_padding}));
    // Padding is counted, what lies behind it is not: an image with its padding, and no other.
    Window bare = window->window;
    const Tensor image = padded(node, *input, bare);
    node.give(node.add("", image, std::move(out), Pool{kind, std::move(bare), false}));
}

void read_global_pool(OnnxNode& node, Reduce::Kind kind) {
    const auto x = node.computed(0);
    if (!x)
        return;
    if (x->event != 0U || x->merged() || x->rank() < 3)
        return node.problem(
            fmt::format("an input of shape {} is not understood; [events, channels, ...] is", describe(node, *x)));
    Reduce reduce{kind, {}};
    Shape out = node.shape(*x);
    for (std::uint32_t k = 0; k < out.size(); ++k)
        if (x->axes[k] >= 2) {
            reduce.axes.push_back(k);
            out[k] = 1;
        }
    node.give(node.add("", *x, std::move(out), std::move(reduce)));
}

} // namespace

void add_onnx_pools(OnnxReaders& readers) {
    readers["MaxPool"] = [](OnnxNode& node) { read_pool(node, Pool::Kind::maximum); };
    readers["AveragePool"] = [](OnnxNode& node) { read_pool(node, Pool::Kind::average); };
    readers["GlobalMaxPool"] = [](OnnxNode& node) { read_global_pool(node, Reduce::Kind::maximum); };
    readers["GlobalAveragePool"] = [](OnnxNode& node) { read_global_pool(node, Reduce::Kind::mean); };
}

} // namespace gw::import
