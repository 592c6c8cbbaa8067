#include "formal/vector_logic.hpp"

#include <algorithm>

#include "support/error.hpp"

namespace gw::formal {

using fixed::Int128;

int width_for(Int128 low, Int128 high) {
    const int below = low < 0 ? fixed::magnitude_bits(low + 1) : 0;
    return 1 + std::max(below, high > 0 ? fixed::magnitude_bits(high) : 0);
}

Literals constant_bits(Int128 value, std::size_t width) {
    Literals result;
    for (std::size_t i = 0; i < width; ++i)
        result.push_back(((value >> std::min<std::size_t>(i, 127)) & 1) != 0 ? always_true : always_false);
    return result;
}

Literals resized(const Literals& a, std::size_t width) {
    Literals result = a;
    result.resize(width, a.empty() ? always_false : a.back());
    return result;
}

Literals zero_extended(Literals a, std::size_t width) {
    a.resize(width, always_false);
    return a;
}

Literals moved_up(const Literals& a, int places) {
    Literals result;
    if (places >= 0) {
        result.assign(static_cast<std::size_t>(places), always_false);
        result.insert(result.end(), a.begin(), a.end());
        return result;
    }
    const std::size_t dropped = std::min(static_cast<std::size_t>(-places), a.size() - 1);
    return {a.begin() + static_cast<std::ptrdiff_t>(dropped), a.end()};
}

Literals sum(Aig& aig, const Literals& a, const Literals& b, Literal carry) {
    if (a.size() != b.size())
        throw support::internal_error("a sum of two widths", "formal");
    Literals result;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const Literal half = aig.differ(a[i], b[i]);
        result.push_back(aig.differ(half, carry));
        carry = aig.either(aig.both(a[i], b[i]), aig.both(half, carry));
    }
    return result;
}

Literals difference(Aig& aig, const Literals& a, const Literals& b) {
    Literals minus;
    for (const Literal bit : b)
        minus.push_back(inverted(bit));
    return sum(aig, a, minus, always_true);
}

Literals product(Aig& aig, const Literals& a, const Literals& b) {
    Literals total(a.size(), always_false);
    for (std::size_t i = 0; i < b.size(); ++i) {
        Literals row(i, always_false);
        for (std::size_t k = 0; k + i < a.size(); ++k)
            row.push_back(aig.both(a[k], b[i]));
        total = sum(aig, total, row);
    }
    return total;
}

Literals times_constant(Aig& aig, const Literals& a, Int128 factor) {
    Literals total(a.size(), always_false);
    for (std::size_t i = 0; i < a.size() && i < 127; ++i)
        if (((factor >> i) & 1) != 0) {
            Literals row(i, always_false);
            row.insert(row.end(), a.begin(), a.end() - static_cast<std::ptrdiff_t>(i));
            total = sum(aig, total, row);
        }
    return total;
}

Literals choice(Aig& aig, Literal when, const Literals& a, const Literals& b) {
    Literals result;
    for (std::size_t i = 0; i < a.size(); ++i)
        result.push_back(aig.choose(when, a[i], b[i]));
    return result;
}

Literal below(Aig& aig, const Literals& a, const Literals& b, bool is_signed) {
    Literal result = always_false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const bool sign = is_signed && i + 1 == a.size(); // there a 1 means less
        result = aig.choose(aig.differ(a[i], b[i]), sign ? a[i] : b[i], result);
    }
    return result;
}

Literal any(Aig& aig, const Literals& a) {
    Literal result = always_false;
    for (const Literal bit : a)
        result = aig.either(result, bit);
    return result;
}

Literal all(Aig& aig, const Literals& a) {
    Literal result = always_true;
    for (const Literal bit : a)
        result = aig.both(result, bit);
    return result;
}

Literal differ(Aig& aig, const Literals& a, const Literals& b) {
    const std::size_t width = std::max(a.size(), b.size());
    const Literals x = resized(a, width), y = resized(b, width);
    Literal result = always_false;
    for (std::size_t i = 0; i < width; ++i)
        result = aig.either(result, aig.differ(x[i], y[i]));
    return result;
}

Int128 number_of(std::span<const std::uint64_t> words, const Literals& a, unsigned lane, bool is_signed) {
    Int128 value = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (((word_of(words, a[i]) >> lane) & 1U) != 0)
            value += is_signed && i + 1 == a.size() ? -(Int128{1} << i) : Int128{1} << i;
    return value;
}

} // namespace gw::formal
