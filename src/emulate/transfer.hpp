// Between a caller's values, event by event, and the rows of a block's memory: the short way, for whole blocks and for
// types whose conversion needs no more than a scaling, a rounding and an overflow of 32-bit integers.
#pragma once

#include <cstdint>
#include <vector>

#include "emulate/program.hpp"

namespace gw::emulate {

/// Elements of one input tensor next to each other, of one type.
struct Entry {
    enum class Rounding : std::uint8_t { down, nearest_even, none }; ///< none: values must be whole
    enum class Overflow : std::uint8_t { wrap, saturate };
    std::uint32_t first = 0, count = 0; ///< elements of an event; at most `entry_width`
    std::size_t offset = 0;             ///< of the first one's row in a block's memory, in bytes
    Lane lane = Lane::i16;              ///< not i64
    double scale = 1;                   ///< 2^fraction, >= 1
    double low = 0, high = 0;           ///< ends of the range
    std::int32_t width = 0;             ///< 1 to 32
    bool is_signed = true;
    Rounding rounding = Rounding::down;
    Overflow overflow = Overflow::wrap;
};
inline constexpr std::uint32_t entry_width = 8;

/// One output element.
struct Exit {
    std::size_t offset = 0; ///< as Entry
    Lane lane = Lane::i16;
    double step = 1; ///< 2^-fraction
};

struct Transfer {
    std::vector<Entry> entries; ///< empty: there is no short way in
    std::vector<Exit> exits;    ///< empty: none out
    std::size_t inputs = 0;     ///< elements of an event
};

Transfer make_transfer(const network::Network& network, const Program& program);

/// Converts the values of a whole block of events. False, and the memory's inputs are of no use, if some value needs
/// more care (fixed::from_double): not a number, beyond 32 bits, or between the grid's points where rounding is `none`.
bool load_values(const Transfer& transfer, const double* values, std::byte* memory);

/// Exact values (to 53 bits) of the first `events` events of a block.
void store_values(const Transfer& transfer, const std::byte* memory, std::size_t events, double* values);

} // namespace gw::emulate
