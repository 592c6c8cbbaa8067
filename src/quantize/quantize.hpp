// From a graph of float layers to the Network: every tensor typed, every constant an integer.
//
// `exact` numerics never overflow and never round without being told: sums are exact, and the only roundings are the
// model's own quantisers, the configuration's types, or (a model that names none) the stated defaults below. `hls4ml`
// numerics reproduce hls4ml 1.3's C simulation bit for bit (docs/model-files.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "import/graph.hpp"
#include "import/hls4ml_config.hpp"
#include "network/network.hpp"

namespace gw::quantize {

enum class Numerics : std::uint8_t { exact, hls4ml };

/// What a model's values are on data that stand for all (quantize/calibrate.hpp).
struct Calibration {
    std::vector<double> magnitudes; ///< the largest |value| of each layer of the graph
    int bits = 16;                  ///< of an activation, the sign among them
};

struct Options {
    Numerics numerics = Numerics::exact;
    std::optional<import::Hls4mlConfig> config;

    /// What exact numerics take where neither the model nor the configuration says anything.
    fixed::FixedType default_input = fixed::ap_fixed(16, 6, fixed::Rounding::rnd_conv, fixed::Overflow::sat);
    int default_weight_fraction = 12; ///< fraction bits of weights, biases, scales; rounded to nearest, ties to even
    int default_activation_fraction = 10;  ///< fraction bits behind each activation; rounded to nearest, ties to even
    std::optional<Calibration> calibrated; ///< fraction bits from the data's magnitudes instead
    std::size_t table_points = 4096;       ///< at most so many entries in a table of a function
};

struct Quantised {
    network::Network network;
    /// What was decided without being told, a sentence each, for people: defaults taken, widths chosen.
    std::vector<std::string> notes;
    /// Exact numerics: for each output of the network, how far it can be from the float model's, for inputs within the
    /// range of the input types and, where calibrated, functions without bounds (exp, log, powers) that see no more
    /// than twice what calibration saw; infinite where nothing can be said. A model's own quantisers count as the
    /// model's.
    std::vector<double> error_bounds = {};
    /// Reuse factors that the configuration gives, by layer.
    std::map<std::string, std::uint32_t> reuse = {};
};

/// Throws support::Error: kind unsupported, naming file and layers, for what these numerics cannot express.
Quantised quantize(const import::Graph& graph, const Options& options);

} // namespace gw::quantize
