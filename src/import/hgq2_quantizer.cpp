#include "import/hgq2_quantizer.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "import/element_types.hpp"
#include "support/error.hpp"

namespace gw::import {

namespace {

using fixed::FixedType;
using fixed::Overflow;
using fixed::Rounding;

std::optional<Rounding> rounding_of(std::string name) {
    if (name.rfind("S_", 0) == 0) // stochastic in training only
        name.erase(0, 2);
    return rounding_named(name);
}

std::optional<Overflow> overflow_of(const std::string& name) {
    static const std::map<std::string, Overflow> known{
        {"WRAP", Overflow::wrap}, {"SAT", Overflow::sat}, {"SAT_SYM", Overflow::sat_sym}, {"SYM", Overflow::sat_sym}};
    const auto found = known.find(name);
    return found == known.end() ? std::nullopt : std::optional(found->second);
}

/// One quantiser's reading; widths are rounded half to even.
class Reader {
  public:
    Reader(KerasLayer& layer, std::string key, std::string class_name, const Json& config, const KerasWeights& weights)
        : layer_(layer), key_(std::move(key)), class_name_(std::move(class_name)), config_(config), weights_(weights) {}

    std::optional<Hgq2Quantizer> run() {
        const std::string kind = text("q_type");
        if (kind == "dummy")
            return std::nullopt;
        const auto rounding = rounding_of(text("round_mode"));
        const auto overflow = overflow_of(text("overflow_mode"));
        if ((kind != "kbi" && kind != "kif") || !rounding || !overflow) {
            layer_.problem(fmt::format("{} is a quantiser of kind '{}', {}, {}, which is not understood", key_, kind,
                                       text("round_mode"), text("overflow_mode")));
            return std::nullopt;
        }
        const bool wrap = *overflow == Overflow::wrap;
        const auto first = next("first"), second = next("second"), third = next("third");
        if (!first || !second || !third)
            return std::nullopt;
        if (first->values.empty() || second->shape != first->shape || third->shape != first->shape) {
            layer_.problem(fmt::format("{}: the three widths of this quantiser have not one shape", key_));
            return std::nullopt;
        }
        const bool kbi = kind == "kbi";
        // not WRAP: b i k and i f k; WRAP: b k i and f k i, a decay behind
        const auto &keep = wrap ? *second : *third,
                   &integer = kbi ? (wrap ? *third : *second) : (wrap ? *third : *first);
        const auto& rest = kbi ? *first : (wrap ? *first : *second);
        Hgq2Quantizer out;
        out.shape = first->shape;
        const bool weight = flag("is_weight", false) && flag("trainable", true);
        for (std::size_t k = 0; k < first->values.size(); ++k) {
            const int sign = keep.values[k] != 0 ? 1 : 0;
            const int fraction = kbi ? whole(rest.values[k]) - whole(integer.values[k]) : whole(rest.values[k]);
            const int magnitude = whole(integer.values[k]);
            // What has no bits is zero; only then are the integer bits raised to meet the fraction's.
            out.types.push_back(sign + magnitude + fraction <= 0
                                    ? FixedType{0, fraction, false, *rounding, *overflow}
                                    : made(sign, std::max(magnitude, -fraction), fraction, *rounding, *overflow));
            out.wraps.push_back(wrap && !(weight && (!kbi || *rounding == Rounding::rnd)));
        }
        read_scales(out);
        if (class_name_ == "HardSigmoidConfig")
            out.affine = {0.25, 0.5};
        return out;
    }

  private:
    /// Far beyond any type that is understood, but within an int.
    static int whole(double value) { return static_cast<int>(std::nearbyint(std::clamp(value, -1e4, 1e4))); }

    FixedType made(int sign, int integer, int fraction, Rounding rounding, Overflow overflow) {
        const int width = sign + integer + fraction;
        // Symmetric about zero, a sign bit alone holds nothing else.
        if (width <= 0 || (overflow == Overflow::sat_sym && integer + fraction <= 0))
            return {0, fraction, false, rounding, overflow};
        if (width > 60 || std::abs(fraction) > 1000) {
            layer_.problem(
                fmt::format("{} has {} bits, {} of them behind the point; up to 60, and 1000, are understood", key_,
                            width, fraction));
            return {1, 0, false, rounding, overflow};
        }
        return {width, fraction, sign == 1, rounding, overflow};
    }

