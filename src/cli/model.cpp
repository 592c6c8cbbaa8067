#include "cli/model.hpp"

namespace gw::cli {

void add_model_arguments(CLI::App& command, bundle::ModelSource& arguments, const std::string& what) {
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
    command.add_option("--calibrate", arguments.calibrate,
                       "Events (as for predict) whose magnitudes choose a float model's fraction bits");
    command.add_option("--calibrate-bits", arguments.bits, "Bits of a calibrated activation (default 16)")
        ->check(CLI::Range(4, 32))
        ->needs("--calibrate");
}

} // namespace gw::cli
