// A small regression that a quantised network can learn, as files.
#pragma once

#include <cmath>
#include <filesystem>
#include <string>

#include "support/array_io.hpp"
#include "support/atomic_file.hpp"
#include "support/rng.hpp"

namespace gw::test {

inline constexpr std::size_t toy_features = 3;

/// events.npz in `folder`: x on a grid of 2^-5 in [-1, 1), y = 0.5 + 0.25 x0 - 0.2 |x1| + noise, w = 1.
inline std::filesystem::path write_toy_events(const std::filesystem::path& folder, std::size_t events) {
    support::Random random(11);
    support::Array x{{events, toy_features}, {}}, y{{events, 1}, {}}, w{{events, 1}, {}};
    for (std::size_t event = 0; event < events; ++event) {
        for (std::size_t i = 0; i < toy_features; ++i)
            x.values.push_back(static_cast<double>(random.between(-32, 31)) / 32);
        const double* row = &x.values[event * toy_features];
        y.values.push_back(0.5 + 0.25 * row[0] - 0.2 * std::abs(row[1]) + 0.01 * (random.uniform() - 0.5));
        w.values.push_back(event % 50 == 0 ? 0 : 1);
    }
    support::write_npz(folder / "events.npz", {{"x", {x, {}}}, {"y", {y, {}}}, {"w", {w, {}}}});
    return folder / "events.npz";
}

inline std::filesystem::path write_toy_config(const std::filesystem::path& folder, const std::string& extra = "") {
    support::write_file(folder / "toy.yml", "data: {file: " + (folder / "events.npz").string() + R"(}
input: {type: "fixed<6,1>"}
layers:
  - {units: 12, weight_bits: 6, activation_bits: 6, sparsity: 0.5}
  - {units: 8, weight_bits: 6, activation_bits: 6, sparsity: 0.25}
  - {units: 1, weight_bits: 7}
output: {type: "ufixed<9,0,RND_CONV,SAT>"}
training: {epochs: 12, float_epochs: 3, pruned_by_epoch: 7, batch: 256, learning_rate: 0.01, loss: huber, huber_delta: 0.05, seed: 3}
)" + extra);
    return folder / "toy.yml";
}

} // namespace gw::test
