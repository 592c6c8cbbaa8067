// The loops of packing.hpp, compiled for each vector unit. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fixed/type.hpp"

namespace gw::device {

/// Elements that are quantised alike, row after row; a row is an event's, or any piece of a batch that is all alike.
struct PackJob {
    enum class Overflow : std::uint8_t { saturate, wrap, refuse }; ///< refuse: what does not fit is not for here
    std::size_t count = 0;                                         ///< elements of a row, 1 or more
    std::size_t value_stride = 0;                                  ///< values from a row to the next
    std::size_t byte_stride = 0;                                   ///< bytes from a row to the next
    std::size_t bytes = 0;                                         ///< of an element: 1 to 4
    bool is_signed = true;
    bool uniform = true; ///< all elements have the first one's scale and limits
    fixed::Rounding rounding = fixed::Rounding::trn;
    Overflow overflow = Overflow::saturate;
    const double *scale = nullptr, *lowest = nullptr, *highest = nullptr; ///< `count` each: 2^fraction, mantissas
};

/// Quantises rows, mantissas of at most 31 bits. Stops before the first row with a value that needs more care
/// (fixed::from_double): no number, far outside the range, so small that its product with the scale vanishes.
/// @return rows done; the bytes of the next one are of no use
std::size_t pack_rows(const PackJob& job, const double* values, std::byte* bytes, std::size_t rows);
std::size_t pack_rows(const PackJob& job, const float* values, std::byte* bytes, std::size_t rows);

/// The reverse of uniform or varied elements: `unit` is 2^-fraction of each. Elements of 1, 2 or 4 bytes (those of 4
/// bytes are signed, or below 2^31).
struct UnpackJob {
    std::size_t count = 0, value_stride = 0, byte_stride = 0, bytes = 0;
    bool is_signed = true, uniform = true;
    const double* unit = nullptr;
};
void unpack_rows(const UnpackJob& job, const std::byte* bytes, double* values, std::size_t rows);

} // namespace gw::device
