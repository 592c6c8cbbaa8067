// The part that knows libtorch, behind plain types (C++17: libtorch 1.13 and clang agree on no later standard).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace gw::train {

/// A quantiser with a power-of-two step: round or floor(value * 2^fraction), clamped to [low, high], times 2^-fraction.
struct Quantiser {
    std::int32_t bits = 8, fraction = 0;
    bool is_signed = true;
    bool narrow = false; ///< symmetric: without the lowest code
    bool floor = false;  ///< towards minus infinity instead of to nearest even

    double low() const {
        return is_signed ? -static_cast<double>(std::int64_t{1} << (bits - 1)) + (narrow ? 1 : 0) : 0.0;
    }
    double high() const { return static_cast<double>((std::int64_t{1} << (is_signed ? bits - 1 : bits)) - 1); }
};

/// Rows are events, row-major.
struct Samples {
    std::size_t events = 0, features = 0;
    std::vector<float> x, y, w; ///< y, w: one an event
};

enum class LossKind { mse, huber, log_cosh };

struct EngineLayer {
    std::uint32_t units = 0;
    std::int32_t weight_bits = 6, activation_bits = 8;
    double sparsity = 0;
};

struct EngineSettings {
    std::vector<EngineLayer> layers;
    Quantiser input, output;
    bool floor_activations = true;
    LossKind loss = LossKind::huber;
    double huber_delta = 0.05, learning_rate = 3e-3;
    std::uint32_t epochs = 20, float_epochs = 3, pruned_by_epoch = 12, batch = 2048, threads = 1;
    std::uint64_t seed = 1;
};

/// One layer as trained: every value a multiple of its quantiser's step.
struct TrainedLayer {
    std::uint32_t inputs = 0, outputs = 0;
    std::vector<float> weights; ///< {inputs, outputs}, row-major
    std::vector<float> bias;    ///< {outputs}
    Quantiser weight, offset, activation;
};

struct Epoch {
    std::uint32_t number = 0;
    double training_loss = 0, validation_loss = 0;
};

struct Trained {
    std::vector<TrainedLayer> layers;
    std::vector<Epoch> epochs;
    std::uint32_t best_epoch = 0;
    double best_validation_loss = 0;
    std::vector<float> validation_outputs; ///< the quantised forward pass of the best epoch on the validation sample
};

struct Checkpoints {
    std::filesystem::path file;
    bool resume = false;
};

/// Deterministic for one number of threads: settings, samples and seed fix every bit of the result, whether or not it
/// was interrupted and resumed.
Trained run_engine(const EngineSettings& settings, const Samples& training, const Samples& validation,
                   const Checkpoints& checkpoints);

} // namespace gw::train
