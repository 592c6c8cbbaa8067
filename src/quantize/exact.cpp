// Every layer becomes one op whose tensor at first holds the exact result: 64 bits at the exact number of fraction
// bits. Range inference then proves how many bits are needed, and each such tensor gets the narrowest type that loses
// nothing. A quantiser behind a layer that no one else reads becomes the type of that layer's own tensor: the op casts
// once, to the same bits.
#include "quantize/exact.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "fixed/interval.hpp"
#include "network/range.hpp"
#include "quantize/constants.hpp"
#include "quantize/hls4ml_types.hpp"
#include "support/error.hpp"

namespace gw::quantize {

using fixed::FixedType;
using fixed::Overflow;
using fixed::Rounding;
using import::FloatArray;
using import::Graph;
using import::Layer;
using import::LayerId;
using network::Constant;
using network::Shape;
using network::TensorId;

namespace {

constexpr int provisional_width = 64;

std::size_t index_of(LayerId id) {
    return static_cast<std::size_t>(id);
}

/// hls4ml's configurations say TRN and WRAP by saying nothing; exact numerics never wrap unasked.
FixedType never_wrapping(FixedType type) {
    if (type.overflow == Overflow::wrap)
        type.overflow = Overflow::sat;
    return type;
}

/// ... and constants are known now, so rounding them to nearest costs nothing.
FixedType for_constants(FixedType type) {
    if (type.rounding == Rounding::trn)
        type.rounding = Rounding::rnd_conv;
    return never_wrapping(type);
}

template <class... Each> struct Overloaded : Each... { using Each::operator()...; };
template <class... Each> Overloaded(Each...) -> Overloaded<Each...>;

class Lowering {
  public:
    Lowering(const Graph& graph, const Options& options)
        : graph_(graph), options_(options), types_(options.config), uses_(graph.uses()), made_(graph.layers.size()),
          passes_on_(graph.layers.size()) {
        for (const Layer& layer : graph.layers)
            has_quantisers_ = has_quantisers_ || std::holds_alternative<import::Quantise>(layer.body);
    }

    Quantised run() {
        out_.network.name = graph_.name;
        for (std::size_t i = 0; i < graph_.layers.size(); ++i)
            if (!made_[i])
                lower(i);
        for (LayerId id : graph_.inputs)
            out_.network.inputs.push_back(*made_[index_of(id)]);
        for (LayerId id : graph_.outputs)
            out_.network.outputs.push_back(*made_[index_of(id)]);
        narrow();
        return std::move(out_);
    }

  private:
    const Layer& layer(std::size_t i) const { return graph_.layers[i]; }
    template <typename Body> const Body* body(std::size_t i) const { return std::get_if<Body>(&layer(i).body); }
    std::size_t source(std::size_t i) const { return index_of(layer(i).inputs.front()); }
    std::int32_t fraction_of(std::size_t i) const { return out_.network.tensor(*made_[i]).types.front().fraction; }
    Shape flat_shape(std::size_t i) const { return {static_cast<std::uint32_t>(network::elements(layer(i).shape))}; }
    void note(std::string text) { out_.notes.push_back(std::move(text)); }

    support::Error refuse(std::size_t i, const std::string& what, const std::string& remedy = {}) const {
        return support::unsupported(fmt::format("layer '{}': {}", layer(i).name, what), graph_.file, remedy);
    }

    /// The only reader of layer i, if it is of this kind.
    template <typename Body> std::optional<std::size_t> only_reader(std::size_t i) const {
        if (uses_[i] != 1)
            return std::nullopt;
        for (std::size_t k = i + 1; k < graph_.layers.size(); ++k)
            if (!layer(k).inputs.empty() && source(k) == i)
                return body<Body>(k) != nullptr ? std::optional(k) : std::nullopt;
        return std::nullopt;
    }

    /// These numerics are for vectors so far: a layer with positions, slopes or scales beyond a type's step is refused
    /// rather than computed wrongly.
    void require_vectors(std::size_t i) const {
        const bool shaped = body<import::Dense>(i) != nullptr || body<import::BatchNorm>(i) != nullptr ||
                            body<import::Scale>(i) != nullptr;
        if (shaped && layer(i).shape.size() != 1)
            throw refuse(i, "layers over several positions have no exact numerics yet");
        const auto* relu = body<import::Relu>(i);
        if (relu != nullptr && (relu->slope != 0 || relu->threshold != 0))
            throw refuse(i, "a slope or threshold has no exact numerics yet");
        const auto* quantise = body<import::Quantise>(i);
        if (quantise != nullptr && (quantise->scale || quantise->zero_point))
            throw refuse(i, "a scale or zero point of a quantiser has no exact numerics yet");
    }

