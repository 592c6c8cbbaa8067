#include "plan/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error.hpp"

namespace gw::plan {
namespace {

using ::testing::HasSubstr;

TEST(PlanFile, ReadsWhatItWrites) {
    Plan plan;
    plan.clock_ns = 2.5;
    plan.stages = 7;
    plan.extra_depth = 2;
    plan.chain_operands = 3;
    plan.reuse_factor = 4;
    plan.layer_reuse = {{"dense1", 2}, {"dense2", 8}};
    plan.delays = {0.5, 0.02, 0.25, 0.3};
    plan.part = "xc7z020clg400-1";
    EXPECT_EQ(to_json(from_json(to_json(plan), "here")), to_json(plan));
    EXPECT_FALSE(from_json(to_json({}), "here").stages);
    EXPECT_EQ(from_json(to_json(plan), "here").reuse_of("dense2"), 8U);
    EXPECT_EQ(from_json(to_json(plan), "here").reuse_of("another"), 4U);
}

TEST(PlanFile, RefusesWhatItDoesNotUnderstand) {
    const std::string head = R"({"format": "gatewright-plan", "version": 1)";
    struct Case {
        std::string text, names;
    };
    for (const Case& c :
         {Case{"{", "not JSON"}, Case{"[]", "object"}, Case{"{}", "format"},
          Case{R"({"format": "gatewright-plan"})", "version"}, Case{head + R"(, "clok_ns": 5})", "clok_ns"},
          Case{head + R"(, "clock_ns": 0})", "clock_ns"}, Case{head + R"(, "clock_ns": "5"})", "clock_ns"},
          Case{head + R"(, "stages": 0})", "stages"}, Case{head + R"(, "stages": 2.5})", "stages"},
          Case{head + R"(, "extra_depth": -1})", "extra_depth"},
          Case{head + R"(, "chain_operands": 4})", "chain_operands"},
          Case{head + R"(, "chain_operands": 1})", "chain_operands"},
          Case{head + R"(, "delays": {"adder": -1}})", "adder"}, Case{head + R"(, "delays": {"lut": 1}})", "lut"},
          Case{head + R"(, "reuse_factor": 0})", "reuse_factor"}, Case{head + R"(, "layer_reuse": 3})", "layer_reuse"},
          Case{head + R"(, "layer_reuse": {"dense": 0}})", "dense"}, Case{head + R"(, "part": 5})", "part"}}) {
        try {
            from_json(c.text, "plan.json");
            ADD_FAILURE() << "accepted " << c.text;
        } catch (const support::Error& error) {
            EXPECT_EQ(error.kind(), support::ErrorKind::user);
            EXPECT_THAT(std::string(error.what()), HasSubstr(c.names)) << c.text;
            EXPECT_THAT(error.where(), HasSubstr("plan.json"));
        }
    }
    EXPECT_DOUBLE_EQ(from_json(head + "}", "plan.json").clock_ns, Plan{}.clock_ns);
}

} // namespace
} // namespace gw::plan
