// One fuzzer a file format: whatever bytes a file holds, it is read or refused by an Error that is not `internal`.
// Anything else (a crash, another exception, a hang, memory without bound) is a finding. tests/fuzz/run drives it;
// GW_FUZZ_FORMAT is the format's name.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <unistd.h>

#include "fuzz/mutators.hpp"
#include "import/hls4ml_config.hpp"
#include "import/keras.hpp"
#include "network/file.hpp"
#include "quantize/load.hpp"
#include "support/array_io.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace {

using File = std::filesystem::path;

struct Format {
    std::string ending;
    std::function<void(const File&)> read;
};

/// In both numerics; the second is reached only by what the first one takes.
void quantise(const gw::import::Graph& graph) {
    for (const auto numerics : {gw::quantize::Numerics::exact, gw::quantize::Numerics::hls4ml}) {
        gw::quantize::Options options;
        options.numerics = numerics;
        gw::quantize::quantize(graph, options);
    }
}

void read_model(const File& file) {
    quantise(gw::quantize::import_model(file, {}));
}

/// The JSON alone is damaged here: the first line names the committed model whose weights it reads (mutators.hpp).
void read_keras_json(const File& file) {
    const auto [model, json] = gw::fuzz::split(gw::support::read_file(file));
    const gw::import::Hdf5* weights = gw::fuzz::weights_of(model);
    if (weights != nullptr)
        quantise(gw::import::read_keras(json, *weights, file.string()));
}

const Format& format() {
    static const std::map<std::string_view, Format> formats{
        {"keras", {".keras", read_model}},
        {"keras_h5", {".h5", read_model}},
        {"keras_json", {".json", read_keras_json}},
        {"onnx", {".onnx", read_model}},
        {"hls4ml_yaml", {".yml", [](const File& file) { gw::import::read_hls4ml_config(file); }}},
        {"network", {".json", [](const File& file) { gw::network::load(file); }}},
        {"npy", {".npy", [](const File& file) { gw::support::read_npy(file); }}},
        {"npz", {".npz", [](const File& file) { gw::support::read_npz(file); }}},
        {"csv", {".csv", [](const File& file) { gw::support::read_csv(file); }}},
    };
    return formats.at(GW_FUZZ_FORMAT);
}

/// In memory, not on a disk: this file is written some thousand times a second.
const File& scratch_file() {
    static const File file = "/dev/shm/gw_fuzz_" + std::to_string(::getpid()) + format().ending;
    static const int registered = std::atexit([] { std::filesystem::remove(file); });
    static_cast<void>(registered);
    return file;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed);
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most); // libFuzzer's own

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::ofstream(scratch_file(), std::ios::binary)
        .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    try {
        format().read(scratch_file());
    } catch (const gw::support::Error& error) {
        if (error.kind() == gw::support::ErrorKind::internal) {
            std::fprintf(stderr, "an internal error: %s\n", error.what());
            std::abort();
        }
    }
    return 0;
}

/// Bytes as libFuzzer likes, but for Keras models mostly one that is a model still: damage that a checksum or the JSON
/// parser finds tests little.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
    gw::support::Random random(seed);
    const bool structured = format().ending == ".keras" || std::string_view(GW_FUZZ_FORMAT) == "keras_json";
    if (structured && random.below(4) != 0) {
        const std::string bytes(reinterpret_cast<const char*>(data), size);
        const auto changed = format().ending == ".keras" ? gw::fuzz::mutated_archive(bytes, scratch_file(), random)
                                                         : gw::fuzz::mutated_json(bytes, random);
        if (changed && changed->size() <= most) {
            std::copy(changed->begin(), changed->end(), data);
            return changed->size();
        }
    }
    return LLVMFuzzerMutate(data, size, most);
}