    void lower(std::size_t i) {
        require_vectors(i);
        std::visit(Overloaded{[&](const import::Input&) { lower_input(i); },
                              [&](const import::Dense& dense) { lower_dense(i, dense); },
                              [&](const import::BatchNorm& norm) { lower_norm(i, norm); },
                              [&](const import::Scale& scale) { lower_scale(i, scale); },
                              [&](const import::Relu& relu) { lower_relu(i, relu); },
                              [&](const import::Linear& linear) { lower_linear(i, linear); },
                              [&](const import::Quantise& quantise) { lower_quantise(i, quantise); },
                              [&](const import::Reshape&) {
                                  lower_linear(i, import::Linear{import::Linear::Origin::flatten});
                              },
                              [&](const auto&) { throw refuse(i, "layers of this kind have no exact numerics yet"); }},
                   layer(i).body);
    }

    // Constants
    // ------------------------------------------------------------------------------------------------------------------

    /// The file's own types, else the configuration's, else exact where that is cheap, else rounded.
    Constant constant(std::size_t i, const FloatArray& array, const std::string& variable) {
        if (array.type)
            return trimmed(converted(array.values, array.shape, *array.type));
        if (options_.config)
            if (const auto type = types_.precision(layer(i), variable))
                return trimmed(converted(array.values, array.shape, for_constants(*type)));
        if (auto kept = exact(array.values, array.shape, std::max(16, options_.default_weight_fraction)))
            return trimmed(std::move(*kept));
        note(fmt::format("layer '{}': {} rounded to {} fraction bits", layer(i).name, variable,
                         options_.default_weight_fraction));
        return trimmed(rounded(array.values, array.shape, options_.default_weight_fraction));
    }

    // Tensors
    // --------------------------------------------------------------------------------------------------------------------

    TensorId exact_tensor(std::size_t i, std::int32_t fraction, Rounding rounding = Rounding::trn) {
        const FixedType type{provisional_width, fraction, true, rounding, Overflow::wrap};
        const TensorId id = out_.network.add({layer(i).name, flat_shape(i), {type}});
        provisional_.resize(out_.network.tensors.size(), false);
        provisional_.back() = true;
        return id;
    }

    TensorId typed_tensor(std::size_t i, std::vector<FixedType> types) {
        return out_.network.add({layer(i).name, flat_shape(i), std::move(types)});
    }

    /// The result's type where the configuration names one.
    std::optional<FixedType> configured(std::size_t i) const {
        if (!options_.config)
            return std::nullopt;
        const auto type = types_.precision(layer(i), "result");
        return type ? std::optional(never_wrapping(*type)) : std::nullopt;
    }

    template <typename Op> void emit(std::size_t i, std::size_t from, TensorId output, Op op) {
        op.input = *made_[from];
        op.output = output;
        made_[i] = output;
        out_.network.ops.push_back({layer(i).name, std::move(op)});
    }

    /// An op whose exact result has `fraction` bits; typed as configured, else exact.
    template <typename Op> void emit_exact(std::size_t i, std::size_t from, std::int32_t fraction, Op op) {
        const auto type = configured(i);
        emit(i, from, type ? typed_tensor(i, {*type}) : exact_tensor(i, fraction), std::move(op));
    }

    // Layers
    // ---------------------------------------------------------------------------------------------------------------------

