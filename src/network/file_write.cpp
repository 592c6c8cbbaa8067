// The network file, written: one line a tensor or op, one line a matrix row.
#include "network/file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "network/file_keys.hpp"
#include "support/atomic_file.hpp"
#include "support/checksum.hpp"

namespace gw::network {
namespace {

using Json = nlohmann::ordered_json;

Json write_constant(const Constant& constant) {
    return {{"shape", constant.shape}, {"type", fixed::to_string(constant.type)}, {"raw", constant.raw}};
}

/// Writes the keys that belong to one kind of op.
struct BodyWriter {
    Json& json;

    void optional(const char* key, const std::optional<Constant>& value) const {
        if (value)
            json[key] = write_constant(*value);
    }
    void accumulator(const Accumulator& accumulator) const {
        if (accumulator.type)
            json["accumulator"] = {{"type", fixed::to_string(*accumulator.type)},
                                   {"products", word_of(product_words, accumulator.products)}};
    }
    void window(const Window& window) const {
        json["window"] = {{"size", window.size},
                          {"strides", window.strides},
                          {"dilation", window.dilation},
                          {"pad_before", window.pad_before}};
    }
    void operator()(const Dense& op) const {
        json["weights"] = write_constant(op.weights);
        optional("bias", op.bias);
        accumulator(op.accumulator);
    }
    void operator()(const Conv& op) const {
        window(op.window);
        json["groups"] = op.groups;
        json["weights"] = write_constant(op.weights);
        optional("bias", op.bias);
        accumulator(op.accumulator);
    }
    void operator()(const Pool& op) const {
        json["kind"] = word_of(pool_words, op.kind);
        window(op.window);
        optional("padding", op.padding);
        accumulator(op.accumulator);
    }
    void operator()(const Reduce& op) const {
        json["kind"] = word_of(reduce_words, op.kind);
        json["order"] = word_of(order_words, op.order);
        accumulator(op.accumulator);
    }
    void operator()(const Affine& op) const {
        optional("scale", op.scale);
        optional("bias", op.bias);
    }
    void operator()(const Divide& op) const { json["divisor"] = write_constant(op.divisor); }
    void operator()(const Relu& op) const { optional("ceiling", op.ceiling); }
    void operator()(const Select& op) const {
        json["threshold"] = write_constant(op.threshold);
        json["closed"] = op.closed;
    }
    void operator()(const Table& op) const {
        json["fraction"] = op.fraction;
        json["numerator"] = op.numerator;
        json["denominator"] = op.denominator;
        json["towards_zero"] = op.towards_zero;
        json["offset"] = op.offset;
        json["values"] = write_constant(op.values);
    }
    void operator()(const Steps& op) const {
        json["thresholds"] = write_constant(op.thresholds);
        json["values"] = write_constant(op.values);
    }
    void operator()(const Merge& op) const { json["kind"] = word_of(merge_words, op.kind); }
    void operator()(const MatMul& op) const { accumulator(op.accumulator); }
    void operator()(const Rearrange& op) const {
        Json sources = Json::array();
        for (const auto& source : op.sources)
            sources.push_back(source ? Json(*source) : Json());
        json["sources"] = std::move(sources);
    }
    void operator()(const Embedding& op) const { json["table"] = write_constant(op.table); }
    void operator()(const Requantise&) const {}
};

/// One line a tensor or op, one line a matrix row: readable, and quick to compare with diff.
std::string written_constant(const Json& constant) {
    const std::size_t row = constant["shape"].empty() ? 1 : constant["shape"].back().get<std::size_t>();
    std::string text =
        R"({"shape": )" + constant["shape"].dump() + R"(, "type": )" + constant["type"].dump() + R"(, "raw": [)";
    for (std::size_t i = 0; i < constant["raw"].size(); ++i) {
        text += i == 0 ? "" : ",";
        text += row > 1 && i % row == 0 ? "\n    " : (i == 0 ? "" : " ");
        text += constant["raw"][i].dump();
    }
    return text + "]}";
}

std::string written_object(const Json& object) {
    std::string text = "{";
    for (const auto& [key, value] : object.items()) {
        const bool is_constant = value.is_object() && value.contains("raw");
        text += (text.size() > 1 ? (is_constant ? ",\n   " : ", ") : "") + Json(key).dump() + ": ";
        text += is_constant ? written_constant(value) : value.dump();
    }
    return text + "}";
}

std::string written(const Json& json) {
    std::string text = "{";
    for (const auto& [key, value] : json.items()) {
        text += (text.size() > 1 ? ",\n " : "") + Json(key).dump() + ": ";
        if (key != "tensors" && key != "ops") {
            text += value.dump();
            continue;
        }
        text += "[";
        for (std::size_t i = 0; i < value.size(); ++i)
            text += (i == 0 ? "\n  " : ",\n  ") + written_object(value[i]);
        text += "]";
    }
    return text + "}\n";
}

bool has_one_input(const Op& op) {
    return std::visit(
        [](const auto& body) {
            return requires {
                body.input;
            };
        },
        op.body);
}

} // namespace

std::string to_json(const Network& network) {
    Json json = {
        {"format", format_name}, {"version", format_version}, {"name", network.name}, {"tensors", Json::array()}};
    for (const Tensor& tensor : network.tensors) {
        Json types = Json::array();
        for (const FixedType& type : tensor.types)
            types.push_back(fixed::to_string(type));
        json["tensors"].push_back({{"name", tensor.name}, {"shape", tensor.shape}, {"types", std::move(types)}});
    }
    const auto names = [&](const std::vector<TensorId>& ids) {
        Json list = Json::array();
        for (const TensorId id : ids)
            list.push_back(network.tensor(id).name);
        return list;
    };
    json["inputs"] = names(network.inputs);
    json["outputs"] = names(network.outputs);
    json["ops"] = Json::array();
    for (const Op& op : network.ops) {
        Json item = {{"name", op.name}, {"op", kind_of(op)}};
        std::visit(BodyWriter{item}, op.body);
        if (has_one_input(op))
            item["input"] = network.tensor(input_of(op)).name;
        else
            item["inputs"] = names(inputs_of(op));
        item["output"] = network.tensor(output_of(op)).name;
        json["ops"].push_back(std::move(item));
    }
    return written(json);
}

std::string fingerprint(const Network& network) {
    return fmt::format("{:016x}", support::fnv1a64(to_json(network)));
}

void save(const Network& network, const std::filesystem::path& file) {
    support::write_file(file, to_json(network));
}

} // namespace gw::network
