// Keras models changed where it matters: inside the configuration, whatever wraps it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "import/hdf5.hpp"
#include "support/rng.hpp"

namespace gw::fuzz {

/// A file of the format keras_json: the path of a model below tests/fixtures, a newline, the model's JSON.
struct NamedJson {
    std::string model, json;
};
NamedJson split(const std::string& bytes);

/// Of a committed model; null where there is no such.
const import::Hdf5* weights_of(const std::string& model);

/// None where it is no JSON.
std::optional<std::string> mutated_json(const std::string& bytes, support::Random& random);
/// A `.keras` file with other JSON in it, its weights as they are; none where it is no such file.
/// @param scratch a file that may be overwritten
std::optional<std::string> mutated_archive(const std::string& bytes, const std::filesystem::path& scratch,
                                           support::Random& random);

} // namespace gw::fuzz
