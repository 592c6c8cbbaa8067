#include "report/page.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "network/file.hpp"
#include "report/float_cpu.hpp"
#include "report/plot.hpp"
#include "report/svg.hpp"

namespace gw::report {
namespace {

using testing::HasSubstr;

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

std::vector<double> labelled(const Mapping& mapping) {
    std::vector<double> values;
    for (const Tick& tick : mapping.ticks())
        if (!tick.label.empty())
            values.push_back(tick.value);
    return values;
}

TEST(Axis, TicksAreRoundNumbersInside) {
    const Mapping linear({"", Axis::Scale::linear, 0.0, 10.0}, {}, 0, 100);
    EXPECT_EQ(labelled(linear), (std::vector<double>{0, 2, 4, 6, 8, 10}));
    EXPECT_DOUBLE_EQ(linear(2.5), 25);
    const Mapping logarithmic({"", Axis::Scale::logarithmic, 1.0, 10000.0}, {}, 0, 100);
    EXPECT_EQ(labelled(logarithmic).size(), 5U);
    EXPECT_DOUBLE_EQ(logarithmic(100), 50);
    EXPECT_FALSE(logarithmic.shows(0));
    const Mapping nothing({}, {}, 0, 100); // no data at all still makes an axis
    EXPECT_LT(nothing.low(), nothing.high());
    const Mapping same({}, {5, 5}, 0, 100);
    EXPECT_LT(same.low(), same.high());
    EXPECT_EQ(Mapping({}, {-1, 1}, 0, 1).ticks()[2].label, "0"); // not "-0"
}

TEST(Plot, DrawsEachPointAndPassesOverWhatHasNoPlace) {
    Plot plot;
    plot.title = "a < b";
    plot.x.scale = Axis::Scale::logarithmic;
    const double nan = std::nan("");
    plot.series.push_back({"points", Series::Style::points, {1, 10, 100, 0, 5}, {1, 2, 3, 4, nan}, {}, {}, false});
    plot.series.push_back({"line", Series::Style::line, {1, 10, 0, 50, 100}, {1, 1, 1, 1, 1}, {}, {}, false});
    plot.series.push_back({"steps", Series::Style::steps, {1, 10, 100}, {1, 2}, {}, {}, true});
    const std::string svg = to_svg(plot);
    EXPECT_EQ(count(svg, "<circle"), 3U + 1U); // three that can be placed, one in the legend
    EXPECT_EQ(count(svg, "<polyline"), 3U);    // the line broken in two, and the steps
    EXPECT_THAT(svg, HasSubstr("a &lt; b"));
    EXPECT_EQ(svg.find("nan"), std::string::npos);
    EXPECT_EQ(svg.find("inf"), std::string::npos);
}

TEST(BarChart, WritesEachValue) {
    const std::string svg =
        to_svg(BarChart{"t", "u", {"first", "second"}, {{"a", {12, 3400000}}}, Axis::Scale::linear});
    EXPECT_THAT(svg, HasSubstr(">12<"));
    EXPECT_THAT(svg, HasSubstr(">3.4 M<"));
    EXPECT_EQ(short_count(98765), "98.8 k");
    EXPECT_EQ(short_count(9876), "9876");
    EXPECT_EQ(short_count(2.5e9), "2.5 G");
}

Json whole_report() {
    return Json::parse(R"json({
 "build": {"name": "n<1>", "latency_cycles": 10, "clock_ns": 2.5, "worst_stage_ns": 2.75, "meets_clock": false, "producer": "gatewright", "stages":
   [{"delay_ns": 2, "adders": 5, "register_bits": 7}], "layers": [{"name": "l", "first_stage": 0, "last_stage": 1, "adders": 5,
   "conversions": 1}]},
 "verify": {"rtl": {"vectors": 1000000, "mismatches": 0, "passed": true}, "bench": {"vectors": 9, "mismatches": 0, "passed": false},
   "hls": {"vectors": 0, "mismatches": 0, "skipped": "no headers"}},
 "synth": {"lut": 8225, "ff": 3526, "dsp": 0, "tool": "Yosys 0.23 (git)", "family": "xcup",
   "modules": {
    "n_01" : {
        "lut" : 8225, "ff" : 3526
    }}},
 "run": {"device": {"device": "sim", "events": 5, "events_per_second": 414000, "mismatches": 2},
   "emulator_one_core": {"events_per_second": 6870000}},
 "study": {
    "study" : {
        "threshold" : 22, "efficiency" : 0.9, "width_range" : [ 10, 140 ], "estimators" : [
            {
                "name" : "Kalman (KBMTF)",
                "width" : {"value" : 0.15, "error" : 0.001},
                "turn_on" : [ {"low" : 22, "high" : 23, "value" : 0.9, "error" : 0.01} ],
                "widths" : [],
                "rates" : [
                    {"power" : -4, "per_thousand" : {"value" : 2}, "ratio_to_reference" : {"value" : 1, "error" : 0}}
                ]
            },
            {
                "name" : "Kalman, retuned",
                "width" : {"value" : 0.14, "error" : 0.001},
                "turn_on" : [],
                "widths" : [],
                "rates" : [ {
                    "power" : -4,
                    "per_thousand" : {"value" : 1.6},
                    "ratio_to_reference" : {"value" : 0.8, "error" : 0}
                } ]
            },
            {
                "name" : "network",
                "width" : {"value" : 0.12, "error" : 0.001},
                "turn_on" : [ {"low" : 22, "high" : 23, "value" : 0.91, "error" : 0.01} ],
                "widths" : [ {"low" : 10, "high" : 20, "value" : 0.1, "error" : 0.01} ],
                "rates" : [ {
                    "power" : -4,
                    "per_thousand" : {"value" : 1.2},
                    "ratio_to_reference" : {"value" : 0.6, "error" : 0.02}
                } ]
            }
        ]
    }
}
})json");
}

TEST(Summary, HoldsWhatWasMeasuredAgainstTheHardestKalmanFilter) {
    const std::string text = summary_text(summary(whole_report()));
    EXPECT_THAT(text, HasSubstr("pT width, 10-140 GeV   0.1200 +- 0.0010   Kalman, retuned: 0.1400"));
    EXPECT_THAT(text, HasSubstr("0.600 +- 0.020     x Kalman (KBMTF); 0.750 x retuned"));
    EXPECT_THAT(text, HasSubstr("10 cycles          25 ns"));
    EXPECT_THAT(text, HasSubstr("8225 / 3526 / 0    Yosys 0.23, xcup"));
    EXPECT_THAT(text, HasSubstr("1000000 vectors    0 mismatches"));
    EXPECT_THAT(text, HasSubstr("5 events           2 mismatches"));
    EXPECT_THAT(text, HasSubstr("0 mismatches, FAILED")); // the test bench's verdict
    EXPECT_THAT(text, HasSubstr("emulator against HLS   not compared       no headers"));
    EXPECT_THAT(text, HasSubstr("MISSES the clock"));
    for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
        end = text.find('\n', begin);
        EXPECT_LE(end - begin, 80U);
    }
}

