#include "inspect/layer_table.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/keras_examples.hpp"
#include "import/keras_layer.hpp"
#include "import/onnx_registry.hpp"
#include "quantize/quantize.hpp"
#include "support/error.hpp"

namespace gw::inspect {

namespace {

/// What an error says, without the example's own names.
std::string reason(const support::Error& error) {
    const std::string what = error.problem();
    const std::size_t end = what.rfind("layer '", 0) == 0 ? what.find("': ") : std::string::npos;
    return end == std::string::npos ? what : what.substr(end + 3);
}

std::string state(const import::Graph& graph, quantize::Numerics numerics) {
    quantize::Options options;
    options.numerics = numerics;
    try {
        quantize::quantize(graph, options);
    } catch (const support::Error& error) {
        return reason(error);
    }
    return "yes";
}

ReadLayer asked(const std::string& name, const std::string& class_name, const import::KerasExample& example) {
    try {
        const import::Graph graph = import::read_keras_example(class_name, example);
        return {name, state(graph, quantize::Numerics::exact), state(graph, quantize::Numerics::hls4ml)};
    } catch (const support::Error& error) { // an example that is wrong; the test of this table names it
        return {name, "its example is refused: " + reason(error), "its example is refused"};
    }
}

/// A class of a quantising framework is "framework.Class"; other spellings of the same are left out.
struct ClassName {
    std::string framework, name;
};
ClassName split(const std::string& class_name) {
    const std::size_t dot = class_name.find('.');
    return dot == std::string::npos ? ClassName{"", class_name}
                                    : ClassName{class_name.substr(0, dot), class_name.substr(dot + 1)};
}

/// The names that stand with a framework in front, too: "QDense" is QKeras's.
template <typename Value> std::set<std::string> owned(const std::map<std::string, Value>& classes) {
    std::set<std::string> names;
    for (const auto& [class_name, value] : classes)
        if (const ClassName parts = split(class_name); !parts.framework.empty())
            names.insert(parts.name);
    return names;
}

template <typename Value>
std::vector<std::pair<ClassName, std::string>> listed(const std::map<std::string, Value>& classes) {
    std::vector<std::pair<ClassName, std::string>> result;
    const std::set<std::string> elsewhere = owned(classes);
    for (const auto& [class_name, value] : classes) {
        const ClassName parts = split(class_name);
        const bool spelled_twice = parts.framework.empty() && elsewhere.count(parts.name) != 0;
        if (!spelled_twice && class_name.find('>') == std::string::npos)
            result.emplace_back(parts, class_name);
    }
    return result;
}

std::string title_of(const std::string& framework) {
    static const std::map<std::string, std::string> known{
        {"", "Keras"}, {"qkeras", "QKeras"}, {"hgq", "HGQ2"}, {"HGQ", "HGQ 1"}};
    const auto found = known.find(framework);
    return found == known.end() ? framework : found->second;
}

std::vector<LayerTable> keras_tables() {
    std::map<std::string, LayerTable> tables; // by framework, Keras's own first
    for (const auto& [parts, class_name] : listed(import::keras_readers()))
        tables[parts.framework].read.push_back(asked(parts.name, class_name, import::keras_example(class_name)));
    for (const auto& [parts, class_name] : listed(import::keras_refusals()))
        if (import::keras_readers().count(class_name) == 0)
            tables[parts.framework].refused.push_back({parts.name, import::keras_refusals().at(class_name)});
    std::vector<LayerTable> result;
    for (auto& [framework, table] : tables) {
        table.title = title_of(framework);
        result.push_back(std::move(table));
    }
    return result;
}

LayerTable activations() {
    LayerTable table{"Activations of Keras", {}, {}};
    for (const std::string& name : import::keras_activation_names()) {
        import::KerasExample example = import::keras_example("Activation");
        example.config = fmt::format(R"({{"activation": "{}"}})", name);
        table.read.push_back(asked(name, "Activation", example));
    }
    for (const auto& [name, why] : import::keras_activation_refusals())
        table.refused.push_back({name, why});
    return table;
}

/// Exact numerics have a form for every layer that a graph can hold (the compiler sees to it), so what is read goes
/// through; hls4ml's are asked about a graph that does nothing.
LayerTable onnx() {
    LayerTable table{"ONNX and QONNX", {}, {}};
    import::Graph graph;
    graph.kind = import::FileKind::onnx;
    graph.inputs = graph.outputs = {graph.add({"x", {}, {1}, import::Input{}})};
    const std::string exact = state(graph, quantize::Numerics::exact),
                      hls4ml = state(graph, quantize::Numerics::hls4ml);
    for (const std::string& name : import::onnx_operators())
        table.read.push_back({name, exact, hls4ml});
    for (const auto& [name, why] : import::onnx_unread_operators())
        table.refused.push_back({name, why});
    return table;
}

/// Names of equal state, together.
template <typename Row, typename Key>
std::map<Key, std::vector<std::string>> together(const std::vector<Row>& rows, Key (*key)(const Row&)) {
    std::map<Key, std::vector<std::string>> result;
    for (const Row& row : rows)
        result[key(row)].push_back(row.name);
    return result;
}

} // namespace

std::vector<LayerTable> layer_tables() {
    std::vector<LayerTable> tables = keras_tables();
    tables.insert(tables.begin() + 1, activations());
    tables.push_back(onnx());
    return tables;
}

std::string as_text(const std::vector<LayerTable>& tables) {
    std::string out;
    for (const LayerTable& table : tables) {
        fmt::format_to(std::back_inserter(out), "{}\n", table.title);
        for (const ReadLayer& row : table.read)
            fmt::format_to(std::back_inserter(out), "  {:<28} exact: {}; hls4ml: {}\n", row.name, row.exact,
                           row.hls4ml);
        for (const RefusedLayer& row : table.refused)
            fmt::format_to(std::back_inserter(out), "  {:<28} refused: {}\n", row.name, row.reason);
    }
    return out;
}

std::string as_markdown(const std::vector<LayerTable>& tables) {
    std::string out = "# Layers and operators\n\n"
                      "Printed by `gatewright layers --markdown`: each class that is read was given, as its smallest "
                      "example, to both numerics. A test compares.\n";
    for (const LayerTable& table : tables) {
        fmt::format_to(std::back_inserter(out),
                       "\n## {}\n\n| read | `--numerics exact` | `--numerics hls4ml` |\n|---|---|---|\n", table.title);
        for (const ReadLayer& row : table.read)
            fmt::format_to(std::back_inserter(out), "| {} | {} | {} |\n", row.name, row.exact, row.hls4ml);
        if (!table.refused.empty())
            out += "\n| refused | because |\n|---|---|\n";
        for (const auto& [why, names] :
             together<RefusedLayer, std::string>(table.refused, [](const RefusedLayer& row) { return row.reason; }))
            fmt::format_to(std::back_inserter(out), "| {} | {} |\n", fmt::join(names, ", "), why);
    }
    return out;
}

} // namespace gw::inspect
