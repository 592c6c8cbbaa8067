// The same network in plain float32 on the CPU: what a framework without our integers would run, as a measure to hold
// ours against.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "network/network.hpp"

namespace gw::report {

/// Dense float32 loops over blocks of 64 events, zeros multiplied like any weight, no conversions between layers.
class FloatNetwork {
  public:
    explicit FloatNetwork(const network::Network& network);

    /// @param inputs events x input_size(), row-major @return events x output_size()
    std::vector<float> run(std::span<const float> inputs) const;

  private:
    struct Layer {
        std::size_t from = 0, to = 0; ///< tensor numbers
        std::size_t inputs = 0, outputs = 0;
        std::vector<float> weights; ///< dense: {outputs, inputs}; affine: one per element; empty: copy
        std::vector<float> bias;    ///< one per output, or none
        enum class Kind { dense, affine, relu, copy } kind = Kind::copy;
        float ceiling = 0; ///< of relu
    };
    static void apply(const Layer& layer, const float* from, float* to);

    std::vector<Layer> layers_;
    std::vector<std::size_t> sizes_, inputs_, outputs_;
};

/// Events per second of one core, once warm, timed as the emulator is (support/measure.hpp).
/// @param rows events x input_size()
double measure_float(const network::Network& network, std::span<const double> rows, double seconds);

} // namespace gw::report
