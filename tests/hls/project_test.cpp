// What no run of the generated project would show: files that stay short, and regions of processes that hardware can
// run.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <regex>
#include <sstream>

#include <fmt/format.h>

#include "hls/emit.hpp"
#include "support/error.hpp"
#include "support/random_network.hpp"
#include "support/rng.hpp"

namespace gw::hls {
namespace {

using fixed::ap_fixed;
using fixed::FixedType;
using network::Network;
using network::TensorId;

std::size_t longest(const Files& files) {
    std::size_t size = 0;
    for (const auto& [file, text] : files)
        size = std::max(size, text.size());
    return size;
}

/// Types that differ from element to element.
std::vector<FixedType> mixed(std::size_t count) {
    std::vector<FixedType> types;
    for (std::size_t i = 0; i < count; ++i)
        types.push_back(ap_fixed(5 + static_cast<int>(i * 7 % 11), 3 + static_cast<int>(i % 3)));
    return types;
}

/// Rectifiers in a row.
Network rectifiers(const std::vector<std::uint32_t>& shape, const std::vector<FixedType>& types, std::size_t layers) {
    Network network;
    network.name = "net";
    TensorId last = network.add({"x", shape, types});
    network.inputs = {last};
    for (std::size_t k = 0; k < layers; ++k) {
        const TensorId next = network.add({"t" + std::to_string(k), shape, types});
        network.ops.push_back({"relu" + std::to_string(k), network::Relu{last, next, {}}});
        last = next;
    }
    network.outputs = {last};
    return network;
}

constexpr std::size_t most_bytes = 2'000'000;

TEST(Project, NoFileIsLongWhereEveryElementHasItsOwnType) {
    const Network network = rectifiers({32, 32, 32}, mixed(32 * 32 * 32), 5);
    for (const Interface interface : {Interface::plain, Interface::m_axi}) {
        Options options;
        options.interface = interface;
        const Files files = emit(network, plan::Plan{}, "net", options);
        EXPECT_LT(longest(files), most_bytes);
        EXPECT_EQ(files.count("firmware/net_layers_part0.inc"), 1U);
    }
}

TEST(Project, NoFileGrowsWithAnImage) {
    std::vector<FixedType> types;
    for (std::size_t i = 0; i < std::size_t{224} * 224; ++i)
        for (const FixedType& type : mixed(3))
            types.push_back(type);
    const Network network = rectifiers({224, 224, 3}, types, 2);
    for (const Interface interface : {Interface::plain, Interface::axis, Interface::m_axi}) {
        Options options;
        options.io = IoType::stream;
        options.interface = interface;
        EXPECT_LT(longest(emit(network, plan::Plan{}, "net", options)), 100'000U);
    }
}

TEST(Project, NoFileIsLongWhereManyAddersAreShared) {
    constexpr std::uint32_t size = 128;
    support::Random random(5);
    Network network;
    network.name = "net";
    TensorId last = network.add({"x", {size}, {ap_fixed(8, 4)}});
    network.inputs = {last};
    for (std::size_t k = 0; k < 2; ++k) {
        const TensorId next = network.add({"t" + std::to_string(k), {size}, {ap_fixed(8, 4)}});
        network::Constant weights{{size, size}, ap_fixed(6, 2), {}};
        for (std::size_t i = 0; i < std::size_t{size} * size; ++i)
            weights.raw.push_back(random.between(-32, 31));
        network.ops.push_back({"dense" + std::to_string(k), network::Dense{last, next, weights, {}, {}}});
        last = next;
    }
    network.outputs = {last};
    Options options;
    options.constants = Constants::shared;
    const Files files = emit(network, plan::Plan{}, "net", options);
    EXPECT_LT(longest(files), most_bytes);
    EXPECT_EQ(files.count("firmware/net_part0.inc"), 1U); // the adders are there
}

/// The bodies of functions and loops that are dataflow regions.
std::vector<std::string> regions(const std::string& text) {
    std::vector<std::string> found;
    const std::string pragma = "#pragma HLS DATAFLOW\n";
    for (std::size_t at = text.find(pragma); at != std::string::npos; at = text.find(pragma, at + 1)) {
        int depth = 1; // of braces: the region's own is open
        std::size_t end = at;
        for (; end < text.size() && depth > 0; ++end)
            depth += text[end] == '{' ? 1 : text[end] == '}' ? -1 : 0;
        found.push_back(text.substr(at, end - at));
    }
    return found;
}

std::size_t count_word(const std::string& text, const std::string& word) {
    const std::regex pattern("\\b" + word + "\\b");
    return static_cast<std::size_t>(
        std::distance(std::sregex_iterator(text.begin(), text.end(), pattern), std::sregex_iterator()));
}

/// UG1399: what a region declares is written by one process and read by one, and nothing stands in it but calls.
std::string problem_of_region(const std::string& region) {
    std::istringstream lines(region);
    std::string line, calls;
    std::vector<std::string> locals;
    while (std::getline(lines, line)) {
        std::smatch match;
        if (line.find("#pragma") != std::string::npos || line.find_first_not_of(" }") == std::string::npos)
            continue;
        if (std::regex_search(line, match, std::regex("^ *[\\w:<>, ]+ (\\w+)(\\[\\d+\\]|\\(\"\\w+\"\\))?;$")))
            locals.push_back(match[1]);
        else if (std::regex_search(line, std::regex("^ *[\\w:]+(<.*>)?\\([\\w, ]*\\);$")))
            calls += line.substr(line.find('(')) + "\n";
        else
            return "no call: " + line;
    }
    const std::regex word("\\w+");
    for (auto at = std::sregex_iterator(calls.begin(), calls.end(), word); at != std::sregex_iterator(); ++at) {
        const std::string name = at->str();
        const bool local = std::find(locals.begin(), locals.end(), name) != locals.end();
        const std::size_t count = count_word(calls, name);
        if (local ? count != 2 : count > 1 && name != "events") // which is a scalar that each gets
            return fmt::format("{} stands in {} calls", name, count);
    }
    return {};
}

TEST(Project, TheCheckOfRegionsSeesASecondReader) {
    const std::string good = "#pragma HLS DATAFLOW\n    t_t t[2];\n    a(x, t);\n    b(t, y);\n}\n";
    EXPECT_EQ(problem_of_region(good), "");
    EXPECT_NE(problem_of_region("#pragma HLS DATAFLOW\n    t_t t[2];\n    a(x, t);\n    b(t, y);\n    c(t, z);\n}\n"),
              "");
    EXPECT_NE(problem_of_region("#pragma HLS DATAFLOW\n    a(x, y);\n    b(x, z);\n}\n"), "");
    EXPECT_NE(problem_of_region("#pragma HLS DATAFLOW\n    for (int i = 0; i < 2; i++) {\n    }\n}\n"), "");
}

TEST(Project, WhatARegionDeclaresHasOneWriterAndOneReader) {
    test::RandomNetworkOptions options;
    options.kinds = test::every_kind();
    std::size_t checked = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        support::Random random(seed);
        const Network network = test::random_network(random, options);
        for (std::size_t style = 0; style < 6; ++style) {
            Options how;
            how.io = style % 2 == 0 ? IoType::parallel : IoType::stream;
            how.strategy = Strategy::resource;
            how.interface = static_cast<Interface>(style / 2);
            try {
                for (const auto& [file, text] : emit(network, plan::Plan{}, "net", how))
                    if (file.ends_with(".cpp"))
                        for (const std::string& region : regions(text)) {
                            EXPECT_EQ(problem_of_region(region), "") << "seed " << seed << ", " << file << "\n"
                                                                     << region;
                            ++checked;
                        }
            } catch (const support::Error& error) {
                EXPECT_EQ(error.kind(), support::ErrorKind::unsupported) << "seed " << seed << ": " << error.what();
            }
        }
    }
    EXPECT_GT(checked, 300U);
    std::cout << checked << " regions\n";
}

} // namespace
} // namespace gw::hls
