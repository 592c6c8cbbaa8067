// The verdict on a bundle: what was compared, what was not, and that one disagreement is a failure.
#include "verify/bundle.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "bundle/build.hpp"
#include "network/file.hpp"
#include "support/expect_error.hpp"
#include "support/need.hpp"
#include "support/scratch.hpp"
#include "verify/hls.hpp"

namespace gw::verify {
namespace {

using support::ErrorKind;

/// Two inputs and two outputs.
bundle::Bundle small_bundle(const test::Scratch& scratch) {
    bundle::BuildOptions options;
    options.card = bundle::SimulatedCard::sources_only;
    options.vectors = 20;
    return bundle::build(network::from_json(R"({"format": "gatewright-network", "version": 1, "name": "two",
 "tensors": [{"name": "a", "shape": [2], "types": ["fixed<8,4>"]}, {"name": "b", "shape": [1], "types": ["fixed<8,4>"]},
             {"name": "p", "shape": [2], "types": ["ufixed<7,3>"]}, {"name": "q", "shape": [1], "types": ["fixed<8,4>"]}],
 "inputs": ["a", "b"], "outputs": ["p", "q"],
 "ops": [{"name": "first", "op": "relu", "input": "a", "output": "p"},
         {"name": "second", "op": "requantise", "input": "b", "output": "q"}]})",
                                            "two"),
                         scratch / "two.gw", options);
}

Request few_vectors() {
    Request request;
    request.vectors = 500;
    request.hls_vectors = 500;
    return request;
}

TEST(VerifyBundle, SaysWhatWasNotComparedAndFailsWhereThatWasRequired) {
    const test::Scratch scratch;
    const bundle::Bundle bundle = small_bundle(scratch);
    std::filesystem::remove_all(bundle.directory / "hls");
    const Verification verification = verify_bundle(bundle, few_vectors());
    EXPECT_TRUE(verification.passed());
    EXPECT_EQ(verification.compared(), (std::vector<std::string>{"rtl", "bench"}));
    const bundle::Json json = to_json(verification);
    EXPECT_EQ(json["passed"], true);
    EXPECT_EQ(json["rtl"]["vectors"], 500);
    EXPECT_TRUE(json["hls"].contains("skipped"));
    EXPECT_FALSE(json["hls"].contains("passed"));

    Request strict = few_vectors();
    strict.hls = Hls::required;
    EXPECT_ERROR(verify_bundle(bundle, strict), ErrorKind::user, "no HLS project");
}

TEST(VerifyBundle, ComparesAllThreeOnSeveralInputsAndOutputs) {
    GW_NEED(find_ap_types().has_value(), "no ap_fixed.h: run scripts/bootstrap, or set GW_AP_TYPES");
    const test::Scratch scratch;
    const Verification verification = verify_bundle(small_bundle(scratch), few_vectors());
    EXPECT_TRUE(verification.passed());
    EXPECT_EQ(verification.compared(), (std::vector<std::string>{"rtl", "bench", "hls"}));
}

TEST(VerifyBundle, AWrongBitIsAFailure) {
    const test::Scratch scratch;
    bundle::Bundle bundle = small_bundle(scratch);
    bundle.network.tensor(bundle.network.outputs[1]).types = {fixed::ap_fixed(8, 4)};
    bundle.network.ops[1].body = network::Relu{bundle.network.inputs[1], bundle.network.outputs[1], {}};
    const Verification verification = verify_bundle(bundle, few_vectors());
    EXPECT_FALSE(verification.passed());
    EXPECT_GT(to_json(verification)["rtl"]["mismatches"], 0);
    EXPECT_EQ(to_json(verification)["rtl"]["passed"], false);
    EXPECT_EQ(to_json(verification)["bench"]["passed"], true); // its vectors are the Verilog's own
}

TEST(VerifyBundle, AWrongLatencyIsAFailure) {
    const test::Scratch scratch;
    bundle::Bundle bundle = small_bundle(scratch);
    ++bundle.manifest.core.latency;
    EXPECT_FALSE(verify_bundle(bundle, few_vectors()).passed());
}

TEST(VerifyBundle, ATestBenchThatFailsIsAFailure) {
    const test::Scratch scratch;
    const bundle::Bundle bundle = small_bundle(scratch);
    bool changed = false;
    for (const auto& entry : std::filesystem::directory_iterator(bundle.directory / "rtl"))
        if (entry.path().filename().string().find("vectors_out") != std::string::npos) {
            std::string text = support::read_file(entry.path());
            text.back() == '\n' ? text.pop_back() : void();
            text.back() = text.back() == '1' ? '0' : '1';
            support::write_file(entry.path(), text + "\n");
            changed = true;
        }
    ASSERT_TRUE(changed);
    const Verification verification = verify_bundle(bundle, few_vectors());
    EXPECT_EQ(to_json(verification)["rtl"]["passed"], true);
    EXPECT_EQ(to_json(verification)["bench"]["passed"], false);
    EXPECT_FALSE(verification.passed());
}

TEST(VerifyBundle, NothingComparedIsNoSuccess) {
    EXPECT_FALSE(Verification{}.passed());
}

TEST(FindApTypes, AWrongFolderIsAnError) {
    const test::Scratch scratch;
    const char* before = std::getenv("GW_AP_TYPES");
    const std::optional<std::string> kept = before ? std::optional<std::string>(before) : std::nullopt;
    ::setenv("GW_AP_TYPES", scratch.path().c_str(), 1);
    EXPECT_ERROR(find_ap_types(), ErrorKind::user, "without ap_fixed.h");
    kept ? ::setenv("GW_AP_TYPES", kept->c_str(), 1) : ::unsetenv("GW_AP_TYPES");
}

} // namespace
} // namespace gw::verify
