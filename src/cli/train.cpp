// Training lives in a shared library that is loaded here and nowhere else: no other command pays for libtorch.
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "support/error.hpp"
#include "support/shared_library.hpp"
#include "train/train.hpp"

namespace gw::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    train::Request request;
    bool resume = false;
    bool json = false;
};

Json to_json(const train::Result& result) {
    Json epochs = Json::array();
    for (const train::EpochReport& epoch : result.epochs)
        epochs.push_back({{"epoch", epoch.epoch},
                          {"training_loss", epoch.training_loss},
                          {"validation_loss", epoch.validation_loss}});
    return {{"best_epoch", result.best_epoch},
            {"best_validation_loss", result.best_validation_loss},
            {"weights", result.weights},
            {"nonzero_weights", result.nonzero_weights},
            {"training_events", result.training_events},
            {"validation_events", result.validation_events},
            {"seconds", result.seconds},
            {"epochs", std::move(epochs)}};
}

void run(Options options) {
    options.request.start = options.resume ? train::Start::resume : train::Start::anew;
    const support::SharedLibrary library =
        support::load_library(support::beside_program("libgatewright_train.so"), "training",
                              "install libtorch-dev and libopenblas0-pthread and build with GW_TRAINING=ON");
    const auto entry = support::find_function<train::Entry>(library.get(), train::entry_name);
    if (entry == nullptr)
        throw support::internal_error("the training library has no " + std::string(train::entry_name));
    train::Result result;
    train::Failure failure;
    if (entry(&options.request, &result, &failure) != 0)
        throw support::Error(failure.kind, failure.what, failure.where, failure.remedy);
    if (options.json) {
        fmt::print("{}\n", to_json(result).dump());
        return;
    }
    fmt::print("{} epochs on {} events in {:.0f} s; loss {:.5g} on {} others (epoch {})\n{} of {} weights are not zero "
               "-> {}\n",
               result.epochs.size(), result.training_events, result.seconds, result.best_validation_loss,
               result.validation_events, result.best_epoch, result.nonzero_weights, result.weights,
               options.request.output.string());
}

} // namespace

void add_train(CLI::App& program) {
    const auto options = std::make_shared<Options>();
    CLI::App* command =
        add_command(program, "train", "Train a network with the arithmetic that the hardware will have; writes QONNX",
                    "gatewright train configs/muon.yml --data events.npz -o muon.onnx");
    train::Request& request = options->request;
    command->add_option("CONFIG", request.config, "What to train (YAML; docs/training.md)")->required();
    command->add_option("-o,--output", request.output, "The ONNX file to write")->required();
    command->add_option("--data", request.data, "Events (.npz), instead of the configuration's data.file");
    command->add_option("--epochs", request.epochs, "Instead of the configuration's; its other epochs scale along");
    command->add_option("--seed", request.seed, "Instead of the configuration's");
    command->add_flag("--resume", options->resume, "Go on from OUTPUT.checkpoint, to the same bits");
    command->add_flag("--json", options->json, "Print losses, counts and seconds as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
