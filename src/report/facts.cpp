#include "report/facts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "report/plot.hpp"

namespace gw::report {
namespace {

const Json* find(const Json& report, const std::string& pointer) {
    const Json::json_pointer path(pointer);
    return report.contains(path) ? &report.at(path) : nullptr;
}

std::string with_error(const Json& measured, int digits) {
    const auto value = number_at(measured, "/value"), error = number_at(measured, "/error");
    if (!value)
        return "-";
    return error ? fmt::format("{:.{}f} +- {:.{}f}", *value, digits, *error, digits)
                 : fmt::format("{:.{}f}", *value, digits);
}

/// The bin that holds `value`.
Json bin_with(const Json& bins, double value) {
    for (const Json& bin : bins)
        if (number_at(bin, "/low").value_or(1e300) <= value && value < number_at(bin, "/high").value_or(-1e300))
            return bin;
    return nullptr;
}

/// Of the Kalman filters in the study, the one with the least width: the hardest to beat. Else the first estimator.
Json best_kalman(const Json& estimators) {
    Json best = estimators.empty() ? Json(nullptr) : estimators.front();
    for (const Json& estimator : estimators)
        if (text_at(estimator, "/name").value_or("").starts_with("Kalman") &&
            number_at(estimator, "/width/value").value_or(1e300) < number_at(best, "/width/value").value_or(1e300))
            best = estimator;
    return best;
}

/// "Kalman, retuned" is "retuned" where the line has named a Kalman filter already.
std::string short_name(const std::string& name) {
    constexpr std::string_view family = "Kalman, ";
    return name.starts_with(family) ? name.substr(family.size()) : name;
}

class Collector {
  public:
    explicit Collector(const Json& report) : report_(report) {}

    std::vector<Fact> collect() {
        physics();
        hardware();
        speed();
        verification();
        return std::move(facts_);
    }

  private:
    void add(std::string what, std::string value, std::string beside = {}) {
        facts_.push_back({std::move(what), std::move(value), std::move(beside)});
    }

    void physics() {
        const Json estimators = array_at(report_, "/study/study/estimators");
        const Json network = named(estimators, "network");
        const Json kalman = best_kalman(estimators);
        if (network.is_null() || kalman.is_null())
            return;
        const std::string other = text_at(kalman, "/name").value_or("baseline");
        const double low = number_at(report_, "/study/study/width_range/0").value_or(0);
        const double high = number_at(report_, "/study/study/width_range/1").value_or(0);
        const double threshold = number_at(report_, "/study/study/threshold").value_or(22);
        const Json* mine = find(network, "/width");
        const Json* theirs = find(kalman, "/width");
        if (mine != nullptr && theirs != nullptr)
            add(fmt::format("pT width, {:g}-{:g} GeV", low, high), with_error(*mine, 4),
                fmt::format("{}: {}", other, with_error(*theirs, 4)));
        for (const double pt : {threshold, threshold - 6}) {
            const Json bin = bin_with(array_at(network, "/turn_on"), pt);
            const Json base = bin_with(array_at(kalman, "/turn_on"), pt);
            if (!bin.is_null() && !base.is_null())
                add(fmt::format("turn-on, {:g}-{:g} GeV", bin["low"].get<double>(), bin["high"].get<double>()),
                    with_error(bin, 3), fmt::format("{}: {}", other, with_error(base, 3)));
        }
        rates(network, kalman, estimators.front());
    }

    /// Each network rate over the best Kalman filter's. The study's own ratio and its error are to the first estimator.
    void rates(const Json& network, const Json& kalman, const Json& first) {
        const Json mine = array_at(network, "/rates"), theirs = array_at(kalman, "/rates");
        for (std::size_t i = 0; i < std::min(mine.size(), theirs.size()); ++i) {
            const auto rate = number_at(mine[i], "/per_thousand/value"),
                       base = number_at(theirs[i], "/per_thousand/value");
            const Json* ratio = find(mine[i], "/ratio_to_reference");
            if (!rate || !base || *base <= 0 || ratio == nullptr)
                continue;
            add(fmt::format("rate, spectrum pT^{:g}", number_at(mine[i], "/power").value_or(0)), with_error(*ratio, 3),
                beside(first, kalman, *rate / *base));
        }
    }

    static std::string beside(const Json& first, const Json& kalman, double ratio) {
        const std::string reference = text_at(first, "/name").value_or(""),
                          hardest = text_at(kalman, "/name").value_or("");
        return "x " + reference +
               (hardest == reference ? "" : fmt::format("; {:.3f} x {}", ratio, short_name(hardest)));
    }

