// hls4ml's YAML: what is understood, and that everything else in a file is named at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/hls4ml_config.hpp"
#include "support/error.hpp"

namespace gw::import {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string outcome(const std::string& text) {
    try {
        parse_hls4ml_config(text, "dir/c.yml");
    } catch (const support::Error& error) {
        EXPECT_NE(error.kind(), support::ErrorKind::internal) << error.what();
        return error.what();
    }
    return "accepted";
}

TEST(Hls4mlConfig, ReadsFilesAndTypes) {
    const Hls4mlConfig config = parse_hls4ml_config(R"(
KerasJson: m.json
KerasH5: /abs/m.h5
ClockPeriod: 2.5
HLSConfig:
  Model: {Precision: 'ap_fixed<16,6>', ReuseFactor: 1, Strategy: Latency}
  LayerType: {Dense: {Precision: {weight: 'fixed<8,2,RND,SAT>'}}}
  LayerName: {Fc1: {Precision: {result: auto}, Trace: true}}
)",
                                                    "dir/c.yml");
    EXPECT_EQ(*config.keras_json, "dir/m.json");
    EXPECT_EQ(*config.keras_h5, "/abs/m.h5");
    EXPECT_EQ(*config.clock_period_ns, 2.5);
    EXPECT_EQ(config.model.precision.at("default"), fixed::ap_fixed(16, 6));
    EXPECT_EQ(config.by_type.at("dense").precision.at("weight"),
              fixed::ap_fixed(8, 2, fixed::Rounding::rnd, fixed::Overflow::sat));
    EXPECT_FALSE(config.by_name.at("fc1").precision.at("result").has_value());
}

TEST(Hls4mlConfig, EveryUnknownOfAFileIsNamedAtOnce) {
    EXPECT_THAT(outcome(R"(
Colour: red
HLSConfig:
  Modle: {}
  Model: {Precision: {default: 'fixed<16,6>', wieght: 'fixed<4,1>'}, ReuseFactor: 0}
  LayerName:
    fc1: {Precision: 'fixed<16;6>', Strategy: Fast, Speed: 3}
)"),
                AllOf(HasSubstr("dir/c.yml"), HasSubstr("Colour"), HasSubstr("Modle"), HasSubstr("wieght"),
                      HasSubstr("ReuseFactor"), HasSubstr("fixed<16;6>"), HasSubstr("'fast'"), HasSubstr("fc1.Speed")));
}

TEST(Hls4mlConfig, BrokenYamlIsAnErrorWithItsLine) {
    EXPECT_THAT(outcome("HLSConfig:\n  Model: {Precision: [\n"), AllOf(HasSubstr("not YAML"), HasSubstr("line")));
    for (const char* text : {"", "3", "- a\n- b\n", "HLSConfig: 3", "HLSConfig: {Model: []}", "? {a: b}\n: c\n",
                             "HLSConfig: {LayerName: {a: 5}}", "HLSConfig: {}\nHLSConfig: {}", "{{{{", "&a [*a, *b]",
                             "HLSConfig: {Model: {Precision: {default: auto}}}", "ClockPeriod: -1\nHLSConfig: {}"})
        EXPECT_NE(outcome(text), "accepted") << text;
    EXPECT_NE(outcome(std::string(100000, '[')), "accepted");
}

Graph two_layers() {
    Graph graph;
    graph.file = "m.keras";
    const LayerId input = graph.add({"x", {}, {2}, Input{}});
    graph.inputs = {input};
    graph.outputs = {graph.add({"act", {input}, {2}, Relu{}})};
    return graph;
}

TEST(Hls4mlConfig, NamesThatTheModelHasNotAreRefused) {
    const auto match = [](const std::string& section) {
        try {
            require_names_match(parse_hls4ml_config("HLSConfig: {" + section + "}", "c.yml"), two_layers());
        } catch (const support::Error& error) {
            return std::string(error.what());
        }
        return std::string("accepted");
    };
    EXPECT_EQ(match("LayerName: {act: {Precision: {result: 'fixed<8,2>'}}}"), "accepted");
    EXPECT_THAT(match("LayerName: {atc: {Precision: {result: 'fixed<8,2>'}}}"),
                AllOf(HasSubstr("atc"), HasSubstr("m.keras")));
    EXPECT_THAT(match("LayerName: {act: {Precision: {weight: 'fixed<8,2>'}}}"), HasSubstr("weight"));
    EXPECT_THAT(match("LayerType: {Conv9D: {Precision: 'fixed<8,2>'}}"), HasSubstr("conv9d"));
    EXPECT_EQ(match("LayerType: {InputLayer: {Precision: {result: auto}}}"), "accepted");
    EXPECT_THAT(match("LayerType: {InputLayer: {Precision: {result: 'fixed<8,2>'}}}"), HasSubstr("never reads"));
}

} // namespace
} // namespace gw::import
