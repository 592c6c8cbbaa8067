#include "import/keras_layer.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/arrange.hpp"
#include "support/error.hpp"

namespace gw::import {

bool KerasLayer::require_inputs(std::size_t least, std::size_t most) {
    if (inputs.size() >= least && inputs.size() <= most)
        return true;
    problem(fmt::format("it has {} inputs, {} are understood", inputs.size(),
                        least == most ? std::to_string(least) : fmt::format("{} to {}", least, most)));
    return false;
}

bool KerasLayer::require_rank(std::size_t least, std::size_t most) {
    if (!require_inputs(1, 100))
        return false;
    if (shape().size() >= least && shape().size() <= most)
        return true;
    problem(fmt::format("its input has shape [{}], {} axes are expected", fmt::join(shape(), ", "),
                        least == most ? std::to_string(least) : fmt::format("{} to {}", least, most)));
    return false;
}

namespace {

/// Every letter of a side has one extent, the other side and the output have the same, and the output has no others.
bool has_sense(const Einsum& einsum, const Shape& left, const Shape& right, const Shape& output) {
    std::map<char, std::uint32_t> extents;
    const auto agrees = [&](const std::string& letters, const Shape& shape) {
        bool good = letters.size() == shape.size();
        for (std::size_t k = 0; good && k < letters.size(); ++k)
            good = extents.emplace(letters[k], shape[k]).first->second == shape[k];
        return good;
    };
    if (!agrees(einsum.left, left) || !agrees(einsum.right, right))
        return false;
    const std::size_t known = extents.size();
    const std::set<char> each(einsum.output.begin(), einsum.output.end());
    const bool one_number = einsum.output.empty() && output == Shape{1}; // Keras keeps an axis of one
    return one_number || (agrees(einsum.output, output) && extents.size() == known && each.size() == output.size());
}

} // namespace

LayerId KerasLayer::add(const std::string& suffix, std::vector<LayerId> from, Shape shape, LayerBody body) {
    if (const auto* einsum = std::get_if<Einsum>(&body))
        if (!has_sense(*einsum, shape_of(from.front()),
                       einsum->weights ? einsum->weights->shape : shape_of(from.back()), shape))
            throw support::unsupported(fmt::format("the equation '{},{}->{}' does not fit its operands", einsum->left,
                                                   einsum->right, einsum->output));
    return model.graph.add({name + suffix, std::move(from), std::move(shape), std::move(body), class_name});
}

LayerId KerasLayer::activated(LayerId input, const std::string& key) {
    const Json& value = config.take(key);
    if (linear_activation || value.is_null() || value == "linear")
        return input;
    if (value.is_string()) {
        const auto body = keras_activation(value.get<std::string>(), model.major, shape_of(input).size());
        if (!body) {
            config.problem(key, fmt::format("is {}, which is not understood{}", brief(value),
                                            refusal(keras_activation_refusals(), value.get<std::string>())));
            return input;
        }
        return model.graph.add({name + "_" + value.get<std::string>(), {input}, shape_of(input), *body, "Activation"});
    }
    const std::string kind = text_of(value, "class_name");
    if (keras_readers().count(kind) == 0) {
        config.problem(key, fmt::format("is {}, which is not understood", brief(value)));
        return input;
    }
    const Json& own = member_of(value, "config");
    Attributes attributes(own, where() + ", activation " + kind, model.problems);
    attributes.ignore({"name", "trainable", "dtype"});
    const std::string own_name = text_of(own, "name");
    KerasLayer inner(model, kind, name + "_" + (own_name.empty() ? kind : own_name), attributes,
                     weights.part({"activation"}), {input});
    const std::vector<LayerId> made = read_keras_layer(inner);
    return made.size() == 1 ? made.front() : input;
}

LayerId KerasLayer::permuted(const std::string& suffix, LayerId input, const std::vector<std::uint32_t>& axes) {
    auto [shape, body] = permutation(shape_of(input), axes);
    return add(suffix, {input}, std::move(shape), std::move(body));
}

std::optional<std::uint32_t> KerasLayer::axis(const Json& value, const std::string& key, std::size_t rank) {
    const Json& one = value.is_array() && value.size() == 1 ? value[0] : value;
    if (one.is_number_integer()) {
        const auto number = one.get<std::int64_t>();
        const std::int64_t from_start = number < 0 ? number + static_cast<std::int64_t>(rank) : number - 1;
        if (number != 0 && from_start >= 0 && from_start < static_cast<std::int64_t>(rank))
            return static_cast<std::uint32_t>(from_start);
    }
    config.problem(key, fmt::format("is {}, which is no axis of [{}]", brief(value), fmt::join(shape(), ", ")));
    return std::nullopt;
}

std::vector<std::uint32_t> KerasLayer::axes(const Json& value, const std::string& key, std::size_t rank) {
    std::vector<std::uint32_t> result;
    for (const Json& each : value.is_array() ? value : Json::array({value}))
        if (const auto one = axis(each, key, rank))
            result.push_back(*one);
    std::sort(result.begin(), result.end());
    if (std::adjacent_find(result.begin(), result.end()) != result.end()) {
        config.problem(key, fmt::format("is {}, which names an axis twice", brief(value)));
        result.erase(std::unique(result.begin(), result.end()), result.end());
    }
    return result;
}

std::vector<std::uint32_t> KerasLayer::extents(const std::string& key, std::size_t count, std::uint32_t least,
                                               std::uint32_t if_absent) {
    const Json& value = config.take(key);
    const auto good = [&](const Json& each) { return each.is_number_integer() && each >= least && each <= 1'000'000; };
    std::vector<std::uint32_t> result(count, if_absent);
    if (value.is_null())
        return result;
    if (good(value))
        return std::vector<std::uint32_t>(count, value.get<std::uint32_t>());
    bool fits = value.is_array() && value.size() == count;
    for (std::size_t i = 0; fits && i < count; ++i) {
        fits = good(value[i]);
        if (fits)
            result[i] = value[i].get<std::uint32_t>();
    }
    if (!fits)
        config.problem(key, fmt::format("is {}, {} whole numbers from {} are expected", brief(value), count, least));
    return result;
}

const std::map<std::string, ReadKerasLayer>& keras_readers() {
    static const KerasReaders all = [] {
        KerasReaders readers;
        for (const auto add : {add_core, add_convolutions, add_pools, add_shapes, add_merges, add_activations,
                               add_normalisations, add_recurrent, add_attention, add_hgq1, add_hgq2, add_hgq2_attention,
                               add_hgq2_recurrent, add_hgq2_tables, add_qkeras})
            add(readers);
        return readers;
    }();
    return all;
}

bool require_keras_class(const std::string& class_name, const std::string& where, Problems& problems) {
    if (keras_readers().count(class_name) != 0)
        return true;
    problems.add(fmt::format("{}: layers of class {} are not understood{}", where, class_name,
                             refusal(keras_refusals(), class_name)));
    return false;
}

std::vector<LayerId> read_keras_layer(KerasLayer& layer) {
    if (!require_keras_class(layer.class_name, layer.where(), layer.model.problems))
        return {};
    std::vector<LayerId> outputs = keras_readers().at(layer.class_name)(layer);
    layer.config.finish();
    return outputs;
}

} // namespace gw::import
