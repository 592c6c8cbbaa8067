// The order of things, as hls4ml 1.3 does them (its documentation, and comparison with its C simulation;
// docs/model-files.md):
//   1. a linear activation behind a layer whose result type is `auto` goes away;
//   2. a batch normalisation behind a dense layer whose result type is `auto` is multiplied into it, in float32;
//   3. types still open are inferred, front to back;
//   4. a batch normalisation with all scales 1 and all biases 0 goes away, its type with it.
// Then every layer is exact arithmetic and one cast to its result type, except that a dense layer converts each
// product, and each partial sum, to its accumulator type.
#include "quantize/hls4ml.hpp"

#include <cmath>

#include <fmt/format.h>

#include "quantize/constants.hpp"
#include "quantize/hls4ml_types.hpp"
#include "support/error.hpp"

namespace gw::quantize {

using fixed::FixedType;
using import::Graph;
using import::Layer;
using import::LayerId;
using network::Constant;
using network::TensorId;

namespace {

std::size_t index_of(LayerId id) {
    return static_cast<std::size_t>(id);
}

/// Scale and bias of a batch normalisation, computed in float32 step by step as numpy does.
struct FloatAffine {
    std::vector<double> scale, bias;
};

FloatAffine affine_of(const import::BatchNorm& norm) {
    FloatAffine out;
    for (std::size_t i = 0; i < norm.mean.size(); ++i) {
        const float sum = static_cast<float>(norm.variance[i]) + static_cast<float>(norm.epsilon);
        const float root = std::sqrt(sum);
        const float scale = static_cast<float>(norm.gamma[i]) / root;
        const float shift = scale * static_cast<float>(norm.mean[i]);
        const float bias = static_cast<float>(norm.beta[i]) - shift;
        out.scale.push_back(scale);
        out.bias.push_back(bias);
    }
    return out;
}

bool does_nothing(const FloatAffine& affine) {
    for (std::size_t i = 0; i < affine.scale.size(); ++i)
        if (affine.scale[i] != 1.0 || affine.bias[i] != 0.0)
            return false;
    return true;
}

template <class... Each> struct Overloaded : Each... { using Each::operator()...; };
template <class... Each> Overloaded(Each...) -> Overloaded<Each...>;

class Lowering {
  public:
    Lowering(const Graph& graph, const std::optional<import::Hls4mlConfig>& config)
        : graph_(graph), types_(config), alias_(graph.layers.size()), fused_(graph.layers.size()),
          made_(graph.layers.size()) {}

    Quantised run() {
        require_known();
        merge();
        out_.network.name = graph_.name;
        for (std::size_t i = 0; i < graph_.layers.size(); ++i)
            if (!alias_[i])
                lower(i);
        for (LayerId id : graph_.inputs)
            out_.network.inputs.push_back(made_[index_of(id)]->tensor);
        for (LayerId id : graph_.outputs)
            out_.network.outputs.push_back(made_[resolve(index_of(id))]->tensor);
        return std::move(out_);
    }

  private:
    /// What a layer became. `type` is the one that inference sees; the tensor's own differs where a layer that does
    /// nothing was dropped.
    struct Made {
        TensorId tensor;
        FixedType type;
    };

    const Layer& layer(std::size_t i) const { return graph_.layers[i]; }
    template <typename Body> const Body* body(std::size_t i) const { return std::get_if<Body>(&layer(i).body); }
    bool is_auto(std::size_t i) const { return !types_.precision(layer(i), "result").has_value(); }

    std::size_t resolve(std::size_t i) const {
        while (alias_[i])
            i = *alias_[i];
        return i;
    }
    std::size_t source(std::size_t i) const { return resolve(index_of(layer(i).inputs.front())); }

    support::Error refuse(std::size_t i, const std::string& what) const {
        return support::unsupported(fmt::format("layer '{}': {}", layer(i).name, what), graph_.file,
                                    "use --numerics exact");
    }

    bool is_flatten(std::size_t i) const {
        const auto* linear = body<import::Linear>(i);
        return body<import::Reshape>(i) != nullptr ||
               (linear != nullptr && linear->origin == import::Linear::Origin::flatten);
    }

