#include "bundle/bundle.hpp"

#include <algorithm>

#include "network/file.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::bundle {
namespace {

using support::user_error;
namespace fs = std::filesystem;

constexpr const char* copy_again = "copy the bundle again, or build it again";

void check_file(const fs::path& directory, const std::string& name, const FileEntry& entry) {
    const fs::path file = directory / name;
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored))
        throw user_error("is missing from the bundle", file.string(), copy_again);
    if (entry_of(support::read_file(file)) != entry)
        throw user_error("differs from its checksum in manifest.json", file.string(), copy_again);
}

} // namespace

bool is_bundle(const fs::path& directory) {
    std::error_code ignored;
    return fs::is_directory(directory, ignored) && fs::is_regular_file(directory / "manifest.json", ignored);
}

Bundle open(const fs::path& directory, Check check) {
    std::error_code ignored;
    if (!fs::exists(directory, ignored))
        throw user_error("does not exist", directory.string(), "make a bundle: gatewright build MODEL -o BUNDLE");
    if (!is_bundle(directory))
        throw user_error("is no bundle (it has no manifest.json)", directory.string(),
                         "make a bundle: gatewright build MODEL -o BUNDLE");
    Bundle bundle;
    bundle.directory = directory;
    const fs::path manifest = directory / "manifest.json";
    bundle.manifest = manifest_from_json(support::read_file(manifest), manifest.string());
    const auto network = bundle.manifest.files.find("network.json");
    if (network == bundle.manifest.files.end())
        throw user_error("lists no network.json", manifest.string(), copy_again);
    if (check == Check::network)
        check_file(directory, network->first, network->second);
    else
        for (const auto& [name, entry] : bundle.manifest.files)
            check_file(directory, name, entry);
    bundle.network = network::load(directory / "network.json");
    return bundle;
}

Json read_report(const fs::path& bundle) {
    const fs::path file = bundle / "report.json";
    std::error_code ignored;
    if (!fs::exists(file, ignored))
        return Json::object();
    try {
        Json report = Json::parse(support::read_file(file));
        if (report.is_object())
            return report;
    } catch (const Json::parse_error&) { // said below
    }
    throw user_error("is no JSON object", file.string(), "remove it; verify, synth and run write it anew");
}

void write_report_section(const fs::path& bundle, const std::string& section, const Json& contents) {
    Json report = read_report(bundle);
    report[section] = contents;
    support::write_file(bundle / "report.json", report.dump(1) + "\n");
}

void keep_study(const Bundle& bundle, const Json& study, const std::string& where) {
    const auto networks = study.find("networks");
    const std::string own = network::fingerprint(bundle.network);
    const bool known = networks != study.end() && networks->is_object() &&
                       std::any_of(networks->begin(), networks->end(), [&](const Json& value) { return value == own; });
    if (!known)
        throw support::user_error("is a study of another network than that of " + bundle.directory.string(), where,
                                  "make the study with this bundle: gatewright muon study EVENTS --network " +
                                      bundle.directory.string());
    write_report_section(bundle.directory, "study", study);
}

} // namespace gw::bundle
