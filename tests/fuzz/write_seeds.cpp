// Small good files of the formats that tests/fixtures lacks, for the fuzzers to start from.
// usage: write_fuzz_seeds FIXTURES OUT
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "import/hdf5.hpp"
#include "import/zip.hpp"
#include "network/file.hpp"
#include "quantize/load.hpp"
#include "support/array_io.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace {

using std::filesystem::path;

void write_tables(const path& out) {
    const gw::support::Array table{{2, 3}, {0, -1.5, 1e300, 0.125, 7, -2048}};
    gw::support::write_npy(out / "float64.npy", table);
    gw::support::write_npy(out / "float32.npy", {{1, 2}, {0.5, 3}}, gw::support::Storage::float32);
    gw::support::write_npy(out / "int16.npy", {{4}, {1, 2, 3, 4}}, gw::support::Storage::int16);
    gw::support::write_npz(out / "two.npz",
                           {{"x", {table}}, {"charge", {{{2}, {1, -1}}, gw::support::Storage::int32}}});
    gw::support::write_csv(out / "table.csv", table, {"a", "b", "c"});
}

/// A model's configuration for the format keras_json: none where the file has none.
std::string configuration(const path& file) {
    if (file.extension() == ".keras")
        return gw::import::read_zip(file, {"config.json"}).at("config.json");
    if (file.extension() == ".h5")
        return gw::import::Hdf5::open(file).text("", "model_config").value_or("");
    return "";
}

/// Of each model its network file, and of a Keras model its configuration with the model's path on a line of its own
/// in front. What this program does not read (a model of a kind yet to come) gives none.
void write_models(const path& fixtures, const path& out) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(fixtures)) {
        const path& file = entry.path();
        if (file.extension() != ".keras" && file.extension() != ".onnx" && file.extension() != ".h5")
            continue;
        const std::string relative = file.lexically_relative(fixtures).string();
        std::string name = relative;
        std::replace(name.begin(), name.end(), '/', '_');
        try {
            if (const std::string json = configuration(file); !json.empty())
                gw::support::write_file(out / (name + ".json"), relative + "\n" + json);
            gw::network::save(gw::quantize::load_network(file, {}).network, out / (name + ".gwn"));
        } catch (const gw::support::Error& error) {
            std::cerr << "no network of " << error.what() << '\n';
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: write_fuzz_seeds FIXTURES OUT\n";
        return 2;
    }
    try {
        write_tables(argv[2]);
        write_models(argv[1], argv[2]);
    } catch (const gw::support::Error& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
