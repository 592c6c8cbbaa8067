// Columns of numbers, compared but for a power of two.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "fixed/int128.hpp"

namespace gw::formal {

/// Numbers divided by the power of two that divides them all.
struct Shape {
    std::vector<std::int64_t> odd;
    int places = 0;
};

/// None where all are the same, which says nothing, or where they need more than 62 bits.
template <typename Numbers> std::optional<Shape> shape_of(const Numbers& numbers) {
    fixed::UInt128 together = 0;
    bool moves = false;
    for (const auto& number : numbers) {
        together |= static_cast<fixed::UInt128>(number);
        moves = moves || number != numbers.front();
    }
    if (!moves)
        return std::nullopt;
    Shape shape;
    for (; (together & 1) == 0; together >>= 1)
        ++shape.places;
    for (const auto& number : numbers) {
        const fixed::Int128 reduced = static_cast<fixed::Int128>(number) >> shape.places;
        if (fixed::magnitude_bits(reduced) > 62)
            return std::nullopt;
        shape.odd.push_back(static_cast<std::int64_t>(reduced));
    }
    return shape;
}

} // namespace gw::formal
