// Predictions on any device, with the time they took.
#pragma once

#include <cstdint>
#include <string>

#include "cli/model.hpp"
#include "support/array_io.hpp"

namespace gw::cli {

struct Prediction {
    support::Array rows; ///< {events, outputs of one event}: the outputs' exact values
    double seconds = 0;  ///< without reading and writing files
};

struct DeviceArguments {
    std::string device = "emulator";
    unsigned threads = 0; ///< 0: one per core
};

/// --device and --threads.
void add_device_arguments(CLI::App& command, DeviceArguments& arguments);

/// @param rows {events, inputs of one event}
Prediction predict(const Model& model, const support::Array& rows, const DeviceArguments& arguments);

} // namespace gw::cli
