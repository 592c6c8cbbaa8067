// Tensors and layers with names that meet C++'s, the headers' and those of the generated code.
#include <gtest/gtest.h>

#include <array>
#include <iostream>

#include <fmt/format.h>

#include "support/atomic_file.hpp"
#include "support/need.hpp"
#include "support/process.hpp"
#include "support/scratch.hpp"
#include "verify/hls.hpp"

namespace gw::verify {
namespace {

using fixed::ap_fixed;
using network::Network;
using network::TensorId;

/// Images of three positions with two channels: each input rectified, the sum of all, an input as an output, and an
/// input that nobody reads.
Network named() {
    const std::vector<fixed::FixedType> types{ap_fixed(8, 4), ap_fixed(6, 3), ap_fixed(8, 4),
                                              ap_fixed(6, 3), ap_fixed(8, 4), ap_fixed(6, 3)};
    Network network;
    network.name = "net";
    network::Merge sum{{}, {}, network::Merge::Kind::sum};
    std::size_t ops = 0;
    const std::vector<const char*> layers{"b", "p", "input", "int", "errno", "i", "s1", "net_test", "a b", "a_b"};
    const std::vector<const char*> inner{"size",        "time", "register", "div",     "in0",    "int8",      "o1",
                                         "net_input_t", "x",    "wchar",    "pthread", "INLINE", "BIG_ENDIAN"};
    const std::vector<const char*> inputs{"inputs", "input", "b",     "events", "word",     "words",     "p",
                                          "out0",   "given", "check", "raw",    "a b",      "a_b",       "int",
                                          "held",   "std",   "gw",    "net",    "read_a_b", "a_b_words", "vectors"};
    for (const char* name : inputs) {
        const TensorId x = network.add({name, {3, 2}, types});
        network.inputs.push_back(x);
        const std::string y = ops < inner.size() ? inner[ops] : name + std::string("+");
        sum.inputs.push_back(network.add({y, {3, 2}, types}));
        network.ops.push_back({ops < layers.size() ? layers[ops] : y, network::Relu{x, sum.inputs.back(), {}}});
        ++ops;
    }
    network.inputs.push_back(network.add({"unread", {3, 2}, types}));
    sum.output = network.add({"output", {3, 2}, types});
    network.outputs = {sum.output, sum.inputs[3], network.inputs[4]};
    network.ops.push_back({"output", sum});
    return network;
}

struct Style {
    hls::IoType io;
    hls::Strategy strategy;
    hls::Interface interface;
};

std::string name_of(const Style& style) {
    constexpr std::array names{"plain", "axis", "m_axi"};
    return fmt::format("{}_{}_{}", hls::to_string(style.io), hls::to_string(style.strategy),
                       names.at(static_cast<std::size_t>(style.interface)));
}

class HlsNames : public testing::TestWithParam<Style> {};

TEST_P(HlsNames, CompileAndGiveTheReferencesBits) {
    const auto ap_types = find_ap_types();
    GW_NEED(ap_types.has_value(), "no ap_fixed.h: run scripts/bootstrap, or set GW_AP_TYPES");
    const Network network = named();
    hls::Options options;
    options.io = GetParam().io;
    options.strategy = GetParam().strategy;
    options.interface = GetParam().interface;
    const hls::Files files = hls::emit(network, plan::Plan{}, "net", options);
    const HlsResult result = compare_hls(network, files, "net", {1500, 3, {}}, {*ap_types, "-O0"});
    EXPECT_EQ(result.mismatches, 0U) << result.first_mismatches;
    EXPECT_EQ(result.vectors, 1500U);
    std::cout << result.mismatches << " mismatches in " << result.vectors << " vectors\n";

    const test::Scratch scratch;
    support::write_files(scratch.path(), files);
    const support::ProcessOptions here{
        .directory = scratch.path(), .environment = {}, .time_limit = std::chrono::seconds(600), .check = true};
    support::run_process({"g++", "-fsyntax-only", "-w", "-DNDEBUG", "-std=c++17", "-isystem", ap_types->string(),
                          "-Iemulator", "emulator/net_emulator.cpp"},
                         here);
}

using hls::Interface;
using hls::IoType;
using hls::Strategy;
INSTANTIATE_TEST_SUITE_P(Styles, HlsNames,
                         testing::Values(Style{IoType::parallel, Strategy::latency, Interface::plain},
                                         Style{IoType::parallel, Strategy::resource, Interface::axis},
                                         Style{IoType::parallel, Strategy::resource, Interface::m_axi},
                                         Style{IoType::stream, Strategy::latency, Interface::plain},
                                         Style{IoType::stream, Strategy::resource, Interface::axis},
                                         Style{IoType::stream, Strategy::latency, Interface::m_axi}),
                         [](const auto& style) { return name_of(style.param); });

} // namespace
} // namespace gw::verify
