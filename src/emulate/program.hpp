// A Network compiled for the emulator: per output element ("row") a list of weighted inputs, in integer lanes that
// provably never overflow where the arithmetic is exact, and modulo 2^lane where the network itself wraps.
//
// A block of events is held as structure of arrays: one row of `block` lanes per tensor element, so that lane e is
// event e.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "network/network.hpp"

namespace gw::emulate {

/// Events that run together; a multiple of four of the widest vector's 32-bit lanes.
inline constexpr std::size_t block = 64;

enum class Lane : std::uint8_t { i32, i64 };

/// sum += (row[source] * weight) >> shift
struct Term {
    std::uint32_t source = 0; ///< row of the op's input tensor
    std::int32_t shift = 0;   ///< bits dropped from the product (towards minus infinity)
    std::int64_t weight = 0;
};

/// From the sum to the value of the output element, each step only where it is needed.
struct Finish {
    struct Wrap {
        std::int32_t width = 0;
        bool is_signed = true;
        std::int32_t then_left = 0; ///< bits to shift left afterwards, to the fraction that follows
    };
    std::optional<Wrap> accumulator; ///< the accumulator's own wrapping
    bool rectify = false;
    std::optional<std::int64_t> ceiling;
    std::int32_t dropped = 0; ///< fraction bits to round away
    fixed::Rounding rounding = fixed::Rounding::trn;
    bool limit = false; ///< whether overflow can occur
    fixed::FixedType type;
};

struct Row {
    std::int64_t bias = 0;
    /// Terms in three groups: no shift, shift with a product inside the lane, product of twice the lane's width (i32
    /// only).
    std::vector<Term> plain, shifted, wide;
    Finish finish;
};

/// One op. Without rows it runs through the reference evaluation.
struct Step {
    std::size_t op = 0;                ///< index into Network::ops
    std::size_t input = 0, output = 0; ///< tensors
    Lane lane = Lane::i64;             ///< of the sums; not narrower than either tensor's
    std::vector<Row> rows;
};

struct Program {
    std::vector<Lane> lanes;          ///< of each tensor
    std::vector<std::size_t> offsets; ///< of each tensor's first row, in bytes from the start of a block's memory
    std::size_t bytes = 0;            ///< of a block's memory
    std::vector<Step> steps;
};

/// The network must be sound (network/verify.hpp).
Program compile(const network::Network& network);

} // namespace gw::emulate
