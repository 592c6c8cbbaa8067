// Events through a device: values in, values out.
#pragma once

#include <cstdint>

#include "cli/model.hpp"
#include "support/array_io.hpp"

namespace gw::cli {

/// @param rows {events, inputs of one event}
/// @return {events, outputs of one event}
support::Array run_on_emulator(const network::Network& network, const support::Array& rows, unsigned threads);

struct CardRun {
    support::Array rows;
    double seconds = 0;       ///< from the first byte sent to the last one back
    std::uint64_t cycles = 0; ///< clocks of the card
};
/// Throws support::Error (user) unless the model is a bundle with a compiled card.
CardRun run_on_card(const Model& model, const support::Array& rows);

} // namespace gw::cli
