// verify as a whole: every execution that a bundle holds against the emulator, and one verdict.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/bundle.hpp"

namespace gw::verify {

/// What is to become of a bundle whose HLS project is absent, or cannot be compiled for want of the vendor's headers.
enum class Hls : std::uint8_t { optional, required };

struct Request {
    std::uint64_t vectors = 100'000;       ///< for the RTL: corners, the user's, random ones up to this number
    std::uint64_t hls_vectors = 10'000;    ///< the same for the HLS project
    std::uint64_t seed = 1;                ///< of the random ones
    std::vector<std::int64_t> user_inputs; ///< raw mantissas, event-major
    Hls hls = Hls::optional;
    /// Told at the beginning of each comparison, for people.
    std::function<void(std::string_view step)> on_step = [](std::string_view) {};
};

/// One execution beside the emulator.
struct Comparison {
    std::string key;   ///< "rtl", "bench", "hls"
    std::string title; ///< for people
    std::uint64_t vectors = 0, mismatches = 0;
    bool passed = false;                ///< no mismatch, and the latency is the one declared
    std::optional<std::string> skipped; ///< why it was not compared; then nothing is known of it
    bundle::Json details;               ///< tool, times, latencies, first mismatches
};

struct Verification {
    std::vector<Comparison> comparisons;

    /// Everything that was compared agrees, and something was.
    bool passed() const;
    std::vector<std::string> compared() const; ///< keys
};
/// {"passed", "compared", "vectors", "mismatches", "rtl", "bench", "hls"}; each execution has vectors, mismatches,
/// passed and its details, or "skipped" with the reason.
bundle::Json to_json(const Verification& verification);

/// Throws support::Error (user) where a tool is absent, or a required HLS project cannot be compiled.
Verification verify_bundle(const bundle::Bundle& bundle, const Request& request);

} // namespace gw::verify
