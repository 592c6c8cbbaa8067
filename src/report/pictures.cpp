#include "report/pictures.hpp"

#include <fmt/format.h>

#include "report/plot.hpp"

namespace gw::report {
namespace {

constexpr const char* pt_label = "generated pT (GeV)";

/// A list of {"low", "high", "value", "error"} as points with their bins.
Series series_of(const Json& estimator, const std::string& list) {
    Series series;
    series.name = text_at(estimator, "/name").value_or("");
    series.style = Series::Style::points;
    for (const Json& bin : array_at(estimator, "/" + list)) {
        const auto low = number_at(bin, "/low"), high = number_at(bin, "/high"), value = number_at(bin, "/value");
        if (!low || !high || !value)
            continue;
        series.x.push_back((*low + *high) / 2);
        series.x_error.push_back((*high - *low) / 2);
        series.y.push_back(*value);
        series.error.push_back(number_at(bin, "/error").value_or(0));
    }
    return series;
}

std::string binned_picture(Plot plot, const Json& study, const std::string& list) {
    for (const Json& estimator : array_at(study, "/estimators")) {
        Series series = series_of(estimator, list);
        if (!series.x.empty())
            plot.series.push_back(std::move(series));
    }
    return plot.series.empty() ? "" : to_svg(plot);
}

} // namespace

std::string width_picture(const Json& study, const std::string& sample) {
    Plot plot;
    plot.title = "pT resolution, " + sample;
    plot.x = {pt_label, Axis::Scale::linear, {}, {}};
    plot.y = {"scale-corrected width (less is better)", Axis::Scale::linear, 0.0, {}};
    return binned_picture(std::move(plot), study, "widths");
}

std::string turn_on_picture(const Json& study, const std::string& sample) {
    Plot plot;
    plot.title = "Turn-on, " + sample;
    plot.x = {pt_label, Axis::Scale::linear, 4.0, 60.0}; // where the curves differ
    plot.y = {"share above the cut", Axis::Scale::linear, 0.0, 1.05};
    const double threshold = number_at(study, "/threshold").value_or(0);
    if (threshold > 0)
        plot.guides.push_back({Guide::Across::x, threshold, fmt::format("{:g} GeV", threshold)});
    if (const auto efficiency = number_at(study, "/efficiency"))
        plot.guides.push_back({Guide::Across::y, *efficiency, ""});
    return binned_picture(std::move(plot), study, "turn_on");
}

std::string rate_picture(const Json& study) {
    const Json estimators = array_at(study, "/estimators");
    if (estimators.empty() || array_at(estimators.front(), "/rates").empty())
        return "";
    BarChart chart;
    chart.title = fmt::format(
        "Rate at {:g} % efficiency for {:g} GeV, relative to {}", 100 * number_at(study, "/efficiency").value_or(0.9),
        number_at(study, "/threshold").value_or(22), text_at(estimators.front(), "/name").value_or("the first"));
    const Json powers = array_at(estimators.front(), "/rates");
    for (std::size_t p = 0; p < powers.size(); ++p)
        chart.series.push_back({fmt::format("pT^{:g}", number_at(powers[p], "/power").value_or(0)), {}});
    for (const Json& estimator : estimators) {
        const Json rates = array_at(estimator, "/rates");
        if (rates.size() != powers.size())
            continue;
        chart.categories.push_back(text_at(estimator, "/name").value_or(""));
        for (std::size_t p = 0; p < rates.size(); ++p)
            chart.series[p].values.push_back(number_at(rates[p], "/ratio_to_reference/value").value_or(0));
    }
    return to_svg(chart);
}

std::string module_picture(const Json& report) {
    if (!report.contains("/synth/modules"_json_pointer))
        return "";
    BarChart chart;
    chart.title = "Resources by module";
    chart.series = {{"LUT", {}}, {"FF", {}}};
    for (const auto& [name, used] : report.at("/synth/modules"_json_pointer).items()) {
        const double lut = number_at(used, "/lut").value_or(0), ff = number_at(used, "/ff").value_or(0);
        if (lut == 0 && ff == 0)
            continue;
        chart.categories.push_back(name);
        chart.series[0].values.push_back(lut);
        chart.series[1].values.push_back(ff);
    }
    return chart.categories.empty() ? "" : to_svg(chart);
}

std::string stage_delay_picture(const Json& report) {
    const Json stages = array_at(report, "/build/stages");
    if (stages.empty())
        return "";
    Plot plot;
    plot.title = "Longest path of each pipeline stage, by the delay model";
    plot.x = {"pipeline stage", Axis::Scale::linear, 0.0, static_cast<double>(stages.size())};
    plot.y = {"ns", Axis::Scale::linear, 0.0, {}};
    Series series;
    series.style = Series::Style::steps;
    series.x.push_back(0);
    for (const Json& stage : stages) {
        series.y.push_back(number_at(stage, "/delay_ns").value_or(0));
        series.x.push_back(static_cast<double>(series.y.size()));
    }
    plot.series.push_back(std::move(series));
    if (const auto clock = number_at(report, "/build/clock_ns"))
        plot.guides.push_back({Guide::Across::y, *clock, fmt::format("clock {:g} ns", *clock)});
    return to_svg(plot);
}

std::string stage_area_picture(const Json& report) {
    const Json stages = array_at(report, "/build/stages");
    if (stages.empty())
        return "";
    Plot plot;
    plot.title = "Adders and registers along the pipeline";
    plot.x = {"pipeline stage", Axis::Scale::linear, 0.0, static_cast<double>(stages.size())};
    plot.y = {"adders; register bits", Axis::Scale::logarithmic, 1.0, {}};
    for (const auto& [key, name] : {std::pair{"/adders", "adders"}, std::pair{"/register_bits", "register bits"}}) {
        Series series;
        series.name = name;
        series.style = Series::Style::steps;
        series.x.push_back(0);
        for (const Json& stage : stages) {
            series.y.push_back(number_at(stage, key).value_or(0));
            series.x.push_back(static_cast<double>(series.y.size()));
        }
        plot.series.push_back(std::move(series));
    }
    return to_svg(plot);
}

std::string speed_picture(const Json& report) {
    BarChart chart;
    chart.title = "Events per second";
    chart.unit = "logarithmic";
    chart.scale = Axis::Scale::logarithmic;
    chart.series = {{"events per second", {}}};
    const auto add = [&](const std::string& name, const char* pointer) {
        if (const auto value = number_at(report, pointer); value && *value > 0) {
            chart.categories.push_back(name);
            chart.series.front().values.push_back(*value);
        }
    };
    const bool simulated = text_at(report, "/run/device/device").value_or("") == "sim";
    add(simulated ? "simulated card" : "card", "/run/device/events_per_second");
    add("float32 loops, one core", "/run/float_cpu_one_core/events_per_second");
    add("emulator, one core", "/run/emulator_one_core/events_per_second");
    add("kernel at its clock*", "/run/device/hardware_events_per_second");
    return chart.categories.empty() ? "" : to_svg(chart);
}

} // namespace gw::report
