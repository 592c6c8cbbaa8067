// The options that say how a network is written as HLS.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "hls/options.hpp"
#include "plan/plan.hpp"

namespace gw::cli {

struct HlsArguments {
    std::string io_type, strategy, constants, interface;
    std::optional<std::uint32_t> reuse;
};

/// --io-type, --strategy, --reuse-factor, --hls-constants and --hls-interface.
void add_hls_arguments(CLI::App& command, HlsArguments& arguments);

/// What was not given stays as the configuration has it.
hls::Options hls_options(const HlsArguments& arguments, hls::Options options);
void set_reuse(const HlsArguments& arguments, plan::Plan& plan);

} // namespace gw::cli
