// The fully simulated CMS muons of ../shared/data/cms-muons, and how our simulation compares with them.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "muon/event_file.hpp"
#include "muon/statistics.hpp"

namespace gw::muon {

struct CmsMuons {
    EventFile sample;                         ///< generated flat in pT from 1 to 200 GeV; positive muons only
    std::vector<std::optional<double>> l1_pt; ///< of the barrel track finder of CMS, GeV
};

/// Reads dt_primitives.csv and l1_muons.csv; primitives of the right crossing, the better one where a station has two.
/// Throws support::Error (kind user) where a file is absent or broken.
CmsMuons read_cms_muons(const std::filesystem::path& directory);

/// One angle: how it grows with 1/pT, and how far single muons scatter about that.
struct Observable {
    std::string name;
    Measured slope;              ///< limit of angle x pT for large pT, rad GeV, for a positive muon
    std::vector<Measured> width; ///< half 16-84 % range about the fitted curve, mrad, by pT bin
};

struct AngleTable {
    std::vector<double> edges; ///< GeV
    std::vector<Observable> observables;
    std::vector<double> station_share; ///< of muons with 0, 1, 2, 3, 4 primitives
};

/// phi at MB1 and MB4 from the vertex's, phiB at MB1..4, and the six delta phi, of primitives of good quality, weighted
/// to a flat spectrum above 8 GeV.
AngleTable measure_angles(const EventFile& sample);

nlohmann::json to_json(const AngleTable& table);
/// Side by side, a row an observable.
std::string compare_text(const AngleTable& simulation, const AngleTable& cms);

} // namespace gw::muon
