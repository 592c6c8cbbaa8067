// hls4ml's configuration: the YAML that names a model's files and every type in it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "import/graph.hpp"

namespace gw::import {

/// A type, or nothing where the file says `auto`.
using Precision = std::optional<fixed::FixedType>;

/// What the file says of all layers, of a class of layers, or of one.
struct LayerSettings {
    std::map<std::string, Precision>
        precision; ///< by variable (weight, bias, scale, accum, result, table) or "default", "maximum"
    std::optional<std::uint32_t> reuse_factor;
    std::optional<std::string> strategy;                ///< in small letters
    std::optional<std::int64_t> table_size;             ///< points of an activation's tables
    std::optional<std::int32_t> table_range_power2;     ///< a layer normalisation's table ends at 2^-this
    std::optional<std::string> implementation;          ///< of softmax: stable, latency, legacy, argmax
    std::map<std::string, fixed::FixedType> attributes; ///< types given past Precision: "table_t", "exp_table_t" ...
};

struct Hls4mlConfig {
    std::string file;
    std::optional<std::filesystem::path> keras_json, keras_h5, keras_model,
        onnx_model; ///< relative ones from the YAML's folder
    std::optional<double> clock_period_ns;
    std::optional<std::string> part;
    std::string backend = "Vitis";
    bool io_stream = false;
    LayerSettings model;
    std::map<std::string, LayerSettings> by_type, by_name; ///< keys in small letters, as hls4ml compares them
};

/// Throws support::Error: kind user if the file is absent or not YAML; kind unsupported naming every key and value that
/// is not understood.
Hls4mlConfig read_hls4ml_config(const std::filesystem::path& file);
/// The same from text. @param name for messages; relative paths are taken from its folder
Hls4mlConfig parse_hls4ml_config(const std::string& text, const std::string& name);

/// hls4ml's class of a layer, in small letters: input, dense, conv2d, batchnormalization, activation,
/// parametrizedactivation (Keras's layer ReLU among them), softmax, merge, bidirectional (each part of it) ... None for
/// layers that it has not (a quantiser, a lone scale).
std::optional<std::string> hls4ml_class(const Layer& layer);

/// hls4ml's name of the layer that this one is, or is a part of: a Bidirectional layer is one there.
std::string hls4ml_name(const Layer& layer);

/// Refuses layers, classes and variables that are named in the configuration but not in the model. Throws as
/// read_hls4ml_config.
void require_names_match(const Hls4mlConfig& config, const Graph& graph);

} // namespace gw::import
