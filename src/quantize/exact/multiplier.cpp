// Rounding and saturation are monotone, so a quantiser of n codes is n - 1 boundaries: code k or more begins at a
// number, itself included or not. On the grid of the input each boundary has a first mantissa, found exactly from the
// ratio of unit and scale. A factor C * 2^-g serves as well as that ratio if all its first mantissas are the same; g is
// raised until they are. Where a value stands on a tie and no binary fraction does, the ratio of two whole numbers p /
// q is exact: the value is multiplied by p and divided by q, rounded once.
#include "quantize/exact/multiplier.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "quantize/constants.hpp"

namespace gw::quantize::exact {

namespace {

using fixed::FixedType;
using fixed::Int128;
using Rounding = import::Quantise::Rounding;
using Wide = long double; ///< its quotients of 53 and fewer bits are whole only where they truly are

constexpr std::size_t most_boundaries = std::size_t{1} << 20;

/// Where the codes from k on begin, in steps of the type.
struct Boundary {
    Wide at = 0;
    bool closed = true; ///< the number itself has code k already
};

Boundary boundary(std::int64_t k, fixed::Rounding of_type, Rounding rounding) {
    const auto whole = static_cast<Wide>(k);
    const Wide half = whole - 0.5L;
    const bool above = k >= 1;
    if (rounding == Rounding::up)
        return {whole - 1, false};
    if (rounding == Rounding::from_zero)
        return above ? Boundary{whole - 1, false} : Boundary{whole, true};
    switch (of_type) {
    case fixed::Rounding::trn:
        return {whole, true};
    case fixed::Rounding::trn_zero:
        return above ? Boundary{whole, true} : Boundary{whole - 1, false};
    case fixed::Rounding::rnd:
        return {half, true};
    case fixed::Rounding::rnd_min_inf:
        return {half, false};
    case fixed::Rounding::rnd_zero:
        return {half, !above};
    case fixed::Rounding::rnd_inf:
        return {half, above};
    case fixed::Rounding::rnd_conv:
        break;
    }
    return {half, k % 2 == 0};
}

/// A finite double as odd * 2^exponent.
struct Odd {
    std::int64_t odd = 1;
    int exponent = 0;
};

Odd odd_of(double value) {
    int exponent = 0;
    const auto bits = static_cast<std::int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
    const int zeros = std::countr_zero(static_cast<std::uint64_t>(bits));
    return {bits >> zeros, exponent - 53 + zeros};
}

int bits_of(Int128 value) {
    int bits = 0;
    for (auto rest = static_cast<fixed::UInt128>(value < 0 ? -value : value); rest != 0; rest >>= 1)
        ++bits;
    return bits;
}

class Search {
  public:
    Search(const std::vector<Quotient>& quotients, Rounding rounding, Int128 low, Int128 high, std::int32_t fraction)
        : quotients_(quotients), rounding_(rounding), low_(static_cast<Wide>(low)), high_(static_cast<Wide>(high)),
          fraction_(fraction) {
        std::size_t all = 0;
        for (const Quotient& quotient : quotients) {
            all += static_cast<std::size_t>(quotient.highest - quotient.lowest);
            if (all > most_boundaries)
                return;
        }
        for (const Quotient& quotient : quotients)
            wanted_.push_back(firsts(quotient));
    }

    /// Few enough to be compared.
    bool comparable() const { return !wanted_.empty(); }

    /// The factor's integers at `bits` fraction bits, if those serve.
    std::optional<std::vector<std::int64_t>> at(int bits) const {
        std::vector<std::int64_t> out;
        for (std::size_t i = 0; i < quotients_.size(); ++i) {
            const double ratio = std::ldexp(quotients_[i].unit / quotients_[i].scale, bits);
            const auto below = static_cast<std::int64_t>(std::floor(ratio));
            if (below >= 1 && serves(i, below, bits))
                out.push_back(below);
            else if (serves(i, below + 1, bits))
                out.push_back(below + 1);
            else
                return std::nullopt;
        }
        return out;
    }

  private:
    /// The first mantissa with code k or more: mantissa * numerator / denominator reaches the boundary.
    Wide first(const Quotient& quotient, std::int64_t k, Wide numerator, Wide denominator) const {
        const Boundary b = boundary(k, quotient.rounding, rounding_);
        const Wide at = (std::ldexp(b.at, -quotient.fraction) - quotient.zero) * denominator / numerator;
        const Wide mantissa = std::ldexp(at, fraction_);
        return std::clamp(b.closed ? std::ceil(mantissa) : std::floor(mantissa) + 1, low_, high_ + 1);
    }

