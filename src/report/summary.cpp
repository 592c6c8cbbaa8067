#include "report/summary.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "report/plot.hpp"

namespace gw::report {
namespace {

const Json nothing;

double number(const Json& json, const std::string& path) {
    const Json& value = at_path(json, path);
    return value.is_number() ? value.get<double>() : 0.0;
}

std::string measured(const Json& value, int digits) {
    return fmt::format("{:.{}f} +- {:.{}f}", number(value, "value"), digits, number(value, "error"), digits);
}

std::string rate(const Json& json) {
    return short_count(number(json, "events_per_second")) + " events/s";
}

class Rows {
  public:
    void add(std::string what, std::string value) { rows_.push_back({std::move(what), std::move(value)}); }
    std::vector<SummaryRow> take() { return std::move(rows_); }

  private:
    std::vector<SummaryRow> rows_;
};

void add_physics(Rows& rows, const Json& study) {
    const Json &network = estimator(study, "network"), &kalman = best_kalman(study);
    if (network.is_null() || kalman.is_null())
        return;
    const std::string against = kalman["name"].get<std::string>();
    rows.add("width of pT, 10-140 GeV", measured(network["width"], 4));
    rows.add("  " + against, measured(kalman["width"], 4));
    for (const double pt : {21.5, 22.5}) {
        const Json &mine = turn_on_at(network, pt), &theirs = turn_on_at(kalman, pt);
        if (!mine.is_null() && !theirs.is_null())
            rows.add(fmt::format("efficiency at {:.0f}-{:.0f} GeV, {}", number(mine, "low"), number(mine, "high"),
                                 "network / Kalman"),
                     fmt::format("{:.3f} / {:.3f}", number(mine, "value"), number(theirs, "value")));
    }
    for (std::size_t i = 0; i < network["rates"].size() && i < kalman["rates"].size(); ++i) {
        const Json &mine = network["rates"][i], &theirs = kalman["rates"][i];
        rows.add(
            fmt::format("rate for pT^{:.0f}, network / Kalman", number(mine, "power")),
            fmt::format("{:.2f} / {:.2f} per 1000 muons = {:.3f}", number(mine, "per_thousand.value"),
                        number(theirs, "per_thousand.value"),
                        number(mine, "per_thousand.value") / std::max(number(theirs, "per_thousand.value"), 1e-9)));
    }
}

void add_hardware(Rows& rows, const Json& report) {
    if (const Json& build = at_path(report, "build"); !build.is_null())
        rows.add("latency",
                 fmt::format("{} cycles = {:.1f} ns at {:.2f} ns, initiation interval 1",
                             number(build, "latency_cycles"), number(build, "latency_ns"), number(build, "clock_ns")));
    if (const Json& synth = at_path(report, "synth"); !synth.is_null())
        rows.add("LUT / FF / DSP / CARRY4", fmt::format("{} / {} / {} / {}", number(synth, "lut"), number(synth, "ff"),
                                                        number(synth, "dsp"), number(synth, "carry")));
}

void add_speed(Rows& rows, const Json& run) {
    if (run.is_null())
        return;
    rows.add("emulator, one core", rate(run["emulator_one_core"]));
    rows.add("float32 on the same core", rate(run["float_cpu_one_core"]));
    rows.add("simulated card", rate(run["device"]));
    if (const double hardware = number(run, "device.hardware_events_per_second"); hardware > 0)
        rows.add("the same clocks in hardware",
                 fmt::format("{} events/s ({:.3f} clocks an event)", short_count(hardware),
                             number(run, "device.cycles_per_event")));
    rows.add("card against emulator", fmt::format("{} mismatches in {} vectors", number(run, "device.mismatches"),
                                                  number(run, "device.events")));
}

void add_verification(Rows& rows, const Json& verify) {
    for (const auto& [key, name] : {std::pair{"rtl", "Verilog (Verilator) against emulator"},
                                    std::pair{"bench", "test bench (Icarus) against emulator"},
                                    std::pair{"hls", "HLS C++ (g++) against emulator"}}) {
        const Json& part = at_path(verify, key);
        if (!part.is_null() && !part.contains("skipped"))
            rows.add(name, fmt::format("{} mismatches in {} vectors",
                                       key == std::string("bench") && part.value("passed", false)
                                           ? 0.0
                                           : number(part, "mismatches"),
                                       number(part, "vectors")));
    }
}

} // namespace

const Json& at_path(const Json& json, const std::string& path) {
    const Json* current = &json;
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('.', begin), path.size());
        const std::string key = path.substr(begin, end - begin);
        if (!current->is_object() || !current->contains(key))
            return nothing;
        current = &(*current)[key];
        begin = end + 1;
    }
    return *current;
}

const Json& estimator(const Json& study, const std::string& name) {
    for (const Json& each : at_path(study, "study.estimators"))
        if (each.value("name", "") == name)
            return each;
    return nothing;
}

const Json& best_kalman(const Json& study) {
    const Json* best = &nothing;
    for (const Json& each : at_path(study, "study.estimators"))
        if (each.value("name", "").starts_with("Kalman") &&
            (best->is_null() || number(each, "width.value") < number(*best, "width.value")))
            best = &each;
    return *best;
}

const Json& turn_on_at(const Json& estimator, double pt) {
    for (const Json& bin : at_path(estimator, "turn_on"))
        if (number(bin, "low") <= pt && pt < number(bin, "high"))
            return bin;
    return nothing;
}

std::vector<SummaryRow> summary(const Json& report, const Json& study) {
    Rows rows;
    add_physics(rows, study);
    add_hardware(rows, report);
    add_speed(rows, at_path(report, "run"));
    add_verification(rows, at_path(report, "verify"));
    return rows.take();
}

std::string to_text(const std::vector<SummaryRow>& rows) {
    std::size_t widest = 0;
    for (const SummaryRow& row : rows)
        widest = std::max(widest, row.what.size());
    const std::string rule(std::min<std::size_t>(78, widest + 40), '-');
    std::string text = rule + "\n";
    for (const SummaryRow& row : rows)
        text += fmt::format("{:<{}}  {}\n", row.what, widest, row.value);
    return text + rule + "\n";
}

} // namespace gw::report
