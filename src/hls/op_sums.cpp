// Ops that add many terms.
#include <algorithm>

#include <fmt/format.h>

#include "hls/ap_type.hpp"
#include "hls/op_text.hpp"
#include "network/window.hpp"

namespace gw::hls {
namespace {

using fixed::Interval;
using network::Constant;
using network::Tensor;

std::size_t count_nonzero(const Constant& constant) {
    return static_cast<std::size_t>(
        std::count_if(constant.raw.begin(), constant.raw.end(), [](auto raw) { return raw != 0; }));
}

Constant bias_or_zero(const std::optional<Constant>& bias, std::size_t size) {
    return bias ? *bias
                : Constant{{static_cast<std::uint32_t>(size)}, {1, 0, true, {}, {}}, std::vector<std::int64_t>(size)};
}

/// One interval an element of the last axis, that of every position.
std::vector<Interval> by_channel(const std::vector<Interval>& ranges, std::size_t channels) {
    std::vector<Interval> result(ranges.begin(), ranges.begin() + static_cast<std::ptrdiff_t>(channels));
    for (std::size_t i = channels; i < ranges.size(); ++i)
        result[i % channels] = fixed::united(result[i % channels], ranges[i]);
    return result;
}

/// Of all columns of a {..., rows, columns} matrix; row r reads x[row_of(r, column)].
template <typename RowOf>
Interval matrix_sums(const Constant& weights, const std::optional<Constant>& bias, const std::vector<Interval>& x,
                     std::size_t columns, const RowOf& row_of) {
    Interval all{};
    for (std::size_t j = 0; j < columns; ++j) {
        PartialSums sums;
        if (bias)
            sums.add(Interval::point(bias->raw[j], bias->type.fraction));
        for (std::size_t r = 0; r < weights.raw.size() / columns; ++r)
            if (const auto weight = weights.raw[r * columns + j]; weight != 0)
                sums.add(scaled(x[row_of(r, j)], weight, weights.type.fraction));
        all = fixed::united(all, sums.range());
    }
    return all;
}

/// Sizes of a window and of what it moves over, as windows.h names them; an image of one row where there is one axis.
void configure_window(Config& config, const network::Window& window, const Tensor& in, const Tensor& out) {
    const bool flat = window.size.size() == 1;
    const auto of = [&](const std::vector<std::uint32_t>& values, std::size_t axis, std::uint32_t none) {
        return flat ? (axis == 0 ? none : values[0]) : values[axis];
    };
    config.number("height", of(in.shape, 0, 1)).number("width", of(in.shape, 1, 1)).number("channels", in.shape.back());
    config.number("out_height", of(out.shape, 0, 1)).number("out_width", of(out.shape, 1, 1));
    config.number("window_h", of(window.size, 0, 1)).number("window_w", of(window.size, 1, 1));
    config.number("stride_h", of(window.strides, 0, 1)).number("stride_w", of(window.strides, 1, 1));
    config.number("dilation_h", of(window.dilation, 0, 1)).number("dilation_w", of(window.dilation, 1, 1));
    config.number("pad_top", of(window.pad_before, 0, 0)).number("pad_left", of(window.pad_before, 1, 0));
}

} // namespace

void configure_sum(Config& config, const network::Accumulator& accumulator, const Interval& exact) {
    config.type("sum_t", accumulator.type ? ap_type(*accumulator.type) : ap_type(exact));
    config.flag("convert_products",
                accumulator.type && accumulator.products == network::Accumulator::Products::converted);
}

std::string write(const OpContext& context, const network::Dense& op) {
    const Tensor& in = context.tensor(op.input);
    const std::size_t inputs = op.weights.shape[0], outputs = op.weights.shape[1];
    if (!op.accumulator.type)
        if (const auto graph = write_shared(
                context, {op.input, op.output, &op.weights, &op.bias, by_channel(context.range(op.input), inputs)}))
            return *graph;
    const Constant bias = bias_or_zero(op.bias, outputs);
    Config config;
    config.number("positions", static_cast<std::int64_t>(in.size() / inputs));
    config.number("inputs", op.weights.shape[0]).number("outputs", op.weights.shape[1]);
    config.type("weight_t", ap_type(op.weights.type)).type("bias_t", ap_type(bias.type));
    configure_sum(config, op.accumulator,
                  matrix_sums(op.weights, op.bias, by_channel(context.range(op.input), inputs), outputs,
                              [](std::size_t row, std::size_t) { return row; }));
    const bool resource = context.options.strategy == Strategy::resource;
    const std::string weights =
        resource ? configure_resource(context, op.weights, outputs, !op.accumulator.type, config)
                 : constant_array(context.firmware, context.name + "_weights", op.weights, {inputs, outputs});
    const std::string name = context.configure(
        std::move(config), op.output,
        fmt::format("{} inputs, {} outputs, {} weights that are not zero", inputs, outputs, count_nonzero(op.weights)));
    const std::string biases = constant_array(context.firmware, context.name + "_biases", bias, {outputs});
    return context.call(resource ? "dense_resource" : "dense", name,
                        {context.inputs.front(), weights, biases, context.output});
}

std::string write(const OpContext& context, const network::Conv& op) {
    const Tensor &in = context.tensor(op.input), &out = context.tensor(op.output);
    const std::size_t channels = in.shape.back(), filters = out.shape.back(), depth = channels / op.groups;
    const bool sees_all = network::taps(op.window) * channels == in.size() && out.size() == filters &&
                          *std::max_element(op.window.pad_before.begin(), op.window.pad_before.end()) == 0;
    if (sees_all && op.groups == 1 && !op.accumulator.type) // one position, as in a stream's core
        if (const auto graph =
                write_shared(context, {op.input, op.output, &op.weights, &op.bias, context.range(op.input)}))
            return *graph;
    const Constant bias = bias_or_zero(op.bias, filters);
    Config config;
    configure_window(config, op.window, in, out);
    const bool resource = context.options.strategy == Strategy::resource;
    config.number(resource ? "outputs" : "filters", out.shape.back()).number("groups", op.groups);
    config.number("depth", static_cast<std::int64_t>(depth));
    config.type("weight_t", ap_type(op.weights.type)).type("bias_t", ap_type(bias.type));
    configure_sum(config, op.accumulator,
                  matrix_sums(op.weights, op.bias, by_channel(context.range(op.input), channels), filters,
                              [&](std::size_t row, std::size_t filter) {
                                  return filter / (filters / op.groups) * depth + row % depth;
                              }));
    const std::size_t values = op.weights.raw.size() / filters;
    std::string weights;
    if (resource) {
        config.number("positions", static_cast<std::int64_t>(out.size() / filters));
        config.number("inputs", static_cast<std::int64_t>(values));
        weights = configure_resource(context, op.weights, filters, !op.accumulator.type, config);
    } else {
        weights =
            constant_array(context.firmware, context.name + "_weights", op.weights, {values / depth, depth, filters});
    }
    const std::string name = context.configure(std::move(config), op.output,
                                               fmt::format("convolution, {} filters of {} values", filters, values));
    const std::string biases = constant_array(context.firmware, context.name + "_biases", bias, {filters});
    return context.call(resource ? "conv_resource" : "conv", name,
                        {context.inputs.front(), weights, biases, context.output});
}

std::string write(const OpContext& context, const network::Pool& op) {
    const Tensor &in = context.tensor(op.input), &out = context.tensor(op.output);
    const bool maximum = op.kind == network::Pool::Kind::maximum;
    Config config;
    configure_window(config, op.window, in, out);
    const Constant padding = op.padding ? *op.padding : Constant{{1}, {1, 0, true, {}, {}}, {0}};
    config.flag("padded", op.padding.has_value()).number("padding", padding.raw.front());
    config.type("padding_t", ap_type(padding.type));
    Interval value = Interval::point(padding.raw.front(), padding.type.fraction);
    for (const Interval& range : context.range(op.input))
        value = fixed::united(value, range);
    if (maximum) {
        config.type("value_t", ap_type(value));
    } else {
        PartialSums sums;
        for (std::size_t k = 0; k < network::taps(op.window); ++k)
            sums.add(value);
        configure_sum(config, op.accumulator, sums.range());
    }
    const std::string name =
        context.configure(std::move(config), op.output, maximum ? "the largest under a window" : "sums under a window");
    return context.call(maximum ? "pool_maximum" : "pool_sum", name, {context.inputs.front(), context.output});
}

std::string write(const OpContext& context, const network::Reduce& op) {
    const Tensor& in = context.tensor(op.input);
    const std::size_t count = in.shape.back();
    const bool sum = op.kind == network::Reduce::Kind::sum;
    Config config;
    config.number("rows", static_cast<std::int64_t>(in.size() / count)).number("count", in.shape.back());
    if (sum) {
        PartialSums sums;
        for (const Interval& range : by_channel(context.range(op.input), count))
            sums.add(range);
        configure_sum(config, op.accumulator, sums.range());
    } else {
        config.flag("maximum", op.kind == network::Reduce::Kind::maximum);
    }
    const std::string name = context.configure(std::move(config), op.output, "along the last axis");
    const bool tree = op.order == network::Reduce::Order::tree;
    return context.call(!sum   ? "reduce_extreme"
                        : tree ? "reduce_tree"
                               : "reduce_sum",
                        name, {context.inputs.front(), context.output});
}

std::string write(const OpContext& context, const network::MatMul& op) {
    const Tensor &left = context.tensor(op.left), &right = context.tensor(op.right);
    Config config;
    config.number("batches", left.shape[0]).number("rows", left.shape[1]);
    config.number("inner", left.shape[2]).number("columns", right.shape[2]);
    const std::vector<Interval> a = by_channel(context.range(op.left), left.shape[2]);
    Interval b = context.range(op.right).front();
    for (const Interval& range : context.range(op.right))
        b = fixed::united(b, range);
    PartialSums sums;
    for (const Interval& range : a)
        sums.add(range * b);
    configure_sum(config, op.accumulator, sums.range());
    const std::string name = context.configure(std::move(config), op.output, "product of matrices");
    return context.call("matmul", name, {context.inputs[0], context.inputs[1], context.output});
}

} // namespace gw::hls
