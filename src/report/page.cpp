#include "report/page.hpp"

#include <fmt/format.h>

#include "report/pictures.hpp"
#include "report/svg.hpp"

namespace gw::report {
namespace {

constexpr const char* style = R"(
body{font:15px/1.5 system-ui,sans-serif;color:#222;background:#fafafa;max-width:1240px;margin:0 auto;padding:24px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:34px 0 10px;border-bottom:1px solid #ddd;padding-bottom:4px}
.by{color:#666;margin:0 0 18px}.row{display:flex;flex-wrap:wrap;gap:16px}
figure{margin:0;background:#fff;border:1px solid #e2e2e2;border-radius:6px;padding:10px;flex:1 1 520px;max-width:600px}
figure svg{width:100%;height:auto;display:block}figcaption{font-size:13px;color:#555;padding:4px 8px 0}
table{border-collapse:collapse;background:#fff;font-size:14px}th,td{padding:4px 14px;border-bottom:1px solid #e8e8e8;text-align:left}
th{font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}td.m{color:#555}
)";

std::string figure(const std::string& picture, const std::string& caption) {
    if (picture.empty())
        return {};
    const std::string words = caption.empty() ? "" : "<figcaption>" + escaped(caption) + "</figcaption>";
    return "<figure>" + picture + words + "</figure>\n";
}

std::string section(const std::string& title, const std::string& contents) {
    return contents.empty() ? "" : "<h2>" + escaped(title) + "</h2>\n" + contents;
}

std::string row(const std::string& figures) {
    return figures.empty() ? "" : "<div class=\"row\">" + figures + "</div>\n";
}

std::string summary_table(const Json& report) {
    std::string rows;
    for (const Fact& fact : summary(report))
        rows += fmt::format("<tr><td>{}</td><td class=\"n\">{}</td><td class=\"m\">{}</td></tr>\n", escaped(fact.what),
                            escaped(fact.value), escaped(fact.beside));
    return rows.empty() ? "" : "<table>" + rows + "</table>\n";
}

std::string physics(const Json& report) {
    std::string figures;
    if (report.contains("/study/study"_json_pointer)) {
        const Json& study = report.at("/study/study"_json_pointer);
        figures +=
            figure(width_picture(study, "simulated muons"),
                   "Half the 16-84 % range of pT generated / estimated over its median. Bars: one standard deviation.");
        figures += figure(turn_on_picture(study, "simulated muons"),
                          "Share of muons above the cut that keeps the stated efficiency at the threshold.");
        figures += figure(rate_picture(study), "What a falling muon spectrum costs in rate; 1 is the first estimator.");
    }
    if (report.contains("/study/cms/study"_json_pointer)) {
        const Json& study = report.at("/study/cms/study"_json_pointer);
        figures +=
            figure(width_picture(study, "CMS full simulation"), "The same, on about a thousand public CMS muons.");
        figures += figure(turn_on_picture(study, "CMS full simulation"), "With the cuts that the simulated muons set.");
    }
    return row(figures);
}

std::string hardware(const Json& report) {
    return row(figure(module_picture(report), "Yosys, no vendor tool; each module without those inside it.") +
               figure(stage_delay_picture(report),
                      "What the pipeline was cut by; placed and routed figures are measured apart.") +
               figure(stage_area_picture(report), "Register bits that leave each stage."));
}

std::string verification(const Json& report) {
    std::string rows;
    const auto line = [&](const char* what, const std::string& at, const char* with) {
        if (!report.contains(Json::json_pointer(at)))
            return;
        rows += fmt::format("<tr><td>{}</td><td>{}</td>", what, with);
        if (const auto skipped = text_at(report, at + "/skipped")) {
            rows += fmt::format("<td class=\"n\" colspan=\"3\">not compared: {}</td></tr>\n", escaped(*skipped));
            return;
        }
        const auto count = [&](const char* key) {
            const auto number = number_at(report, at + key);
            return number ? fmt::format("{:.0f}", *number) : "not known";
        };
        rows += fmt::format("<td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n", count("/vectors"),
                            count("/mismatches"), holds(report, at + "/passed") ? "agree" : "FAILED");
    };
    line("Verilog", "/verify/rtl", "Verilator, against the emulator");
    line("Verilog's own test bench", "/verify/bench", "Icarus Verilog");
    line("HLS C++", "/verify/hls", "g++ with the vendor's ap_types, against the reference");
    if (rows.empty())
        return {};
    return "<table><tr><th>execution</th><th>by</th><th class=\"n\">vectors</th><th "
           "class=\"n\">mismatches</th><th>verdict</th></tr>\n" +
           rows + "</table>\n";
}

std::string layers(const Json& report) {
    std::string rows;
    for (const Json& layer : array_at(report, "/build/layers"))
        rows += fmt::format("<tr><td>{}</td><td class=\"n\">{:.0f} - {:.0f}</td><td class=\"n\">{:.0f}</td><td "
                            "class=\"n\">{:.0f}</td></tr>\n",
                            escaped(text_at(layer, "/name").value_or("")), number_at(layer, "/first_stage").value_or(0),
                            number_at(layer, "/last_stage").value_or(0), number_at(layer, "/adders").value_or(0),
                            number_at(layer, "/conversions").value_or(0));
    if (rows.empty())
        return {};
    return "<table><tr><th>layer</th><th class=\"n\">stages</th><th class=\"n\">adders</th><th "
           "class=\"n\">conversions</th></tr>\n" +
           rows + "</table>\n";
}

} // namespace

std::string html_page(const Json& report) {
    const std::string name = escaped(text_at(report, "/build/name").value_or("network"));
    std::string page = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                       "<meta name=\"viewport\" content=\"width=device-width\"><title>" +
                       name + " - Gatewright</title><style>" + style + "</style></head><body>\n";
    page += fmt::format("<h1>{}</h1><p class=\"by\">Built by {}</p>\n", name,
                        escaped(text_at(report, "/build/producer").value_or("Gatewright")));
    page += section("Physics", physics(report));
    page += section("In short", summary_table(report));
    page += section("Hardware", hardware(report));
    page += section("Speed", row(figure(speed_picture(report),
                                        "Measured on the machine that ran the commands. * from the kernel's simulated "
                                        "clocks at its clock period, memory keeping up; not a measurement.")));
    page += section("Bit for bit", verification(report));
    page += section("Layers", layers(report));
    return page + "</body></html>\n";
}

} // namespace gw::report
