// The Verilog of one node.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "datapath/graph.hpp"
#include "rtl/word.hpp"

namespace gw::rtl {

/// What one node becomes: helper nets (whole declarations with their right-hand sides), then the value's own right-hand
/// side, which has exactly width(node.range) bits.
struct Operation {
    std::vector<std::string> helpers;
    std::string value;
    std::string remark; ///< the arithmetic in words, for a comment
};

/// How sums are written: as expressions, or as instances of the adders in rtl/adder_library.hpp, of that core.
struct AdderStyle {
    enum class Kind : std::uint8_t { expressions, instances };
    Kind kind = Kind::expressions;
    std::string core;
};

/// A value together with where its binary point stands.
struct Operand {
    Word word;
    fixed::Interval range;
};

/// @param name     of the node's net; helper nets are called name_*
/// @param operands in the order of datapath::operands
/// The node has a width of at least 1, and is not an input, a constant or a shift, which are wires (rtl/wiring.hpp).
Operation operation(const datapath::Node& node, const std::string& name, const std::vector<Operand>& operands,
                    const AdderStyle& style = {});

/// +-operand * 2^shift.
struct ChainTerm {
    Operand operand;
    std::int32_t shift = 0;
    bool negative = false;
};
/// The part of it for sums of two or three terms on one carry chain (rtl/chain.cpp).
Operation chain_sum(const fixed::Interval& range, const std::vector<ChainTerm>& terms, const std::string& name,
                    const AdderStyle& style);

/// Products, comparisons, choices and tables (rtl/choice.cpp); none for any other node.
std::optional<Operation> choice(const datapath::Node& node, const std::vector<Operand>& operands);
/// A Verilog memory table_INDEX with its values: at the low bits of a mantissa stands the value there.
std::string table_memory(const datapath::LookupTable& table, std::uint32_t index);

/// The part of it for conversions: rounding, then overflow (rtl/convert.cpp).
Operation conversion(const fixed::Interval& range, const fixed::FixedType& type, const std::string& name,
                     const Operand& operand);

} // namespace gw::rtl
