// A core's Verilog as Yosys reads it: words in, words out, no hierarchy, registers transparent.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rtl/core.hpp"

namespace gw::formal {

/// 0 and 1 are the constants. Nets that nothing drives (a place of a memory that is never written, say) are bits
/// without a cell: they may be anything.
using Bit = std::uint32_t;
using Bits = std::vector<Bit>; ///< the lowest first
constexpr Bit zero_bit = 0, one_bit = 1, first_net = 2;

enum class CellKind : std::uint8_t {
    add,
    sub,
    mul,
    mux, ///< s ? b : a
    bit_not,
    bit_and,
    bit_or,
    bit_xor,
    reduce_and,
    reduce_or,
    logic_not,
    less,
    less_equal,
    rom ///< contents[a]
};

struct Cell {
    CellKind kind = CellKind::add;
    std::string name;
    Bits a, b, s, y;
    bool is_signed = false;                            ///< both operands
    std::shared_ptr<const std::vector<Bits>> contents; ///< of a rom
};

/// A net as it was declared.
struct Word {
    std::string name;
    Bits bits;
    bool is_signed = false;
};

struct Netlist {
    Bits x, y;
    std::vector<Cell> cells;           ///< in an order in which they can be evaluated
    std::vector<Word> words;           ///< no two with the same bits and sign
    std::vector<std::uint32_t> driver; ///< of each bit, the cell, or `none`
    std::uint64_t register_bits = 0;

    static constexpr std::uint32_t none = 0xffffffffU;
    std::size_t bits() const { return driver.size(); }
};

struct Reading {
    Netlist netlist;
    /// Why y is not a function of the x of `latency` clock cycles before: feedback, paths with different numbers of
    /// registers, another clock. Empty: it is.
    std::vector<std::string> timing_problems;
};

/// @param files the core's Verilog. Throws support::Error (user) where Yosys refuses it, (unsupported) for cells that
/// no core of ours has.
Reading read_netlist(const rtl::Core& core, const rtl::Files& files, std::chrono::seconds time_limit);

} // namespace gw::formal
