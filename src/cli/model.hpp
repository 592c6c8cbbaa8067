// The arguments by which a command names a model or a bundle.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "bundle/model.hpp"

namespace gw::cli {

/// MODEL (positional), --config, --numerics, --calibrate and --calibrate-bits.
void add_model_arguments(CLI::App& command, bundle::ModelSource& arguments, const std::string& what = "MODEL|BUNDLE");

} // namespace gw::cli
