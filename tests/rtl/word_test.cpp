#include <gtest/gtest.h>

#include "rtl/emit.hpp"
#include "rtl/packing.hpp"
#include "rtl/word.hpp"
#include "support/error.hpp"
#include "support/rng.hpp"

namespace gw::test {
namespace {

using namespace rtl;

TEST(Word, BitsAreSpelledOut) {
    const Word a = net("a", 8, true), b = net("b", 4, false);
    EXPECT_EQ(bits(a, 0, 8), "a");
    EXPECT_EQ(bits(a, 2, 3), "a[4:2]");
    EXPECT_EQ(bits(a, 0, 10), "{{2{a[7]}}, a}");
    EXPECT_EQ(bits(a, 7, 1), "a[7]");
    EXPECT_EQ(bits(a, 9, 2), "{2{a[7]}}");
    EXPECT_EQ(bits(a, -2, 10), "{a, 2'h0}");
    EXPECT_EQ(bits(b, 1, 6), "{3'h0, b[3:1]}");
    EXPECT_EQ(bits(moved_down(b, -3), 0, 7), "{b, 3'h0}");
    EXPECT_EQ(bits(constant(-3), 0, 5), "5'h1d");
    EXPECT_EQ(bits(constant(-3), 1, 5), "5'h1e");
    EXPECT_EQ(bits(constant(5), -2, 6), "6'h14");
    EXPECT_TRUE(known_zero(b, 4, 3));
    EXPECT_FALSE(known_zero(a, 8, 1));
    EXPECT_TRUE(known_zero(a, -5, 5));
    EXPECT_EQ(sign_bit(a), "a[7]");
    EXPECT_EQ(sign_bit(b), "1'h0");
    EXPECT_THROW(literal(0, 0), support::Error);
}

TEST(Packing, ComesBack) {
    const std::uint64_t seed = 7;
    support::Random random(seed);
    for (int round = 0; round < 200; ++round) {
        std::vector<Field> fields;
        std::vector<std::int64_t> raw;
        std::uint32_t offset = static_cast<std::uint32_t>(random.below(40));
        for (int i = 0; i < 6; ++i) {
            fixed::FixedType type;
            type.is_signed = random.below(2) == 0;
            type.width = static_cast<int>(random.between(0, type.is_signed ? 64 : 63));
            fields.push_back({"f", type, offset});
            offset += static_cast<std::uint32_t>(type.width);
            const std::uint64_t drawn = type.width == 0 ? 0 : random.next() >> (64 - type.width);
            const int unused = 64 - type.width;
            raw.push_back(type.is_signed && type.width > 0 ? static_cast<std::int64_t>(drawn << unused) >> unused
                                                           : static_cast<std::int64_t>(drawn));
        }
        std::vector<std::uint32_t> words(words_for(offset));
        std::vector<std::int64_t> back(raw.size());
        pack(fields, raw, words);
        unpack(fields, words, back);
        EXPECT_EQ(back, raw) << "seed " << seed << ", round " << round;
    }
    EXPECT_EQ(hexadecimal(std::vector<std::uint32_t>{0x12345678, 0x9}, 36), "912345678");
    EXPECT_EQ(hexadecimal(std::vector<std::uint32_t>{0x5}, 3), "5");
}

TEST(Emit, RefusesBadNames) {
    for (const char* name : {"", "1st", "a-b", "wire", "a b", "ä"}) {
        EXPECT_THROW(require_identifier(name), support::Error) << name;
    }
    EXPECT_NO_THROW(require_identifier("muon_pt_2"));
    EXPECT_THROW(emit({{"inputs"}, {}, {}, {}, {}}, {{}, 1}, "empty", 5.0), support::Error);
}

} // namespace
} // namespace gw::test
