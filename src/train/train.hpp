// Quantisation-aware training of a multilayer perceptron: a YAML file and events in, a QONNX file out
// (docs/training.md).
//
// The library libgatewright_train.so offers one C function, to be found by dlsym, and the same in C++ for those who
// link it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "support/error.hpp"

namespace gw::train {

/// From the last checkpoint beside the output (OUTPUT.checkpoint), or anew.
enum class Start { anew, resume };

/// What the command line says; what it leaves out, the configuration says.
struct Request {
    std::filesystem::path config;
    std::filesystem::path output; ///< the ONNX file to write
    std::optional<std::filesystem::path> data;
    std::optional<std::uint32_t> epochs;
    std::optional<std::uint64_t> seed;
    Start start = Start::anew;
};

struct EpochReport {
    std::uint32_t epoch = 0; ///< from 1
    double training_loss = 0, validation_loss = 0;
};

struct Result {
    std::vector<EpochReport> epochs;
    std::uint32_t best_epoch = 0; ///< the one that was saved: least validation loss after pruning ended
    double best_validation_loss = 0;
    std::uint64_t weights = 0, nonzero_weights = 0;
    std::uint64_t training_events = 0, validation_events = 0;
    double seconds = 0;
};

/// Throws support::Error: user for bad configuration or data, interrupted on Ctrl-C (the last epoch's checkpoint
/// stays).
Result train(const Request& request);

struct Failure {
    support::ErrorKind kind = support::ErrorKind::internal;
    std::string what, where, remedy;
};

/// Name and type of the C function: 0 on success, else `failure` says why.
inline constexpr const char* entry_name = "gatewright_train";
using Entry = int (*)(const Request* request, Result* result, Failure* failure);

} // namespace gw::train
