// The order of things, as hls4ml 1.3 does them (its documentation, and comparison with its C simulation;
// docs/model-files.md):
//   1. a linear activation behind a layer whose result type is `auto` goes away;
//   2. a batch normalisation behind a dense layer or convolution whose result type is `auto` is multiplied into it, in
//      float32;
//   3. types still open are inferred, front to back;
//   4. a batch normalisation with all scales 1 and all biases 0 goes away, its type with it.
// Then every layer is exact arithmetic and one cast to its result type, except where its template has variables of
// other types between: accumulators, tables.
#include "quantize/hls4ml/lower.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "quantize/hls4ml/model.hpp"

namespace gw::quantize {

namespace as_hls4ml {

Model::Model(const import::Graph& from, const std::optional<import::Hls4mlConfig>& config)
    : graph(from), types(config), stream(config && config->io_stream), alias(from.layers.size()),
      fused(from.layers.size()), made(from.layers.size()) {
    network.name = from.name;
}

double Site::magnitude(const Value& value) const {
    double most = 0;
    for (const fixed::Interval& x : model_.ranges.values(value.tensor))
        most = std::max(
            {most, std::abs(fixed::to_double(x.low, x.fraction)), std::abs(fixed::to_double(x.high, x.fraction))});
    return most;
}

Value Site::emit(const std::string& part, const Shape& shape, const FixedType& type, network::OpBody op) {
    const std::int32_t widest = type.is_signed ? 64 : 63;
    FixedType held = type;
    held.width = std::min(type.width, widest);
    const std::string own = name() + part;
    const TensorId id = model_.network.add({own, shape, {held}});
    std::visit([&](auto& body) { body.output = id; }, op);
    model_.network.ops.push_back({own, std::move(op)});
    model_.ranges.add_op(model_.network, model_.network.ops.back());
    for (const fixed::Interval& exact : model_.ranges.before_cast(id))
        if (type.width > widest && !fixed::fits(exact, held))
            throw refuse(fmt::format("a type of it, {}, is wider than 64 bits", fixed::to_string(type)));
    return {id, type, shape};
}

Value Site::cast(const std::string& part, const Value& value, const FixedType& type) {
    if (type_of(value) == type || value.type == type)
        return {value.tensor, type, value.shape};
    return emit(part, value.shape, type, network::Requantise{value.tensor, {}});
}

FixedType product_type(const FixedType& a, const FixedType& b) {
    return {a.width + b.width, a.fraction + b.fraction, a.is_signed || b.is_signed};
}

FixedType sum_type(const FixedType& a, const FixedType& b) {
    const bool is_signed = a.is_signed || b.is_signed;
    const int integer =
        std::max(a.integer() + (is_signed && !a.is_signed ? 1 : 0), b.integer() + (is_signed && !b.is_signed ? 1 : 0)) +
        1;
    const int fraction = std::max(a.fraction, b.fraction);
    return {integer + fraction, fraction, is_signed};
}

namespace {

Value lower(const import::Input&, Site& site) {
    const FixedType type = site.or_default("result");
    return {TensorId{}, type, site.shape()};
}

template <typename Body> Value lower(const Body&, Site& site) {
    throw site.refuse("layers of this kind have no hls4ml numerics");
}

void lower_all(Model& model) {
    for (std::size_t i = 0; i < model.graph.layers.size(); ++i) {
        if (model.alias[i])
            continue;
        Site site(model, i);
        const Layer& layer = model.graph.layers[i];
        model.made[i] = std::visit([&](const auto& body) { return lower(body, site); }, layer.body);
        if (std::holds_alternative<import::Input>(layer.body)) {
            model.made[i]->tensor = model.network.add({layer.name, layer.shape, {model.made[i]->type}});
            model.ranges.add_input(model.network, model.made[i]->tensor);
        }
    }
}

/// "QDense", "qkeras>QDense", "qkeras.QDense". hls4ml takes types from its quantisers and its scales out of it.
bool of_qkeras(const Layer& layer) {
    const std::string& name = layer.class_name;
    const std::size_t start = name.rfind("qkeras", 0) == 0 ? 7 : 0;
    return name.size() > start + 1 && name[start] == 'Q' && name[start + 1] >= 'A' && name[start + 1] <= 'Z';
}

void require_known(const Model& model, const std::optional<import::Hls4mlConfig>& config) {
    const std::string backend = config ? config->backend : "Vitis";
    if (backend.rfind("Vitis", 0) != 0 && backend.rfind("Vivado", 0) != 0)
        throw support::unsupported("hls4ml numerics are those of the backends Vitis and Vivado, not of " + backend,
                                   config->file, "set Backend: Vitis, or use --numerics exact");
    if (model.graph.kind != import::FileKind::keras)
        throw support::unsupported("hls4ml numerics are for Keras files so far", model.graph.file,
                                   "use --numerics exact");
    for (std::size_t i = 0; i < model.graph.layers.size(); ++i)
        if (of_qkeras(model.graph.layers[i]))
            throw model.refuse(i, "layers of QKeras have no hls4ml numerics so far");
        else if (model.body<import::Quantise>(i) != nullptr)
            throw model.refuse(i, "a model with quantisers of its own has no hls4ml numerics so far");
    for (std::size_t i = 0; i < model.graph.layers.size(); ++i)
        if (!import::hls4ml_class(model.graph.layers[i]))
            throw model.refuse(i, "hls4ml has no such layer");
}

} // namespace
} // namespace as_hls4ml

Quantised lower_as_hls4ml(const import::Graph& graph, const std::optional<import::Hls4mlConfig>& config) {
    as_hls4ml::Model model(graph, config);
    as_hls4ml::require_known(model, config);
    as_hls4ml::simplify(model);
    as_hls4ml::lower_all(model);
    Quantised out;
    for (const import::LayerId id : graph.inputs)
        model.network.inputs.push_back(model.made[static_cast<std::size_t>(id)]->tensor);
    for (const import::LayerId id : graph.outputs)
        model.network.outputs.push_back(model.made[model.resolve(static_cast<std::size_t>(id))]->tensor);
    out.network = std::move(model.network);
    return out;
}

} // namespace gw::quantize
