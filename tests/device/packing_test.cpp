// The fast quantiser against fixed::from_double, which is the meaning.
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <limits>

#include "device/packing.hpp"
#include "support/error.hpp"
#include "support/rng.hpp"

namespace gw::device {
namespace {

constexpr std::uint64_t seed = 77;

shell::EventLayout layout(std::size_t elements, const fixed::FixedType& type) {
    return shell::layout_of(std::vector<rtl::Field>(elements, {"x", type, 0}));
}

/// Values of all sorts near a type's grid: on it, on halves, a hair beside them, far outside, tiny.
double awkward(support::Random& random, const fixed::FixedType& type) {
    const double unit = std::ldexp(1.0, -type.fraction);
    const double span = std::ldexp(1.0, std::min(type.width, 50));
    const double grid = std::floor((random.uniform() * 2.4 - 1.2) * span);
    switch (random.below(8)) {
    case 0:
        return grid * unit;
    case 1:
        return (grid + 0.5) * unit;
    case 2:
        return std::nextafter((grid + 0.5) * unit, 1e300);
    case 3:
        return std::nextafter((grid + 0.5) * unit, -1e300);
    case 4:
        return (random.uniform() - 0.5) * span * unit;
    case 5:
        return (random.uniform() - 0.5) * 1e30;
    case 6:
        return (random.below(2) == 0 ? 1 : -1) * 1e-310;
    default:
        return (random.uniform() - 0.5) * unit * 1e-9;
    }
}

TEST(Packer, QuantisesAsFixedDoes) {
    support::Random random(seed);
    std::size_t wrong = 0, compared = 0;
    for (int trial = 0; trial < 400; ++trial) {
        fixed::FixedType type;
        type.is_signed = random.below(2) == 0;
        type.width = static_cast<int>(random.between(0, type.is_signed ? 64 : 63));
        type.fraction = static_cast<int>(random.between(-8, 40));
        type.rounding = static_cast<fixed::Rounding>(random.below(7));
        type.overflow = static_cast<fixed::Overflow>(random.below(4));
        const auto events = layout(9, type);
        const Packer packer(events);
        std::vector<double> values(9 * 40), back(values.size());
        for (double& value : values) {
            value = awkward(random, type);
        }
        std::vector<std::byte> bytes(40 * events.bytes);
        packer.pack(values, bytes);
        packer.unpack(bytes, back);
        std::vector<std::int64_t> raw(9);
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i % 9 == 0) {
                load_raw(events, std::span(bytes).subspan(i / 9 * events.bytes), raw);
            }
            const fixed::Int128 expected = fixed::from_double(values[i], type);
            const bool good = raw[i % 9] == expected && back[i] == fixed::to_double(expected, type.fraction);
            wrong += good ? 0 : 1;
            ++compared;
            ASSERT_TRUE(good) << fixed::to_string(type) << " of " << values[i];
        }
    }
    std::cout << wrong << " mismatches in " << compared << " values, seed " << seed << "\n";
}

/// Elements of different types side by side, and enough of one type for whole vectors; float32 beside float64.
TEST(Packer, QuantisesMixedRowsAndFloatsAsFixedDoes) {
    support::Random random(seed + 1);
    std::size_t wrong = 0, compared = 0;
    for (int trial = 0; trial < 300; ++trial) {
        fixed::FixedType base;
        base.is_signed = random.below(2) == 0;
        base.rounding = static_cast<fixed::Rounding>(random.below(7));
        base.overflow = static_cast<fixed::Overflow>(random.below(4));
        const std::size_t size = 1 + random.below(70), events = 1 + random.below(30);
        const bool uniform = random.below(3) == 0;
        std::vector<rtl::Field> fields;
        for (std::size_t i = 0; i < size; ++i) {
            if (i == 0 || !uniform) {
                base.width = static_cast<int>(random.below(6) == 0 ? random.between(0, 40) : random.between(9, 16));
                base.fraction = static_cast<int>(random.between(-4, 20));
            }
            fields.push_back({"x", base, 0});
        }
        const shell::EventLayout events_layout = shell::layout_of(fields);
        const Packer packer(events_layout);
        std::vector<float> floats(events * size);
        for (std::size_t i = 0; i < floats.size(); ++i)
            floats[i] = static_cast<float>(awkward(random, fields[i % size].type));
        const std::vector<double> values(floats.begin(), floats.end());
        std::vector<std::byte> bytes(events * events_layout.bytes), of_floats(bytes.size());
        std::vector<double> back(values.size());
        packer.pack(std::span<const double>(values), bytes);
        packer.pack(std::span<const float>(floats), of_floats);
        packer.unpack(bytes, back);
        EXPECT_EQ(bytes, of_floats);
        std::vector<std::int64_t> raw(size);
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i % size == 0)
                load_raw(events_layout, std::span(bytes).subspan(i / size * events_layout.bytes), raw);
            const fixed::FixedType& type = fields[i % size].type;
            const fixed::Int128 expected = fixed::from_double(values[i], type);
            const bool good = raw[i % size] == expected && back[i] == fixed::to_double(expected, type.fraction);
            wrong += good ? 0 : 1;
            ++compared;
            ASSERT_TRUE(good) << fixed::to_string(type) << " of " << values[i] << ", element " << i % size << " of "
                              << size;
        }
    }
    std::cout << wrong << " mismatches in " << compared << " values, seed " << seed + 1 << "\n";
}

TEST(Packer, SaturatesInfinityAndRefusesNaN) {
    const double infinity = std::numeric_limits<double>::infinity();
    std::vector<std::byte> bytes(64);
    const Packer saturating(layout(1, fixed::ap_fixed(8, 4, fixed::Rounding::trn, fixed::Overflow::sat)));
    std::vector<double> back(2);
    saturating.pack(std::vector<double>{infinity, -infinity}, bytes);
    saturating.unpack(bytes, back);
    EXPECT_EQ(back[0], 7.9375);
    EXPECT_EQ(back[1], -8.0);
    EXPECT_THROW(saturating.pack(std::vector<double>{std::nan("")}, bytes), support::Error);
    const Packer wrapping(layout(1, fixed::ap_fixed(8, 4)));
    EXPECT_THROW(wrapping.pack(std::vector<double>{infinity}, bytes), support::Error);
}

} // namespace
} // namespace gw::device
