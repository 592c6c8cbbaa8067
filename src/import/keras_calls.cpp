#include "import/keras_calls.hpp"

#include <fmt/format.h>

namespace gw::import {

namespace {

bool is_history(const Json& value) {
    return value.is_array() && value.size() >= 3 && value[0].is_string() && value[1].is_number_unsigned() &&
           value[2].is_number_unsigned();
}

bool is_tensor(const Json& value) {
    return value.is_object() && value.value("class_name", Json()) == "__keras_tensor__" && value.contains("config") &&
           value["config"].is_object();
}

bool holds_tensors(const Json& value) {
    if (is_history(value) || is_tensor(value))
        return true;
    if (value.is_array())
        for (const Json& item : value)
            if (holds_tensors(item))
                return true;
    return false;
}

/// Keyword arguments: tensors among the inputs, in the order in which Keras's layers take them; what says nothing is
/// passed over.
void read_options(const Json& options, const std::string& where, KerasCall& call, Problems& problems) {
    if (!options.is_object()) {
        if (!options.is_null())
            problems.add(fmt::format("{}: call arguments {} are not understood", where, brief(options)));
        return;
    }
    for (const char* key : {"query", "value", "key", "initial_state"})
        if (options.contains(key) && holds_tensors(options[key]))
            collect_tensors(options[key], where, call.inputs, problems);
    for (const auto& [key, value] : options.items()) {
        const bool silent = value.is_null() || value == false || (value.is_array() && value.empty());
        const bool taken =
            holds_tensors(value) && (key == "query" || key == "value" || key == "key" || key == "initial_state");
        if (!silent && !taken)
            call.options[key] = value;
    }
}

} // namespace

void collect_tensors(const Json& value, const std::string& where, std::vector<KerasTensor>& tensors,
                     Problems& problems) {
    if (is_history(value)) {
        tensors.push_back({value[0].get<std::string>(), static_cast<std::uint32_t>(value[1].get<std::uint64_t>()),
                           static_cast<std::uint32_t>(value[2].get<std::uint64_t>())});
    } else if (is_tensor(value)) {
        collect_tensors(value["config"].value("keras_history", Json()), where, tensors, problems);
    } else if (value.is_array()) {
        for (const Json& item : value)
            collect_tensors(item, where, tensors, problems);
    } else if (!value.is_null()) {
        problems.add(fmt::format("{}: {} names no layer", where, brief(value)));
    }
}

KerasCall read_call(const Json& node, const std::string& where, Problems& problems) {
    KerasCall call;
    if (!node.is_object()) {
        collect_tensors(node, where, call.inputs, problems);
        const Json& first = node.is_array() && !node.empty() && node[0].is_array() ? node[0] : node;
        if (first.is_array() && first.size() > 3)
            read_options(first[3], where, call, problems);
        return call;
    }
    Attributes attributes(node, where + ", inbound_nodes", problems);
    collect_tensors(attributes.take("args"), where, call.inputs, problems);
    read_options(attributes.take("kwargs"), where, call, problems);
    attributes.finish();
    return call;
}

} // namespace gw::import