    void lower_input(std::size_t i) {
        const import::Quantise* shared = nullptr;
        bool alike = uses_[i] > 0;
        for (std::size_t k = i + 1; k < graph_.layers.size(); ++k) {
            if (layer(k).inputs.empty() || source(k) != i)
                continue;
            const auto* quantise = body<import::Quantise>(k);
            alike = alike && quantise != nullptr && (shared == nullptr || shared->types == quantise->types);
            shared = quantise;
        }
        alike =
            alike && shared != nullptr &&
            std::find(graph_.outputs.begin(), graph_.outputs.end(), static_cast<LayerId>(i)) == graph_.outputs.end();
        if (alike) {
            made_[i] = typed_tensor(i, shared->types);
            for (std::size_t k = i + 1; k < graph_.layers.size(); ++k)
                if (!layer(k).inputs.empty() && source(k) == i)
                    made_[k] = made_[i];
            return;
        }
        FixedType type = options_.default_input;
        if (options_.config)
            type = never_wrapping(types_.or_default(layer(i), "result"));
        else
            note(fmt::format("input '{}': no type given, {} taken", layer(i).name, fixed::to_string(type)));
        made_[i] = typed_tensor(i, {type});
    }

    void lower_dense(std::size_t i, const import::Dense& dense) {
        network::Dense op{};
        std::size_t last = i; // the layer whose result this op computes, with what follows multiplied in
        const auto norm = !dense.weights.type && !options_.config ? only_reader<import::BatchNorm>(i) : std::nullopt;
        if (norm) {
            const import::Dense folded = fold(dense, *body<import::BatchNorm>(*norm));
            op.weights = constant(i, folded.weights, "weight");
            op.bias = constant(i, *folded.bias, "bias");
            note(fmt::format("layer '{}' folded into '{}'", layer(*norm).name, layer(i).name));
            last = *norm;
        } else {
            op.weights = constant(i, dense.weights, "weight");
            if (dense.bias)
                op.bias = constant(i, *dense.bias, "bias");
            else
                last = take_bias_behind(i, op);
        }
        std::int32_t fraction = fraction_of_inputs(source(i)) + op.weights.type.fraction;
        if (op.bias)
            fraction = std::max(fraction, op.bias->type.fraction);
        emit_exact(i, source(i), fraction, std::move(op));
        made_[last] = made_[i];
    }

    /// Fraction bits of a layer's finest element.
    std::int32_t fraction_of_inputs(std::size_t i) const {
        std::int32_t fraction = fraction_of(i);
        for (const FixedType& type : out_.network.tensor(*made_[i]).types)
            fraction = std::max(fraction, type.fraction);
        return fraction;
    }

    /// A dense layer without bias takes the addition behind it, if no one else reads what is between. Returns the last
    /// layer taken.
    std::size_t take_bias_behind(std::size_t i, network::Dense& op) {
        const auto reader = only_reader<import::Scale>(i);
        const import::Scale* shift = reader ? body<import::Scale>(*reader) : nullptr;
        if (shift == nullptr || shift->scale || !shift->bias)
            return i;
        op.bias = spread(constant(*reader, *shift->bias, "bias"), op.weights.shape[1]);
        return *reader;
    }

    static Constant spread(Constant constant, std::uint32_t count) {
        if (constant.raw.size() == 1)
            constant.raw.assign(count, constant.raw.front());
        constant.shape = {count};
        return constant;
    }

    static import::Dense fold(const import::Dense& dense, const import::BatchNorm& norm) {
        import::Dense out = dense;
        const std::size_t outputs = norm.mean.size();
        if (!out.bias)
            out.bias = FloatArray{{static_cast<std::uint32_t>(outputs)}, std::vector<double>(outputs, 0.0), {}};
        for (std::size_t j = 0; j < outputs; ++j) {
            const double scale = norm.gamma[j] / std::sqrt(norm.variance[j] + norm.epsilon);
            for (std::size_t k = j; k < out.weights.values.size(); k += outputs)
                out.weights.values[k] *= scale;
            out.bias->values[j] = (out.bias->values[j] - norm.mean[j]) * scale + norm.beta[j];
        }
        out.bias->type.reset();
        return out;
    }

    void lower_norm(std::size_t i, const import::BatchNorm& norm) {
        FloatArray scale{flat_shape(i), {}, {}}, bias{flat_shape(i), {}, {}};
        for (std::size_t j = 0; j < norm.mean.size(); ++j) {
            scale.values.push_back(norm.gamma[j] / std::sqrt(norm.variance[j] + norm.epsilon));
            bias.values.push_back(norm.beta[j] - norm.mean[j] * scale.values.back());
        }
        lower_affine(i, &scale, &bias);
    }

    void lower_scale(std::size_t i, const import::Scale& scale) {
        lower_affine(i, scale.scale ? &*scale.scale : nullptr, scale.bias ? &*scale.bias : nullptr);
    }

