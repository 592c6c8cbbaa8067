#include "import/hgq2_table.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "import/element_types.hpp"
#include "import/hgq2_quantizer.hpp"
#include "support/error.hpp"

namespace gw::import {

namespace {

using fixed::FixedType;

constexpr int most_bits = 12; ///< of a table's argument
constexpr std::size_t most_weights = std::size_t{1} << 26;

double bent(const std::string& function, double x) {
    if (function == "tanh")
        return std::tanh(x);
    if (function == "relu")
        return std::max(x, 0.0);
    if (function == "sigmoid")
        return 1 / (1 + std::exp(-x));
    return x;
}

/// One table: the results at the arguments lowest, lowest + 1 ... as a staircase; equal neighbours are one step.
struct Staircase {
    std::vector<double> thresholds, values;
};

Staircase staircase(const FixedType& argument, const std::function<double(double)>& result) {
    const auto low = static_cast<std::int64_t>(argument.lowest()), high = static_cast<std::int64_t>(argument.highest());
    Staircase out;
    for (std::int64_t at = low; at <= high; ++at) {
        const double x = std::ldexp(static_cast<double>(at), -argument.fraction), y = result(x);
        if (!out.values.empty() && out.values.back() == y)
            continue;
        if (!out.values.empty())
            out.thresholds.push_back(x);
        out.values.push_back(y);
    }
    return out;
}

Steps stacked(const std::vector<Staircase>& tables) {
    std::size_t most = 1;
    double beyond = 1;
    for (const Staircase& table : tables) {
        most = std::max(most, table.thresholds.size());
        for (const double threshold : table.thresholds)
            beyond = std::max(beyond, 2 * std::abs(threshold) + 1);
    }
    const auto rows = static_cast<std::uint32_t>(tables.size()), columns = static_cast<std::uint32_t>(most);
    Steps out{true, {{rows, columns}, {}, {}, {}}, {{rows, columns + 1}, {}, {}, {}}};
    for (const Staircase& table : tables)
        for (std::size_t k = 0; k <= most; ++k) {
            if (k < most)
                out.thresholds.values.push_back(k < table.thresholds.size() ? table.thresholds[k] : beyond);
            out.values.values.push_back(table.values[std::min(k, table.values.size() - 1)]);
        }
    out.values.type = type_that_holds(out.values.values);
    return out;
}

} // namespace

double Networks::operator()(const Place& place, double x) const {
    std::vector<double> at{x};
    for (const Stage& stage : stages) {
        std::vector<double> next(stage.out);
        for (std::size_t j = 0; j < stage.out; ++j) {
            for (std::size_t i = 0; i < stage.in; ++i)
                next[j] += at[i] * stage.kernel.values[(place.kernel * stage.in + i) * stage.out + j];
            if (stage.bias)
                next[j] += stage.bias->values[place.bias * stage.out + j];
            next[j] = bent(stage.function, next[j]);
        }
        at = std::move(next);
    }
    return factor.empty() ? at[0] : at[0] * factor[place.channel] + shift[place.channel];
}

std::size_t Terms::index(std::size_t flat, const std::vector<std::uint32_t>& axes) const {
    std::vector<std::size_t> at(shape.size());
    for (std::size_t k = shape.size(); k-- > 0; flat /= shape[k])
        at[k] = flat % shape[k];
    std::size_t result = 0;
    for (const std::uint32_t axis : axes)
        result = result * shape[axis] + at[axis];
    return result;
}

std::size_t Terms::count(const std::vector<std::uint32_t>& axes) const {
    std::size_t product = 1;
    for (const std::uint32_t axis : axes)
        product *= shape[axis];
    return product;
}

std::string function_name(const Json& value) {
    if (value.is_null())
        return "linear";
    const Json& name = value.is_object() && value.contains("config") ? value["config"] : value;
    return name.is_string() ? name.get<std::string>() : brief(value);
}

TableSettings take_table_settings(KerasLayer& layer) {
    Attributes& config = layer.config;
    TableSettings out;
    const Json& hidden = config.take("n_hl");
    out.hidden = hidden.is_number_unsigned() && hidden <= 16 ? hidden.get<std::uint32_t>() : 1;
    if (!hidden.is_number_unsigned() || hidden > 16)
        config.problem("n_hl", fmt::format("is {}, 0 to 16 is understood", brief(hidden)));
    out.width = config.count("d_hl").value_or(8);
    out.function = function_name(config.take("subnn_activation"));
    if (out.function != "tanh" && out.function != "relu" && out.function != "sigmoid" && out.function != "linear")
        config.problem("subnn_activation",
                       fmt::format("is {}; tanh, relu, sigmoid and linear are understood", out.function));
    out.normalised = config.flag("batch_norm", false);
    out.center = config.flag("bn_center", true);
    out.scale = config.flag("bn_scale", true);
    out.epsilon = config.number("bn_epsilon").value_or(1e-3);
    config.ignore({"bn_momentum", "table_idxs", "parallelization_factor", "enable_ebops", "ebops_factor", "beta0",
                   "activity_regularizer"});
    return out;
}

namespace {

/// A bias has the terms' axes from the first one that kernels have, 1 where they have it not.
Shape bias_shape(const Terms& terms) {
    Shape shape;
    for (std::uint32_t k = 0; k < terms.shape.size(); ++k) {
        const bool own = std::find(terms.bias_axes.begin(), terms.bias_axes.end(), k) != terms.bias_axes.end();
        if (own || !shape.empty())
            shape.push_back(own ? terms.shape[k] : 1);
    }
    return shape;
}

Shape extents_of(const Terms& terms, const std::vector<std::uint32_t>& axes) {
    Shape shape;
    for (const std::uint32_t axis : axes)
        shape.push_back(terms.shape[axis]);
    return shape;
}

/// Weights [..., inputs, outputs] of a stage all of whose inputs are one value: [..., 1, outputs].
FloatArray summed_inputs(FloatArray weights, std::uint32_t inputs, std::uint32_t outputs) {
    if (inputs == 1)
        return weights;
    std::vector<double> sums(weights.values.size() / inputs, 0);
    for (std::size_t i = 0; i < weights.values.size(); ++i)
        sums[i / (std::size_t{inputs} * outputs) * outputs + i % outputs] += weights.values[i];
    weights.values = std::move(sums);
    return weights;
}

} // namespace

bool require_few_terms(KerasLayer& layer, const Shape& shape) {
    constexpr double most = 1 << 24;
    double terms = 1;
    for (const std::uint32_t extent : shape)
        terms *= extent;
    if (terms <= most)
        return true;
    layer.problem(fmt::format("{:.0f} tables, up to 2^24 are understood", terms));
    return false;
}

Networks read_networks(KerasLayer& layer, const TableSettings& settings, const Terms& terms, bool biased,
                       std::uint32_t spread) {
    std::vector<std::pair<std::string, std::string>> classes;
    for (std::uint32_t k = 0; k <= settings.hidden; ++k)
        classes.emplace_back("EinsumDense", fmt::format("layer {}", k));
    Networks out;
    std::vector<KerasWeights> stored = layer.weights.part({"module"}).layers(classes);
    std::uint32_t in = 1;
    for (std::uint32_t k = 0; k <= settings.hidden; ++k) {
        const bool last = k == settings.hidden;
        Shape kernel = extents_of(terms, terms.kernel_axes), bias = bias_shape(terms);
        kernel.push_back(k == 0 ? spread : in);
        for (Shape* shape : {&kernel, &bias})
            if (!last)
                shape->push_back(settings.width);
        const auto next = [&](const char* name, const Shape& shape) {
            if (const std::size_t count = network::elements(shape); count > most_weights)
                throw support::unsupported(fmt::format("its tables take {} weights, up to 2^26 are understood", count));
            return stored[k].next(name, shape, layer.where() + ", table", layer.model.problems);
        };
        FloatArray weights = next("kernel", kernel);
        if (k == 0)
            weights = summed_inputs(std::move(weights), spread, last ? 1 : settings.width);
        Networks::Stage stage{
            std::move(weights), {}, in, last ? 1 : settings.width, last ? "linear" : settings.function};
        if (biased)
            stage.bias = next("bias", bias);
        out.stages.push_back(std::move(stage));
        in = settings.width;
    }
    return out;
}

void read_table_normalisation(KerasLayer& layer, const TableSettings& settings, const Terms& terms,
                              KerasWeights& weights, Networks& networks) {
    const Shape shape = extents_of(terms, terms.channel_axes);
    const std::size_t count = terms.count(terms.channel_axes);
    const auto next = [&](const char* name, bool there, double otherwise) {
        std::vector<double> values(count, otherwise);
        if (there)
            values = weights.next(name, shape, layer.where(), layer.model.problems).values;
        return values;
    };
    const auto gamma = next("gamma", settings.scale, 1), beta = next("beta", settings.center, 0);
    const auto mean = next("moving_mean", true, 0), variance = next("moving_variance", true, 1);
    const double root = std::sqrt(static_cast<double>(terms.count(terms.summed)));
    for (std::size_t k = 0; k < count; ++k) {
        const double factor = gamma[k] / std::sqrt(variance[k] + settings.epsilon);
        networks.factor.push_back(factor / root);
        networks.shift.push_back((beta[k] - mean[k] * factor) / root);
    }
}

std::vector<LayerId> summed_tables(KerasLayer& layer, const Terms& terms, const Networks& networks) {
    const bool has_input = layer.config.flag("enable_iq", true), has_output = layer.config.flag("enable_oq", false);
    const auto read = [&](const char* part) {
        return read_hgq2_quantizer(layer, part, layer.config.take(std::string(part) + "_conf"),
                                   layer.weights.part({part}));
    };
    const auto in = read("iq"), table = read("toq"), out = read("oq");
    const auto arguments = in ? element_types(in->types, in->shape, terms.shape, true) : std::vector<FixedType>{};
    const auto results =
        table ? element_types(table->types, table->shape, terms.shape, true) : std::vector<FixedType>{};
    const bool scaled = (in && (in->scaler != 1 || in->affine)) || (table && (table->scaler != 1 || table->affine));
    if (!has_input || arguments.empty() || results.empty() || scaled) {
        layer.problem("tables need quantisers iq and toq that fit their terms, without a scale");
        return {};
    }
    std::vector<Staircase> tables;
    const std::size_t count = network::elements(terms.shape);
    for (std::size_t i = 0; i < count; ++i) {
        const FixedType &argument = arguments[i % arguments.size()], &result = results[i % results.size()];
        if (argument.width > most_bits) {
            layer.problem(fmt::format("a table of {} bits; up to {} are understood", argument.width, most_bits));
            return {};
        }
        const Networks::Place place = terms.place(i);
        tables.push_back(staircase(argument, [&](double x) {
            return fixed::to_double(fixed::from_double(networks(place, x), result), result.fraction);
        }));
    }
    const Shape flat{static_cast<std::uint32_t>(count)};
    const LayerId variables = layer.add("_terms", {layer.inputs[0]}, flat, Rearrange{terms.input, 0});
    const LayerId quantised_variables = layer.add("_iq", {variables}, flat, Quantise{arguments, {}, {}});
    const LayerId steps = layer.add("_tables", {quantised_variables}, flat, stacked(tables));
    const LayerId shaped = layer.add("_shape", {steps}, terms.shape, Reshape{});
    Shape left;
    for (std::uint32_t k = 0; k < terms.shape.size(); ++k)
        if (std::find(terms.summed.begin(), terms.summed.end(), k) == terms.summed.end())
            left.push_back(terms.shape[k]);
    LayerId sum = layer.add("", {shaped}, left, Reduce{Reduce::Kind::sum, terms.summed});
    if (!std::is_sorted(terms.order.begin(), terms.order.end()))
        sum = layer.permuted("_order", sum, terms.order);
    const std::string function = function_name(layer.config.take("activation"));
    if (const auto body = keras_activation(function, layer.model.major, left.size()); function != "linear" && body)
        sum = layer.add("_" + function, {sum}, layer.shape_of(sum), *body);
    else if (function != "linear")
        layer.config.problem("activation", fmt::format("is {}, which is not understood", function));
    while (layer.weights.left() > 0)
        layer.weights.skip();
    return {has_output ? quantised(layer, "_oq", sum, out) : sum};
}

} // namespace gw::import
