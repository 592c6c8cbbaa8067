// Small good files of the formats that tests/fixtures/models lacks, for the fuzzers to start from.
// usage: write_fuzz_seeds MODELS OUT
#include <filesystem>
#include <iostream>

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

/// Of each model its network file, and of a Keras archive its configuration.
void write_models(const path& models, const path& out) {
    for (const auto& entry : std::filesystem::directory_iterator(models)) {
        const path& file = entry.path();
        if (file.extension() == ".keras")
            gw::support::write_file(out / (file.stem().string() + ".json"),
                                    gw::import::read_zip(file, {"config.json"}).at("config.json"));
        if (file.extension() == ".keras" || file.extension() == ".onnx")
            gw::network::save(gw::quantize::load_network(file, {}).network, out / (file.stem().string() + ".gwn"));
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: write_fuzz_seeds MODELS OUT\n";
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
