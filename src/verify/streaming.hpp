// Simulation of streamed designs by Verilator: frames go in and out beat by beat, with waits on either side drawn by
// chance.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "network/network.hpp"
#include "stream/verilog.hpp"
#include "verify/verilator.hpp"

namespace gw::verify {

/// How a test drives a design's ports.
struct Waits {
    std::uint32_t input_percent = 0;  ///< of the clock cycles, that an input has no beat to offer
    std::uint32_t output_percent = 0; ///< that an output takes none
    std::uint64_t seed = 1;
};

struct StreamingResult {
    std::uint64_t frames = 0, beats = 0; ///< that came out, of all outputs
    std::uint64_t mismatches = 0;        ///< beats whose data or tlast differ from what is expected
    bool finished = false;               ///< false: it stood still for so long that nothing more will come
    std::uint64_t latency_cycles = 0;    ///< from the first beat in to the first frame's last beat out
    /// From the last beat of one frame to that of the next, in the mean over the second half of them: the first ones
    /// come as soon as they can. None for fewer than three frames.
    std::optional<double> cycles_per_frame;
};

class StreamSimulation {
  public:
    /// Writes and compiles the simulation in an existing folder. Throws support::Error if Verilator or the compiler is
    /// absent or fails.
    StreamSimulation(std::filesystem::path directory, const stream::StreamedRtl& rtl, Speed speed);

    /// @param inputs, outputs raw mantissas, event-major, of all inputs (outputs) of an event in a row
    StreamingResult run(std::span<const std::int64_t> inputs, std::span<const std::int64_t> outputs,
                        const Waits& waits);

  private:
    std::filesystem::path directory_;
    const stream::StreamedRtl& rtl_;
};

struct StreamingCheck {
    std::uint64_t frames = 0, mismatches = 0; ///< of all runs; beats that differ
    bool finished = true;                     ///< of all runs
    std::uint64_t latency_cycles = 0;         ///< without waits
    std::optional<double> cycles_per_frame;   ///< without waits
};

/// Corner frames, then the user's, then random ones, `frames` in all at least, first without waits, then all of them
/// again with waits on each side and on both, against the emulator.
/// @param user_inputs raw mantissas, event-major
StreamingCheck verify_streaming(const network::Network& network, const stream::StreamedRtl& rtl, std::uint64_t frames,
                                std::uint64_t seed, std::span<const std::int64_t> user_inputs = {});

} // namespace gw::verify