    void require_known() const {
        if (graph_.kind != import::FileKind::keras)
            throw support::unsupported("hls4ml numerics are for Keras files so far", graph_.file,
                                       "use --numerics exact");
        for (std::size_t i = 0; i < graph_.layers.size(); ++i) {
            if (!import::hls4ml_class(layer(i)))
                throw refuse(i, "hls4ml has no such layer");
            if (is_flatten(i) && body<import::Input>(index_of(layer(i).inputs.front())) == nullptr)
                throw refuse(i, "hls4ml numerics understand a Flatten directly behind the input only");
        }
    }

    /// Steps 1 and 2.
    void merge() {
        for (std::size_t i = 0; i < graph_.layers.size(); ++i) {
            const bool flatten = is_flatten(i);
            if (!flatten && body<import::Linear>(i) == nullptr)
                continue;
            const std::size_t from = source(i);
            if (flatten || (body<import::Input>(from) == nullptr && is_auto(from)))
                alias_[i] = from;
        }
        std::vector<std::size_t> uses(graph_.layers.size(), 0);
        for (std::size_t i = 0; i < graph_.layers.size(); ++i)
            if (!layer(i).inputs.empty() && !alias_[i])
                ++uses[source(i)];
        for (LayerId id : graph_.outputs)
            ++uses[resolve(index_of(id))];
        for (std::size_t i = 0; i < graph_.layers.size(); ++i) {
            if (body<import::BatchNorm>(i) == nullptr)
                continue;
            const std::size_t from = source(i);
            if ((body<import::BatchNorm>(from) != nullptr && is_auto(from)) || fused_[from])
                throw refuse(i, "two batch normalisations in a row with automatic types are not understood; give the "
                                "first a result type");
            if (body<import::Dense>(from) != nullptr && is_auto(from) && uses[from] == 1) {
                fused_[from] = i;
                alias_[i] = from;
            }
        }
    }

    /// These numerics are for vectors so far: a layer with positions, slopes or scales beyond a type's step is refused
    /// rather than computed wrongly.
    void require_vectors(std::size_t i) const {
        const bool shaped = body<import::Dense>(i) != nullptr || body<import::BatchNorm>(i) != nullptr ||
                            body<import::Scale>(i) != nullptr;
        if (shaped && layer(i).shape.size() != 1)
            throw refuse(i, "layers over several positions have no hls4ml numerics yet");
        const auto* relu = body<import::Relu>(i);
        if (relu != nullptr && (relu->slope != 0 || relu->threshold != 0))
            throw refuse(i, "a slope or threshold has no hls4ml numerics yet");
        const auto* quantise = body<import::Quantise>(i);
        if (quantise != nullptr && (quantise->scale || quantise->zero_point))
            throw refuse(i, "a scale or zero point of a quantiser has no hls4ml numerics yet");
    }

    void lower(std::size_t i) {
        require_vectors(i);
        std::visit(Overloaded{[&](const import::Input&) { lower_input(i); },
                              [&](const import::Dense& dense) { lower_dense(i, dense); },
                              [&](const import::BatchNorm& norm) { lower_norm(i, norm); },
                              [&](const import::Relu& relu) { lower_relu(i, relu); },
                              [&](const import::Linear&) {
                                  emit(i, types_.or_default(layer(i), "result"), network::Requantise{});
                              },
                              [&](const import::Scale&) { throw refuse(i, "hls4ml has no such layer"); },
                              [&](const auto&) { throw refuse(i, "layers of this kind have no hls4ml numerics yet"); }},
                   layer(i).body);
    }

    void lower_input(std::size_t i) {
        const FixedType type = types_.or_default(layer(i), "result");
        made_[i] = Made{out_.network.add({layer(i).name, flat_shape(i), {type}}), type};
    }

    /// hls4ml has no shape within an event where only dense layers follow: the values are one vector.
    network::Shape flat_shape(std::size_t i) const {
        return {static_cast<std::uint32_t>(network::elements(layer(i).shape))};
    }

    template <typename Op> void emit(std::size_t i, const FixedType& type, Op op) {
        if (type.width > (type.is_signed ? 64 : 63))
            throw refuse(i, fmt::format("its result type {} is wider than 64 bits", fixed::to_string(type)));
        op.input = made_[source(i)]->tensor;
        op.output = out_.network.add({layer(i).name, flat_shape(i), {type}});
        made_[i] = Made{op.output, type};
        out_.network.ops.push_back({layer(i).name, std::move(op)});
    }

