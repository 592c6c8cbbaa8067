// gatewright verify --formal.
#pragma once

#include <filesystem>

#include "formal/prove.hpp"

namespace gw::cli {

/// Prints the proof and keeps it in the bundle's report. Throws support::Error unless all of it is proved.
void prove_bundle(const std::filesystem::path& bundle, formal::Settings settings, bool json);

} // namespace gw::cli
