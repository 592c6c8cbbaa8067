#include "quantize/load.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "import/keras.hpp"
#include "import/onnx.hpp"
#include "network/file.hpp"
#include "network/verify.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::quantize {

namespace {

std::string ending_of(const std::filesystem::path& file) {
    std::string ending = file.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
    return ending;
}

} // namespace

/// It says so near its beginning; Keras's JSON never does.
bool is_network_file(const std::filesystem::path& file) {
    return ending_of(file) == ".json" && support::read_file(file).find("\"gatewright-network\"") != std::string::npos;
}

// (clang-format 14 takes a line that begins with import for a statement of another language.)
gw::import::Graph import_model(const std::filesystem::path& file, const std::optional<import::Hls4mlConfig>& config) {
    const std::string ending = ending_of(file);
    if (ending == ".keras")
        return import::read_keras_archive(file);
    if (ending == ".h5" || ending == ".hdf5")
        return import::read_keras_hdf5(file);
    if (ending == ".json")
        return import::read_keras_json(file, config ? config->keras_h5 : std::nullopt);
    if (ending == ".onnx")
        return import::read_onnx(file);
    throw support::user_error(fmt::format("the ending '{}' names no kind of model", ending), file.string(),
                              "give a .keras, .h5, .json, .onnx or a Gatewright network file");
}

Quantised load_network(const std::filesystem::path& file, const Options& options) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error))
        throw support::user_error("there is no such model file", file.string(), "check the path");
    if (is_network_file(file)) {
        if (options.config)
            throw support::user_error(
                "a Gatewright network already has all its types: a configuration cannot change them", file.string(),
                "leave out --config");
        return {network::load(file), {}};
    }
    return quantize(import_model(file, options.config), options);
}

} // namespace gw::quantize