    bool flag(const char* name, bool if_absent) const {
        const Json& value = member_of(config_, name);
        return value.is_boolean() ? value.get<bool>() : if_absent;
    }
    std::string text(const char* name) const {
        const auto found = config_.find(name);
        // Hard tanh and hard sigmoid do not save theirs.
        if (found == config_.end() && std::string(name) == "overflow_mode" && class_name_ == "HardSigmoidConfig")
            return "SAT";
        if (found == config_.end() && std::string(name) == "overflow_mode" && class_name_ == "HardTanhConfig")
            return flag("symmetric", false) ? "SAT_SYM" : "SAT";
        return found != config_.end() && found->is_string() ? found->get<std::string>() : std::string();
    }

    std::optional<FloatArray> next(const char* name) {
        const auto shape = weights_.next_shape();
        if (!shape) {
            layer_.problem(fmt::format("{}: the file has no widths of this quantiser", key_));
            return std::nullopt;
        }
        return weights_.next(name, *shape, layer_.where() + ", " + key_, layer_.model.problems);
    }

    void read_scales(Hgq2Quantizer& out) {
        const auto scaler = config_.find("scaler");
        if (scaler != config_.end() && scaler->is_number() && scaler->get<double>() > 0)
            out.scaler = scaler->get<double>();
        else if (scaler != config_.end() && !scaler->is_null())
            layer_.problem(fmt::format("{}.scaler is {}, a positive number is expected", key_, brief(*scaler)));
        const auto affine = config_.find("affine");
        if (affine == config_.end() || affine->is_null())
            return;
        if (affine->is_array() && affine->size() == 2 && (*affine)[0].is_number() && (*affine)[1].is_number())
            out.affine = {(*affine)[0].get<double>(), (*affine)[1].get<double>()};
        else
            layer_.problem(fmt::format("{}.affine is {}, two numbers are expected", key_, brief(*affine)));
    }

    KerasLayer& layer_;
    std::string key_, class_name_;
    const Json& config_;
    KerasWeights weights_;
};

} // namespace

FloatArray Hgq2Quantizer::apply(const FloatArray& weights) const {
    FloatArray out{weights.shape, {}, std::nullopt, {}};
    const auto index = spread_widths(shape, weights.shape, false);
    if (!index)
        throw support::unsupported("the widths of a quantiser do not fit its weights");
    int fraction = 0, integer = 1;
    for (std::size_t i = 0; i < weights.values.size(); ++i) {
        FixedType type = types[(*index)[i]];
        if (type.overflow == Overflow::wrap && !wraps[(*index)[i]])
            type = {60, type.fraction, true, type.rounding, Overflow::sat};
        const double value = fixed::to_double(fixed::from_double(weights.values[i], type), type.fraction);
        out.values.push_back(value);
        int exponent = 0;
        if (value != 0 && std::isfinite(value)) {
            std::frexp(value, &exponent);
            fraction = std::max(fraction, type.fraction);
            integer = std::max(integer, exponent + 1);
        }
    }
    out.type = FixedType{std::clamp(integer + fraction, 1, 62), fraction, true, Rounding::rnd_conv, Overflow::sat};
    return out;
}

std::optional<Hgq2Quantizer> read_hgq2_quantizer(KerasLayer& layer, const std::string& key, const Json& config,
                                                 const KerasWeights& weights) {
    if (config.is_null())
        return std::nullopt;
    const Json& own = config.contains("config") ? config["config"] : config;
    if (!own.is_object()) {
        layer.problem(fmt::format("{} is {}, a quantiser is expected", key, brief(config)));
        return std::nullopt;
    }
    return Reader(layer, key, text_of(config, "class_name"), own, weights.part({"quantizer"})).run();
}

LayerId quantised(KerasLayer& layer, const std::string& suffix, LayerId input,
                  const std::optional<Hgq2Quantizer>& quantizer) {
    if (!quantizer)
        return input;
    const Shape shape = layer.shape_of(input);
    Quantise body{element_types(quantizer->types, quantizer->shape, shape, true), {}, {}};
    if (body.types.empty()) {
        layer.problem(fmt::format("the widths of its quantiser {} do not fit its tensor", suffix));
        return input;
    }
    if (quantizer->scaler != 1)
        body.scale = FloatArray{{1}, {quantizer->scaler}, {}, {}};
    const LayerId out = layer.add(suffix, {input}, shape, std::move(body));
    if (!quantizer->affine)
        return out;
    Scale scale;
    scale.scale = FloatArray{{1}, {quantizer->affine->first}, {}, {}};
    scale.bias = FloatArray{{1}, {quantizer->affine->second}, {}, {}};
    return layer.add(suffix + "_affine", {out}, shape, std::move(scale));
}

} // namespace gw::import
