// The bundle: one directory with all that a network became. It can be moved and copied; no absolute path is inside.
//
//   manifest.json  what it is, ports, types, plan, checksums      network.json  the exact network
//   (docs/network-file.md) rtl/           the core in Verilog, its test bench            hls/          the same core as
//   a Vitis HLS project shell/         the kernel around the core, card.json          card/         sources and library
//   of the simulated card vectors/       events and what the network makes of them      report.json   what build,
//   verify, synth ... found
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "bundle/manifest.hpp"
#include "network/network.hpp"
#include "plan/plan.hpp"

namespace gw::bundle {

struct Bundle {
    std::filesystem::path directory;
    Manifest manifest;
    network::Network network;
};

/// How much of a bundle is compared with its checksums when it is opened.
enum class Check : std::uint8_t { network, everything };

bool is_bundle(const std::filesystem::path& directory);

/// Throws support::Error (user): not a bundle, another version, a file that is missing or was changed.
Bundle open(const std::filesystem::path& directory, Check check);

/// report.json: one object, a section per command. Reading a report that is absent gives an empty object.
using Json = nlohmann::ordered_json;
Json read_report(const std::filesystem::path& bundle);
/// Replaces one section, atomically.
void write_report_section(const std::filesystem::path& bundle, const std::string& section, const Json& contents);

/// Keeps a study as the report's section "study". Throws support::Error (user) naming `where` unless the study's
/// "networks" (name: network::fingerprint) has the bundle's.
void keep_study(const Bundle& bundle, const Json& study, const std::string& where);

} // namespace gw::bundle
