// Wiring: which value is which net in which layer's module, and how long it lives.
//
// A value has one net in the stage that computes it (n12) and one register per later stage up to its last use (n12_s4:
// as seen in stage 4). The whole chain stands in the module of the layer that computes it; other layers tap it through
// ports of the same names. Shifts, and other nodes that leave every mantissa as it is, have no net of their own.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "datapath/graph.hpp"
#include "datapath/pipeline.hpp"
#include "rtl/word.hpp"

namespace gw::rtl {

using datapath::NodeId;

/// A value at a stage.
struct Tap {
    NodeId node;
    std::uint32_t stage;
    friend auto operator<=>(const Tap&, const Tap&) = default;
};

struct Wiring {
    std::vector<NodeId> root;           ///< of each node: the node whose net carries it
    std::vector<bool> live;             ///< roots that reach an output and are no constants
    std::vector<std::uint32_t> last;    ///< of live roots: the last stage in which the value is used
    std::vector<std::set<Tap>> exports; ///< per layer: what other layers or the output ports take from it
    std::vector<std::set<Tap>> imports; ///< per layer: what it takes from others
};

Wiring wire_up(const datapath::Graph& graph, const datapath::Pipeline& pipeline);

/// Whether a node always has one value, and so is a literal wherever it is used.
bool is_constant(const datapath::Node& node);

/// The name of a live root's net as seen in a stage.
std::string net_name(const datapath::Pipeline& pipeline, Tap tap);
/// Any node's value as seen in a stage.
Word word_of(const datapath::Graph& graph, const datapath::Pipeline& pipeline, const Wiring& wiring, Tap tap);

} // namespace gw::rtl
