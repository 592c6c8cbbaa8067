// The network file, in JSON. Reading is strict: every key is known, every integer in range, and the result passes the
// verifier.
#include "network/file.hpp"

#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "network/verify.hpp"
#include "support/atomic_file.hpp"
#include "support/checksum.hpp"
#include "support/error.hpp"

namespace gw::network {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* format_name = "gatewright-network";
constexpr int format_version = 1;

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
    void operator()(const Dense& op) const {
        json["op"] = "dense";
        json["weights"] = write_constant(op.weights);
        optional("bias", op.bias);
        if (op.accumulator.type)
            json["accumulator"] = {
                {"type", fixed::to_string(*op.accumulator.type)},
                {"products", op.accumulator.products == Accumulator::Products::exact ? "exact" : "converted"}};
    }
    void operator()(const Affine& op) const {
        json["op"] = "affine";
        optional("scale", op.scale);
        optional("bias", op.bias);
    }
    void operator()(const Relu& op) const {
        json["op"] = "relu";
        optional("ceiling", op.ceiling);
    }
    void operator()(const Requantise&) const { json["op"] = "requantise"; }
    template <typename Other> void operator()(const Other&) const {
        throw support::internal_error("this kind of op is not written yet");
    }
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

/// A JSON value with the path to it, for messages.
class Reader {
  public:
    Reader(const Json& json, std::string path) : json_(json), path_(std::move(path)) {}

    [[noreturn]] void fail(const std::string& what) const {
        throw support::user_error(what, path_, "see docs/network-file.md");
    }

    /// The object's member; also notes that the key is known.
    Reader at(const char* key) const {
        const auto member = find(key);
        return member ? *member : (fail("the key '" + std::string(key) + "' is missing"), *this);
    }
    std::optional<Reader> find(const char* key) const {
        if (!json_.is_object())
            fail("expected an object");
        const auto member = json_.find(key);
        if (member == json_.end())
            return std::nullopt;
        return Reader(*member, path_ + "." + key);
    }
    void only(const std::set<std::string>& keys) const {
        if (!json_.is_object())
            fail("expected an object");
        for (const auto& [key, value] : json_.items())
            if (!keys.contains(key))
                fail("unknown key '" + key + "'");
    }
    std::vector<Reader> items() const {
        if (!json_.is_array())
            fail("expected an array");
        std::vector<Reader> all;
        for (std::size_t i = 0; i < json_.size(); ++i)
            all.emplace_back(json_[i], path_ + "[" + std::to_string(i) + "]");
        return all;
    }
    std::string text() const {
        if (!json_.is_string())
            fail("expected a string");
        return json_.get<std::string>();
    }
    std::int64_t integer() const {
        if (!json_.is_number_integer() || (json_.is_number_unsigned() && json_.get<std::uint64_t>() > INT64_MAX))
            fail("expected a 64-bit integer");
        return json_.get<std::int64_t>();
    }
    FixedType type() const {
        try {
            return fixed::parse_type(text());
        } catch (const support::Error& error) {
            throw support::user_error(error.problem(), path_, error.remedy());
        }
    }
    Shape shape() const {
        Shape shape;
        for (const Reader& item : items()) {
            const std::int64_t extent = item.integer();
            if (extent < 1 || extent > (1 << 24))
                item.fail("an extent must be 1 to 2^24");
            shape.push_back(static_cast<std::uint32_t>(extent));
        }
        return shape;
    }
    Constant constant() const {
        only({"shape", "type", "raw"});
        Constant constant{at("shape").shape(), at("type").type(), {}};
        const Reader raw = at("raw");
        if (!raw.json_.is_array())
            raw.fail("expected an array");
        constant.raw.reserve(raw.json_.size());
        for (const Json& value : raw.json_)
            constant.raw.push_back(
                Reader(value, raw.path_ + "[" + std::to_string(constant.raw.size()) + "]").integer());
        return constant;
    }
    std::optional<Constant> constant(const char* key) const {
        const auto member = find(key);
        return member ? std::optional(member->constant()) : std::nullopt;
    }

