#include "report/page.hpp"

#include <fmt/format.h>

#include "report/plot.hpp"
#include "report/svg.hpp"

namespace gw::report {
namespace {

constexpr std::string_view style = R"(
body { font: 15px/1.5 system-ui, sans-serif; color: #1c1c1c; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; }
p.note { color: #555; max-width: 46rem; margin: .2rem 0 .8rem; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; } .plots svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; margin: .5rem 0; } td, th { padding: .2rem .9rem .2rem 0; text-align: left; border-bottom: 1px solid #ddd; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
)";

double number(const Json& json, const std::string& path) {
    const Json& value = at_path(json, path);
    return value.is_number() ? value.get<double>() : 0.0;
}

/// One series of points per estimator from the bins that `key` names.
Plot binned(const Json& study, const std::string& key, const std::string& title, const std::string& y_label) {
    Plot plot;
    plot.title = title;
    plot.x = {"generated pT (GeV)", Axis::Scale::logarithmic, {}, {}};
    plot.y = {y_label, Axis::Scale::linear, 0.0, {}};
    for (const Json& each : at_path(study, "study.estimators")) {
        Series series;
        series.name = each.value("name", "");
        series.style = Series::Style::points;
        for (const Json& bin : at_path(each, key)) {
            series.x.push_back((number(bin, "low") + number(bin, "high")) / 2);
            series.x_error.push_back((number(bin, "high") - number(bin, "low")) / 2);
            series.y.push_back(number(bin, "value"));
            series.error.push_back(number(bin, "error"));
        }
        plot.series.push_back(std::move(series));
    }
    return plot;
}

std::string physics(const Json& study) {
    if (at_path(study, "study.estimators").empty())
        return {};
    Plot turn_on = binned(study, "turn_on", "Turn-on at the threshold with 90 % efficiency at 22 GeV", "efficiency");
    for (Series& series : turn_on.series)
        series.x_error.clear();
    turn_on.guides = {{Guide::Across::x, 22, "22 GeV"}, {Guide::Across::y, 0.9, "90 %"}};
    BarChart rates{"Rate at that threshold, over the first's", "", {}, {}, Axis::Scale::linear};
    for (const Json& each : at_path(study, "study.estimators")) {
        BarChart::Bars bars{each.value("name", ""), {}};
        for (const Json& rate : each["rates"]) {
            if (rates.series.empty())
                rates.categories.push_back(fmt::format("pT^{:.0f}", number(rate, "power")));
            bars.values.push_back(number(rate, "ratio_to_reference.value"));
        }
        rates.series.push_back(std::move(bars));
    }
    return fmt::format("<h2>Physics</h2><p class=note>{} simulated muons with two or more primitives, not used in "
                       "training; the same events for everybody. "
                       "Width: half the 16-84 % range of generated over estimated pT, over its median, so that no "
                       "estimator gains by its scale.</p>"
                       "<div class=plots>{}{}{}</div>",
                       short_count(number(study, "study.events")),
                       to_svg(binned(study, "widths", "Resolution", "width of pT(gen) / pT(est)")), to_svg(turn_on),
                       to_svg(rates));
}

std::string resources(const Json& synth) {
    if (synth.is_null())
        return {};
    BarChart chart{"Cells by module", "", {}, {{"LUT", {}}, {"FF", {}}, {"CARRY4", {}}}, Axis::Scale::linear};
    std::string table =
        "<table><tr><th>module<th class=n>LUT<th class=n>FF<th class=n>CARRY4<th class=n>DSP<th class=n>BRAM</tr>";
    const auto row = [&](const std::string& name, const Json& cells) {
        table += fmt::format("<tr><td>{}", escaped(name));
        for (const char* key : {"lut", "ff", "carry", "dsp", "bram"})
            table += fmt::format("<td class=n>{}", number(cells, key));
        table += "</tr>";
    };
    for (const auto& [name, cells] : at_path(synth, "modules").items()) {
        row(name, cells);
        if (number(cells, "lut") + number(cells, "ff") == 0)
            continue; // wires only
        chart.categories.push_back(name);
        chart.series[0].values.push_back(number(cells, "lut"));
        chart.series[1].values.push_back(number(cells, "ff"));
        chart.series[2].values.push_back(number(cells, "carry"));
    }
    row("all", synth);
    return fmt::format(
        "<h2>Resources</h2><p class=note>{}, family {}. Synthesis, not placed.</p><div class=plots>{}</div>{}</table>",
        escaped(synth.value("tool", "")), escaped(synth.value("family", "")), to_svg(chart), table);
}

std::string latency(const Json& build) {
    if (at_path(build, "stages").empty())
        return {};
    BarChart chart{"Longest path of each pipeline stage, by the plan's delay model",
                   "ns",
                   {},
                   {{"delay", {}}},
                   Axis::Scale::linear};
    std::size_t stage = 0;
    for (const Json& each : build["stages"]) {
        chart.categories.push_back(fmt::format("stage {}", stage++));
        chart.series[0].values.push_back(number(each, "delay_ns"));
    }
    std::string table = "<table><tr><th>layer<th class=n>first stage<th class=n>last stage<th class=n>adders</tr>";
    for (const Json& each : at_path(build, "layers"))
        table +=
            fmt::format("<tr><td>{}<td class=n>{}<td class=n>{}<td class=n>{}</tr>", escaped(each.value("name", "")),
                        number(each, "first_stage"), number(each, "last_stage"), number(each, "adders"));
    return fmt::format("<h2>Latency</h2><p class=note>{} cycles of {} ns = {} ns, a new event every cycle.</p><div "
                       "class=plots>{}</div>{}</table>",
                       number(build, "latency_cycles"), number(build, "clock_ns"), number(build, "latency_ns"),
                       to_svg(chart), table);
}

std::string throughput(const Json& run) {
    if (run.is_null())
        return {};
    BarChart chart{"Events per second", "events/s", {}, {{"throughput", {}}}, Axis::Scale::logarithmic};
    const auto bar = [&](const std::string& name, const std::string& path) {
        if (const double value = number(run, path); value > 0) {
            chart.categories.push_back(name);
            chart.series[0].values.push_back(value);
        }
    };
    bar("emulator, one core", "emulator_one_core.events_per_second");
    bar("float32 CPU, one core", "float_cpu_one_core.events_per_second");
    bar("simulated card (this machine)", "device.events_per_second");
    bar("card's clocks in hardware", "device.hardware_events_per_second");
    return fmt::format("<h2>Throughput</h2><p class=note>Emulator and card are exact; float32 is the same network "
                       "without integers, zeros multiplied. "
                       "The simulated card runs every clock of the hardware in software; its clocks, at the plan's "
                       "period, give the last bar.</p>"
                       "<div class=plots>{}</div>",
                       to_svg(chart));
}

} // namespace

std::string page(const std::string& title, const Json& report, const Json& study) {
    std::string rows;
    for (const SummaryRow& row : summary(report, study))
        rows += fmt::format("<tr><td>{}<td>{}</tr>", escaped(row.what), escaped(row.value));
    return fmt::format(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
        "content=\"width=device-width\"><title>{0} - Gatewright</title>"
        "<style>{1}</style><h1>{0}</h1><p class=note>from "
        "{2}</p>{3}{4}{5}{6}<h2>Summary</h2><table>{7}</table></html>\n",
        escaped(title), style,
        escaped(at_path(report, "build").is_null() ? "Gatewright" : report["build"].value("producer", "")),
        physics(study), resources(at_path(report, "synth")), latency(at_path(report, "build")),
        throughput(at_path(report, "run")), rows);
}

} // namespace gw::report
