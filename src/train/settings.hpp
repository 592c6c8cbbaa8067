// The training configuration (YAML; docs/training.md lists the keys).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "fixed/type.hpp"

namespace gw::train {

enum class Loss { mse, huber, log_cosh };
/// How an activation loses its low bits: floor costs no logic.
enum class ActivationRounding { floor, nearest };

struct LayerSettings {
    std::uint32_t units = 0;
    std::int32_t weight_bits = 6;     ///< 2 to 16, signed, symmetric
    std::int32_t activation_bits = 8; ///< 1 to 16, unsigned after the rectifier; unused in the last layer
    double sparsity = 0;              ///< part of the weights that end as zero, 0 to below 1
};

struct Settings {
    std::filesystem::path data;
    std::string inputs = "x", targets = "y", weights = "w"; ///< arrays of the data file; weights may be absent ("")
    fixed::FixedType input_type, output_type;
    std::vector<LayerSettings> layers; ///< the last one is linear
    ActivationRounding activation_rounding = ActivationRounding::floor;
    Loss loss = Loss::huber;
    double huber_delta = 0.05; ///< in units of the target
    std::uint32_t epochs = 20, float_epochs = 3, pruned_by_epoch = 12;
    std::uint32_t batch = 2048;
    double learning_rate = 3e-3, validation_fraction = 0.1;
    std::uint64_t seed = 1;
    std::uint32_t threads = 1;
};

/// Throws support::Error (user) naming file and key, all that is wrong at once.
Settings read_settings(const std::filesystem::path& file);

/// The same checks for settings changed afterwards.
void require_sensible(const Settings& settings, const std::string& where);

} // namespace gw::train
