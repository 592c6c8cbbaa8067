#include <fmt/format.h>

#include "muon/study.hpp"

namespace gw::muon {

namespace {

using nlohmann::json;

json to_json(const Measured& measured) {
    return {{"value", measured.value}, {"error", measured.error}};
}

json to_json(const std::vector<Binned>& bins) {
    json list = json::array();
    for (const Binned& bin : bins) {
        list.push_back({{"low", bin.low},
                        {"high", bin.high},
                        {"events", bin.events},
                        {"value", bin.measured.value},
                        {"error", bin.measured.error}});
    }
    return list;
}

json to_json(const EstimatorResult& result) {
    json rates = json::array();
    for (const Rate& rate : result.rates) {
        rates.push_back({{"power", rate.power},
                         {"per_thousand", to_json(rate.per_thousand)},
                         {"ratio_to_reference", to_json(rate.ratio_to_reference)}});
    }
    return {{"name", result.name},
            {"events", result.events},
            {"width", to_json(result.width)},
            {"width_ratio_to_reference", to_json(result.width_ratio_to_reference)},
            {"widths", to_json(result.widths)},
            {"medians", to_json(result.medians)},
            {"cut", result.cut},
            {"turn_on", to_json(result.turn_on)},
            {"rates", rates}};
}

} // namespace

json to_json(const Study& study) {
    json estimators = json::array();
    for (const EstimatorResult& result : study.results) {
        estimators.push_back(to_json(result));
    }
    return {{"events", study.events},
            {"threshold", study.options.threshold},
            {"efficiency", study.options.efficiency},
            {"width_range", {study.options.width_low, study.options.width_high}},
            {"bootstrap_replicas", study.options.replicas},
            {"estimators", estimators}};
}

std::string to_text(const Study& study) {
    const auto shown = [](const Measured& m, int digits) {
        return fmt::format("{:.{}f} +- {:.{}f}", m.value, digits, m.error, digits);
    };
    std::string text = fmt::format("{} events with two or more primitives\n", study.events);
    text += fmt::format("{:<22} {:>18} {:>18}", "",
                        fmt::format("width {:g}-{:g} GeV", study.options.width_low, study.options.width_high),
                        "over the first");
    for (const double power : study.options.rate_powers) {
        text += fmt::format(" {:>18} {:>18}", fmt::format("rate pT^{:g} (1e-3)", power), "over the first");
    }
    text += fmt::format(" {:>9}\n", "cut (GeV)");
    for (const EstimatorResult& result : study.results) {
        text += fmt::format("{:<22} {:>18} {:>18}", result.name, shown(result.width, 4),
                            shown(result.width_ratio_to_reference, 3));
        for (const Rate& rate : result.rates) {
            text += fmt::format(" {:>18} {:>18}", shown(rate.per_thousand, 3), shown(rate.ratio_to_reference, 3));
        }
        text += fmt::format(" {:>9.2f}\n", result.cut);
    }
    text += "\nwidth by pT (GeV)\n";
    for (const EstimatorResult& result : study.results) {
        text += fmt::format("{:<22}", result.name);
        for (const Binned& bin : result.widths) {
            text +=
                fmt::format("  {:g}-{:g}: {:.3f}+-{:.3f}", bin.low, bin.high, bin.measured.value, bin.measured.error);
        }
        text += "\n";
    }
    return text;
}

} // namespace gw::muon
