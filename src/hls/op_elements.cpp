// Ops element by element, and wires.
#include <algorithm>

#include <fmt/format.h>

#include "hls/ap_type.hpp"
#include "hls/op_text.hpp"
#include "network/elements.hpp"

namespace gw::hls {
namespace {

using fixed::Interval;
using network::Constant;
using network::Tensor;

std::int64_t size(const Constant& constant) {
    return static_cast<std::int64_t>(constant.raw.size());
}

Constant one_value(std::int64_t value) {
    return {{1}, {2, 0, true, {}, {}}, {value}};
}

std::string vector(const OpContext& context, const std::string& what, const Constant& constant) {
    return constant_array(context.firmware, context.name + "_" + what, constant, {constant.raw.size()});
}

/// A table of one row for all, or one for each index of the last axis.
std::string rows(const OpContext& context, const std::string& what, const Constant& constant) {
    const std::size_t columns = constant.shape.back();
    return constant_array(context.firmware, context.name + "_" + what, constant,
                          {constant.raw.size() / columns, columns});
}

Interval all_of(const OpContext& context, network::TensorId id) {
    return container(context.tensor(id).types);
}

Config sized(const Tensor& tensor) {
    Config config;
    config.number("size", static_cast<std::int64_t>(tensor.size()));
    return config;
}

/// A loop that stores `value`, an expression of i.
std::string loop(const std::string& config, const std::string& output, std::size_t count, std::size_t first,
                 const std::string& value) {
    return fmt::format("for (int i = 0; i < {0}; i++) {{\n#pragma HLS UNROLL\n    {1}::store({2}, {3}i, {4});\n}}\n",
                       count, config, output, first == 0 ? "" : fmt::format("{} + ", first), value);
}

} // namespace

std::string write(const OpContext& context, const network::Affine& op) {
    const Constant scale = op.scale.value_or(one_value(1)), bias = op.bias.value_or(one_value(0));
    Config config = sized(context.tensor(op.output));
    config.number("scales", size(scale)).number("biases", size(bias));
    config.type("scale_t", ap_type(scale.type)).type("bias_t", ap_type(bias.type));
    const std::string name = context.configure(std::move(config), op.output, "times scale, plus bias");
    const std::string scales = vector(context, "scale", scale), biases = vector(context, "bias", bias);
    return context.call("affine", name, {context.inputs.front(), scales, biases, context.output});
}

std::string write(const OpContext& context, const network::Divide& op) {
    const Interval argument = all_of(context, op.input);
    std::int32_t fraction = context.tensor(op.output).type(0).fraction;
    for (const auto& type : context.tensor(op.output).types)
        fraction = std::max(fraction, type.fraction);
    const int up = fraction + 2 + op.divisor.type.fraction - argument.fraction;
    const std::int64_t largest = *std::max_element(op.divisor.raw.begin(), op.divisor.raw.end());
    const int bits =
        std::max(signed_width(argument) + std::max(up, 0), fixed::magnitude_bits(largest) + 1 + std::max(-up, 0)) + 2;
    Config config = sized(context.tensor(op.output));
    config.number("divisors", size(op.divisor)).number("bits", bits);
    config.number("up", std::max(up, 0)).number("down", std::max(-up, 0));
    config.type("argument_t", signed_ap_type(argument));
    config.type("quotient_t", fmt::format("ap_fixed<{}, {}>", bits, bits - fraction - 2));
    const std::string name = context.configure(std::move(config), op.output, "divided, rounded once");
    const std::string divisors = vector(context, "divisors", op.divisor);
    return context.call("divide", name, {context.inputs.front(), divisors, context.output});
}

std::string write(const OpContext& context, const network::Relu& op) {
    Config config = sized(context.tensor(op.output));
    if (op.ceiling)
        config.number("ceiling", op.ceiling->raw.front()).type("ceiling_t", ap_type(op.ceiling->type));
    const std::string name =
        context.configure(std::move(config), op.output, op.ceiling ? "rectified, with a ceiling" : "rectified");
    return context.call(op.ceiling ? "relu_below" : "relu", name, {context.inputs.front(), context.output});
}

std::string write(const OpContext& context, const network::Select& op) {
    Config config = sized(context.tensor(op.output));
    config.number("thresholds", size(op.threshold)).flag("closed", op.closed);
    config.type("threshold_t", ap_type(op.threshold.type));
    const std::string name = context.configure(std::move(config), op.output, "one of two, by a comparison");
    const std::string thresholds = vector(context, "threshold", op.threshold);
    return context.call("select", name,
                        {context.inputs[0], context.inputs[1], context.inputs[2], thresholds, context.output});
}

std::string write(const OpContext& context, const network::Table& op) {
    const Interval argument = fixed::aligned(all_of(context, op.input), op.fraction);
    const auto magnitude = [](std::int64_t value) { return fixed::magnitude_bits(value); };
    const int bits = std::max({signed_width(argument) + magnitude(op.numerator), magnitude(op.denominator),
                               magnitude(op.offset), magnitude(size(op.values))}) +
                     3;
    Config config = sized(context.tensor(op.output));
    config.number("points", size(op.values)).number("bits", bits);
    config.number("numerator", op.numerator).number("denominator", op.denominator).number("offset", op.offset);
    config.flag("towards_zero", op.towards_zero);
    config.type("argument_t", signed_ap_type(argument)).type("value_t", ap_type(op.values.type));
    const std::string name =
        context.configure(std::move(config), op.output, fmt::format("a table of {} points", size(op.values)));
    const std::string values = vector(context, "table", op.values);
    return context.call("table", name, {context.inputs.front(), values, context.output});
}

std::string write(const OpContext& context, const network::Steps& op) {
    const std::int64_t count = op.thresholds.shape.back();
    Config config = sized(context.tensor(op.output));
    config.number("count", count).number("threshold_rows", size(op.thresholds) / count);
    config.number("value_rows", size(op.values) / (count + 1));
    config.type("threshold_t", ap_type(op.thresholds.type)).type("value_t", ap_type(op.values.type));
    const std::string name = context.configure(std::move(config), op.output, fmt::format("{} steps", count));
    const std::string thresholds = rows(context, "thresholds", op.thresholds),
                      values = rows(context, "values", op.values);
    return context.call("steps", name, {context.inputs.front(), thresholds, values, context.output});
}

std::string write(const OpContext& context, const network::Embedding& op) {
    const Interval argument = all_of(context, op.input);
    const int bits =
        std::max({signed_width(argument) - argument.fraction, 1, fixed::magnitude_bits(op.table.shape[0]) + 1}) + 1;
    Config config = sized(context.tensor(op.input));
    config.number("entries", op.table.shape[0]).number("width", op.table.shape[1]);
    config.type("index_t", fmt::format("ap_fixed<{0}, {0}>", bits)).type("value_t", ap_type(op.table.type));
    const std::string name = context.configure(std::move(config), op.output, "a row of a table");
    const std::string table = rows(context, "table", op.table);
    return context.call("embedding", name, {context.inputs.front(), table, context.output});
}

std::string write(const OpContext& context, const network::Requantise& op) {
    const std::string name = context.configure(sized(context.tensor(op.output)), op.output, "converted");
    return context.call("requantise", name, {context.inputs.front(), context.output});
}

std::string write(const OpContext& context, const network::Merge& op) {
    using Kind = network::Merge::Kind;
    const std::string name = context.configure(sized(context.tensor(op.output)), op.output, "element by element");
    std::string value = context.inputs.front() + "[i]";
    for (std::size_t k = 1; k < context.inputs.size(); ++k) {
        const std::string next = context.inputs[k] + "[i]";
        if (op.kind == Kind::maximum || op.kind == Kind::minimum)
            value = fmt::format("gw::{}({}, {})", op.kind == Kind::maximum ? "larger" : "smaller", value, next);
        else
            value += (op.kind == Kind::sum ? " + " : op.kind == Kind::difference ? " - " : " * ") + next;
    }
    return loop(name, context.output, context.tensor(op.output).size(), 0, value);
}

namespace {

/// Outputs in a row that read inputs in a row, or nothing.
struct Run {
    std::size_t first = 0, count = 0;
    std::optional<std::uint32_t> source;
};

std::vector<Run> runs(const std::vector<std::optional<std::uint32_t>>& sources,
                      const std::vector<std::size_t>& begins) {
    std::vector<Run> result;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const auto& source = sources[i];
        if (!result.empty()) {
            Run& last = result.back();
            const auto next =
                last.source ? std::optional(*last.source + static_cast<std::uint32_t>(last.count)) : std::nullopt;
            const bool begins_input = next && std::find(begins.begin(), begins.end(), *next) != begins.end();
            if (source == next && !begins_input) {
                ++last.count;
                continue;
            }
        }
        result.push_back({i, 1, source});
    }
    return result;
}

} // namespace

