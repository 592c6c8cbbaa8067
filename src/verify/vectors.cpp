#include "verify/vectors.hpp"

#include <algorithm>

namespace gw::verify {

using fixed::FixedType;

namespace {

std::int64_t lowest(const FixedType& type) {
    return static_cast<std::int64_t>(type.lowest());
}
std::int64_t highest(const FixedType& type) {
    return static_cast<std::int64_t>(type.highest());
}
std::int64_t inside(const FixedType& type, std::int64_t value) {
    return std::clamp(value, lowest(type), highest(type));
}

std::int64_t uniform(const FixedType& type, support::Random& random) {
    if (type.width == 0) {
        return 0;
    }
    const std::uint64_t drawn = random.next() >> (64 - type.width);
    const std::int64_t value = type.is_signed
                                   ? static_cast<std::int64_t>(drawn << (64 - type.width)) >> (64 - type.width)
                                   : static_cast<std::int64_t>(drawn);
    return inside(type, value); // a symmetric type lacks its lowest mantissa
}

std::int64_t extreme(const FixedType& type, support::Random& random) {
    switch (random.below(6)) {
    case 0:
        return lowest(type);
    case 1:
        return highest(type);
    case 2:
        return 0;
    case 3:
        return inside(type, 1);
    case 4:
        return inside(type, -1);
    default:
        return uniform(type, random);
    }
}

} // namespace

std::vector<std::int64_t> corner_vectors(const ElementTypes& types) {
    std::vector<std::int64_t> events;
    const auto append = [&](auto value) {
        for (std::size_t i = 0; i < types.size(); ++i) {
            events.push_back(value(i));
        }
    };
    append([&](std::size_t i) { return lowest(types[i]); });
    append([&](std::size_t i) { return highest(types[i]); });
    append([&](std::size_t) { return std::int64_t{0}; });
    append([&](std::size_t i) { return inside(types[i], 1); });
    append([&](std::size_t i) { return inside(types[i], -1); });
    append([&](std::size_t i) { return i % 2 == 0 ? lowest(types[i]) : highest(types[i]); });
    append([&](std::size_t i) { return i % 2 == 0 ? highest(types[i]) : lowest(types[i]); });
    for (std::size_t alone = 0; alone < types.size(); ++alone) {
        append([&](std::size_t i) { return i == alone ? lowest(types[i]) : 0; });
        append([&](std::size_t i) { return i == alone ? highest(types[i]) : 0; });
    }
    return events;
}

void random_vector(const ElementTypes& types, support::Random& random, std::span<std::int64_t> event) {
    const bool ends = random.below(4) == 0;
    for (std::size_t i = 0; i < types.size(); ++i) {
        event[i] = ends ? extreme(types[i], random) : uniform(types[i], random);
    }
}

} // namespace gw::verify
