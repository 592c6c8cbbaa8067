// Resize and Upsample. Coordinates are those of the operator's definition
// (https://onnx.ai/onnx/operators/onnx__Resize.html); each axis is resampled by itself, and an element is a sum of
// products of the axes' factors.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/arrange.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"

namespace gw::import {

namespace {

struct Options {
    std::string mode, coordinates, nearest;
    double cubic = -0.75;
    bool exclude_outside = false;
};

/// One axis: its extents and the factor between them.
struct Resampled {
    std::uint32_t in = 1, out = 1;
    double scale = 1;
};

using Part = Interpolate::Part;

double original(const Options& options, const Resampled& axis, double x) {
    const double in = axis.in, out = axis.out;
    if (options.coordinates == "asymmetric")
        return x / axis.scale;
    if (options.coordinates == "align_corners")
        return out > 1 ? x * (in - 1) / (out - 1) : 0;
    if (options.coordinates == "pytorch_half_pixel" && out <= 1)
        return 0;
    const double from = (x + 0.5) / axis.scale - 0.5;
    if (options.coordinates != "half_pixel_symmetric")
        return from;
    const double adjusted = out / (axis.scale * in); // an output rounded to whole elements is centred
    return in / 2 * (1 - adjusted) + from;
}

double nearest(const std::string& rule, double x) {
    if (rule == "floor")
        return std::floor(x);
    if (rule == "ceil")
        return std::ceil(x);
    return rule == "round_prefer_ceil" ? std::floor(x + 0.5) : std::ceil(x - 0.5);
}

/// Cubic convolution with the coefficient a (Keys, 1981, doi:10.1109/TASSP.1981.1163711).
double cubic(double a, double distance) {
    const double d = std::abs(distance);
    if (d <= 1)
        return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/// What element `at` of the axis is made of.
std::vector<Part> parts_of(const Options& options, const Resampled& axis, std::uint32_t at) {
    const double last = axis.in - 1, x = original(options, axis, at);
    const auto index = [&](double k) { return static_cast<std::uint32_t>(std::clamp(k, 0.0, last)); };
    if (options.mode == "nearest")
        return {{index(nearest(options.nearest, x)), 1}};
    if (options.mode == "linear") {
        const double inside = std::clamp(x, 0.0, last), low = std::floor(inside);
        std::vector<Part> parts{{index(low), 1 - (inside - low)}};
        if (inside > low)
            parts.push_back({index(low + 1), inside - low});
        return parts;
    }
    std::vector<Part> parts;
    double total = 0;
    for (double k = std::floor(x) - 1; k <= std::floor(x) + 2; ++k) {
        const bool outside = k < 0 || k > last;
        const double factor = options.exclude_outside && outside ? 0 : cubic(options.cubic, x - k);
        total += factor;
        if (factor != 0)
            parts.push_back({index(k), factor});
    }
    for (Part& part : parts)
        part.factor /= options.exclude_outside ? total : 1;
    return parts;
}

/// Extents and factors of the file's axes, from the constant inputs scales or sizes.
std::optional<std::vector<Resampled>> resampled_axes(OnnxNode& node, const Tensor& x, int scales_at, int sizes_at) {
    const Shape shape = file_shape(node, x);
    std::vector<Resampled> result;
    for (const std::uint32_t extent : shape)
        result.push_back({extent, extent, 1});
    std::vector<std::uint32_t> axes;
    if (const auto named = node.wholes("axes"))
        for (const std::int64_t number : *named) {
            const auto axis = node.axis(number, shape.size());
            if (!axis)
                return std::nullopt;
            axes.push_back(*axis);
        }
    else
        for (std::uint32_t k = 0; k < shape.size(); ++k)
            axes.push_back(k);
    const bool by_scales =
        node.given(scales_at) && node.is_constant(scales_at) && !node.constant(scales_at)->array.values.empty();
    const OnnxConstant* given = node.constant(by_scales ? scales_at : sizes_at);
    if (given == nullptr)
        return std::nullopt;
    bool good = given->array.values.size() == axes.size();
    for (std::size_t k = 0; good && k < axes.size(); ++k) {
        Resampled& axis = result[axes[k]];
        const double value = given->array.values[k];
        const double out = by_scales ? std::floor(axis.in * value) : value;
        good = out >= 1 && out <= 1 << 20;
        axis = {axis.in, static_cast<std::uint32_t>(good ? out : 1), by_scales ? value : out / axis.in};
    }
    if (good)
        return result;
    node.problem(fmt::format("scales or sizes of [{}] do not fit an input of shape {}",
                             fmt::join(given->array.values, ", "), describe(node, x)));
    return std::nullopt;
}

/// The tensor with each of the layer's axes a sum of parts of it.
Tensor interpolated(OnnxNode& node, const Tensor& x, const std::vector<std::vector<std::vector<Part>>>& axes) {
    const Shape in = node.shape(x);
    Shape out;
    for (const auto& axis : axes)
        out.push_back(static_cast<std::uint32_t>(axis.size()));
    require_elements(out);
    Interpolate body;
    for (std::size_t i = 0; i < network::elements(out); ++i) {
        std::vector<Part> parts{{0, 1}};
        std::size_t step = network::elements(out);
        for (std::size_t k = 0; k < out.size(); ++k) {
            step /= out[k];
            std::vector<Part> finer;
            for (const Part& part : parts)
                for (const Part& own : axes[k][i / step % out[k]])
                    finer.push_back({part.source * in[k] + own.source, part.factor * own.factor});
            parts = std::move(finer);
        }
        body.parts.push_back(std::move(parts));
    }
    return node.add("", x, std::move(out), std::move(body));
}

void resize(OnnxNode& node, const Options& options, int scales_at, int sizes_at) {
    const auto x = node.computed(0);
    if (!x)
        return;
    const Shape shape = file_shape(node, *x);
    auto axes = resampled_axes(node, *x, scales_at, sizes_at);
    if (!axes)
        return;
    if (x->event) // as many events go out as come in
        (*axes)[*x->event] = {shape[*x->event], shape[*x->event], 1};
    // Channels last, where interpolation is alike for all channels.
    const bool image = options.mode != "nearest" && x->event == 0U && !x->merged() && x->rank() >= 3;
    const auto input = image ? channels_last(node, *x, 3, 8) : x;
    if (!input)
        return;
    std::vector<std::vector<std::vector<Part>>> parts;
    std::vector<AxisIndices> from;
    for (const Resampled& axis : *axes) {
        from.emplace_back();
        for (std::uint32_t k = 0; k < axis.out; ++k)
            from.back().emplace_back(axis.in == axis.out && axis.scale == 1 ? k : parts_of(options, axis, k)[0].source);
    }
    if (options.mode == "nearest")
        return node.give(picked(node, *input, from));
    for (std::size_t k = 0; k < input->axes.size(); ++k) {
        const bool events = input->event == input->axes[k];
        const Resampled axis =
            events ? Resampled{node.shape(*input)[k], node.shape(*input)[k], 1} : (*axes)[input->axes[k]];
        parts.emplace_back();
        for (std::uint32_t i = 0; i < axis.out; ++i)
            parts.back().push_back(axis.in == axis.out && axis.scale == 1 ? std::vector<Part>{{i, 1}}
                                                                          : parts_of(options, axis, i));
    }
    node.give(interpolated(node, *input, parts));
}

bool one_of(OnnxNode& node, const std::string& attribute, const std::string& word,
            std::initializer_list<const char*> known) {
    if (std::find(known.begin(), known.end(), word) != known.end())
        return true;
    node.problem(fmt::format("{} '{}' is not understood", attribute, word));
    return false;
}

void read_resize(OnnxNode& node) {
    const bool old = node.model.opset < 11;
    Options options{node.text("mode", "nearest"),
                    node.text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel"),
                    node.text("nearest_mode", old ? "floor" : "round_prefer_floor"),
                    node.number("cubic_coeff_a", -0.75), node.flag("exclude_outside", false)};
    node.ignore("extrapolation_value"); // of tf_crop_and_resize alone
    const std::string policy = node.text("keep_aspect_ratio_policy", "stretch");
    if (node.flag("antialias", false))
        node.problem("antialias is not understood");
    node.ignore("axes");
    const bool good =
        one_of(node, "mode", options.mode, {"nearest", "linear", "cubic"}) &&
        one_of(node, "keep_aspect_ratio_policy", policy, {"stretch"}) &&
        one_of(node, "coordinate_transformation_mode", options.coordinates,
               {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"}) &&
        one_of(node, "nearest_mode", options.nearest, {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"});
    if (good)
        resize(node, options, old ? 1 : 2, old ? 1 : 3);
}

void read_upsample(OnnxNode& node) {
    const Options options{node.text("mode", "nearest"), "asymmetric", "floor"};
    if (node.numbers("scales"))
        return node.problem("scales as an attribute (operator set 7) are not understood");
    if (one_of(node, "mode", options.mode, {"nearest", "linear"}))
        resize(node, options, 1, 1);
}

} // namespace

void add_onnx_resizes(OnnxReaders& readers) {
    readers["Resize"] = read_resize;
    readers["Upsample"] = read_upsample;
}

} // namespace gw::import
