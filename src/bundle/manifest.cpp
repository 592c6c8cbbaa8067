#include "bundle/manifest.hpp"

#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "plan/file.hpp"
#include "support/atomic_file.hpp"
#include "support/checksum.hpp"
#include "support/error.hpp"

namespace gw::bundle {
namespace {

using Json = nlohmann::ordered_json;
using support::user_error;
namespace fs = std::filesystem;

constexpr const char* format_name = "gatewright-bundle";
constexpr int format_version = 1;
constexpr const char* rebuild = "build the bundle again with this version of Gatewright";

Json ports_json(const std::vector<rtl::Field>& fields) {
    Json ports = Json::array();
    for (const rtl::Field& field : fields)
        ports.push_back({{"name", field.name}, {"type", fixed::to_string(field.type)}, {"offset", field.offset}});
    return ports;
}

/// An object whose keys are read once each; what remains unread is refused.
class Reader {
  public:
    Reader(const Json& json, std::string path, const std::string& where)
        : json_(json), path_(std::move(path)), where_(where) {
        if (!json_.is_object())
            fail("is no object");
    }
    [[noreturn]] void fail(const std::string& what) const {
        throw user_error((path_.empty() ? "the manifest" : "'" + path_ + "'") + " " + what, where_, rebuild);
    }
    const Json& at(const std::string& key) {
        const auto found = json_.find(key);
        if (found == json_.end())
            fail("lacks the key '" + key + "'");
        read_.insert(key);
        return *found;
    }
    template <class T> T get(const std::string& key) {
        const Json& value = at(key);
        if constexpr (std::is_unsigned_v<T>) {
            if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<T>::max())
                fail("has a wrong value at '" + key + "'");
        }
        try {
            return value.get<T>();
        } catch (const Json::exception&) {
            fail("has a wrong value at '" + key + "'");
        }
    }
    Reader object(const std::string& key) { return {at(key), path_.empty() ? key : path_ + "." + key, where_}; }
    void finish() const {
        for (const auto& [key, value] : json_.items())
            if (!read_.contains(key))
                fail("has the unknown key '" + key + "'");
    }
    const Json& json() const { return json_; }

  private:
    const Json& json_;
    std::string path_;
    const std::string& where_;
    std::set<std::string> read_;
};

std::vector<rtl::Field> read_ports(const Json& json, const std::string& path, std::uint32_t bits,
                                   const std::string& where) {
    std::vector<rtl::Field> fields;
    if (!json.is_array())
        throw user_error("'" + path + "' is no array", where, rebuild);
    for (std::size_t i = 0; i < json.size(); ++i) {
        Reader reader(json[i], fmt::format("{}[{}]", path, i), where);
        rtl::Field field{reader.get<std::string>("name"), fixed::parse_type(reader.get<std::string>("type")),
                         reader.get<std::uint32_t>("offset")};
        if (std::uint64_t{field.offset} + static_cast<std::uint64_t>(field.type.width) > bits)
            reader.fail("lies beyond its port");
        reader.finish();
        fields.push_back(std::move(field));
    }
    return fields;
}

rtl::Core read_core(Reader reader, const std::string& where) {
    rtl::Core core;
    core.module = reader.get<std::string>("module");
    core.latency = reader.get<std::uint32_t>("latency_cycles");
    core.clock_ns = reader.get<double>("clock_ns");
    core.input_bits = reader.get<std::uint32_t>("input_bits");
    core.output_bits = reader.get<std::uint32_t>("output_bits");
    core.inputs = read_ports(reader.at("inputs"), "core.inputs", core.input_bits, where);
    core.outputs = read_ports(reader.at("outputs"), "core.outputs", core.output_bits, where);
    reader.finish();
    return core;
}

std::map<std::string, FileEntry> read_entries(const Json& json, const std::string& where) {
    std::map<std::string, FileEntry> files;
    for (const auto& [name, value] : json.items()) {
        Reader reader(value, "files." + name, where);
        FileEntry entry{reader.get<std::uint64_t>("bytes"), 0};
        const std::string digits = reader.get<std::string>("fnv1a64");
        if (digits.size() != 16 || digits.find_first_not_of("0123456789abcdef") != std::string::npos)
            reader.fail("has a wrong value at 'fnv1a64'");
        entry.checksum = std::stoull(digits, nullptr, 16);
        reader.finish();
        files[name] = entry;
    }
    return files;
}

void check_version(Reader& reader) {
    if (reader.get<std::string>("format") != format_name)
        reader.fail("is not of a Gatewright bundle");
    if (const int version = reader.get<int>("version"); version != format_version)
        reader.fail(fmt::format("has version {}, this program reads version {}", version, format_version));
}

} // namespace

std::string to_json(const Manifest& manifest) {
    const rtl::Core& core = manifest.core;
    Json json{{"format", format_name},
              {"version", format_version},
              {"producer", manifest.producer},
              {"name", manifest.name},
              {"numerics", manifest.numerics},
              {"plan", Json::parse(plan::to_json(manifest.plan))},
              {"core",
               {{"module", core.module},
                {"latency_cycles", core.latency},
                {"clock_ns", core.clock_ns},
                {"input_bits", core.input_bits},
                {"output_bits", core.output_bits},
                {"inputs", ports_json(core.inputs)},
                {"outputs", ports_json(core.outputs)}}},
              {"files", Json::object()}};
    for (const auto& [name, entry] : manifest.files)
        json["files"][name] = {{"bytes", entry.bytes}, {"fnv1a64", fmt::format("{:016x}", entry.checksum)}};
    return json.dump(1) + "\n";
}

Manifest manifest_from_json(const std::string& text, const std::string& where) {
    Json json;
    try {
        json = Json::parse(text);
    } catch (const Json::parse_error& error) {
        throw user_error(std::string("is not valid JSON: ") + error.what(), where, rebuild);
    }
    Reader reader(json, "", where);
    check_version(reader);
    Manifest manifest;
    manifest.producer = reader.get<std::string>("producer");
    manifest.name = reader.get<std::string>("name");
    manifest.numerics = reader.get<std::string>("numerics");
    manifest.plan = plan::from_json(reader.at("plan").dump(), where + ": plan");
    manifest.core = read_core(reader.object("core"), where);
    manifest.files = read_entries(reader.object("files").json(), where);
    reader.finish();
    return manifest;
}

FileEntry entry_of(const std::string& contents) {
    return {contents.size(), support::fnv1a64(contents)};
}

std::map<std::string, FileEntry> list_files(const fs::path& directory) {
    std::map<std::string, FileEntry> files;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        const std::string name = entry.path().lexically_relative(directory).generic_string();
        if (entry.is_regular_file() && name != "manifest.json" && name != "report.json" && name != "report.html")
            files[name] = entry_of(support::read_file(entry.path()));
    }
    return files;
}

} // namespace gw::bundle
