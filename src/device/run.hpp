// Events through a device: values in, values out, and how long it took.
#pragma once

#include <cstdint>

#include "bundle/model.hpp"
#include "device/device.hpp"
#include "support/array_io.hpp"

namespace gw::device {

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
DeviceRun run_on_card(const bundle::Model& model, const support::Array& rows, const DeviceOptions& options);

/// Events in which two runs differ in any output.
std::uint64_t rows_that_differ(const support::Array& a, const support::Array& b);

/// Events per second of one core, once warm: the median of the repetitions that fill `seconds`, at least three.
/// @param rows events x input_size() of the network
double measure_emulator(const network::Network& network, std::span<const double> rows, double seconds);

/// What the report shows of a run: events, seconds, events_per_second; of a card also its clocks, and what it would do
/// in hardware at `clock_ns`, memory keeping up.
bundle::Json to_json(const DeviceRun& run, double clock_ns);

} // namespace gw::device
