#include "cli/model.hpp"

#include "import/hls4ml_config.hpp"
#include "quantize/load.hpp"
#include "support/error.hpp"

namespace gw::cli {
namespace {

Model load_bundle(const ModelArguments& arguments, bundle::Check check) {
    if (!arguments.config.empty() || !arguments.numerics.empty())
        throw support::user_error("a bundle's numerics are settled; --config and --numerics do not go with it",
                                  arguments.model.string(), "give the model file instead, or leave the options out");
    Model model;
    model.bundle = bundle::open(arguments.model, check);
    model.network = model.bundle->network;
    model.numerics = model.bundle->manifest.numerics;
    return model;
}

} // namespace

void add_model_arguments(CLI::App& command, ModelArguments& arguments, const std::string& what) {
    command
        .add_option(what, arguments.model,
                    ".keras, .h5, .json, .onnx, a network file" + std::string(what == "MODEL" ? "" : ", or a bundle"))
        ->required();
    command.add_option("--config", arguments.config,
                       "hls4ml configuration (YAML): precisions, weights of a Keras .json");
    command
        .add_option("--numerics", arguments.numerics,
                    "exact (default): never overflows silently; hls4ml: its rules, bit for bit")
        ->check(CLI::IsMember({"exact", "hls4ml"}));
}

Model load_model(const ModelArguments& arguments, bundle::Check check) {
    std::error_code ignored;
    if (std::filesystem::is_directory(arguments.model, ignored))
        return load_bundle(arguments, check);
    quantize::Options options;
    if (arguments.numerics == "hls4ml")
        options.numerics = quantize::Numerics::hls4ml;
    if (!arguments.config.empty())
        options.config = import::read_hls4ml_config(arguments.config);
    quantize::Quantised quantised = quantize::load_network(arguments.model, options);
    Model model;
    model.network = std::move(quantised.network);
    model.notes = std::move(quantised.notes);
    model.numerics = arguments.numerics.empty() ? "exact" : arguments.numerics;
    return model;
}

bundle::Bundle open_bundle(const std::filesystem::path& directory) {
    return bundle::open(directory, bundle::Check::everything);
}

} // namespace gw::cli