  private:
    const Json& json_;
    std::string path_;
};

class NetworkReader {
  public:
    Network read(const Reader& root) {
        root.only({"format", "version", "name", "tensors", "inputs", "outputs", "ops"});
        network_.name = root.at("name").text();
        for (const Reader& item : root.at("tensors").items())
            tensor(item);
        for (const Reader& item : root.at("inputs").items())
            network_.inputs.push_back(reference(item));
        for (const Reader& item : root.at("outputs").items())
            network_.outputs.push_back(reference(item));
        for (const Reader& item : root.at("ops").items())
            network_.ops.push_back({item.at("name").text(), body(item)});
        return std::move(network_);
    }

  private:
    void tensor(const Reader& item) {
        item.only({"name", "shape", "types"});
        Tensor tensor{item.at("name").text(), item.at("shape").shape(), {}};
        for (const Reader& type : item.at("types").items())
            tensor.types.push_back(type.type());
        const std::string name = tensor.name;
        if (!names_.emplace(name, network_.add(std::move(tensor))).second)
            item.fail("a second tensor '" + name + "'");
    }

    TensorId reference(const Reader& item) const {
        const auto found = names_.find(item.text());
        if (found == names_.end())
            item.fail("no tensor is called '" + item.text() + "'");
        return found->second;
    }

    OpBody body(const Reader& item) const {
        const std::string kind = item.at("op").text();
        const TensorId in = reference(item.at("input")), out = reference(item.at("output"));
        if (kind == "dense") {
            item.only({"name", "op", "input", "output", "weights", "bias", "accumulator"});
            return Dense{in, out, item.at("weights").constant(), item.constant("bias"),
                         accumulator(item.find("accumulator"))};
        }
        if (kind == "affine") {
            item.only({"name", "op", "input", "output", "scale", "bias"});
            return Affine{in, out, item.constant("scale"), item.constant("bias")};
        }
        if (kind == "relu") {
            item.only({"name", "op", "input", "output", "ceiling"});
            return Relu{in, out, item.constant("ceiling")};
        }
        if (kind == "requantise") {
            item.only({"name", "op", "input", "output"});
            return Requantise{in, out};
        }
        item.at("op").fail("unknown op '" + kind + "'");
    }

    static Accumulator accumulator(const std::optional<Reader>& item) {
        if (!item)
            return {};
        item->only({"type", "products"});
        const std::string products = item->at("products").text();
        if (products != "exact" && products != "converted")
            item->at("products").fail("expected 'exact' or 'converted'");
        return {item->at("type").type(),
                products == "exact" ? Accumulator::Products::exact : Accumulator::Products::converted};
    }

    Network network_;
    std::map<std::string, TensorId> names_;
};

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
        Json item = {{"name", op.name}};
        std::visit(BodyWriter{item}, op.body);
        item["input"] = network.tensor(input_of(op)).name;
        item["output"] = network.tensor(output_of(op)).name;
        json["ops"].push_back(std::move(item));
    }
    return written(json);
}

Network from_json(const std::string& text, const std::string& where) {
    Json json;
    try {
        json = Json::parse(text);
    } catch (const Json::exception& error) {
        throw support::user_error("not JSON: " + std::string(error.what()), where, "check that the file is whole");
    }
    const Reader root(json, where);
    if (root.at("format").text() != format_name)
        root.at("format").fail("expected '" + std::string(format_name) + "'");
    if (root.at("version").integer() != format_version)
        root.at("version").fail("version " + std::to_string(format_version) + " is the one this program reads");
    Network network = NetworkReader().read(root);
    require_sound(network, where);
    return network;
}

std::string fingerprint(const Network& network) {
    return fmt::format("{:016x}", support::fnv1a64(to_json(network)));
}

void save(const Network& network, const std::filesystem::path& file) {
    support::write_file(file, to_json(network));
}

Network load(const std::filesystem::path& file) {
    return from_json(support::read_file(file), file.string());
}

} // namespace gw::network
