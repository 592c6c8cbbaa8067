#include "cli/hls_arguments.hpp"

namespace gw::cli {

void add_hls_arguments(CLI::App& command, HlsArguments& arguments) {
    command
        .add_option("--io-type", arguments.io_type,
                    "Of the HLS project: io_parallel or io_stream (default: the configuration's, else io_parallel)")
        ->check(CLI::IsMember({"io_parallel", "io_stream"}));
    command
        .add_option("--strategy", arguments.strategy,
                    "Of the HLS project: latency or resource (default: the configuration's, else latency)")
        ->check(CLI::IsMember({"latency", "resource"}));
    command
        .add_option("--reuse-factor", arguments.reuse,
                    "Of the HLS project: products that share a multiplier (default: the configuration's, else 1)")
        ->check(CLI::Range(1U, 65536U));
    command
        .add_option("--hls-constants", arguments.constants,
                    "arrays (default): weights; shared: the adder graphs that Gatewright found")
        ->check(CLI::IsMember({"arrays", "shared"}));
    command
        .add_option("--hls-interface", arguments.interface,
                    "plain (default); axis: AXI4-Stream with TLAST; m_axi: a kernel for Vitis linking")
        ->check(CLI::IsMember({"plain", "axis", "m_axi"}));
}

hls::Options hls_options(const HlsArguments& arguments, hls::Options options) {
    if (!arguments.io_type.empty())
        options.io = arguments.io_type == "io_stream" ? hls::IoType::stream : hls::IoType::parallel;
    if (!arguments.strategy.empty())
        options.strategy = arguments.strategy == "resource" ? hls::Strategy::resource : hls::Strategy::latency;
    if (arguments.constants == "shared")
        options.constants = hls::Constants::shared;
    if (arguments.interface == "axis")
        options.interface = hls::Interface::axis;
    if (arguments.interface == "m_axi")
        options.interface = hls::Interface::m_axi;
    return options;
}

void set_reuse(const HlsArguments& arguments, plan::Plan& plan) {
    if (arguments.reuse) {
        plan.reuse_factor = *arguments.reuse;
        plan.layer_reuse.clear();
    }
}

} // namespace gw::cli
