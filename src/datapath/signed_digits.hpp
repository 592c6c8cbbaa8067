// Integers as sums of signed powers of two with the fewest terms.
#pragma once

#include <cstdint>
#include <vector>

#include "support/rng.hpp"

namespace gw::datapath {

/// +2^position or -2^position
struct SignedDigit {
    std::int32_t position = 0;
    bool negative = false;
    friend bool operator==(const SignedDigit&, const SignedDigit&) = default;
};

/// The canonical signed-digit form: no two neighbouring digits; lowest first.
std::vector<SignedDigit> canonical_digits(std::int64_t value);

/// How many digits that form has: the bits in which |value| and 3*|value| differ (H. Prodinger, Integers 0, 2000).
/// |value| < 2^62.
std::uint32_t digit_count(std::int64_t value);

/// A form with the same number of digits as the canonical one, drawn at random: each 1 0 -1 may become 0 1 1 and so on.
std::vector<SignedDigit> random_minimal_digits(std::int64_t value, support::Random& random);

} // namespace gw::datapath
