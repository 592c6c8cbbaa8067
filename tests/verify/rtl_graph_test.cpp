// The Verilog writer against the datapath graph's own meaning, for graphs that no network made.
#include <gtest/gtest.h>

#include "rtl/emit.hpp"
#include "rtl/test_bench.hpp"
#include "support/atomic_file.hpp"
#include "support/process.hpp"
#include "verify/random_graph.hpp"
#include "verify/rtl.hpp"
#include "verify/scratch.hpp"
#include "verify/vectors.hpp"

namespace gw::test {
namespace {

using namespace datapath;

std::vector<std::int64_t> answers(const Graph& graph, const std::vector<std::int64_t>& inputs) {
    std::vector<std::int64_t> outputs;
    const std::size_t width = graph.inputs.size();
    for (std::size_t at = 0; at < inputs.size(); at += width) {
        const auto event = evaluate(graph, std::span(inputs).subspan(at, width));
        outputs.insert(outputs.end(), event.begin(), event.end());
    }
    return outputs;
}

std::vector<std::int64_t> some_inputs(const Graph& graph, std::size_t random_events, std::uint64_t seed) {
    auto inputs = verify::corner_vectors(graph.inputs);
    support::Random random(seed);
    std::vector<std::int64_t> event(graph.inputs.size());
    for (std::size_t i = 0; i < random_events; ++i) {
        verify::random_vector(graph.inputs, random, event);
        inputs.insert(inputs.end(), event.begin(), event.end());
    }
    return inputs;
}

std::string shown(const verify::LaneResult& result) {
    if (result.first.empty()) {
        return {};
    }
    const auto& first = result.first.front();
    return "vector " + std::to_string(first.vector) + ": expected " + ::testing::PrintToString(first.expected) +
           ", got " + ::testing::PrintToString(first.actual) + " for " + ::testing::PrintToString(first.inputs);
}

/// Each event of the graph of every conversion between one input type and small types.
PipelinedGraph all_conversions(const FixedType& input) {
    PipelinedGraph result;
    result.graph.layers = {"inputs", "conversions"};
    result.graph.inputs = {input};
    result.graph.nodes.push_back({Input{0}, Interval::of(input), 0});
    for (int rounding = 0; rounding < 7; ++rounding) {
        for (int overflow = 0; overflow < 4; ++overflow) {
            for (int width = 1; width <= 5; ++width) {
                for (int fraction = -4; fraction <= 4; fraction += 2) {
                    const FixedType type{width, fraction, (width + rounding + overflow + fraction / 2) % 2 == 0,
                                         static_cast<fixed::Rounding>(rounding),
                                         static_cast<fixed::Overflow>(overflow)};
                    result.graph.nodes.push_back({Convert{NodeId{0}, type}, fixed::cast(Interval::of(input), type), 1});
                    result.graph.outputs.push_back({static_cast<NodeId>(result.graph.nodes.size() - 1), type});
                }
            }
        }
    }
    result.pipeline.stage.assign(result.graph.nodes.size(), 0);
    return result;
}

TEST(RtlGraph, EveryConversionExhaustively) {
    const verify::Scratch scratch;
    verify::Simulation simulation(scratch.path());
    std::vector<std::string> lanes;
    for (const FixedType& type :
         {FixedType{6, 2, true}, FixedType{6, 2, false}, FixedType{5, -1, true}, FixedType{1, 0, true}}) {
        const auto [graph, pipeline] = all_conversions(type);
        ASSERT_TRUE(problems(graph).empty()) << problems(graph).front();
        const auto rtl = rtl::emit(graph, pipeline, "all" + std::to_string(lanes.size()), 5.0);
        std::vector<std::int64_t> inputs;
        for (auto value = static_cast<std::int64_t>(type.lowest()); value <= type.highest(); ++value) {
            inputs.push_back(value);
        }
        simulation.append(simulation.add(rtl.core, rtl.files), inputs, answers(graph, inputs));
        lanes.push_back(fixed::to_string(type));
    }
    simulation.build();
    const auto results = simulation.run();
    for (std::size_t i = 0; i < results.size(); ++i) {
        EXPECT_EQ(results[i].mismatches, 0U) << lanes[i] << "\n" << shown(results[i]);
        EXPECT_EQ(results[i].latency, 1U);
    }
}

TEST(RtlGraph, RandomGraphsAndPipelines) {
    const std::uint64_t seed = 20261124;
    const verify::Scratch scratch;
    verify::Simulation simulation(scratch.path());
    std::vector<std::uint32_t> latencies;
    for (std::uint64_t i = 0; i < 60; ++i) {
        const auto [graph, pipeline] = random_graph(seed + i, 12 + i);
        ASSERT_TRUE(problems(graph).empty()) << "seed " << seed + i << ": " << problems(graph).front();
        const auto adders = i % 2 == 0 ? rtl::Adders::expressions : rtl::Adders::instances;
        const auto rtl = rtl::emit(graph, pipeline, "random" + std::to_string(i), 5.0, adders);
        const auto inputs = some_inputs(graph, 300, seed + i);
        simulation.append(simulation.add(rtl.core, rtl.files), inputs, answers(graph, inputs));
        latencies.push_back(pipeline.stages);
    }
    simulation.build();
    const auto results = simulation.run();
    std::uint64_t vectors = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
        EXPECT_EQ(results[i].mismatches, 0U) << "seed " << seed + i << "\n" << shown(results[i]);
        EXPECT_EQ(results[i].latency.value_or(latencies[i]), latencies[i]) << "seed " << seed + i;
        vectors += results[i].vectors;
    }
    std::printf("0 mismatches in %llu vectors of %zu random graphs, seed %llu\n",
                static_cast<unsigned long long>(vectors), results.size(), static_cast<unsigned long long>(seed));
}

/// The same sources through the strict readers: Verilator with all warnings, and Icarus with the emitted test bench.
TEST(RtlGraph, LintAndTestBench) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        const auto [graph, pipeline] = random_graph(seed, 40);
        auto rtl = rtl::emit(graph, pipeline, "core", 5.0);
        const auto inputs = some_inputs(graph, 50, seed);
        const auto outputs = answers(graph, inputs);
        rtl.files.merge(rtl::test_bench(rtl.core, inputs, outputs));
        const auto bench = verify::verify_icarus(rtl.core, rtl.files);
        EXPECT_TRUE(bench.passed) << "seed " << seed << "\n" << bench.log;
        EXPECT_EQ(bench.vectors, inputs.size() / graph.inputs.size());
        EXPECT_EQ(bench.latency_measured.value_or(pipeline.stages), pipeline.stages);
        EXPECT_EQ(bench.log.find("warning"), std::string::npos) << bench.log;

