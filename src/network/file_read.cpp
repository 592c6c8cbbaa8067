// The network file, read. Strict: every key is known, every integer in range, and the result passes the verifier.
#include <map>

#include "network/file.hpp"
#include "network/file_reader.hpp"
#include "network/verify.hpp"
#include "support/atomic_file.hpp"

namespace gw::network {
namespace {

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
        for (const auto& [name, read] : bodies)
            if (kind == name)
                return (this->*read)(item);
        item.at("op").fail("unknown op '" + kind + "'");
    }

    /// The keys of every op, and those of this kind.
    static void keys(const Reader& item, std::set<std::string> own) {
        own.insert({"name", "op", "output"});
        item.only(own);
    }
    TensorId in(const Reader& item) const { return reference(item.at("input")); }
    TensorId out(const Reader& item) const { return reference(item.at("output")); }
    std::vector<TensorId> several(const Reader& item) const {
        std::vector<TensorId> ids;
        for (const Reader& each : item.at("inputs").items())
            ids.push_back(reference(each));
        return ids;
    }
    std::vector<TensorId> several(const Reader& item, std::size_t count) const {
        std::vector<TensorId> ids = several(item);
        if (ids.size() != count)
            item.at("inputs").fail(fmt::format("expected {} tensors", count));
        return ids;
    }

    OpBody dense(const Reader& item) const {
        keys(item, {"input", "weights", "bias", "accumulator"});
        return Dense{in(item), out(item), item.at("weights").constant(), item.constant("bias"), accumulator(item)};
    }
    OpBody conv(const Reader& item) const {
        keys(item, {"input", "window", "groups", "weights", "bias", "accumulator"});
        return Conv{in(item),
                    out(item),
                    window(item.at("window")),
                    static_cast<std::uint32_t>(item.at("groups").between(1, 1 << 24)),
                    item.at("weights").constant(),
                    item.constant("bias"),
                    accumulator(item)};
    }
    OpBody pool(const Reader& item) const {
        keys(item, {"input", "kind", "window", "padding", "accumulator"});
        return Pool{in(item),
                    out(item),
                    item.at("kind").word(pool_words),
                    window(item.at("window")),
                    item.constant("padding"),
                    accumulator(item)};
    }
    OpBody reduce(const Reader& item) const {
        keys(item, {"input", "kind", "order", "accumulator"});
        return Reduce{in(item), out(item), item.at("kind").word(reduce_words), item.at("order").word(order_words),
                      accumulator(item)};
    }
    OpBody affine(const Reader& item) const {
        keys(item, {"input", "scale", "bias"});
        return Affine{in(item), out(item), item.constant("scale"), item.constant("bias")};
    }
    OpBody divide(const Reader& item) const {
        keys(item, {"input", "divisor"});
        return Divide{in(item), out(item), item.at("divisor").constant()};
    }
    OpBody relu(const Reader& item) const {
        keys(item, {"input", "ceiling"});
        return Relu{in(item), out(item), item.constant("ceiling")};
    }
    OpBody select(const Reader& item) const {
        keys(item, {"inputs", "threshold", "closed"});
        const auto ids = several(item, 3);
        return Select{ids[0], ids[1], ids[2], out(item), item.at("threshold").constant(), item.at("closed").flag()};
    }
    OpBody table(const Reader& item) const {
        keys(item, {"input", "fraction", "numerator", "denominator", "towards_zero", "offset", "values"});
        return Table{in(item),
                     out(item),
                     static_cast<std::int32_t>(item.at("fraction").between(-1024, 1024)),
                     item.at("numerator").between(-(std::int64_t{1} << 40), std::int64_t{1} << 40),
                     item.at("denominator").between(1, std::int64_t{1} << 40),
                     item.at("towards_zero").flag(),
                     item.at("offset").between(-(std::int64_t{1} << 62), std::int64_t{1} << 62),
                     item.at("values").constant()};
    }
    OpBody steps(const Reader& item) const {
        keys(item, {"input", "thresholds", "values"});
        return Steps{in(item), out(item), item.at("thresholds").constant(), item.at("values").constant()};
    }
    OpBody merge(const Reader& item) const {
        keys(item, {"inputs", "kind"});
        return Merge{several(item), out(item), item.at("kind").word(merge_words)};
    }
    OpBody matmul(const Reader& item) const {
        keys(item, {"inputs", "accumulator"});
        const auto ids = several(item, 2);
        return MatMul{ids[0], ids[1], out(item), accumulator(item)};
    }
    OpBody rearrange(const Reader& item) const {
        keys(item, {"inputs", "sources"});
        Rearrange op{several(item), out(item), {}};
        for (const Reader& each : item.at("sources").items())
            op.sources.push_back(
                each.is_null() ? std::nullopt : std::optional(static_cast<std::uint32_t>(each.between(0, UINT32_MAX))));
        return op;
    }
    OpBody embedding(const Reader& item) const {
        keys(item, {"input", "table"});
        return Embedding{in(item), out(item), item.at("table").constant()};
    }
    OpBody requantise(const Reader& item) const {
        keys(item, {"input"});
        return Requantise{in(item), out(item)};
    }

    static std::vector<std::uint32_t> extents(const Reader& item) {
        std::vector<std::uint32_t> result;
        for (const Reader& each : item.items())
            result.push_back(static_cast<std::uint32_t>(each.between(0, 1 << 24)));
        return result;
    }
    static Window window(const Reader& item) {
        item.only({"size", "strides", "dilation", "pad_before"});
        return {extents(item.at("size")), extents(item.at("strides")), extents(item.at("dilation")),
                extents(item.at("pad_before"))};
    }
    static Accumulator accumulator(const Reader& op) {
        const auto item = op.find("accumulator");
        if (!item)
            return {};
        item->only({"type", "products"});
        return {item->at("type").type(), item->at("products").word(product_words)};
    }

    using Read = OpBody (NetworkReader::*)(const Reader&) const;
    static constexpr std::array<std::pair<const char*, Read>, std::variant_size_v<OpBody>> bodies{
        {{"dense", &NetworkReader::dense},
         {"conv", &NetworkReader::conv},
         {"pool", &NetworkReader::pool},
         {"reduce", &NetworkReader::reduce},
         {"affine", &NetworkReader::affine},
         {"divide", &NetworkReader::divide},
         {"relu", &NetworkReader::relu},
         {"select", &NetworkReader::select},
         {"table", &NetworkReader::table},
         {"steps", &NetworkReader::steps},
         {"merge", &NetworkReader::merge},
         {"matmul", &NetworkReader::matmul},
         {"rearrange", &NetworkReader::rearrange},
         {"embedding", &NetworkReader::embedding},
         {"requantise", &NetworkReader::requantise}}};

    Network network_;
    std::map<std::string, TensorId> names_;
};

} // namespace

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

Network load(const std::filesystem::path& file) {
    return from_json(support::read_file(file), file.string());
}

} // namespace gw::network
