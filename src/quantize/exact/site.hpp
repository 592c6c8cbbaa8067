// What the lowering of one layer sees: the layer, its inputs' values, the policies for constants and roundings.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "quantize/exact/builder.hpp"
#include "quantize/hls4ml_types.hpp"
#include "quantize/quantize.hpp"
#include "support/error.hpp"

namespace gw::quantize::exact {

using import::FloatArray;
using import::Layer;
using import::LayerId;
using network::Constant;

/// What all layers share.
struct Model {
    const import::Graph& graph;
    const Options& options;
    Hls4mlTypes types;
    std::vector<std::size_t> uses;
    bool has_quantisers = false;
    Builder builder;
    std::vector<std::string> notes;
    std::vector<std::optional<Value>> values;       ///< by layer
    std::vector<std::optional<std::size_t>> merged; ///< layer -> the earlier one that computes it too

    Model(const import::Graph& graph, const Options& options);
};

class Site {
  public:
    Site(Model& model, std::size_t index) : model_(model), index_(index) {}

    const Layer& layer() const { return model_.graph.layers[index_]; }
    LayerId id() const { return static_cast<LayerId>(index_); }
    const std::string& name() const { return layer().name; }
    std::string name(const char* part) const { return name() + part; }
    const Shape& shape() const { return layer().shape; }
    Builder& builder() const { return model_.builder; }
    Model& model() const { return model_; }
    std::size_t inputs() const { return layer().inputs.size(); }

    Value in(std::size_t k = 0) const { return *model_.values[static_cast<std::size_t>(layer().inputs.at(k))]; }
    /// With units of 1: multiplied by them where they are others.
    Value plain(std::size_t k = 0) { return plain(in(k)); }
    Value plain(Value value);
    /// With one unit for all elements.
    Value uniform(Value value) { return value.units.size() == 1 ? value : plain(std::move(value)); }

    /// The only reader of this layer, if it is of this kind and reads nothing else.
    template <typename Body> std::optional<std::size_t> only_reader() const {
        const auto reader = sole_reader();
        const bool fits = reader && model_.graph.layers[*reader].inputs.size() == 1 &&
                          std::holds_alternative<Body>(model_.graph.layers[*reader].body);
        return fits ? reader : std::nullopt;
    }
    const Layer& layer(std::size_t index) const { return model_.graph.layers[index]; }
    /// The reader `index` is computed by this layer too.
    void take(std::size_t index) { model_.merged[index] = index_; }

    /// The file's own type, else the configuration's, else exact where that is cheap, else rounded. Divided by
    /// `units`, which repeat along the last axis, first.
    Constant constant(const FloatArray& array, const std::string& variable, const Units& units = {1.0});
    /// A number that the layer computes with, kept to the precision of a binary32 in models that are quantised.
    Constant constant(const std::vector<double>& values, const Shape& shape, const std::string& variable);

    /// The largest |value| of the layer's first input on the calibration's data.
    std::optional<double> magnitude_seen() const;
    /// Fraction bits that a result is rounded to where nothing says otherwise.
    std::int32_t kept() const;
    /// The same for values inside a layer.
    std::int32_t kept_inside() const { return kept() + 4; }

    /// The result's type where the configuration names one.
    std::optional<FixedType> configured() const;
    /// Typed as configured; else rounded to `kept` if `rounds` and no model's quantiser is to decide.
    Value settled(Value value, bool rounds = false);

    bool quantised() const { return model_.has_quantisers; }
    /// Whether a quantiser alone reads this layer.
    bool quantiser_follows() const { return only_reader<import::Quantise>().has_value(); }
    void note(std::string text) { model_.notes.push_back(std::move(text)); }
    support::Error refuse(const std::string& what, const std::string& remedy = {}) const {
        return support::unsupported("layer '" + name() + "': " + what, model_.graph.file, remedy);
    }

  private:
    std::optional<std::size_t> sole_reader() const;

    Model& model_;
    std::size_t index_;
};

/// The value of element i of a constant.
inline double real(const Constant& constant, std::size_t i) {
    return std::ldexp(static_cast<double>(constant.raw[i % constant.raw.size()]), -constant.type.fraction);
}

} // namespace gw::quantize::exact