    void lower_affine(std::size_t i, const FloatArray* scale, const FloatArray* bias) {
        network::Affine op{};
        std::int32_t fraction = fraction_of_inputs(source(i));
        const auto vector_of = [&](Constant constant) {
            constant.shape = {static_cast<std::uint32_t>(constant.raw.size())};
            return constant;
        };
        if (scale != nullptr) {
            op.scale = vector_of(constant(i, *scale, "scale"));
            fraction += op.scale->type.fraction;
        }
        if (bias != nullptr) {
            op.bias = vector_of(constant(i, *bias, "bias"));
            fraction = std::max(fraction, op.bias->type.fraction);
        }
        emit_exact(i, source(i), fraction, std::move(op));
    }

    void lower_relu(std::size_t i, const import::Relu& relu) {
        network::Relu op{};
        std::int32_t fraction = fraction_of_inputs(source(i));
        if (relu.ceiling) {
            op.ceiling = constant(i, {{1}, {*relu.ceiling}, {}}, "ceiling");
            fraction = std::max(fraction, op.ceiling->type.fraction);
        }
        const int kept = options_.default_activation_fraction;
        const bool rounds = !has_quantisers_ && !configured(i) && fraction > kept;
        if (!rounds)
            return emit_exact(i, source(i), fraction, std::move(op));
        note(fmt::format("layer '{}': no type given, rounded to {} fraction bits", layer(i).name, kept));
        emit(i, source(i), exact_tensor(i, kept, Rounding::rnd_conv), std::move(op));
    }

    void lower_linear(std::size_t i, const import::Linear& linear) {
        const auto type = linear.origin == import::Linear::Origin::activation ? configured(i) : std::nullopt;
        if (type)
            return emit(i, source(i), typed_tensor(i, {*type}), network::Requantise{});
        made_[i] = made_[source(i)];
        passes_on_[i] = source(i);
    }

    void lower_quantise(std::size_t i, const import::Quantise& quantise) {
        std::size_t from = source(i);
        bool sole_reader = uses_[from] == 1;
        while (passes_on_[from]) {
            from = *passes_on_[from];
            sole_reader = sole_reader && uses_[from] == 1;
        }
        const TensorId before = *made_[from];
        const auto index = static_cast<std::size_t>(before);
        if (sole_reader && index < provisional_.size() && provisional_[index]) {
            out_.network.tensor(before).types = quantise.types;
            provisional_[index] = false;
            made_[i] = before;
            return;
        }
        emit(i, from, typed_tensor(i, quantise.types), network::Requantise{});
    }

    // Widths
    // ---------------------------------------------------------------------------------------------------------------------

    void narrow() {
        const network::Ranges ranges = network::infer_ranges(out_.network);
        for (std::size_t t = 0; t < provisional_.size(); ++t) {
            if (!provisional_[t])
                continue;
            network::Tensor& tensor = out_.network.tensors[t];
            FixedType& type = tensor.types.front();
            for (const fixed::Interval& interval : ranges.before_cast[t])
                if (!fixed::fits(interval, type))
                    throw support::unsupported(
                        fmt::format("layer '{}': its exact result needs more than 64 bits", tensor.name), graph_.file,
                        "give it, or a layer before it, a narrower type (--config)");
            fixed::Interval all = ranges.values[t].front();
            for (const fixed::Interval& interval : ranges.values[t])
                all = fixed::united(all, interval);
            FixedType narrow = fixed::smallest_type(fixed::aligned(all, type.fraction));
            narrow.width = std::max(narrow.width, 1);
            narrow.rounding = type.rounding;
            narrow.fraction = type.fraction;
            type = narrow;
        }
    }

    const Graph& graph_;
    const Options& options_;
    Hls4mlTypes types_;
    std::vector<std::size_t> uses_;
    std::vector<std::optional<TensorId>> made_;
    std::vector<std::optional<std::size_t>>
        passes_on_;                 ///< layer without an op of its own -> the layer that it passes on
    std::vector<bool> provisional_; ///< by tensor: holds the exact result, to be narrowed
    bool has_quantisers_ = false;
    Quantised out_;
};

} // namespace

Quantised lower_exactly(const Graph& graph, const Options& options) {
    return Lowering(graph, options).run();
}

} // namespace gw::quantize
