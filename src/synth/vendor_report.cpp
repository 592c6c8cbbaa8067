#include "synth/vendor_report.hpp"

#include <algorithm>
#include <cmath>
#include <regex>
#include <sstream>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::synth {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void missing(const std::string& what, const std::string& name) {
    throw support::user_error("the report has no " + what, name,
                              "give csynth.xml of Vitis HLS, or Vivado's report_utilization or report_timing_summary, "
                              "as the tool wrote it");
}

/// A number; "undef", "N/A" and "~0" are none.
std::optional<double> number(const std::string& text) {
    const char* begin = text.c_str();
    char* end = nullptr;
    const double value = std::strtod(begin, &end);
    while (end != begin && *end == ' ')
        ++end;
    return end == begin || *end != '\0' || !std::isfinite(value) ? std::nullopt : std::optional(value);
}

std::optional<std::uint64_t> count(const std::string& text) {
    constexpr double most = 1e15;
    const auto value = number(text);
    return value && *value >= 0 && *value < most ? std::optional(static_cast<std::uint64_t>(std::llround(*value)))
                                                 : std::nullopt;
}

VendorReport csynth(const pugi::xml_node& profile, const std::string& name) {
    VendorReport report;
    const auto text = [&](const char* path) { return std::string(profile.first_element_by_path(path).text().get()); };
    report.tool = "Vitis HLS " + text("ReportVersion/Version");
    report.part = text("UserAssignments/Part");
    report.clock_ns = number(text("UserAssignments/TargetClockPeriod"));
    const auto estimated = number(text("PerformanceEstimates/SummaryOfTimingAnalysis/EstimatedClockPeriod"));
    if (report.clock_ns && estimated)
        report.slack_ns = *report.clock_ns - *estimated;
    report.latency = count(text("PerformanceEstimates/SummaryOfOverallLatency/Worst-caseLatency"));
    report.interval = count(text("PerformanceEstimates/SummaryOfOverallLatency/Interval-max"));
    const pugi::xml_node used = profile.first_element_by_path("AreaEstimates/Resources");
    if (!used)
        missing("AreaEstimates/Resources", name);
    const auto of = [&](const char* kind) { return count(used.child(kind).text().get()); };
    const auto lut = of("LUT"), ff = of("FF");
    if (!lut || !ff)
        missing("LUT and FF", name);
    Resources& resources = report.resources.emplace();
    resources.lut = *lut;
    resources.ff = *ff;
    resources.dsp = of("DSP").value_or(of("DSP48E").value_or(0));
    resources.bram = of("BRAM_18K").value_or(0);
    report.uram = number(used.child("URAM").text().get());
    return report;
}

/// The second cell of the row whose first cell begins with one of these names.
std::optional<double> row(const std::string& text, const std::string& names) {
    std::smatch match;
    if (!std::regex_search(text, match, std::regex(R"(\|\s*(?:)" + names + R"()\*?\s*\|\s*([0-9.]+)\s*\|)")))
        return std::nullopt;
    return number(match[1]);
}

std::string header(const std::string& text, const std::string& key) {
    std::smatch match;
    return std::regex_search(text, match, std::regex(R"(\|\s*)" + key + R"(\s*:\s*([^\n]*\S))")) ? std::string(match[1])
                                                                                                 : std::string();
}

VendorReport utilisation(const std::string& text, const std::string& name) {
    VendorReport report;
    report.kind = VendorReport::Kind::utilisation;
    report.tool = header(text, "Tool Version");
    report.part = header(text, "Device");
    const auto lut = row(text, "CLB LUTs|Slice LUTs"), ff = row(text, "CLB Registers|Slice Registers");
    if (!lut || !ff)
        missing("rows of LUTs and registers", name);
    const auto whole = [](std::optional<double> value) {
        return static_cast<std::uint64_t>(std::llround(value.value_or(0)));
    };
    Resources& resources = report.resources.emplace();
    resources.lut = whole(lut);
    resources.ff = whole(ff);
    resources.srl = whole(row(text, "LUT as Shift Register"));
    resources.carry = whole(row(text, "CARRY8|CARRY4"));
    resources.muxf = whole(row(text, "F7 Muxes")) + whole(row(text, "F8 Muxes"));
    resources.dsp = whole(row(text, "DSPs"));
    resources.bram = whole(2 * row(text, "Block RAM Tile").value_or(0)); // a tile is two of 18 Kb
    report.uram = row(text, "URAM");
    return report;
}

