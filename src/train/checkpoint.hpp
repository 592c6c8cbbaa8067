// A training run on disk after each epoch, so that it can go on as if it had never stopped.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "train/engine.hpp"
#include "train/model.hpp"

namespace gw::train {

/// All that changes while training runs.
struct State {
    Model model;
    std::int64_t step = 0; ///< Adam's
    Trained result;
};

/// What must be the same for a run to go on: names (as in the configuration, where it is from there) and values. Covers
/// everything that fixes the result, the data by a checksum.
using Fingerprint = std::vector<std::pair<std::string, std::string>>;
Fingerprint fingerprint_of(const EngineSettings& settings, const Samples& training, const Samples& validation);

/// Replaces `file` as a whole or not at all.
void save_checkpoint(const State& state, const Fingerprint& fingerprint, const std::filesystem::path& file);

/// @param state of a new run with the same settings, replaced by the one stored
/// Throws support::Error (user) for a file that is no checkpoint, and for a fingerprint that differs, naming each
/// setting with its old and new value; `state` may then be incomplete.
void load_checkpoint(State& state, const Fingerprint& fingerprint, const std::filesystem::path& file);

} // namespace gw::train
