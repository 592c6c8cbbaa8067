// The program under test, and small files for it.
#pragma once

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/array_io.hpp"
#include "support/atomic_file.hpp"
#include "support/process.hpp"
#include "support/scratch.hpp"

namespace gw::test {

inline const std::string program = GW_BINARY_DIR "/gatewright";

inline support::ProcessResult run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program);
    support::ProcessOptions options;
    options.check = false;
    options.time_limit = std::chrono::seconds(300);
    return support::run_process(arguments, options);
}

/// The command must fail with `code`, say `part` and a remedy, and nothing else.
inline void expect_refused(const std::vector<std::string>& arguments, int code, const std::string& part) {
    const support::ProcessResult result = run(arguments);
    EXPECT_EQ(result.exit_code, code) << result.output;
    EXPECT_THAT(result.output, testing::StartsWith("gatewright: error: "));
    EXPECT_THAT(result.output, testing::HasSubstr(part));
    EXPECT_EQ(result.output.find("gatewright: error", 1), std::string::npos) << "more than one message";
}

/// y = 0.75 a - 1.25 b, rounded to 1/8 and saturated.
inline const std::string tiny_network = R"({"format": "gatewright-network", "version": 1, "name": "tiny",
 "tensors": [{"name": "x", "shape": [2], "types": ["fixed<8,4>"]},
             {"name": "y", "shape": [1], "types": ["fixed<8,5,RND,SAT>"]}],
 "inputs": ["x"], "outputs": ["y"],
 "ops": [{"name": "sum", "op": "dense", "input": "x", "output": "y",
          "weights": {"shape": [2, 1], "type": "fixed<4,2>", "raw": [3, -5]}}]})";

/// Two inputs, two outputs: p = relu(a), q = b as it is.
inline const std::string two_network = R"({"format": "gatewright-network", "version": 1, "name": "two",
 "tensors": [{"name": "a", "shape": [2], "types": ["fixed<8,4>"]}, {"name": "b", "shape": [1], "types": ["fixed<8,4>"]},
             {"name": "p", "shape": [2], "types": ["ufixed<7,3>"]}, {"name": "q", "shape": [1], "types": ["fixed<8,4>"]}],
 "inputs": ["a", "b"], "outputs": ["p", "q"],
 "ops": [{"name": "first", "op": "relu", "input": "a", "output": "p"},
         {"name": "second", "op": "requantise", "input": "b", "output": "q"}]})";

/// Events of the tiny network, on its input grid, and its outputs worked out by hand.
inline const support::Array tiny_events{{4, 2}, {1, 0, 0, 1, -8, 7.9375, 0.0625, 0}};
inline const std::vector<double> tiny_outputs{0.75, -1.25, -15.875, 0};

} // namespace gw::test
