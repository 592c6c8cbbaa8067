// The network in training: parameters, quantisers, and the forward pass in floating point or with straight-through
// quantisers (Bengio et al., arXiv:1308.3432; Jacob et al., arXiv:1712.05877).
#pragma once

#include <vector>

#include <torch/torch.h>

#include "train/engine.hpp"

namespace gw::train {

struct Layer {
    torch::Tensor weights, bias, mask;                  ///< parameters; mask: 0 where pruned
    torch::Tensor weights_m, weights_v, bias_m, bias_v; ///< Adam's moments
    Quantiser weight, offset, activation;
};

struct Model {
    std::vector<Layer> layers;
    bool is_quantised = false;

    /// @param x {events, features} @return {events, outputs}
    torch::Tensor forward(torch::Tensor x) const;
};

/// Every value a multiple of the quantiser's step, inside its range.
torch::Tensor quantised(const torch::Tensor& x, const Quantiser& q);

/// The fraction bits, among those that hold most values, with the least squared error.
int best_fraction(const torch::Tensor& values, Quantiser q);

torch::Tensor tensor_of(const std::vector<float>& values, std::int64_t rows);
std::vector<float> values_of(const torch::Tensor& tensor);

} // namespace gw::train
