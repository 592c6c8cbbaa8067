// HGQ2's layers of tables (QDenseT, QEinsumDenseT, QConvT1D, QConvT2D): a sum over inputs whose every term is a
// function of one quantised variable of its own, trained as a small dense network, and quantised (toq). As HGQ2 itself
// does for hardware, each becomes a table of all the values that its variable can have; the networks are evaluated in
// binary64.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "import/keras_layer.hpp"

namespace gw::import {

/// What the configurations of all of them have.
struct TableSettings {
    std::uint32_t hidden = 1, width = 8;
    std::string function;
    bool normalised = false, center = true, scale = true;
    double epsilon = 1e-3;
};

/// The functions of all kernel elements: one hidden variable, n_hl layers of d_hl, one result, then a factor and a
/// shift.
struct Networks {
    struct Stage {
        FloatArray kernel;              ///< {kernel axes..., in, out}
        std::optional<FloatArray> bias; ///< {the same axes in the terms' order..., out}
        std::size_t in = 1, out = 1;
        std::string function;
    };
    std::vector<Stage> stages;
    std::vector<double> factor, shift; ///< by channel; none: 1 and 0

    /// Which function: flat indices over the axes of the kernels, of the biases and of the normalisation.
    struct Place {
        std::size_t kernel = 0, bias = 0, channel = 0;
    };
    double operator()(const Place& place, double x) const;
};

/// What a layer of tables sums: a tensor {input axes..., axes that only the kernel has}.
struct Terms {
    Shape shape;
    std::vector<std::uint32_t> kernel_axes;          ///< axes of the terms that the kernel has, in its order
    std::vector<std::uint32_t> summed;               ///< axes, ascending
    std::vector<std::uint32_t> order;                ///< of the axes that are left, as the output has them
    std::vector<std::uint32_t> bias_axes;            ///< the same ascending
    std::vector<std::uint32_t> channel_axes;         ///< that the normalisation has
    std::vector<std::optional<std::uint32_t>> input; ///< flat index of each term's variable; none: 0

    /// Flat index over some axes, of a flat index over all; how many there are.
    std::size_t index(std::size_t flat, const std::vector<std::uint32_t>& axes) const;
    std::size_t count(const std::vector<std::uint32_t>& axes) const;
    Networks::Place place(std::size_t flat) const {
        return {index(flat, kernel_axes), index(flat, bias_axes), index(flat, channel_axes)};
    }
};

/// Takes what all of them have from the configuration.
TableSettings take_table_settings(KerasLayer& layer);
/// From the layer's group `module`.
/// @param spread inputs that the first of several stages has, all of them the one value
Networks read_networks(KerasLayer& layer, const TableSettings& settings, const Terms& terms, bool biased,
                       std::uint32_t spread = 1);
/// gamma (x - mean) / sqrt(variance + epsilon) + beta, over the square root of the number of terms summed.
void read_table_normalisation(KerasLayer& layer, const TableSettings& settings, const Terms& terms,
                              KerasWeights& weights, Networks& networks);
/// Variables, tables, their sums, the activation, the output's quantiser: the layer's output.
std::vector<LayerId> summed_tables(KerasLayer& layer, const Terms& terms, const Networks& networks);
/// Notes a problem if there are more terms than anyone can mean.
bool require_few_terms(KerasLayer& layer, const Shape& shape);
/// "tanh" from a name or a function written out.
std::string function_name(const Json& value);

} // namespace gw::import
