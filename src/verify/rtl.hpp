// verify, RTL part: the generated Verilog in simulation against the emulator, bit for bit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "network/network.hpp"
#include "rtl/core.hpp"
#include "verify/simulation.hpp"

namespace gw::verify {

struct VerifyOptions {
    std::uint64_t vectors = 100'000; ///< in all: corners and the user's first, random ones up to this number
    std::uint64_t seed = 1;
    /// Raw mantissas, one event after the other, run besides `vectors`' corners whatever their number.
    std::vector<std::int64_t> user_inputs;
    /// Where the simulator's files are built and stay; a temporary folder otherwise.
    std::optional<std::filesystem::path> directory;
};

struct RtlResult {
    std::uint64_t vectors = 0, mismatches = 0;
    std::uint64_t corner_vectors = 0, user_vectors = 0, random_vectors = 0;
    std::uint32_t latency_declared = 0;
    /// Clock cycles from input to output as simulation shows them; none if every output is the same, so that nothing
    /// moves.
    std::optional<std::uint32_t> latency_measured;
    std::vector<Mismatch> first; ///< at most ten
    std::string simulator;
    double build_seconds = 0, run_seconds = 0;

    bool passed() const { return mismatches == 0 && (!latency_measured || *latency_measured == latency_declared); }
};

/// What the core must answer: raw outputs for `count` events of raw inputs, both one event after the other.
using Oracle =
    std::function<void(std::span<const std::int64_t> inputs, std::size_t count, std::span<std::int64_t> outputs)>;

/// By Verilator, against the emulator (verify/oracle.cpp).
/// Throws support::Error (user) naming the Debian package where a tool is missing.
RtlResult verify_rtl(const rtl::Core& core, const rtl::Files& files, const network::Network& network,
                     const VerifyOptions& options);
/// The same against any oracle.
RtlResult verify_rtl(const rtl::Core& core, const rtl::Files& files, const Oracle& oracle,
                     const VerifyOptions& options);

/// By Icarus, running the emitted test bench (rtl/test_bench.hpp) that is among `files`.
/// Mismatches are counted, their details are in `log`.
struct BenchResult {
    bool passed = false;
    std::uint64_t vectors = 0;
    std::optional<std::uint32_t> latency_measured;
    std::string log; ///< what the test bench printed
    double seconds = 0;
};
BenchResult verify_icarus(const rtl::Core& core, const rtl::Files& files);

/// The network as an oracle.
Oracle oracle_of(const network::Network& network);

} // namespace gw::verify