    std::vector<Wide> firsts(const Quotient& quotient) const {
        std::vector<Wide> out;
        for (std::int64_t k = quotient.lowest + 1; k <= quotient.highest; ++k)
            out.push_back(first(quotient, k, quotient.unit, quotient.scale));
        return out;
    }

    bool serves(std::size_t i, std::int64_t factor, int bits) const {
        const Quotient& quotient = quotients_[i];
        const auto numerator = static_cast<Wide>(factor);
        const Wide denominator = std::ldexp(Wide{1}, bits);
        for (std::size_t n = 0; n < wanted_[i].size(); ++n)
            if (first(quotient, quotient.lowest + 1 + static_cast<std::int64_t>(n), numerator, denominator) !=
                wanted_[i][n])
                return false;
        return true;
    }

    const std::vector<Quotient>& quotients_;
    Rounding rounding_;
    Wide low_, high_;
    std::int32_t fraction_;
    std::vector<std::vector<Wide>> wanted_;
};

/// The ratios themselves, where doubles hold them and the product stays narrow enough.
std::optional<Multiplier> of_ratios(const std::vector<Quotient>& quotients, int value_bits, int largest_width) {
    std::vector<double> ratios;
    for (const Quotient& quotient : quotients) {
        ratios.push_back(quotient.unit / quotient.scale);
        if (std::fma(ratios.back(), quotient.scale, -quotient.unit) != 0)
            return std::nullopt;
    }
    const auto kept = exact_if_cheap(ratios, {static_cast<std::uint32_t>(ratios.size())}, 60);
    if (!kept)
        return std::nullopt;
    Multiplier out{trimmed(*kept), std::nullopt, true};
    for (const std::int64_t raw : out.factor.raw)
        if (value_bits + bits_of(raw) > largest_width)
            return std::nullopt;
    return out;
}

/// Both sides of every ratio as whole numbers, but for powers of two, which the factor takes.
std::optional<Multiplier> of_whole_numbers(const std::vector<Quotient>& quotients, int value_bits, int largest_width) {
    std::vector<double> factors;
    Multiplier out;
    out.divisor = network::Constant{{static_cast<std::uint32_t>(quotients.size())}, {}, {}};
    int bits = 0;
    for (const Quotient& quotient : quotients) {
        const Odd unit = odd_of(quotient.unit), scale = odd_of(quotient.scale);
        const std::int64_t common = std::gcd(unit.odd, scale.odd);
        factors.push_back(std::ldexp(static_cast<double>(unit.odd / common), unit.exponent - scale.exponent));
        out.divisor->raw.push_back(scale.odd / common);
        bits = std::max(bits, bits_of(scale.odd / common));
    }
    out.divisor->type = {bits + 1, 0, false};
    const auto kept = exact_if_cheap(factors, out.divisor->shape, 60);
    if (!kept)
        return std::nullopt;
    out.factor = trimmed(*kept);
    for (const std::int64_t raw : out.factor.raw)
        if (value_bits + bits_of(raw) > largest_width)
            return std::nullopt;
    out.proven = true;
    return out;
}

} // namespace

Multiplier multiplier_of(const std::vector<Quotient>& quotients, Rounding rounding, Int128 low, Int128 high,
                         std::int32_t fraction, std::int32_t largest_width) {
    const auto count = static_cast<std::uint32_t>(quotients.size());
    const int value_bits = std::max(bits_of(low), bits_of(high));
    const Search search(quotients, rounding, low, high, fraction);
    if (!search.comparable())
        if (auto exact = of_ratios(quotients, value_bits, largest_width))
            return *exact;
    double most = 0, least = INFINITY;
    for (const Quotient& quotient : quotients) {
        most = std::max(most, quotient.unit / quotient.scale);
        least = std::min(least, quotient.unit / quotient.scale);
    }
    int most_exponent = 0, least_exponent = 0;
    std::frexp(most, &most_exponent);
    std::frexp(least, &least_exponent);
    const int finest = largest_width - value_bits - most_exponent; // of the factor, so that the product fits
    if (search.comparable())
        for (int bits = 1 - least_exponent; bits <= finest; ++bits)
            if (auto raw = search.at(bits)) {
                network::Constant factor{{count}, {}, std::move(*raw)};
                factor.type = {most_exponent + bits + 1, bits, false};
                return {trimmed(std::move(factor)), std::nullopt, true};
            }
    if (search.comparable())
        if (auto exact = of_whole_numbers(quotients, value_bits, largest_width))
            return *exact;
    constexpr int fine = 40;
    std::vector<double> ratios;
    for (const Quotient& quotient : quotients)
        ratios.push_back(quotient.unit / quotient.scale);
    return {trimmed(rounded(ratios, {count}, std::min(finest, fine - least_exponent))), std::nullopt, false};
}

} // namespace gw::quantize::exact
