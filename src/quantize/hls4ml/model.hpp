// What the lowering of one layer by hls4ml's rules sees.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "network/range.hpp"
#include "quantize/hls4ml_types.hpp"
#include "quantize/quantize.hpp"
#include "support/error.hpp"

namespace gw::quantize::as_hls4ml {

using fixed::FixedType;
using import::Layer;
using network::Constant;
using network::Shape;
using network::TensorId;

/// What a layer became. `type` is the one that inference sees; the tensor's own differs where a layer that does nothing
/// was dropped.
struct Value {
    TensorId tensor{};
    FixedType type;
    Shape shape;
};

struct Model {
    const import::Graph& graph;
    Hls4mlTypes types;
    bool stream = false;
    std::vector<std::optional<std::size_t>> alias; ///< layer that went away -> the one whose values it passes on
    std::vector<std::optional<std::size_t>> fused; ///< layer -> batch normalisation multiplied into it
    std::vector<std::optional<Value>> made;
    network::Network network;
    network::RangeInference ranges;

    Model(const import::Graph& graph, const std::optional<import::Hls4mlConfig>& config);
    std::size_t resolve(std::size_t i) const {
        while (alias[i])
            i = *alias[i];
        return i;
    }
    template <typename Body> const Body* body(std::size_t i) const { return std::get_if<Body>(&graph.layers[i].body); }
    bool is_auto(std::size_t i) const { return !types.precision(graph.layers[i], "result").has_value(); }
    support::Error refuse(std::size_t i, const std::string& what) const {
        return support::unsupported("layer '" + graph.layers[i].name + "': " + what, graph.file,
                                    "use --numerics exact");
    }
};

/// Linear activations that go away, batch normalisations multiplied into the layer before.
void simplify(Model& model);

/// Scale and bias of a batch normalisation, computed in float32 step by step as numpy does.
struct FloatAffine {
    std::vector<double> scale, bias;
};
FloatAffine affine_of(const import::BatchNorm& norm);

class Site {
  public:
    Site(Model& model, std::size_t index) : model_(model), index_(index) {}

    const Layer& layer() const { return model_.graph.layers[index_]; }
    const std::string& name() const { return layer().name; }
    const Shape& shape() const { return layer().shape; }
    const Hls4mlTypes& types() const { return model_.types; }
    bool stream() const { return model_.stream; }
    std::size_t inputs() const { return layer().inputs.size(); }
    Value in(std::size_t k = 0) const {
        return *model_.made[model_.resolve(static_cast<std::size_t>(layer().inputs.at(k)))];
    }
    const import::BatchNorm* fused() const {
        return model_.fused[index_] ? model_.body<import::BatchNorm>(*model_.fused[index_]) : nullptr;
    }
    const FixedType& type_of(const Value& value) const { return model_.network.tensor(value.tensor).types.front(); }

    /// Nothing where it is to be inferred.
    std::optional<FixedType> precision(const std::string& variable) const {
        return types().precision(layer(), variable);
    }
    FixedType or_default(const std::string& variable) const { return types().or_default(layer(), variable); }

    /// The largest |value| that it can hold.
    double magnitude(const Value& value) const;
    /// One op whose output is cast to `type`; `part` is added to the layer's name. A type wider than 64 bits is
    /// narrowed where no value comes near its end, else refused.
    Value emit(const std::string& part, const Shape& shape, const FixedType& type, network::OpBody op);
    /// Cast to another type; nothing where it is the same.
    Value cast(const std::string& part, const Value& value, const FixedType& type);
    support::Error refuse(const std::string& what) const { return model_.refuse(index_, what); }

  private:
    Model& model_;
    std::size_t index_;
};

// By family
// ---------------------------------------------------------------------------------------------------------------------
Value lower(const import::Dense& dense, Site& site);
Value lower(const import::Conv& conv, Site& site);
Value lower(const import::BatchNorm& norm, Site& site);
Value lower(const import::Embedding& embedding, Site& site);
Value lower(const import::Relu& relu, Site& site);
Value lower(const import::PRelu& relu, Site& site);
Value lower(const import::Function& function, Site& site);
Value lower(const import::Softmax& softmax, Site& site);
Value lower(const import::Pool& pool, Site& site);
Value lower(const import::Reduce& reduce, Site& site);
Value lower(const import::Merge& merge, Site& site);
Value lower(const import::Concatenate& concatenate, Site& site);
Value lower(const import::Einsum& einsum, Site& site);
Value lower(const import::Rearrange& rearrange, Site& site);
Value lower(const import::Reshape& reshape, Site& site);
Value lower(const import::Linear& linear, Site& site);
Value lower(const import::Recurrent& recurrent, Site& site);
Value lower(const import::Normalise& normalise, Site& site);

/// weights {inputs, outputs} and bias as printed, each product and sum in `accum`, the result cast to `result`.
Value dense(Site& site, const std::string& part, const Value& x, const std::vector<double>& weights, const Shape& shape,
            const FixedType& weight_type, const std::vector<double>& bias, const std::optional<FixedType>& bias_type,
            const FixedType& accum, const FixedType& result);
/// sigmoid, tanh, softplus, softsign: the table's values cast to `result`.
Value function_table(Site& site, const std::string& part, const Value& x, import::Function::Kind kind,
                     const FixedType& result);
Value rearranged(Site& site, const std::string& part, const std::vector<Value>& from, const Shape& shape,
                 std::vector<std::optional<std::uint32_t>> sources, const FixedType& type);
/// A number of the source text converted to a type: one element.
Constant literal(double value, const FixedType& type);
/// @param largest no partial sum passes it
network::Accumulator accumulator(Site& site, const FixedType& type, double largest);

// Types of exact results
// ---------------------------------------------------------------------------------------------------------------------
FixedType product_type(const FixedType& a, const FixedType& b);
FixedType sum_type(const FixedType& a, const FixedType& b);
/// Within the widest that the configuration lets inference choose.
FixedType limited(const Site& site, FixedType type);

} // namespace gw::quantize::as_hls4ml
