// The canonical form is Reitwiesner's: while the rest is odd, the digit is the one of +1, -1 that makes the rest
// divisible by four (G. W. Reitwiesner, Binary arithmetic, Advances in Computers 1, 1960).
#include "datapath/signed_digits.hpp"

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
