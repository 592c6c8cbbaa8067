// What the vendor's tools report, in the words of the open flow: csynth.xml of Vitis HLS, Vivado's report_utilization
// and report_timing_summary as text (UG1399, UG906).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "synth/yosys.hpp"

namespace gw::synth {

struct VendorReport {
    enum class Kind : std::uint8_t { csynth, utilisation, timing };
    Kind kind = Kind::csynth;
    std::string tool, part;
    std::optional<Resources> resources; ///< csynth: estimates of C synthesis; block memories in halves of 36 Kb there
    std::optional<double> uram;
    std::optional<double> clock_ns;       ///< target
    std::optional<double> slack_ns;       ///< worst negative slack of set-up; of csynth: target less estimate
    std::optional<std::uint64_t> latency; ///< csynth: clocks, at worst
    std::optional<std::uint64_t> interval;

    /// The clock that the slack allows.
    std::optional<double> mhz() const {
        return clock_ns && slack_ns ? std::optional(1000 / (*clock_ns - *slack_ns)) : std::nullopt;
    }
};

/// Which of the three it is, its text tells. Throws support::Error (user) naming the file where it is none of them or
/// what every such report has is missing.
VendorReport read_vendor_report(const std::filesystem::path& file);
VendorReport parse_vendor_report(const std::string& text, const std::string& name);

/// report.json's fields: "synth" of C synthesis and of utilisation (which goes before), "place" of timing, with the
/// resources of a utilisation report beside it.
nlohmann::ordered_json to_json(const std::vector<VendorReport>& reports);

} // namespace gw::synth
