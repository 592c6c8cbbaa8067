// Events through a device: values in, values out, and how long it took.
#pragma once

#include <cstdint>

#include "cli/model.hpp"
#include "device/device.hpp"
#include "support/array_io.hpp"

namespace gw::cli {

struct DeviceRun {
    support::Array rows;      ///< {events, outputs of one event}: the outputs' exact values
    double seconds = 0;       ///< without reading and writing files
    std::uint64_t cycles = 0; ///< kernel clocks, 0 without a card
    double card_seconds = 0;  ///< in which the card was at work
};

/// @param rows {events, inputs of one event}
/// @param threads 0: one per core
DeviceRun run_on_emulator(const network::Network& network, const support::Array& rows, unsigned threads);

/// Through the driver. Throws support::Error (user) unless the model is a bundle with a compiled card.
DeviceRun run_on_card(const Model& model, const support::Array& rows, device::Kind kind);

} // namespace gw::cli
