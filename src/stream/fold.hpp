// Folding: the products of one dense op or convolution share multipliers. At a reuse factor R every multiplier serves R
// beats of a frame, each with weights of its own from a table by the beat's number.
//
// A fold of (outputs, inputs) computes outputs' share of the output values from inputs' share of the input values in
// each beat: the beats of an output group follow each other and are summed up.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "network/network.hpp"

namespace gw::stream {

struct Fold {
    std::uint32_t outputs = 1; ///< groups that the outputs come in; a divisor of their number
    std::uint32_t inputs = 1;  ///< slices of the inputs; the last one may be shorter

    std::uint32_t beats() const { return outputs * inputs; }
};

/// The fold of at most `reuse` beats with the fewest multipliers; none where the op is no dense op or convolution of
/// one group, or where one beat it is. Inputs are sliced only if the order of summation cannot be seen, outputs are
/// grouped only so that types of a group are those of every other.
std::optional<Fold> choose_fold(const network::Network& network, const network::Op& op, std::uint32_t reuse);

/// Input values of a beat: ceil(inputs / fold.inputs).
std::uint32_t slice_size(const network::Op& op, const Fold& fold);

/// A type for each value of a beat that holds all that this place ever carries. @param types of all input values
std::vector<network::FixedType> slice_types(const std::vector<network::FixedType>& types, const Fold& fold);

/// Types of the sums over all slices, one for each output of a group.
std::vector<network::FixedType> sum_types(const network::Op& op, const std::vector<network::FixedType>& types,
                                          const Fold& fold);

/// One beat of the op in terms of other ops, added to a network. Its output's tensor has the sums of one slice, before
/// the output's types, where the fold has several.
/// @param x     tensor {1, 1, slice_size}
/// @param beat  tensor {1}, the beat's number
/// @param types of all input values of the folded op
/// @param out   tensor of {..., outputs / fold.outputs}
void add_folded(network::Network& piece, const network::Op& op, const Fold& fold, network::TensorId x,
                network::TensorId beat, const std::vector<network::FixedType>& types, network::TensorId out);

} // namespace gw::stream
