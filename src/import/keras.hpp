// Keras files: `.keras` (a zip of config.json and model.weights.h5), `.h5`, and `.json` with its weights in an `.h5`.
// Sequential and Functional models of Keras 2 and 3, nested and shared; the layers of keras_readers().
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "import/graph.hpp"
#include "import/hdf5.hpp"

namespace gw::import {

/// All of these throw support::Error: kind user for a file that is absent, truncated or damaged, kind unsupported (with
/// every such place in the file) for layers, attributes and values that are not understood.
Graph read_keras_archive(const std::filesystem::path& file);
Graph read_keras_hdf5(const std::filesystem::path& file);
/// @param weights none: the `.h5` beside `file`: NAME.h5, NAME_weights.h5 or NAME.weights.h5
Graph read_keras_json(const std::filesystem::path& file, const std::optional<std::filesystem::path>& weights);

/// The model's JSON with opened weights. @param name for messages; @param version Keras's, where the file states it
Graph read_keras(const std::string& json, const Hdf5& weights, const std::string& name,
                 const std::optional<std::string>& version = std::nullopt);

} // namespace gw::import
