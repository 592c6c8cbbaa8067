#include "synth/vendor_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error.hpp"

namespace gw::test {
namespace {

using synth::parse_vendor_report;
using synth::VendorReport;
using ::testing::HasSubstr;

// Reports in the tools' public shape, with numbers of our own.
constexpr const char* csynth = R"(<profile>
<section name="Vitis HLS Report for 'muon'" level="0"></section>
<ReportVersion><Version>2022.2</Version></ReportVersion>
<UserAssignments><unit>ns</unit><ProductFamily>virtexuplus</ProductFamily><Part>xcvu13p-flga2577-2-e</Part>
<TopModelName>muon</TopModelName><TargetClockPeriod>2.50</TargetClockPeriod><ClockUncertainty>0.68</ClockUncertainty>
</UserAssignments>
<PerformanceEstimates><PipelineType>yes</PipelineType>
<SummaryOfTimingAnalysis><unit>ns</unit><EstimatedClockPeriod>1.815</EstimatedClockPeriod></SummaryOfTimingAnalysis>
<SummaryOfOverallLatency><unit>clock cycles</unit><Best-caseLatency>12</Best-caseLatency>
<Worst-caseLatency>13</Worst-caseLatency><PipelineInitiationInterval>1</PipelineInitiationInterval>
<Interval-min>1</Interval-min><Interval-max>1</Interval-max></SummaryOfOverallLatency></PerformanceEstimates>
<AreaEstimates><Resources><BRAM_18K>2</BRAM_18K><DSP>7</DSP><FF>9000</FF><LUT>15000</LUT><URAM>0</URAM></Resources>
<AvailableResources><LUT>1728000</LUT></AvailableResources></AreaEstimates>
</profile>)";

constexpr const char* utilisation = R"(| Tool Version : Vivado v.2022.2 (lin64) Build 3671981
| Design       : muon
| Device       : xcvu13p-flga2577-2-e
1. CLB Logic
------------
+----------------------------+-------+-------+------------+-----------+-------+
|          Site Type         |  Used | Fixed | Prohibited | Available | Util% |
+----------------------------+-------+-------+------------+-----------+-------+
| CLB LUTs*                  | 11234 |     0 |          0 |   1728000 |  0.65 |
|   LUT as Logic             | 11200 |     0 |          0 |   1728000 |  0.65 |
|   LUT as Memory            |    34 |     0 |          0 |    791040 | <0.01 |
|     LUT as Shift Register  |    34 |     0 |            |           |       |
| CLB Registers              |  6600 |     0 |          0 |   3456000 |  0.19 |
| CARRY8                     |  2100 |     0 |          0 |    216000 |  0.97 |
| F7 Muxes                   |     3 |     0 |          0 |    864000 | <0.01 |
+----------------------------+-------+-------+------------+-----------+-------+
| Block RAM Tile    |  1.5 |     0 |          0 |      2688 |  0.06 |
| URAM           |    4 |     0 |          0 |      1280 |  0.31 |
| DSPs           |    9 |     0 |          0 |     12288 |  0.07 |
)";

constexpr const char* timing = R"(| Tool Version : Vivado v.2022.2 (lin64) Build 3671981
| Device       : xcvu13p-flga2577
------------------------------------------------------------------------------------------------
| Design Timing Summary
| ---------------------
------------------------------------------------------------------------------------------------

    WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints      WHS(ns)      THS(ns)
    -------      -------  ---------------------  -------------------      -------      -------
     -0.125       -1.500                     17                 9876        0.020        0.000

Timing constraints are not met.

| Clock Summary
Clock   Waveform(ns)         Period(ns)      Frequency(MHz)
-----   ------------         ----------      --------------
ap_clk  {0.000 1.250}        2.500           400.000
slow    {0.000 5.000}        10.000          100.000
)";

TEST(VendorReport, CSynthesis) {
    const VendorReport report = parse_vendor_report(csynth, "csynth.xml");
    EXPECT_EQ(report.kind, VendorReport::Kind::csynth);
    EXPECT_EQ(report.part, "xcvu13p-flga2577-2-e");
    EXPECT_EQ(report.resources->lut, 15000U);
    EXPECT_EQ(report.resources->ff, 9000U);
    EXPECT_EQ(report.resources->dsp, 7U);
    EXPECT_EQ(report.resources->bram, 2U);
    EXPECT_EQ(*report.latency, 13U);
    EXPECT_EQ(*report.interval, 1U);
    EXPECT_NEAR(*report.mhz(), 1000 / 1.815, 1e-6);
}

TEST(VendorReport, Utilisation) {
    const VendorReport report = parse_vendor_report(utilisation, "u.rpt");
    EXPECT_EQ(report.kind, VendorReport::Kind::utilisation);
    EXPECT_THAT(report.tool, HasSubstr("2022.2"));
    EXPECT_EQ(report.resources->lut, 11234U);
    EXPECT_EQ(report.resources->srl, 34U);
    EXPECT_EQ(report.resources->ff, 6600U);
    EXPECT_EQ(report.resources->carry, 2100U);
    EXPECT_EQ(report.resources->bram, 3U);
    EXPECT_EQ(report.resources->dsp, 9U);
    EXPECT_EQ(*report.uram, 4);
    std::string older = utilisation;
    for (std::size_t at = 0; (at = older.find("CLB ", at)) != std::string::npos;)
        older.replace(at, 4, "Slice ");
    EXPECT_EQ(parse_vendor_report(older, "u.rpt").resources->lut, 11234U);
}

TEST(VendorReport, Timing) {
    const VendorReport report = parse_vendor_report(timing, "t.rpt");
    EXPECT_EQ(report.kind, VendorReport::Kind::timing);
    EXPECT_EQ(*report.clock_ns, 2.5);
    EXPECT_EQ(*report.slack_ns, -0.125);
    EXPECT_NEAR(*report.mhz(), 1000 / 2.625, 1e-6);
}

TEST(VendorReport, TogetherTheyFillTheOpenFlowsFields) {
    const auto json = synth::to_json(
        {parse_vendor_report(timing, "t"), parse_vendor_report(utilisation, "u"), parse_vendor_report(csynth, "c")});
    EXPECT_EQ(json.at("synth").at("lut"), 11234); // after place and route goes before an estimate
    EXPECT_EQ(json.at("synth").at("latency_cycles"), 13);
    EXPECT_EQ(json.at("place").at("ff"), 6600);
    EXPECT_NEAR(json.at("place").at("median_mhz").get<double>(), 380.95, 0.01);
    EXPECT_EQ(json.at("place").at("met"), false);
}

TEST(VendorReport, WhatIsNoReportIsNamed) {
    for (const auto& [text, part] :
         {std::pair<std::string, const char*>{"", "kind"},
          {"<html/>", "kind"},
          {"<profile></profile>", "Resources"},
          {"| Site Type | Used |\n| DSPs | 3 |\n", "LUTs"},
          {"WNS(ns)\n---\n", "slack"},
          {std::string(timing).substr(0, std::string(timing).find("Clock Summary")), "clock summary"},
          {std::string(csynth).substr(0, 700), "kind"}}) {
        try {
            parse_vendor_report(text, "some.rpt");
            ADD_FAILURE() << "accepted: " << text;
        } catch (const support::Error& error) {
            EXPECT_EQ(error.kind(), support::ErrorKind::user);
            EXPECT_THAT(std::string(error.what()), HasSubstr("some.rpt"));
            EXPECT_THAT(std::string(error.what()), HasSubstr(part));
        }
    }
}

} // namespace
} // namespace gw::test
