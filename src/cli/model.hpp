// The arguments by which a command names a model or a bundle, and what it then gets.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "bundle/bundle.hpp"
#include "network/network.hpp"

namespace gw::cli {

struct ModelArguments {
    std::filesystem::path model;
    std::filesystem::path config; ///< empty: none
    std::string numerics;         ///< empty: not asked for
};

struct Model {
    network::Network network;
    std::optional<bundle::Bundle> bundle; ///< where a bundle was named
    std::vector<std::string> notes;       ///< what was decided without being told
    std::string numerics;                 ///< "exact", "hls4ml", or empty for a network file
};

/// MODEL (positional), --config and --numerics.
void add_model_arguments(CLI::App& command, ModelArguments& arguments, const std::string& what = "MODEL|BUNDLE");

/// A bundle is opened, any other model is read and quantised. Throws support::Error.
Model load_model(const ModelArguments& arguments, bundle::Check check = bundle::Check::network);

/// A bundle of that name, or an Error that says how one is made.
bundle::Bundle open_bundle(const std::filesystem::path& directory);

} // namespace gw::cli
