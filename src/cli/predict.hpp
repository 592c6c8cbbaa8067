// The device that a command's user asks for.
#pragma once

#include <string>

#include "cli/devices.hpp"

namespace gw::cli {

struct DeviceArguments {
    std::string device = "emulator";
    unsigned threads = 0; ///< 0: one per core
};

/// --device and --threads.
void add_device_arguments(CLI::App& command, DeviceArguments& arguments);

/// {"events", "seconds", "events_per_second"}
nlohmann::ordered_json timing_json(std::size_t events, double seconds);

} // namespace gw::cli