/// The first column of the numbers under a head that begins with `column`.
std::optional<double> under(const std::string& text, const std::string& column) {
    std::istringstream lines(text);
    std::string line;
    while (std::getline(lines, line)) {
        if (line.find(column) == std::string::npos)
            continue;
        std::getline(lines, line); // dashes, in most versions
        if (line.find("---") != std::string::npos)
            std::getline(lines, line);
        std::istringstream cells(line);
        std::string first;
        cells >> first;
        return number(first);
    }
    return std::nullopt;
}

VendorReport timing(const std::string& text, const std::string& name) {
    VendorReport report;
    report.kind = VendorReport::Kind::timing;
    report.tool = header(text, "Tool Version");
    report.part = header(text, "Device");
    report.slack_ns = under(text, "WNS(ns)");
    if (!report.slack_ns)
        missing("worst negative slack (WNS)", name);
    // Clock, waveform in braces, period, frequency: the fastest of them.
    static const std::regex clock(R"((?:^|\n)\s*\S+\s+\{[0-9. ]+\}\s+([0-9.]+)\s+[0-9.]+)");
    for (std::sregex_iterator at(text.begin(), text.end(), clock), end; at != end; ++at)
        if (const auto period = number((*at)[1]); period && *period > 0)
            report.clock_ns = std::min(report.clock_ns.value_or(*period), *period);
    if (!report.clock_ns)
        missing("clock summary", name);
    return report;
}

/// A run of a tool ends after another: what comes later goes before.
void merge(Json& json, const Json& more) {
    for (const auto& [key, value] : more.items())
        json[key] = value;
}

Json fields(const VendorReport& report) {
    Json json{{"tool", report.tool}};
    if (!report.part.empty())
        json["device"] = report.part;
    if (report.resources)
        merge(json, to_json(*report.resources));
    if (report.uram)
        json["uram"] = *report.uram;
    return json;
}

} // namespace

VendorReport parse_vendor_report(const std::string& text, const std::string& name) {
    if (text.find("WNS(ns)") != std::string::npos)
        return timing(text, name);
    if (text.find("| Site Type") != std::string::npos || text.find("Site Type ") != std::string::npos)
        return utilisation(text, name);
    pugi::xml_document document;
    const auto parsed = document.load_buffer(text.data(), text.size());
    if (const pugi::xml_node profile = document.child("profile"); parsed && profile)
        return csynth(profile, name);
    missing(parsed ? "kind that is known" : fmt::format("known kind, and is no XML ({})", parsed.description()), name);
}

VendorReport read_vendor_report(const std::filesystem::path& file) {
    return parse_vendor_report(support::read_file(file), file.string());
}

Json to_json(const std::vector<VendorReport>& reports) {
    Json json;
    for (const auto kind : {VendorReport::Kind::csynth, VendorReport::Kind::utilisation, VendorReport::Kind::timing})
        for (const VendorReport& report : reports) {
            if (report.kind != kind)
                continue;
            Json one = fields(report);
            if (report.latency)
                one["latency_cycles"] = *report.latency;
            if (report.interval)
                one["interval_cycles"] = *report.interval;
            if (const auto mhz = report.mhz()) {
                one[kind == VendorReport::Kind::timing ? "median_mhz" : "estimated_mhz"] = *mhz;
                one["goal_mhz"] = 1000 / *report.clock_ns;
                one["met"] = *report.slack_ns >= 0;
            }
            merge(json[kind == VendorReport::Kind::timing ? "place" : "synth"], one);
        }
    for (const VendorReport& report : reports)
        if (report.kind == VendorReport::Kind::utilisation && json.contains("place"))
            merge(json["place"], to_json(*report.resources));
    return json;
}

} // namespace gw::synth