        const verify::Scratch scratch;
        std::vector<std::string> lint{"verilator", "--lint-only", "-Wall", "--top-module", "core"};
        for (const auto& [name, text] : rtl.files) {
            if (name.ends_with(".v") && !name.ends_with("_tb.v")) {
                support::write_file(scratch.path() / name, text);
                lint.push_back(name);
            }
        }
        support::ProcessOptions process;
        process.directory = scratch.path();
        process.check = false;
        const auto checked = support::run_process(lint, process);
        EXPECT_EQ(checked.exit_code, 0) << "seed " << seed << "\n" << checked.output;
    }
}

/// A check that cannot fail is none: wrong expectations and a wrong latency must be found, by both simulators.
TEST(RtlGraph, ErrorsAreFound) {
    const auto [graph, pipeline] = random_graph(3, 30);
    auto rtl = rtl::emit(graph, pipeline, "core", 5.0);
    const auto inputs = some_inputs(graph, 20, 3);
    auto outputs = answers(graph, inputs);
    const auto evaluated = [&graph = graph](std::span<const std::int64_t> in, std::size_t count,
                                            std::span<std::int64_t> out) {
        const auto values = answers(graph, {in.begin(), in.end()});
        ASSERT_EQ(values.size(), count * graph.outputs.size());
        std::copy(values.begin(), values.end(), out.begin());
    };
    const auto wrong = [&](std::span<const std::int64_t> in, std::size_t count, std::span<std::int64_t> out) {
        evaluated(in, count, out);
        out[out.size() - 1] ^= 1; // the last output of the last event of each block
    };
    verify::VerifyOptions options;
    options.vectors = 500;
    EXPECT_TRUE(verify::verify_rtl(rtl.core, rtl.files, evaluated, options).passed());
    const auto bad = verify::verify_rtl(rtl.core, rtl.files, wrong, options);
    EXPECT_EQ(bad.mismatches, 2U); // a block of corners, a block of random events
    ASSERT_EQ(bad.first.size(), 2U);
    EXPECT_EQ(bad.first.back().vector, bad.vectors - 1);
    EXPECT_EQ(bad.first.back().expected.back() ^ 1, bad.first.back().actual.back());

    auto slower = rtl.core;
    slower.latency += 1;
    const auto late = verify::verify_rtl(slower, rtl.files, evaluated, options);
    EXPECT_FALSE(late.passed());
    EXPECT_EQ(late.latency_measured, rtl.core.latency);

    auto late_files = rtl.files;
    late_files.merge(rtl::test_bench(slower, inputs, outputs));
    EXPECT_FALSE(verify::verify_icarus(slower, late_files).passed);
    outputs.back() ^= 1;
    rtl.files.merge(rtl::test_bench(rtl.core, inputs, outputs));
    const auto bench = verify::verify_icarus(rtl.core, rtl.files);
    EXPECT_FALSE(bench.passed);
    EXPECT_NE(bench.log.find("FAIL 1 mismatches"), std::string::npos) << bench.log;
}

} // namespace
} // namespace gw::test
