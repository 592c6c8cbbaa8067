// From a network to a bundle: lowering, pipelining, Verilog, HLS project, shell, simulated card, vectors, in one
// directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/bundle.hpp"
#include "hls/options.hpp"
#include "shell/kernel.hpp"
#include "support/atomic_file.hpp"

namespace gw::bundle {

enum class SimulatedCard : std::uint8_t {
    compile,     ///< with Verilator and g++: an Error where they are absent
    sources_only ///< faster; `gatewright run --device sim` then cannot use the bundle
};

struct BuildOptions {
    plan::Plan plan;
    hls::Options hls;
    bool needs_hls = false; ///< refuse a network that the HLS project cannot express, instead of going without
    std::string numerics; ///< noted in the manifest
    SimulatedCard card = SimulatedCard::compile;
    shell::Options shell;         ///< of the kernel around the core
    std::uint32_t vectors = 1000; ///< events in vectors/ and in the test benches
    std::uint64_t seed = 1;
    support::IfExists if_exists = support::IfExists::refuse;
    std::vector<std::string> notes; ///< of quantisation, kept in report.json
    /// Told at the beginning of each step, for people.
    std::function<void(std::string_view step)> on_step = [](std::string_view) {};
};

/// Throws support::Error; then no directory is left. @param directory of the bundle to be
Bundle build(const network::Network& network, const std::filesystem::path& directory, const BuildOptions& options);

/// `text` as the name of a Verilog module and a C++ function: other characters become '_', a leading digit or '_' gets
/// a letter before it, and keywords get "_network" behind them.
std::string identifier_of(std::string_view text);

} // namespace gw::bundle
