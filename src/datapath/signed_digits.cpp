// The canonical form is Reitwiesner's: while the rest is odd, the digit is the one of +1, -1 that makes the rest
// divisible by four (G. W. Reitwiesner, Binary arithmetic, Advances in Computers 1, 1960).
#include "datapath/signed_digits.hpp"

#include <array>
#include <bit>
#include <cstdlib>

namespace gw::datapath {

std::vector<SignedDigit> canonical_digits(std::int64_t value) {
    std::vector<SignedDigit> digits;
    const bool flip = value < 0;
    std::uint64_t rest = flip ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    for (std::int32_t position = 0; rest != 0; ++position, rest >>= 1) {
        if ((rest & 1) == 0) {
            continue;
        }
        const bool negative = (rest & 3) == 3;
        digits.push_back({position, negative != flip});
        rest = negative ? rest + 1 : rest - 1;
    }
    return digits;
}

namespace {

constexpr std::uint32_t counted_below = 1 << 12;

constexpr std::array<std::uint8_t, counted_below> digit_counts = [] {
    std::array<std::uint8_t, counted_below> counts{};
    for (std::uint32_t x = 0; x < counted_below; ++x) {
        counts[x] = static_cast<std::uint8_t>(std::popcount(x ^ 3 * x));
    }
    return counts;
}();

} // namespace

std::uint32_t digit_count(std::int64_t value) {
    const auto x = static_cast<std::uint64_t>(std::abs(value));
    return x < counted_below ? digit_counts[x] : static_cast<std::uint32_t>(std::popcount(x ^ 3 * x));
}

std::vector<SignedDigit> random_minimal_digits(std::int64_t value, support::Random& random) {
    std::vector<SignedDigit> digits = canonical_digits(value);
    // 2^(k+2) - 2^k = 2^(k+1) + 2^k, from the lowest digits up.
    for (std::size_t i = 0; i + 1 < digits.size(); ++i) {
        SignedDigit &low = digits[i], &high = digits[i + 1];
        if (high.position == low.position + 2 && high.negative != low.negative && (random.next() >> 63) != 0) {
            low.negative = high.negative;
            high.position = low.position + 1;
        }
    }
    return digits;
}

} // namespace gw::datapath
