// Random types and constants.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fixed/interval.hpp"
#include "network/network.hpp"
#include "support/random_options.hpp"
#include "support/rng.hpp"

namespace gw::test {

class RandomNumbers {
  public:
    RandomNumbers(support::Random& random, const RandomNetworkOptions& options)
        : random_(random), widest_(options.widest) {}

    bool chance(std::uint64_t one_in) { return random_.below(one_in) == 0; }
    std::uint32_t extent(std::int64_t most) { return static_cast<std::uint32_t>(random_.between(1, most)); }
    std::int64_t between(std::int64_t low, std::int64_t high) { return random_.between(low, high); }

    /// Of any width, point and mode.
    fixed::FixedType type() {
        fixed::FixedType type;
        type.width = static_cast<std::int32_t>(random_.between(1, widest_));
        type.fraction = static_cast<std::int32_t>(random_.between(-3, type.width + 3));
        type.is_signed = !chance(3);
        type.rounding = static_cast<fixed::Rounding>(random_.below(7));
        type.overflow = static_cast<fixed::Overflow>(random_.below(4));
        return type;
    }

    /// About as wide as the values: it may cut bits at either end, or none.
    fixed::FixedType type_near(fixed::Interval values) {
        while (std::max(fixed::magnitude_bits(values.low), fixed::magnitude_bits(values.high)) > 60)
            values = {values.low >> 1, values.high >> 1, values.fraction - 1};
        fixed::FixedType type = fixed::smallest_type(values);
        type.rounding = static_cast<fixed::Rounding>(random_.below(7));
        type.overflow = static_cast<fixed::Overflow>(random_.below(4));
        const auto change = [&](std::int64_t fraction, std::int64_t integer) {
            type.fraction += static_cast<std::int32_t>(fraction);
            type.width += static_cast<std::int32_t>(fraction + integer);
        };
        if (!chance(3))
            change(random_.between(-6, 2), 0);
        if (!chance(3))
            change(0, random_.between(-2, 2));
        const std::int64_t widest = random_.between(std::min<std::int64_t>(6, widest_), widest_);
        if (type.width > widest)
            change(widest - type.width, 0);
        if (type.width < 1)
            change(0, 1 - type.width);
        return type;
    }

    /// Values of 1 to 10 bits, so many in ten of them 0.
    network::Constant constant(network::Shape shape, std::uint64_t zero_in_ten) {
        fixed::FixedType type;
        type.width = static_cast<std::int32_t>(random_.between(1, 10));
        type.fraction = static_cast<std::int32_t>(random_.between(0, 8));
        type.is_signed = !chance(5);
        network::Constant constant{shape, type, {}};
        for (std::size_t i = 0; i < network::elements(shape); ++i)
            constant.raw.push_back(random_.below(10) < zero_in_ten ? 0 : any_of(type));
        return constant;
    }

    std::int64_t any_of(const fixed::FixedType& type) {
        return random_.between(static_cast<std::int64_t>(type.lowest()), static_cast<std::int64_t>(type.highest()));
    }

  private:
    support::Random& random_;
    std::int64_t widest_;
};

} // namespace gw::test
