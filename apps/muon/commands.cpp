#include "muon/commands.hpp"

#include <chrono>
#include <fmt/format.h>

#include "muon/bmtf_lut.hpp"
#include "muon/cms.hpp"
#include "muon/features.hpp"
#include "muon/kalman.hpp"
#include "muon/target.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/interrupt.hpp"
#include "support/parallel.hpp"

namespace gw::muon {

namespace {

using PtOf = std::function<std::optional<double>(const Primitives&)>;

Estimator estimate(std::string name, const std::vector<Event>& events, unsigned threads, const PtOf& pt_of) {
    Estimator estimator{std::move(name), std::vector<double>(events.size())};
    support::parallel_for(events.size(), 4096, threads, [&](std::size_t begin, std::size_t end) {
        support::throw_if_interrupted();
        for (std::size_t i = begin; i < end; ++i) {
            estimator.pt[i] = pt_of(events[i].primitives).value_or(0);
        }
    });
    return estimator;
}

std::vector<Estimator> baselines(const std::vector<Event>& events, const std::filesystem::path& cms, unsigned threads) {
    const KalmanSettings published = published_kalman(), tuned = tuned_kalman();
    std::vector<Estimator> list;
    list.push_back(
        estimate("Kalman (KBMTF)", events, threads, [&](const Primitives& p) { return kalman_pt(p, published); }));
    list.push_back(
        estimate("Kalman, retuned", events, threads, [&](const Primitives& p) { return kalman_pt(p, tuned); }));
    if (!cms.empty()) {
        const BmtfTables tables = BmtfTables::read(cms / "bmtf_pt_luts");
        list.push_back(estimate("BMTF tables", events, threads, [&](const Primitives& p) { return tables.pt(p); }));
    }
    return list;
}

Estimator network_estimate(const Predictor& network, const std::vector<Event>& events) {
    const support::Array outputs = network.predict(feature_array(events));
    if (outputs.values.size() != events.size()) {
        throw support::user_error(fmt::format("the network gives {} values for {} events, expected one each",
                                              outputs.values.size(), events.size()),
                                  network.name,
                                  fmt::format("a muon network has {} inputs and 1 output", feature_count));
    }
    Estimator estimator{network.name, {}};
    for (std::size_t i = 0; i < events.size(); ++i) {
        const bool usable = station_count(events[i].primitives) >= 2;
        estimator.pt.push_back(usable ? pt_from_output(outputs.values[i]) : 0);
    }
    return estimator;
}

std::vector<Estimator> everybody(const std::vector<Event>& events, const StudyCommand& command) {
    std::vector<Estimator> list = baselines(events, command.cms, command.study.threads);
    for (const Predictor& network : command.networks) {
        list.push_back(network_estimate(network, events));
    }
    return list;
}

/// What 1,000 events can tell: widths in few bins, no rates.
StudyOptions small_sample(StudyOptions options) {
    options.width_edges = {10, 20, 40, 60, 80, 100, 140, 200};
    options.rate_powers.clear();
    options.window = 0; // too few muons near the threshold to set a cut there: turn-ons take the simulation's
    constexpr std::size_t replicas = 200;
    options.replicas = replicas;
    return options;
}

/// Gives each result on CMS events the cut that the simulation set, and the turn-on there.
void take_cuts(Study& on_cms, const Study& on_simulation, const CmsMuons& muons,
               const std::vector<Estimator>& estimators) {
    const std::vector<double> edges{3, 10, 16, 20, 24, 30, 50, 100, 200};
    for (std::size_t i = 0; i < on_simulation.results.size();
         ++i) { // the same estimators, in the same order, come first
        const double cut = on_simulation.results[i].cut;
        if (cut > 0) {
            on_cms.results[i].cut = cut;
            on_cms.results[i].turn_on = turn_on(muons.sample, estimators[i], cut, edges);
        }
    }
}

std::string turn_on_text(const Study& study) {
    std::string text = "efficiency by pT (GeV) at the cut of the simulation\n";
    for (const EstimatorResult& result : study.results) {
        if (result.turn_on.empty()) {
            continue;
        }
        text += fmt::format("{:<22}", result.name);
        for (const Binned& bin : result.turn_on) {
            text +=
                fmt::format("  {:g}-{:g}: {:.2f}+-{:.2f}", bin.low, bin.high, bin.measured.value, bin.measured.error);
        }
        text += "\n";
    }
    return text;
}

/// How well our reading of the tables gives what CMS's own emulation gave on the same primitives.
nlohmann::json agreement(const Estimator& tables, const CmsMuons& muons) {
    std::size_t both = 0, equal = 0;
    for (std::size_t i = 0; i < tables.pt.size(); ++i) {
        if (tables.pt[i] > 0 && muons.l1_pt[i]) {
            ++both;
            equal += tables.pt[i] == *muons.l1_pt[i] ? 1 : 0;
        }
    }
    return {{"events_with_both", both}, {"equal", equal}};
}

Outcome compare_with_cms(const StudyCommand& command, const EventFile& simulation, const Study& on_simulation) {
    const CmsMuons muons = read_cms_muons(command.cms);
    const AngleTable ours = measure_angles(simulation), theirs = measure_angles(muons.sample);
    std::vector<Estimator> estimators = everybody(muons.sample.events, command);
    Estimator level1{"Level-1 of CMS", {}};
    for (const auto& pt : muons.l1_pt) {
        level1.pt.push_back(pt.value_or(0));
    }
    estimators.push_back(std::move(level1));
    Study result = study(muons.sample, estimators, small_sample(command.study));
    take_cuts(result, on_simulation, muons, estimators);
    const auto tables = agreement(estimators[2], muons); // the third of baselines()
    Outcome outcome;
    outcome.json = {{"comparison", {{"simulation", to_json(ours)}, {"cms", to_json(theirs)}}},
                    {"study", to_json(result)},
                    {"tables_against_level1", tables}};
    outcome.text = "\nSimulation against CMS\n" + compare_text(ours, theirs) +
                   fmt::format("\nOn CMS events (mu+ of full simulation, {} muons)\n", muons.sample.events.size()) +
                   to_text(result) + turn_on_text(result) +
                   fmt::format("our reading of the BMTF tables equals CMS's Level-1 pT in {} of {} muons\n",
                               tables["equal"].get<std::size_t>(), tables["events_with_both"].get<std::size_t>());
    return outcome;
}

} // namespace

Outcome run(const SimulateCommand& command) {
    const auto start = std::chrono::steady_clock::now();
    const EventFile file{command.simulation.spectrum, simulate(command.simulation)};
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    write_events(command.output, file);
    std::size_t usable = 0;
    for (const Event& event : file.events) {
        usable += station_count(event.primitives) >= 2 ? 1U : 0U;
    }
    const double count = static_cast<double>(file.events.size());
    return {{{"events", file.events.size()},
             {"usable_events", usable},
             {"seconds", seconds},
             {"events_per_second", count / seconds},
             {"output", command.output.string()}},
            fmt::format("{} muons simulated in {:.2f} s ({:.2f} M/s), {} with two or more primitives; written to {}\n",
                        file.events.size(), seconds, count / seconds / 1e6, usable, command.output.string())};
}

Outcome run(const BaselineCommand& command) {
    const EventFile file = read_events(command.events);
    const Study result = study(file, baselines(file.events, command.cms, command.study.threads), command.study);
    return {{{"study", to_json(result)}}, to_text(result)};
}

Outcome run(const StudyCommand& command) {
    const EventFile file = read_events(command.events);
    const Study result = study(file, everybody(file.events, command), command.study);
    Outcome outcome{{{"study", to_json(result)}}, to_text(result)};
    if (!command.cms.empty()) {
        const Outcome cms = compare_with_cms(command, file, result);
        outcome.json["cms"] = cms.json;
        outcome.text += cms.text;
    }
    for (const Predictor& network : command.networks) {
        outcome.json["networks"][network.name] = network.fingerprint;
    }
    if (!command.output.empty()) {
        support::write_file(command.output, outcome.json.dump(1) + "\n");
    }
    return outcome;
}

} // namespace gw::muon
