// What op writers share, and their list.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fixed/interval.hpp"
#include "hls/firmware.hpp"
#include "hls/options.hpp"
#include "network/network.hpp"
#include "network/range.hpp"

namespace gw::hls {

/// The op that is being written.
struct OpContext {
    Firmware& firmware;
    const network::Network& network;
    const network::Ranges& ranges;
    std::string name;                ///< unique, a C identifier
    std::vector<std::string> inputs; ///< arrays, in the order of network::inputs_of
    std::string output;              ///< array
    std::uint32_t reuse = 1;
    Options options;

    const network::Tensor& tensor(network::TensorId id) const { return network.tensor(id); }
    const std::vector<fixed::Interval>& range(network::TensorId id) const {
        return ranges.values[static_cast<std::size_t>(id)];
    }
    /// Adds the configuration, with the output's `store`; returns its name.
    std::string configure(Config config, network::TensorId output, const std::string& comment) const;
    std::string call(const std::string& layer, const std::string& config,
                     const std::vector<std::string>& arguments) const;
};

/// Every partial sum of terms lies within, in whatever order they are added.
class PartialSums {
  public:
    void add(const fixed::Interval& term) { sum_ = sum_ + fixed::united(term, fixed::Interval{}); }
    const fixed::Interval& range() const { return sum_; }

  private:
    fixed::Interval sum_{};
};

/// sum_t and convert_products: of the accumulator, or wide enough for `exact`.
void configure_sum(Config& config, const network::Accumulator& accumulator, const fixed::Interval& exact);

/// Adds to the configuration what a clock does where {inputs, outputs} weights are multiplied in context.reuse clocks,
/// and writes the weights clock by clock. Returns their array's name.
/// @param exact no sum is ever converted, so terms may be added in any order
std::string configure_resource(const OpContext& context, const network::Constant& weights, std::size_t outputs,
                               bool exact, Config& config);

/// Products with constants and their exact sums: outputs of a position from inputs of the same.
struct SharedProduct {
    network::TensorId input, output;
    const network::Constant* weights; ///< rows x outputs
    const std::optional<network::Constant>* bias;
    std::vector<fixed::Interval> ranges; ///< of a position's inputs
};
/// As an adder graph (Constants::shared); none where arrays are asked for, or the graph would be too long.
std::optional<std::string> write_shared(const OpContext& context, const SharedProduct& product);

/// Statements; op_sums.cpp and op_elements.cpp.
std::string write(const OpContext& context, const network::Dense& op);
std::string write(const OpContext& context, const network::Conv& op);
std::string write(const OpContext& context, const network::Pool& op);
std::string write(const OpContext& context, const network::Reduce& op);
std::string write(const OpContext& context, const network::MatMul& op);
std::string write(const OpContext& context, const network::Affine& op);
std::string write(const OpContext& context, const network::Divide& op);
std::string write(const OpContext& context, const network::Relu& op);
std::string write(const OpContext& context, const network::Select& op);
std::string write(const OpContext& context, const network::Table& op);
std::string write(const OpContext& context, const network::Steps& op);
std::string write(const OpContext& context, const network::Merge& op);
std::string write(const OpContext& context, const network::Rearrange& op);
std::string write(const OpContext& context, const network::Embedding& op);
std::string write(const OpContext& context, const network::Requantise& op);

} // namespace gw::hls
