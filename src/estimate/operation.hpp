// One node as logic: the counterpart of rtl/operation.hpp.
#pragma once

#include <unordered_map>
#include <vector>

#include "datapath/graph.hpp"
#include "estimate/arithmetic.hpp"
#include "estimate/logic.hpp"
#include "estimate/word.hpp"

namespace gw::estimate {

struct Operand {
    Word word;
    fixed::Interval range;
};

/// A net that is `data`, or a constant where `when` is 1. A register behind it can take the constant by its reset.
struct Reset {
    Net when, data;
    bool set = false;
};
using Resets = std::unordered_map<std::uint32_t, Reset>; ///< by Net::code

struct Context {
    Logic& logic;
    const datapath::Graph& graph;
    Adders adders;
    Resets& resets;
};

/// The bits of the node's value. Inputs, constants and shifts are no operations.
std::vector<Net> operation(const Context& context, const datapath::Node& node, const std::vector<Operand>& operands);

/// The part of it for conversions (estimate/conversion.cpp).
std::vector<Net> conversion(const Context& context, const datapath::Node& node, const fixed::FixedType& type,
                            const Operand& operand);

/// `when` ? a : b, bit by bit, noting what a register's reset could do.
std::vector<Net> multiplex(const Context& context, Net when, const std::vector<Net>& a, const std::vector<Net>& b);

} // namespace gw::estimate
