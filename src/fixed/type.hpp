// FixedType: the type of a fixed-point value, and the one conversion to it.
//
// A value is mantissa * 2^-fraction. Conversion first rounds away the excess fraction bits, then judges overflow: the
// order and the seven rounding and four overflow modes are those of ap_fixed (Vitis HLS user guide UG1399, "Arbitrary
// precision fixed-point data types"), which tests/fixed compares with the vendor's own headers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fixed/int128.hpp"

namespace gw::fixed {

/// What happens to fraction bits that the target lacks (UG1399's names without AP_).
enum class Rounding : std::uint8_t {
    trn,         ///< towards minus infinity (drop the bits)
    trn_zero,    ///< towards zero
    rnd,         ///< to nearest, ties towards plus infinity
    rnd_zero,    ///< to nearest, ties towards zero
    rnd_min_inf, ///< to nearest, ties towards minus infinity
    rnd_inf,     ///< to nearest, ties away from zero
    rnd_conv     ///< to nearest, ties to even
};

/// What happens to a rounded value beyond the target's range.
enum class Overflow : std::uint8_t {
    wrap,     ///< keep the low bits
    sat,      ///< the nearest end of the range
    sat_zero, ///< zero
    sat_sym   ///< as sat, with the lower end at -(largest)
};

struct FixedType {
    std::int32_t width = 1;    ///< bits in all, 0 to 64; 0 holds only the value 0
    std::int32_t fraction = 0; ///< bits after the binary point; may be negative or exceed width
    bool is_signed = true;
    Rounding rounding = Rounding::trn;
    Overflow overflow = Overflow::wrap;

    /// ap_fixed<width, integer>: integer counts the sign bit.
    std::int32_t integer() const { return width - fraction; }
    /// Ends of the mantissa's range, after the overflow mode's own restriction (sat_sym).
    Int128 lowest() const;
    Int128 highest() const;

    friend bool operator==(const FixedType&, const FixedType&) = default;
};

/// ap_fixed<width, integer, rounding, overflow> and ap_ufixed.
FixedType ap_fixed(int width, int integer, Rounding rounding = Rounding::trn, Overflow overflow = Overflow::wrap);
FixedType ap_ufixed(int width, int integer, Rounding rounding = Rounding::trn, Overflow overflow = Overflow::wrap);

/// "fixed<16,6>", "ufixed<8,0,RND,SAT>": hls4ml's short form; the modes stand only where they differ from TRN, WRAP.
std::string to_string(const FixedType& type);
/// Reads the short form, and ap_fixed<...>, ap_ufixed<...>, ap_int<W>, ap_uint<W>, int<W>, uint<W>, AP_-prefixed modes,
/// any case, blanks anywhere. Throws support::Error naming the text.
FixedType parse_type(std::string_view text);

std::string_view to_string(Rounding rounding);
std::string_view to_string(Overflow overflow);

/// The mantissa of mantissa * 2^-fraction converted to `to`. |mantissa| < 2^126; any fraction.
Int128 cast(Int128 mantissa, std::int32_t fraction, const FixedType& to);

/// The two halves of cast: rounded at fraction bits `to_fraction` (exact where that is not fewer), and wrapped or
/// saturated.
Int128 round_to(Int128 mantissa, std::int32_t fraction, std::int32_t to_fraction, Rounding rounding);
Int128 limit_to(Int128 mantissa, const FixedType& to);

/// From a binary64 value, exact on its own mantissa. Infinity saturates under sat and sat_sym; else infinity, and NaN
/// always, throw support::Error of kind user.
Int128 from_double(double value, const FixedType& to);

/// mantissa * 2^-fraction as binary64, correctly rounded (exact to 53 bits).
double to_double(Int128 mantissa, std::int32_t fraction);

} // namespace gw::fixed
