// HGQ 1 (HGQ 0.2): the proxy models that HGQ.to_proxy_model makes. They are plain Keras layers whose weights are
// quantised already, and two classes of HGQ's own: FixedPointQuantizer, whose widths are its variables, and UnaryLUT,
// a table of a function indexed by its argument's bits. What the file says of types for hls4ml (`overrides`) changes
// nothing.
//
// A trained model itself (HDense and its kin) does not keep the ranges that its integer bits follow from, and so cannot
// be read.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "import/element_types.hpp"
#include "import/keras_layer.hpp"

namespace gw::import {

namespace {

using fixed::FixedType;
using fixed::Overflow;
using fixed::Rounding;

constexpr int widest = 60;

std::optional<Overflow> overflow_named(const std::string& name) {
    static const std::map<std::string, Overflow> known{{"WRAP", Overflow::wrap},
                                                       {"SAT", Overflow::sat},
                                                       {"SAT_SYM", Overflow::sat_sym},
                                                       {"SAT_ZERO", Overflow::sat_zero}};
    const auto found = known.find(name);
    return found == known.end() ? std::nullopt : std::optional(found->second);
}

/// bits counts the sign, integers too; without bits everything is 0.
std::vector<LayerId> read_quantizer(KerasLayer& layer) {
    layer.config.ignore({"overrides", "fusible", "shape"});
    const std::string round = layer.config.text("RND").value_or("TRN"),
                      over = layer.config.text("SAT").value_or("WRAP");
    const auto rounding = rounding_named(round);
    const auto overflow = overflow_named(over);
    if (!rounding)
        layer.config.problem("RND", fmt::format("is '{}', which is not understood", round));
    if (!overflow)
        layer.config.problem("SAT", fmt::format("is '{}'; WRAP, SAT, SAT_SYM and SAT_ZERO are understood", over));
    if (!layer.require_inputs(1, 1) || !rounding || !overflow)
        return {};
    const auto next = [&](const char* name) {
        return layer.weight(name, layer.weights.next_shape().value_or(Shape{}));
    };
    const FloatArray keep = next("keep_negative"), bits = next("bits"), integers = next("integers");
    std::vector<FixedType> types;
    for (std::size_t k = 0; k < bits.values.size() && keep.shape == bits.shape && integers.shape == bits.shape; ++k) {
        const int width = static_cast<int>(bits.values[k]);
        const int fraction = width - static_cast<int>(integers.values[k]);
        types.push_back({std::clamp(width, 0, widest), width <= 0 ? 0 : fraction, width > 0 && keep.values[k] != 0,
                         *rounding, *overflow});
        if (width > widest)
            layer.problem(fmt::format("a width of {} bits; up to {} are understood", width, widest));
    }
    Quantise body{element_types(types, bits.shape, layer.shape(), true), {}, {}};
    if (body.types.empty()) {
        layer.problem("its widths do not fit its tensor");
        return {};
    }
    return {layer.add(layer.inputs[0], layer.shape(), std::move(body))};
}

/// Sign, integer and fraction bits.
struct Kif {
    int sign = 0, integer = 0, fraction = 0;
    int width() const { return sign + integer + fraction; }
};

std::optional<Kif> kif(KerasLayer& layer, const char* key, int most) {
    const Json& value = layer.config.take(key);
    bool good = value.is_array() && value.size() == 3;
    for (std::size_t k = 0; good && k < 3; ++k)
        good = value[k].is_number_integer() && value[k] > -100 && value[k] < 100;
    const Kif read = good ? Kif{value[0].get<int>(), value[1].get<int>(), value[2].get<int>()} : Kif{};
    if (good && read.width() > 0 && read.width() <= most && (read.sign == 0 || read.sign == 1))
        return read;
    layer.config.problem(key, fmt::format("is {}, sign, integer and fraction bits, at most {} together, are expected",
                                          brief(value), most));
    return std::nullopt;
}

/// table[round(x * 2^fraction) modulo its size]: the argument's bits are the index, negative arguments above.
std::vector<LayerId> read_table(KerasLayer& layer) {
    constexpr int most_bits = 16;
    const auto in = kif(layer, "kif_in", most_bits);
    layer.config.ignore({"kif_out"}); // the entries say it themselves
    if (!layer.require_inputs(1, 1) || !in)
        return {};
    const std::uint32_t size = 1U << in->width();
    const FloatArray table = layer.weight("table", {size});
    const FixedType argument{in->width(), in->fraction, in->sign == 1, Rounding::rnd_conv, Overflow::wrap};
    const LayerId bits = layer.add("_argument", {layer.inputs[0]}, layer.shape(), Quantise{{argument}, {}, {}});
    Steps steps{true, {{size - 1}, {}, {}, {}}, {{size}, {}, {}, {}}};
    const auto lowest = static_cast<std::int64_t>(argument.lowest());
    for (std::uint32_t k = 0; k < size; ++k) {
        const std::int64_t at = lowest + k;
        if (k > 0)
            steps.thresholds.values.push_back(std::ldexp(static_cast<double>(at), -in->fraction));
        steps.values.values.push_back(table.values[static_cast<std::size_t>(at < 0 ? at + size : at)]);
    }
    steps.values.type = type_that_holds(steps.values.values);
    return {layer.add("", {bits}, layer.shape(), std::move(steps))};
}

} // namespace

void add_hgq1(KerasReaders& readers) {
    // A registered name in `.h5`, the module's in `.keras`.
    for (const char* prefix : {"HGQ.", "HGQ>"}) {
        readers[std::string(prefix) + "FixedPointQuantizer"] = read_quantizer;
        readers[std::string(prefix) + "UnaryLUT"] = read_table;
    }
}

} // namespace gw::import
