// What people name as a model: a bundle, a network file, or a file of any framework that import/ reads.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bundle/bundle.hpp"
#include "hls/options.hpp"
#include "network/network.hpp"

namespace gw::bundle {

struct ModelSource {
    std::filesystem::path model;
    std::filesystem::path config;                      ///< hls4ml YAML; empty: none
    std::string numerics;                              ///< "exact" or "hls4ml"; empty: not asked for
    std::vector<std::filesystem::path> calibrate = {}; ///< events that stand for all; none: stated defaults
    int bits = 16;                                     ///< of a calibrated activation, the sign among them
};

struct Model {
    network::Network network;
    std::optional<Bundle> bundle;     ///< where a bundle was named
    std::vector<std::string> notes;   ///< what was decided without being told
    std::vector<double> error_bounds; ///< by output: how far exact numerics can be from the float model
    std::string numerics;             ///< "exact", "hls4ml"
    hls::Options hls;                 ///< the configuration's IOType and Strategy
    plan::Plan plan;                  ///< the bundle's, or the default with the configuration's clock and part
};

/// A bundle is opened, any other model is read and quantised. Throws support::Error (user), also for a configuration or
/// numerics that would have no effect: those of a bundle are settled.
Model load_model(const ModelSource& source, Check check = Check::network);

} // namespace gw::bundle