std::string write(const OpContext& context, const network::Rearrange& op) {
    constexpr std::size_t most_loops = 16;
    const std::string name = context.configure(sized(context.tensor(op.output)), op.output, "wires");
    std::vector<std::size_t> begins{0}; // of each input in the row of all
    for (const network::TensorId id : op.inputs)
        begins.push_back(begins.back() + context.tensor(id).size());
    const auto parts = runs(op.sources, begins);
    std::string text;
    if (parts.size() <= most_loops) {
        for (const Run& run : parts) {
            std::string value = "ap_ufixed<1, 1>(0)";
            if (run.source) {
                const auto input = static_cast<std::size_t>(
                    std::upper_bound(begins.begin(), begins.end(), *run.source) - begins.begin() - 1);
                const std::size_t from = *run.source - begins[input];
                value = fmt::format("{}[{}i]", context.inputs[input], from == 0 ? "" : fmt::format("{} + ", from));
            }
            text += loop(name, context.output, run.count, run.first, value);
        }
        return text;
    }
    std::string all = context.inputs.front();
    if (op.inputs.size() > 1) {
        all = context.firmware.names.unique(context.name + "_inputs");
        text = fmt::format("{} {}[{}];\n#pragma HLS ARRAY_PARTITION variable={} complete\n",
                           ap_type(container(network::element_types(context.network, op.inputs))), all, begins.back(),
                           all);
        for (std::size_t k = 0; k < op.inputs.size(); ++k)
            text += fmt::format("for (int i = 0; i < {}; i++) {{\n#pragma HLS UNROLL\n    {}[{} + i] = {}[i];\n}}\n",
                                context.tensor(op.inputs[k]).size(), all, begins[k], context.inputs[k]);
    }
    std::vector<std::int64_t> places;
    for (const auto& source : op.sources)
        places.push_back(source ? static_cast<std::int64_t>(*source) : -1);
    const std::string index = index_array(context.firmware, context.name + "_source", places);
    const bool holes = std::count(places.begin(), places.end(), -1) > 0;
    const std::string read = fmt::format("{}[{}[i]]", all, index);
    if (!holes)
        return text + loop(name, context.output, places.size(), 0, read);
    return text + fmt::format("for (int i = 0; i < {0}; i++) {{\n#pragma HLS UNROLL\n    if ({1}[i] < 0)\n"
                              "        {2}::store({3}, i, ap_ufixed<1, 1>(0));\n    else\n"
                              "        {2}::store({3}, i, {4});\n}}\n",
                              places.size(), index, name, context.output, read);
}

} // namespace gw::hls
