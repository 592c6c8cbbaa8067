#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/model.hpp"

namespace gw::cli {
namespace {

using network::Network;
using network::Tensor;
using Json = nlohmann::ordered_json;

std::string types_text(const Tensor& tensor) {
    const std::string first = fixed::to_string(tensor.types.front());
    const bool alike =
        std::ranges::all_of(tensor.types, [&](const auto& type) { return type == tensor.types.front(); });
    if (alike)
        return first;
    const auto [low, high] = std::ranges::minmax(tensor.types, {}, &fixed::FixedType::width);
    return fmt::format("one type each, {} to {} bits", low.width, high.width);
}

struct Weights {
    std::size_t count = 0, not_zero = 0;
    std::string type;
};

/// Hands an op's weights on; ceilings, thresholds and tables of functions are none.
template <class Take> struct ForEachConstant {
    Take take;
    template <typename Body> void operator()(const Body& op) const {
        if constexpr (requires { op.weights; })
            take(op.weights);
        if constexpr (requires { op.table; })
            take(op.table);
        if constexpr (requires { op.scale; })
            optional(op.scale);
        if constexpr (requires { op.bias; })
            optional(op.bias);
    }
    void optional(const std::optional<network::Constant>& constant) const {
        if (constant)
            take(*constant);
    }
};
template <class Take> ForEachConstant(Take) -> ForEachConstant<Take>;

Weights weights_of(const network::Op& op) {
    Weights result;
    const auto take = [&](const network::Constant& constant) {
        result.count += constant.raw.size();
        result.not_zero += static_cast<std::size_t>(std::ranges::count_if(constant.raw, [](auto v) { return v != 0; }));
        if (result.type.empty())
            result.type = fixed::to_string(constant.type);
    };
    std::visit(ForEachConstant{take}, op.body);
    return result;
}

Json tensor_json(const Tensor& tensor) {
    return {{"name", tensor.name}, {"shape", tensor.shape}, {"type", types_text(tensor)}};
}

Json info_json(const Network& network) {
    Json json{{"name", network.name}, {"inputs", Json::array()}, {"outputs", Json::array()}, {"ops", Json::array()}};
    for (const auto id : network.inputs)
        json["inputs"].push_back(tensor_json(network.tensor(id)));
    for (const auto id : network.outputs)
        json["outputs"].push_back(tensor_json(network.tensor(id)));
    for (const network::Op& op : network.ops) {
        const Weights weights = weights_of(op);
        json["ops"].push_back({{"name", op.name},
                               {"op", network::kind_of(op)},
                               {"output", tensor_json(network.tensor(network::output_of(op)))},
                               {"constants", weights.count},
                               {"constants_not_zero", weights.not_zero}});
    }
    return json;
}

void print_tensor(const char* role, const Tensor& tensor) {
    fmt::print("{:<8}{:<24} ({})  {}\n", role, tensor.name, fmt::join(tensor.shape, ", "), types_text(tensor));
}

void print(const Network& network) {
    fmt::print("network '{}'\n", network.name);
    for (const auto id : network.inputs)
        print_tensor("input", network.tensor(id));
    std::size_t constants = 0, not_zero = 0;
    for (const network::Op& op : network.ops) {
        const Tensor& from = network.tensor(network::input_of(op));
        const Tensor& to = network.tensor(network::output_of(op));
        const Weights weights = weights_of(op);
        fmt::print("  {:<28} {:<10} {:>4} -> {:<4} {}", op.name, network::kind_of(op), from.size(), to.size(),
                   types_text(to));
        if (weights.count != 0)
            fmt::print("; {} constants of {}, {} not zero", weights.count, weights.type, weights.not_zero);
        fmt::print("\n");
        constants += weights.count;
        not_zero += weights.not_zero;
    }
    for (const auto id : network.outputs)
        print_tensor("output", network.tensor(id));
    fmt::print("{} constants, {} of them not zero\n", constants, not_zero);
}

} // namespace

void add_info(CLI::App& program) {
    struct Options {
        bundle::ModelSource model;
        bool json = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = add_command(program, "info", "Say what a model or bundle holds", "gatewright info model.onnx");
    add_model_arguments(*command, options->model);
    command->add_flag("--json", options->json, "Print JSON");
    command->callback([options] {
        const bundle::Model model = bundle::load_model(options->model);
        if (options->json) {
            Json json = info_json(model.network);
            json["notes"] = model.notes;
            json["error_bounds"] = model.error_bounds; // an infinite one is null
            fmt::print("{}\n", json.dump(2));
            return;
        }
        print(model.network);
        for (const std::string& note : model.notes)
            fmt::print("note: {}\n", note);
        for (std::size_t k = 0; k < model.error_bounds.size(); ++k)
            fmt::print("output '{}' is within {:.3g} of the float model's, for inputs inside their types\n",
                       model.network.tensor(model.network.outputs[k]).name, model.error_bounds[k]);
    });
}

} // namespace gw::cli
