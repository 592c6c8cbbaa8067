#include "fuzz/mutators.hpp"

#include <fstream>
#include <map>
#include <memory>

#include <zip.h>

#include "import/zip.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/mutate_json.hpp"

namespace gw::fuzz {

namespace {

std::optional<std::string> mutated(const std::string& text, support::Random& random) {
    nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded())
        return std::nullopt;
    test::JsonMutator(random).mutate(json);
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

import::Hdf5 stored_weights(const std::filesystem::path& file){
    if (file.extension() ==
        ".keras") return import::Hdf5::from_bytes(import::read_zip(file, {"model.weights.h5"}).at("model.weights.h5"),
                                                  file.string());
return import::Hdf5::open(file);
} // namespace

void write_zip(const std::filesystem::path& file, const std::map<std::string, std::string>& members) {
    std::unique_ptr<zip_t, void (*)(zip_t*)> archive(zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr),
                                                     zip_discard);
    for (const auto& [name, bytes] : members) {
        zip_source_t* source = zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0);
        const zip_int64_t index = zip_file_add(archive.get(), name.c_str(), source, 0);
        zip_set_file_compression(archive.get(), static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
    }
    if (zip_close(archive.get()) == 0)
        static_cast<void>(archive.release()); // it is gone
}

} // namespace gw::fuzz

NamedJson split(const std::string& bytes) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    return {bytes.substr(0, end), bytes.substr(std::min(end + 1, bytes.size()))};
}

const import::Hdf5* weights_of(const std::string& model) {
    static std::map<std::string, std::optional<import::Hdf5>> known;
    const auto [at, is_new] = known.emplace(model, std::nullopt);
    if (is_new && model.find("..") == std::string::npos) {
        try {
            at->second = stored_weights(std::filesystem::path(GW_SOURCE_DIR) / "tests/fixtures" / model);
        } catch (const support::Error&) { // a name that the fuzzer made up
        }
    }
    return at->second ? &*at->second : nullptr;
}

std::optional<std::string> mutated_json(const std::string& bytes, support::Random& random) {
    const NamedJson parts = split(bytes);
    const auto json = mutated(parts.json, random);
    return json ? std::optional(parts.model + "\n" + *json) : std::nullopt;
}

std::optional<std::string> mutated_archive(const std::string& bytes, const std::filesystem::path& scratch,
                                           support::Random& random) {
    std::ofstream(scratch, std::ios::binary) << bytes;
    try {
        auto members = import::read_zip(scratch, {"metadata.json", "config.json", "model.weights.h5"});
        const auto json = mutated(members.at("config.json"), random);
        if (!json)
            return std::nullopt;
        members["config.json"] = *json;
        write_zip(scratch, members);
        return support::read_file(scratch);
    } catch (const support::Error&) {
        return std::nullopt;
    }
}

} // namespace gw::fuzz
