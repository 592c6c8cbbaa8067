// What `gatewright muon simulate | baseline | study` do, as plain functions: the command line only parses and prints.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "muon/simulation.hpp"
#include "muon/study.hpp"
#include "support/array_io.hpp"

namespace gw::muon {

/// What a command found: for machines and for people.
struct Outcome {
    nlohmann::json json;
    std::string text;
};

struct SimulateCommand {
    SimulationOptions simulation;
    std::filesystem::path output; ///< events.npz; an existing file is replaced
};
/// {"events", "usable_events", "seconds", "events_per_second", "output"}; the seconds are the simulation's alone.
Outcome run(const SimulateCommand& command);

struct BaselineCommand {
    std::filesystem::path events;
    std::filesystem::path cms; ///< the folder cms-muons with CMS's tables; empty: without
    StudyOptions study;
};
/// The study of the Kalman filters (and of CMS's tables) alone: {"study": ...}.
Outcome run(const BaselineCommand& command);

/// A network as the study sees it: features (events, 18) to outputs (events, 1), both as values.
struct Predictor {
    std::string name;
    std::function<support::Array(const support::Array& features)> predict;
    std::string fingerprint = {}; ///< network::fingerprint: a report takes a study of its own network only
};

struct StudyCommand {
    std::filesystem::path events;
    std::vector<Predictor> networks;
    std::filesystem::path cms;    ///< as above; where given, the simulation is compared with its events too
    std::filesystem::path output; ///< study.json; empty: none written
    StudyOptions study;
};
/// {"networks": {name: fingerprint}, "study": ..., and with `cms` "cms": {"comparison": ..., "study": ...}};
/// docs/muon.md lists every key.
Outcome run(const StudyCommand& command);

} // namespace gw::muon
