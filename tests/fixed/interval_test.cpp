// Intervals and types against enumeration.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fixed/interval.hpp"
#include "support/error.hpp"
#include "support/rng.hpp"

namespace gw::fixed {
namespace {

FixedType random_type(support::Random& random) {
    return {static_cast<std::int32_t>(random.between(0, 7)), static_cast<std::int32_t>(random.between(-3, 8)),
            random.below(2) == 0, static_cast<Rounding>(random.below(7)), static_cast<Overflow>(random.below(4))};
}

TEST(Interval, CastHoldsExactlyWhatConversionYields) {
    std::uint64_t tight = 0, all = 0;
    for (std::uint64_t seed = 1; seed <= 20000; ++seed) {
        support::Random random(seed);
        const std::int64_t low = random.between(-60, 60), high = random.between(low, 64);
        const Interval source{low, high, static_cast<std::int32_t>(random.between(-3, 6))};
        const FixedType type = random_type(random);
        const Interval range = cast(source, type);
        Int128 least = cast(Int128{low}, source.fraction, type), most = least;
        bool overflows = false;
        for (std::int64_t m = low; m <= high; ++m) {
            const Int128 value = cast(Int128{m}, source.fraction, type);
            least = std::min(least, value);
            most = std::max(most, value);
            const Int128 rounded = round_to(m, source.fraction, type.fraction, type.rounding);
            overflows = overflows || rounded < type.lowest() || rounded > type.highest();
            ASSERT_TRUE(range.contains(value)) << "seed " << seed;
        }
        EXPECT_EQ(fits(source, type), !overflows) << "seed " << seed;
        ++all;
        tight += range.low == least && range.high == most ? 1U : 0U;
        if (!overflows) {
            EXPECT_EQ(range, (Interval{least, most, type.fraction})) << "seed " << seed;
        }
    }
    std::cout << tight << " of " << all << " ranges are tight\n";
    EXPECT_GT(tight * 10, all * 6);
}

TEST(Interval, ArithmeticHoldsEveryResult) {
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        support::Random random(seed);
        const auto draw = [&] {
            const std::int64_t low = random.between(-9, 9);
            return Interval{low, random.between(low, 10), static_cast<std::int32_t>(random.between(-2, 3))};
        };
        const Interval a = draw(), b = draw();
        const std::int64_t constant = random.between(-7, 7);
        const Interval sum = a + b, difference = a - b, product = scaled(a, constant, 2), both = united(a, b);
        for (Int128 x = a.low; x <= a.high; ++x) {
            EXPECT_TRUE(product.contains(x * constant));
            EXPECT_TRUE(both.contains(round_to(x, a.fraction, both.fraction, Rounding::trn)));
            for (Int128 y = b.low; y <= b.high; ++y) {
                const Int128 u = round_to(x, a.fraction, sum.fraction, Rounding::trn),
                             v = round_to(y, b.fraction, sum.fraction, Rounding::trn);
                EXPECT_TRUE(sum.contains(u + v) && difference.contains(u - v)) << "seed " << seed;
            }
        }
    }
}

TEST(Interval, SmallestTypeHoldsAllAndNotOneBitLess) {
    for (std::int64_t low = -40; low <= 20; ++low)
        for (std::int64_t high = low; high <= 40; ++high) {
            const Interval range{low, high, 2};
            const FixedType type = smallest_type(range);
            EXPECT_TRUE(fits(range, type));
            EXPECT_EQ(type.is_signed, low < 0);
            if (type.width > 0) {
                FixedType narrower = type;
                --narrower.width;
                EXPECT_FALSE(fits(range, narrower)) << low << " to " << high;
            }
        }
}

TEST(FixedType, TextRoundTrip) {
    support::Random random(4);
    for (int i = 0; i < 2000; ++i) {
        const FixedType type = random_type(random);
        EXPECT_EQ(parse_type(to_string(type)), type) << to_string(type);
    }
    EXPECT_EQ(parse_type("ap_fixed< 16 , 6, AP_RND, AP_SAT >"), ap_fixed(16, 6, Rounding::rnd, Overflow::sat));
    EXPECT_EQ(parse_type("ap_uint<5>"), ap_ufixed(5, 5));
    EXPECT_EQ(parse_type("int<7>"), ap_fixed(7, 7));
    for (const char* bad : {"", "fixed", "fixed<>", "fixed<8>", "fixed<8,2,UP>", "float<8,2>", "fixed<65,2>",
                            "fixed<8,2", "int<4,2>", "fixed<8,2,RND,SAT,3>", "fixed<x,2>", "fixed<99999999999999,2>"})
        EXPECT_THROW(parse_type(bad), support::Error) << bad;
}

TEST(FixedType, NanAndInfinity) {
    const double infinity = std::numeric_limits<double>::infinity();
    EXPECT_THROW(from_double(std::nan(""), ap_fixed(8, 4)), support::Error);
    EXPECT_THROW(from_double(infinity, ap_fixed(8, 4)), support::Error);
    EXPECT_EQ(from_double(infinity, ap_fixed(8, 4, Rounding::trn, Overflow::sat)), 127);
    EXPECT_EQ(from_double(-infinity, ap_fixed(8, 4, Rounding::trn, Overflow::sat_sym)), -127);
}

TEST(FixedType, ExtremeShiftsStayDefined) {
    const FixedType type = ap_fixed(16, 8, Rounding::rnd_conv, Overflow::sat);
    EXPECT_EQ(from_double(1e300, type), 32767);
    EXPECT_EQ(from_double(-1e300, type), -32768);
    EXPECT_EQ(from_double(1e-300, type), 0);
    EXPECT_EQ(from_double(-1e-300, ap_fixed(16, 8)), -1) << "truncation goes towards minus infinity";
    EXPECT_EQ(from_double(1e300, ap_fixed(16, 8)), 0) << "wrapping keeps the low bits, all zero";
}

} // namespace
} // namespace gw::fixed