    void lower_dense(std::size_t i, const import::Dense& dense) {
        std::vector<double> weights = dense.weights.values;
        std::vector<double> bias = dense.bias ? dense.bias->values : std::vector<double>(dense.weights.shape[1], 0.0);
        const bool has_bias = dense.bias.has_value() || fused_[i].has_value();
        if (fused_[i])
            multiply_in(affine_of(*body<import::BatchNorm>(*fused_[i])), weights, bias);
        const FixedType weight_type = types_.or_default(layer(i), "weight");
        const FixedType bias_type = has_bias ? types_.or_default(layer(i), "bias") : fixed::ap_ufixed(1, 1);
        const FixedType sum = types_.sum_type(made_[source(i)]->type, weight_type, bias_type, dense.weights.shape[0]);
        network::Dense op{};
        op.weights = printed(weights, dense.weights.shape, weight_type);
        if (has_bias)
            op.bias = printed(bias, {dense.weights.shape[1]}, bias_type);
        op.accumulator = accumulator(i, types_.precision(layer(i), "accum").value_or(sum));
        emit(i, types_.precision(layer(i), "result").value_or(sum), std::move(op));
    }

    network::Accumulator accumulator(std::size_t i, const FixedType& type) const {
        const std::string strategy = types_.strategy(layer(i));
        if (strategy.rfind("distributed", 0) == 0) // sums exactly, whatever the accumulator's type
            return {};
        if (strategy != "latency" && type.overflow != fixed::Overflow::wrap)
            throw refuse(i, "strategy " + strategy +
                                " with an accumulator that saturates depends on the order of summation");
        return {type, network::Accumulator::Products::converted};
    }

    static void multiply_in(const FloatAffine& affine, std::vector<double>& weights, std::vector<double>& bias) {
        const std::size_t outputs = bias.size();
        for (std::size_t k = 0; k < weights.size(); ++k)
            weights[k] = static_cast<float>(affine.scale[k % outputs]) * static_cast<float>(weights[k]);
        for (std::size_t j = 0; j < outputs; ++j) {
            const float scaled = static_cast<float>(affine.scale[j]) * static_cast<float>(bias[j]);
            bias[j] = scaled + static_cast<float>(affine.bias[j]);
        }
    }

    void lower_norm(std::size_t i, const import::BatchNorm& norm) {
        const FloatAffine affine = affine_of(norm);
        const FixedType scale_type = types_.or_default(layer(i), "scale");
        const FixedType bias_type = types_.or_default(layer(i), "bias");
        const FixedType sum = types_.sum_type(made_[source(i)]->type, scale_type, bias_type, 1);
        const FixedType result = types_.precision(layer(i), "result").value_or(sum);
        if (does_nothing(affine)) {
            made_[i] = Made{made_[source(i)]->tensor, result};
            return;
        }
        network::Affine op{};
        const network::Shape shape = flat_shape(i);
        op.scale = printed(affine.scale, shape, scale_type);
        op.bias = printed(affine.bias, shape, bias_type);
        emit(i, result, std::move(op));
    }

    void lower_relu(std::size_t i, const import::Relu& relu) {
        network::Relu op{};
        if (relu.ceiling) {
            if (*relu.ceiling != std::floor(*relu.ceiling) || *relu.ceiling > 1e9)
                throw refuse(i, "hls4ml has whole-numbered ceilings only");
            op.ceiling = rounded({*relu.ceiling}, {1}, 0);
        }
        emit(i, types_.or_default(layer(i), "result"), std::move(op));
    }

    const Graph& graph_;
    Hls4mlTypes types_;
    std::vector<std::optional<std::size_t>> alias_; ///< layer that went away -> the one whose values it passes on
    std::vector<std::optional<std::size_t>> fused_; ///< dense layer -> batch normalisation multiplied into it
    std::vector<std::optional<Made>> made_;
    Quantised out_;
};

} // namespace

Quantised lower_as_hls4ml(const Graph& graph, const std::optional<import::Hls4mlConfig>& config) {
    return Lowering(graph, config).run();
}

} // namespace gw::quantize