TEST(Summary, MissingSectionsAreLeftOut) {
    EXPECT_TRUE(summary(Json::object()).empty());
    Json report = whole_report();
    for (const std::string section : {"build", "verify", "synth", "run", "study"}) {
        Json less = report;
        less.erase(section);
        EXPECT_LT(summary(less).size(), summary(report).size()) << section;
        EXPECT_THAT(html_page(less), HasSubstr("</html>"));
    }
}

TEST(Summary, AnAbsentVerdictIsNoSuccess) {
    Json report = whole_report();
    report["verify"]["rtl"].erase("passed");
    report["verify"]["rtl"].erase("mismatches");
    EXPECT_THAT(summary_text(summary(report)), HasSubstr("mismatches not known, FAILED"));
    const std::string page = html_page(report);
    EXPECT_THAT(page, HasSubstr("<td class=\"n\">not known</td><td>FAILED</td>"));
    report["verify"]["rtl"] = {{"vectors", 0}, {"mismatches", 0}, {"passed", false}};
    EXPECT_THAT(summary_text(summary(report)), HasSubstr("0 vectors          0 mismatches, FAILED"));
}

TEST(Page, ShowsEveryVerdict) {
    Json report = whole_report();
    std::string page = html_page(report);
    EXPECT_THAT(page, HasSubstr("<td class=\"n\">1000000</td><td class=\"n\">0</td><td>agree</td>"));
    EXPECT_THAT(page, HasSubstr("<td class=\"n\">9</td><td class=\"n\">0</td><td>FAILED</td>"));
    report["verify"]["hls"] = {{"skipped", "no headers"}}; // as verify writes it: without numbers
    page = html_page(report);
    EXPECT_THAT(page, HasSubstr("<td class=\"n\" colspan=\"3\">not compared: no headers</td>"));
}

TEST(Page, IsSelfContained) {
    const std::string page = html_page(whole_report());
    EXPECT_THAT(page, HasSubstr("n&lt;1&gt;"));
    EXPECT_GE(count(page, "<svg"), 5U);
    EXPECT_EQ(count(page, "<svg"), count(page, "</svg>"));
    EXPECT_EQ(count(page, "<script"), 0U);
    EXPECT_EQ(count(page, "src="), 0U);
    EXPECT_EQ(count(page, "href="), 0U);
    EXPECT_LT(page.find("<svg"), page.find("<table")); // pictures before tables
    EXPECT_THAT(page, HasSubstr("not compared: no headers"));
}

TEST(FloatNetwork, ComputesWhatTheIntegersMean) {
    const network::Network network = network::from_json(R"({"format": "gatewright-network", "version": 1, "name": "n",
 "tensors": [{"name": "x", "shape": [2], "types": ["fixed<8,4>"]}, {"name": "s", "shape": [2], "types": ["fixed<20,10>"]},
             {"name": "y", "shape": [2], "types": ["fixed<20,10>"]}],
 "inputs": ["x"], "outputs": ["y"],
 "ops": [{"name": "d", "op": "dense", "input": "x", "output": "s",
          "weights": {"shape": [2, 2], "type": "fixed<4,2>", "raw": [3, 1, -5, 2]},
          "bias": {"shape": [2], "type": "fixed<4,4>", "raw": [1, -1]}},
         {"name": "r", "op": "relu", "input": "s", "output": "y"}]})",
                                                        "n");
    std::vector<float> inputs, wanted;
    for (int i = 0; i < 150; ++i) { // two blocks of 64 and a part of one
        const float a = static_cast<float>(i - 75) / 16, b = static_cast<float>(40 - i) / 16;
        inputs.insert(inputs.end(), {a, b});
        wanted.insert(wanted.end(),
                      {std::max(0.0F, 0.75F * a - 1.25F * b + 1), std::max(0.0F, 0.25F * a + 0.5F * b - 1)});
    }
    const std::vector<float> outputs = FloatNetwork(network).run(inputs);
    ASSERT_EQ(outputs.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i)
        EXPECT_NEAR(outputs[i], wanted[i], 1e-5F) << i;
    EXPECT_GT(measure_float(network, std::vector<double>(200, 0.5), 0.01), 0);
}

} // namespace
} // namespace gw::report
