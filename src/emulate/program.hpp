// A Network compiled for the emulator: a list of steps over blocks of events, in integer lanes that provably never
// overflow where the arithmetic is exact, and modulo 2^lane where the network itself wraps.
//
// A block of events is held as structure of arrays: one row of `block` lanes per tensor element, so that lane e is
// event e.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "network/network.hpp"

namespace gw::emulate {

/// Events that run together; a multiple of four of the widest vector's 32-bit lanes.
inline constexpr std::size_t block = 64;

enum class Lane : std::uint8_t { i16, i32, i64 };

inline constexpr int bits_of(Lane lane) {
    return lane == Lane::i16 ? 16 : (lane == Lane::i32 ? 32 : 64);
}

/// From an exact or wrapped value to the value of an output element, each step only where it is needed.
struct Finish {
    struct Wrap {
        std::int32_t width = 0;
        bool is_signed = true;
    };
    std::optional<Wrap> accumulator; ///< the accumulator's own wrapping, where lanes do not do it
    bool rectify = false;
    std::optional<std::int64_t> ceiling;
    std::int32_t left = 0;    ///< fraction bits to add, where there are too few
    std::int32_t dropped = 0; ///< fraction bits to round away
    fixed::Rounding rounding = fixed::Rounding::trn;
    bool limit = false; ///< whether overflow can occur
    fixed::FixedType type;
};

/// sum += (row[source] * weight) >> shift; sources count from a place's first input row.
struct Term {
    std::uint32_t source = 0;
    std::int32_t shift = 0; ///< bits dropped from the product (towards minus infinity)
    std::int64_t weight = 0;
};

/// One output element as a weighted sum.
struct Row {
    std::int64_t bias = 0;
    /// Terms in three groups: no shift, shift with a product inside the lane, product of twice the lane's width (i32
    /// only).
    std::vector<Term> plain, shifted, wide;
    std::vector<Finish> finish; ///< one after another: the op's own, and those of ops fused into it
};

/// Several rows at once over 16-bit inputs; the weights of one source for all rows of the tile stand together.
/// pairs: sources come in twos (2k, 2k + 1), sums are exact in 32-bit lanes: a weight word is w[2k] | w[2k + 1] << 16.
/// folded: sums wrap in 16-bit lanes, each product dropping `shift` bits: a weight w = 2^shift * high + low, and
/// floor(x * w / 2^shift) = x * high + mulhi(x, low * 2^(16 - shift)); words hold the second factor twice, high_words
/// the first one for the sources where it matters to most rows. Where it is 1 or -1 for a few, these are `ones`.
struct Tile {
    std::uint32_t first = 0, count = 0; ///< rows
    std::vector<std::uint32_t> sources, high_sources;
    std::vector<std::int32_t> words, high_words; ///< [source][row of the tile]
    std::vector<std::uint32_t> ones;             ///< sources, row by row: those added, then those subtracted
    struct Ends {
        std::uint32_t added = 0, subtracted = 0; ///< in `ones`
    };
    std::vector<Ends> ends; ///< of each row of the tile; empty without ones
    /// How 16-bit sums of all the tile's rows end: as `finish` says, or without a change, or rectified.
    enum class End : std::uint8_t { finish, none, rectified };
    End end = End::finish;
};

/// The same rows at many places (the positions of a convolution): place by place, input rows count from `input`, output
/// rows from `output`.
struct Pattern {
    std::vector<Row> rows;
    std::vector<Tile> tiles; ///< for Linear::Kind::pairs and folded: the rows' terms in another form
};
struct Place {
    std::uint32_t pattern = 0, input = 0, output = 0;
    bool again = false; ///< the output rows hold values of an earlier place: each keeps the larger (a maximum pool)
};

struct Linear {
    enum class Kind : std::uint8_t { rows, pairs, folded };
    Kind kind = Kind::rows;
    std::vector<Pattern> patterns;
    std::vector<Place> places;
};

/// output row = the largest (smallest) of some input rows, all at one fraction.
struct Extreme {
    bool maximum = true;
    struct Group {
        std::uint32_t output = 0;
        std::vector<std::uint32_t> sources;
        std::optional<std::int64_t> constant; ///< takes part, too
        Finish finish;
    };
    std::vector<Group> groups;
};

/// output row = a table's value at input - first; or, where inputs are too many for that, at the index that
/// network::Table's own formula gives.
struct Lookup {
    struct Formula {
        std::int64_t numerator = 1, denominator = 1, offset = 0;
        bool towards_zero = false;
    };
    struct Group {
        std::uint32_t row = 0; ///< of the input
        std::uint32_t table = 0;
        std::int64_t first = 0; ///< without a formula
        std::int32_t left = 0;  ///< with one: to its fraction
    };
    std::optional<Formula> formula;
    std::vector<std::vector<std::int32_t>> tables;
    std::vector<Group> groups; ///< by output row
};

/// output row = finish(a op b op ...), each input shifted left to a common fraction.
struct Elementwise {
    network::Merge::Kind kind = network::Merge::Kind::sum;
    struct Operand {
        std::uint32_t source = 0, row = 0; ///< which of the op's inputs, and its row
        std::int32_t left = 0;
    };
    struct Group {
        std::vector<Operand> operands;
        Finish finish;
    };
    std::vector<Group> groups; ///< by output row
};

/// output row = subject > threshold ? above : below, at the subject's and the results' own fractions.
struct Choice {
    struct Group {
        std::int64_t threshold = 0; ///< chosen is above where subject > threshold
        std::int32_t above_left = 0, below_left = 0;
        Finish finish;
    };
    std::vector<Group> groups;
};

/// output row = finish(input row sources[i], or 0).
struct Copy {
    struct Group {
        std::optional<std::uint32_t> row;
        std::uint32_t source = 0; ///< which of the op's inputs
        Finish finish;
    };
    std::vector<Group> groups;
};

/// output row = finish(input row / divisor), the quotient with two more bits as emulate/exact.hpp makes it.
struct Quotient {
    struct Group {
        std::int32_t left = 0; ///< of the input, before the division
        std::int64_t divisor = 1;
        Finish finish;
    };
    std::vector<Group> groups;
};

/// output row = values[how many thresholds the input row passes].
struct Stairs {
    struct Group {
        std::vector<std::int64_t> thresholds; ///< passed where input > threshold
        std::vector<std::int32_t> values;
    };
    std::vector<Group> kinds;
    std::vector<std::uint32_t> groups; ///< by output row: which kind
};

/// output row = finish(sum of products of rows of two inputs).
struct Products {
    struct Group {
        std::vector<std::pair<std::uint32_t, std::uint32_t>> factors;
        Finish finish;
    };
    std::vector<Group> groups;
};

/// By the reference evaluation.
struct Plain {};

struct Step {
    std::size_t op = 0;              ///< index into Network::ops; of the first, where several are fused
    Lane lane = Lane::i64;           ///< of the computation; inputs and output have their own
    std::vector<std::size_t> inputs; ///< tensors
    std::size_t output = 0;
    std::variant<Plain, Linear, Extreme, Lookup, Elementwise, Choice, Copy, Quotient, Stairs, Products> body;
};

struct Program {
    std::vector<Lane> lanes;          ///< of each tensor
    std::vector<std::size_t> offsets; ///< of each tensor's first row, in bytes from the start of a block's memory
    std::size_t bytes = 0;            ///< of a block's memory
    std::vector<Step> steps;
};

/// @param fuse let ops whose result only the next one reads disappear into it; their tensors then hold nothing
/// The network must be sound (network/verify.hpp).
Program compile(const network::Network& network, bool fuse);

} // namespace gw::emulate
