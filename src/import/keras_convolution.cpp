// Convolutions of one and two axes: plain, depthwise, separable, transposed. Window arithmetic is TensorFlow's
// ("Convolution", https://www.tensorflow.org/api_docs/python/tf/nn): with `same` padding the odd zero stands at the
// end.
#include <fmt/format.h>

#include "import/arrange.hpp"
#include "import/keras_layer.hpp"
#include "import/keras_window.hpp"

namespace gw::import {

namespace {
constexpr std::int64_t largest_reach = 1 << 20;
constexpr std::size_t most_products = std::size_t{1} << 28; ///< of one channel
} // namespace

std::optional<Window> keras_window(KerasLayer& layer, const Shape& spatial, std::vector<std::uint32_t> size,
                                   std::vector<std::uint32_t> strides, std::vector<std::uint32_t> dilation,
                                   const std::string& padding, Shape& out) {
    Window window{std::move(size), std::move(strides), std::move(dilation), {}, {}};
    for (std::size_t k = 0; k < spatial.size(); ++k) {
        const std::int64_t in = spatial[k], reach = std::int64_t{window.size[k] - 1} * window.dilation[k] + 1,
                           stride = window.strides[k];
        std::int64_t before = 0, total = 0, extent = 0;
        if (padding == "valid") {
            extent = in < reach ? 0 : (in - reach) / stride + 1;
        } else if (padding == "causal") {
            before = total = reach - 1;
            extent = (in - 1) / stride + 1;
        } else if (padding == "same") {
            extent = (in + stride - 1) / stride;
            total = std::max<std::int64_t>((extent - 1) * stride + reach - in, 0);
            before = total / 2;
        } else {
            layer.config.problem("padding", fmt::format("is '{}'; valid, same and causal are understood", padding));
            return std::nullopt;
        }
        if (extent < 1) {
            layer.problem(fmt::format("a window of {} does not fit an axis of {}", reach, in));
            return std::nullopt;
        }
        if (reach > largest_reach) {
            layer.problem(fmt::format("a window that reaches over {} elements is too large", reach));
            return std::nullopt;
        }
        window.pad_before.push_back(static_cast<std::uint32_t>(before));
        window.pad_after.push_back(static_cast<std::uint32_t>(total - before));
        out.push_back(static_cast<std::uint32_t>(extent));
    }
    const std::size_t taps = network::elements(window.size), positions = network::elements(out);
    if (taps > most_tensor_elements || positions > most_tensor_elements || taps * positions > most_products) {
        layer.problem(fmt::format("a window of {} elements at {} positions is too much", taps, positions));
        return std::nullopt;
    }
    return window;
}

LayerId channels_last(KerasLayer& layer, bool first, LayerId input) {
    if (!first)
        return input;
    const std::size_t rank = layer.shape_of(input).size();
    std::vector<std::uint32_t> axes;
    for (std::uint32_t k = 1; k < rank; ++k)
        axes.push_back(k);
    axes.push_back(0);
    return layer.permuted("_channels_last", input, axes);
}

LayerId channels_first(KerasLayer& layer, bool first, LayerId output) {
    if (!first)
        return output;
    const auto rank = static_cast<std::uint32_t>(layer.shape_of(output).size());
    std::vector<std::uint32_t> axes{rank - 1};
    for (std::uint32_t k = 0; k + 1 < rank; ++k)
        axes.push_back(k);
    return layer.permuted("_channels_first", output, axes);
}

FloatArray flattened_depthwise(FloatArray kernel) {
    const std::uint32_t multiplier = kernel.shape.back();
    std::uint32_t& channels = kernel.shape[kernel.shape.size() - 2];
    kernel.shape.back() *= channels;
    if (kernel.units.size() > 1)
        for (std::size_t k = multiplier; k < kernel.shape.back(); ++k)
            kernel.units.push_back(kernel.units[k - multiplier]);
    channels = 1;
    return kernel;
}

bool is_channels_first(KerasLayer& layer) {
    return layer.config.text("data_format").value_or("channels_last") == "channels_first";
}

namespace {

struct Common {
    bool first = false, use_bias = true;
    std::string padding;
    std::vector<std::uint32_t> size, strides, dilation;
};

Common read_common(KerasLayer& layer, std::size_t axes) {
    Common common;
    common.first = is_channels_first(layer);
    common.size = layer.extents("kernel_size", axes, 1, 1);
    common.strides = layer.extents("strides", axes, 1, 1);
    common.dilation = layer.extents("dilation_rate", axes, 1, 1);
    common.padding = layer.config.text("padding").value_or("valid");
    common.use_bias = layer.config.flag("use_bias", true);
    for (const char* kind : {"kernel", "bias", "depthwise", "pointwise"})
        for (const char* what : {"_initializer", "_regularizer", "_constraint"})
            layer.config.ignore({(std::string(kind) + what).c_str()});
    layer.config.ignore({"activity_regularizer", "lora_alpha"});
    layer.config.require_null("lora_rank");
    layer.config.require_null("quantization_config");
    return common;
}

/// After read_common: rank, and the input with channels last.
std::optional<LayerId> image(KerasLayer& layer, const Common& common, std::size_t axes) {
    if (layer.require_rank(axes + 1, axes + 1))
        return channels_last(layer, common.first, layer.inputs[0]);
    layer.config.ignore({"activation"});
    return std::nullopt;
}

Shape with(Shape front, std::initializer_list<std::uint32_t> back) {
    front.insert(front.end(), back);
    return front;
}

/// The convolution proper, its activation, and channels where they were.
std::vector<LayerId> finish(KerasLayer& layer, const Common& common, LayerId input, const Shape& out, Conv conv) {
    const LayerId made = layer.add(input, out, std::move(conv));
    return {channels_first(layer, common.first, layer.activated(made))};
}

std::vector<LayerId> read_conv(KerasLayer& layer, std::size_t axes) {
    const Common common = read_common(layer, axes);
    const std::uint32_t filters = layer.config.count("filters").value_or(1),
                        groups = layer.config.count("groups").value_or(1);
    const auto input = image(layer, common, axes);
    if (!input)
        return {};
    const Shape in = layer.shape_of(*input);
    Shape out;
    const auto window = keras_window(layer, {in.begin(), in.end() - 1}, common.size, common.strides, common.dilation,
                                     common.padding, out);
    if (!window || in.back() % groups != 0 || filters % groups != 0) {
        if (window)
            layer.config.problem("groups", "does not divide the channels");
        layer.config.ignore({"activation"});
        return {};
    }
    Conv conv{*window, groups, layer.weight("kernel", with(common.size, {in.back() / groups, filters})), {}};
    if (common.use_bias)
        conv.bias = layer.weight("bias", {filters});
    return finish(layer, common, *input, with(out, {filters}), std::move(conv));
}

FloatArray depthwise_kernel(KerasLayer& layer, const Common& common, std::uint32_t channels, std::uint32_t multiplier) {
    return flattened_depthwise(layer.weight("depthwise_kernel", with(common.size, {channels, multiplier})));
}

std::vector<LayerId> read_depthwise(KerasLayer& layer, std::size_t axes) {
    const Common common = read_common(layer, axes);
    const std::uint32_t multiplier = layer.config.count("depth_multiplier").value_or(1);
    layer.config.ignore({"filters", "groups"});
    const auto input = image(layer, common, axes);
    if (!input)
        return {};
    const Shape in = layer.shape_of(*input);
    Shape out;
    const auto window = keras_window(layer, {in.begin(), in.end() - 1}, common.size, common.strides, common.dilation,
                                     common.padding, out);
    if (!window) {
        layer.config.ignore({"activation"});
        return {};
    }
    const std::uint32_t outputs = in.back() * multiplier;
    // Keras 2 and 3.15 call it kernel or depthwise_kernel; legacy files are looked up by name.
    Conv conv{*window, in.back(), depthwise_kernel(layer, common, in.back(), multiplier), {}};
    if (common.use_bias)
        conv.bias = layer.weight("bias", {outputs});
    return finish(layer, common, *input, with(out, {outputs}), std::move(conv));
}

std::vector<LayerId> read_separable(KerasLayer& layer, std::size_t axes) {
    const Common common = read_common(layer, axes);
    const std::uint32_t multiplier = layer.config.count("depth_multiplier").value_or(1),
                        filters = layer.config.count("filters").value_or(1);
    layer.config.ignore({"groups"});
    const auto input = image(layer, common, axes);
    if (!input)
        return {};
    const Shape in = layer.shape_of(*input);
    Shape out;
    const auto window = keras_window(layer, {in.begin(), in.end() - 1}, common.size, common.strides, common.dilation,
                                     common.padding, out);
    if (!window) {
        layer.config.ignore({"activation"});
        return {};
    }
    const std::uint32_t between = in.back() * multiplier;
    Conv depthwise{*window, in.back(), depthwise_kernel(layer, common, in.back(), multiplier), {}};
    const std::vector<std::uint32_t> ones(axes, 1), none(axes, 0);
    Conv pointwise{
        {ones, ones, ones, none, none}, 1, layer.weight("pointwise_kernel", with(ones, {between, filters})), {}};
    if (common.use_bias)
        pointwise.bias = layer.weight("bias", {filters});
    const LayerId first = layer.add("_depthwise", {*input}, with(out, {between}), std::move(depthwise));
    const LayerId second = layer.add("_pointwise", {first}, with(out, {filters}), std::move(pointwise));
    return {channels_first(layer, common.first, layer.activated(second))};
}

/// {window..., outputs, inputs} -> {window..., inputs, outputs}.
FloatArray swapped(const FloatArray& kernel) {
    const std::uint32_t outputs = kernel.shape[kernel.shape.size() - 2], inputs = kernel.shape.back();
    FloatArray result = kernel;
    if (kernel.units.size() > 1) { // of the inputs: no units of the results
        result.units.clear();
        result.type.reset();
    }
    result.shape[kernel.shape.size() - 2] = inputs;
    result.shape.back() = outputs;
    const std::size_t matrix = std::size_t{inputs} * outputs;
    for (std::size_t at = 0; at < kernel.values.size(); at += matrix)
        for (std::size_t i = 0; i < inputs; ++i)
            for (std::size_t o = 0; o < outputs; ++o)
                result.values[at + i * outputs + o] = kernel.values[at + o * inputs + i];
    return result;
}

std::vector<LayerId> read_transposed(KerasLayer& layer, std::size_t axes) {
    const Common common = read_common(layer, axes);
    const std::uint32_t filters = layer.config.count("filters").value_or(1);
    layer.config.ignore({"groups"});
    const bool given = !layer.config.take("output_padding").is_null();
    const auto extra = layer.extents("output_padding", axes, 0, 0);
    const auto input = image(layer, common, axes);
    if (!input)
        return {};
    const Shape in = layer.shape_of(*input);
    Window window{common.size, common.strides, common.dilation, {}, {}};
    Shape out;
    for (std::size_t k = 0; k < axes; ++k) {
        const std::int64_t length = in[k], reach = std::int64_t{common.size[k] - 1} * common.dilation[k] + 1,
                           stride = common.strides[k], full = (length - 1) * stride + reach;
        std::int64_t extent = 0, before = 0;
        if (common.padding == "same") {
            before = given ? reach / 2 : std::max<std::int64_t>(reach - stride, 0) / 2;
            extent = given ? full - 2 * (reach / 2) + extra[k] : length * stride;
        } else {
            extent = given ? full + extra[k] : length * stride + std::max<std::int64_t>(reach - stride, 0);
        }
        if (extent < 1 || extent > largest_reach || reach > largest_reach) {
            layer.problem("its output has no extent, or too large a one");
            layer.config.ignore({"activation"});
            return {};
        }
        window.pad_before.push_back(static_cast<std::uint32_t>(before));
        window.pad_after.push_back(0);
        out.push_back(static_cast<std::uint32_t>(extent));
    }
    ConvTranspose conv{window, 1, swapped(layer.weight("kernel", with(common.size, {filters, in.back()}))), {}};
    if (common.use_bias)
        conv.bias = layer.weight("bias", {filters});
    const LayerId made = layer.add(*input, with(out, {filters}), std::move(conv));
    return {channels_first(layer, common.first, layer.activated(made))};
}

} // namespace

void add_convolutions(KerasReaders& readers) {
    for (const std::size_t axes : {1U, 2U}) {
        const std::string n = std::to_string(axes) + "D";
        readers["Conv" + n] = [axes](KerasLayer& layer) { return read_conv(layer, axes); };
        readers["DepthwiseConv" + n] = [axes](KerasLayer& layer) { return read_depthwise(layer, axes); };
        readers["SeparableConv" + n] = [axes](KerasLayer& layer) { return read_separable(layer, axes); };
        readers["Conv" + n + "Transpose"] = [axes](KerasLayer& layer) { return read_transposed(layer, axes); };
    }
}

} // namespace gw::import