    void hardware() {
        const auto cycles = number_at(report_, "/build/latency_cycles"), clock = number_at(report_, "/build/clock_ns");
        if (cycles && clock)
            add("latency", fmt::format("{:g} cycles", *cycles),
                fmt::format("{:.4g} ns, one event each {:g} ns clock", *cycles * *clock, *clock));
        if (const Json* meets = find(report_, "/build/meets_clock"); meets != nullptr && *meets == false)
            add("  longest stage", fmt::format("{:.2f} ns", number_at(report_, "/build/worst_stage_ns").value_or(0)),
                "by the model: MISSES the clock");
        const auto lut = number_at(report_, "/synth/lut"), ff = number_at(report_, "/synth/ff"),
                   dsp = number_at(report_, "/synth/dsp");
        const std::string tool = text_at(report_, "/synth/tool").value_or("");
        if (lut && ff && dsp)
            add("LUT / FF / DSP", fmt::format("{:g} / {:g} / {:g}", *lut, *ff, *dsp),
                tool.substr(0, tool.find(" (")) + ", " + text_at(report_, "/synth/family").value_or(""));
        if (const auto speed = number_at(report_, "/place/median_mhz"))
            add("placed and routed", fmt::format("{:.1f} MHz", *speed), text_at(report_, "/place/device").value_or(""));
    }

    void speed() {
        const auto rate = [&](const char* pointer) { return number_at(report_, pointer); };
        if (const auto value = rate("/run/emulator_one_core/events_per_second"))
            add("emulator, one core", short_count(*value) + " events/s");
        if (const auto value = rate("/run/float_cpu_one_core/events_per_second"))
            add("float CPU, one core", short_count(*value) + " events/s", "plain float32 loops, same network");
        if (const auto value = rate("/run/device/events_per_second")) {
            const bool simulated = text_at(report_, "/run/device/device").value_or("") == "sim";
            add(simulated ? "simulated card" : "card", short_count(*value) + " events/s",
                simulated ? "Verilated kernel behind the driver" : "");
        }
        if (const auto value = rate("/run/device/hardware_events_per_second"))
            add("  clocks in hardware", short_count(*value) + " events/s", "from simulated cycles, not measured");
    }

    void verification() {
        const auto line = [&](const char* what, const std::string& section) {
            if (find(report_, section) == nullptr || find(report_, section + "/skipped") != nullptr)
                return;
            const auto mismatches = number_at(report_, section + "/mismatches");
            add(what, fmt::format("{:.0f} vectors", number_at(report_, section + "/vectors").value_or(0)),
                (mismatches ? fmt::format("{:.0f} mismatches", *mismatches) : "mismatches not known") +
                    (holds(report_, section + "/passed") ? "" : ", FAILED"));
        };
        line("emulator against RTL", "/verify/rtl");
        line("emulator against HLS", "/verify/hls");
        line("RTL's test bench", "/verify/bench");
        if (const auto reason = text_at(report_, "/verify/hls/skipped"))
            add("emulator against HLS", "not compared", *reason);
        if (const auto mismatches = number_at(report_, "/run/device/mismatches"))
            add("emulator against card",
                fmt::format("{:.0f} events", number_at(report_, "/run/device/events").value_or(0)),
                fmt::format("{:.0f} mismatches", *mismatches));
    }

    const Json& report_;
    std::vector<Fact> facts_;
};

} // namespace

std::optional<double> number_at(const Json& report, const std::string& pointer) {
    const Json* found = find(report, pointer);
    return found != nullptr && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

std::optional<std::string> text_at(const Json& report, const std::string& pointer) {
    const Json* found = find(report, pointer);
    return found != nullptr && found->is_string() ? std::optional(found->get<std::string>()) : std::nullopt;
}

bool holds(const Json& report, const std::string& pointer) {
    const Json* found = find(report, pointer);
    return found != nullptr && *found == true;
}

Json array_at(const Json& report, const std::string& pointer) {
    const Json* found = find(report, pointer);
    return found != nullptr && found->is_array() ? *found : Json::array();
}

Json named(const Json& array, const std::string& name) {
    for (const Json& entry : array)
        if (text_at(entry, "/name") == name)
            return entry;
    return nullptr;
}

std::vector<Fact> summary(const Json& report) {
    return Collector(report).collect();
}

std::string summary_text(const std::vector<Fact>& facts) {
    constexpr std::size_t width = 80, first = 22, second = 18;
    std::string text = std::string(width, '-') + "\n";
    for (const Fact& fact : facts) {
        std::string line = fmt::format("{:<{}} {:<{}} {}", fact.what, first, fact.value, second, fact.beside);
        line.resize(std::min(line.size(), width));
        text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text + std::string(width, '-') + "\n";
}

} // namespace gw::report
