// Compiles an HLS project with g++ against the vendor's ap_types headers and compares it with the expected outputs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hls/emit.hpp"

namespace gw::verify {

struct HlsResult {
    std::uint64_t vectors = 0, mismatches = 0;
    double compile_seconds = 0, run_seconds = 0;
    std::string first_mismatches; ///< the test bench's own words; empty if there are none
    std::uint64_t wanted = 0;     ///< vectors that it was given

    bool passed() const { return mismatches == 0 && vectors == wanted; }
};

struct HlsVectors {
    std::uint64_t count = 10000; ///< in all: corners, then the user's, then random ones
    std::uint64_t seed = 1;
    std::vector<std::int64_t> user = {}; ///< raw mantissas; all of them are taken
};

struct HlsOptions {
    std::filesystem::path ap_types;   ///< the folder of ap_fixed.h
    std::string optimisation = "-O2"; ///< the compiler's; -O0 takes a third of its time and runs ten times slower
    std::string compiler = "g++";
};

/// The folder that holds ap_fixed.h: the environment's GW_AP_TYPES, or hls4ml's in the Python environment GW_VENV, or
/// in `build/venv` of the current folder; nothing if none of them has it. Throws support::Error (user) if GW_AP_TYPES
/// names a folder without it.
std::optional<std::filesystem::path> find_ap_types();

/// Runs the project's own test bench on these vectors, in a temporary folder.
/// @param inputs, expected raw mantissas, event-major, `input_size` and `output_size` an event
/// Throws support::Error if the compiler fails or the test bench says neither yes nor no.
HlsResult verify_hls(const hls::Files& project, const std::string& name, std::span<const std::int64_t> inputs,
                     std::size_t input_size, std::span<const std::int64_t> expected, std::size_t output_size,
                     const HlsOptions& options);

/// The same on these vectors, with what the emulator makes of them.
HlsResult compare_hls(const network::Network& network, const hls::Files& project, const std::string& name,
                      const HlsVectors& vectors, const HlsOptions& options);

} // namespace gw::verify
