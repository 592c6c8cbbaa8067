// Sums, comparisons, products and tables as Yosys builds them out of gates and carry chains.
#pragma once

#include <span>
#include <vector>

#include "datapath/graph.hpp"
#include "estimate/logic.hpp"
#include "estimate/word.hpp"

namespace gw::estimate {

/// How sums are written in the Verilog, and for which devices.
enum class Adders : std::uint8_t {
    expressions, ///< `a + b`: a chain that the synthesiser makes, or gates where it is too short for one
    primitives   ///< instances of CARRY8, and of LUT6_2 for three operands (rtl/adder_library.hpp)
};

/// a + b or a - b modulo 2^size; both have one size.
std::vector<Net> sum(Logic& logic, std::span<const Net> a, std::span<const Net> b, bool subtract, Adders adders);
/// The sum of three operands on one chain of LUTs with two outputs.
std::vector<Net> sum3(Logic& logic, std::span<const Net> a, std::span<const Net> b, std::span<const Net> c);
/// 1 where a > b (a >= b), signed numbers of one size.
Net greater(Logic& logic, std::span<const Net> a, std::span<const Net> b, bool or_equal);
/// a * b modulo 2^width.
std::vector<Net> product(Logic& logic, const Word& a, const Word& b, int width);
/// Block memories that Yosys takes for a table of so many places with a register at each of its readers; none where it
/// makes LUTs of it.
std::uint64_t memories_for(int index_bits, int width, std::uint64_t readers);
/// The table's value at the mantissa whose bits these are.
std::vector<Net> read_table(Logic& logic, const datapath::LookupTable& table, std::span<const Net> index, int width);

} // namespace gw::estimate
