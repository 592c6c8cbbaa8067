// Pipelining: which register rank each node stands between.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datapath/graph.hpp"
#include "plan/plan.hpp"

namespace gw::datapath {

/// stage[n] = s: the logic of node n stands between register rank s and rank s+1. Inputs and constants have stage 0;
/// input ports feed stage 0 directly; every output passes the last rank. A value used in a later stage travels through
/// one register per rank. So the latency from input port to output port is exactly `stages` clock cycles, with
/// initiation interval 1.
struct Pipeline {
    std::vector<std::uint32_t> stage;
    std::uint32_t stages = 1;
};

/// Delay of one node in ns under the plan's delay model.
double delay(const Graph& graph, NodeId node, const plan::DelayModel& model);

/// Fewest stages in which every stage's longest path fits the plan's clock (less the register overhead), then for that
/// many the fewest register bits. With plan.stages: that many, in the plan's clock, or the shortest that they allow
/// where it is too short for them; then the fewest register bits. A single node slower than the clock limits the clock:
/// longest_path() tells.
Pipeline pipeline(const Graph& graph, const plan::Plan& plan);

/// The longest path of any stage in ns, without the register overhead.
double longest_path(const Graph& graph, const Pipeline& pipeline, const plan::DelayModel& model);

/// Register bits that a pipeline costs.
std::uint64_t register_bits(const Graph& graph, const Pipeline& pipeline);
/// The same for the value of each node.
std::vector<std::uint64_t> register_bits_by_node(const Graph& graph, const Pipeline& pipeline);

/// All that is wrong: an operand in a later stage than its user, a stage beyond the last ...
std::vector<std::string> problems(const Graph& graph, const Pipeline& pipeline);

} // namespace gw::datapath
