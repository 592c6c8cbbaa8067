#include "muon/features.hpp"

#include <algorithm>

namespace gw::muon {

namespace {

struct Pair {
    std::size_t inner, outer;
};
constexpr std::array<Pair, 6> pairs{{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}};
/// Longest lever arm first: its sign is the surest.
constexpr std::array<Pair, 6> by_lever_arm{{{0, 3}, {0, 2}, {1, 3}, {0, 1}, {1, 2}, {2, 3}}};
constexpr std::array<const char*, feature_count> names{"dphi12", "dphi13", "dphi14", "dphi23", "dphi24", "dphi34",
                                                       "phiB1",  "phiB2",  "phiB3",  "phiB4",  "hit1",   "hit2",
                                                       "hit3",   "hit4",   "good1",  "good2",  "good3",  "good4"};

int difference(const Primitives& primitives, Pair pair) {
    const auto &inner = primitives[pair.inner], &outer = primitives[pair.outer];
    return inner && outer ? delta_phi(*inner, *outer) : 0;
}

std::int16_t saturated(int value) {
    return static_cast<std::int16_t>(std::clamp(value, -feature_limit, feature_limit));
}

} // namespace

int bend_sign(const Primitives& primitives) {
    for (const Pair pair : by_lever_arm) {
        if (const int bend = difference(primitives, pair); bend != 0) {
            return bend > 0 ? 1 : -1;
        }
    }
    for (const auto& primitive : primitives) {
        if (primitive && primitive->good() && primitive->phi_b != 0) {
            return primitive->phi_b > 0 ? 1 : -1;
        }
    }
    return 1;
}

Features features(const Primitives& primitives) {
    Features result{};
    const int sign = bend_sign(primitives);
    std::size_t next = 0;
    for (const Pair pair : pairs) {
        result[next++] = saturated(sign * difference(primitives, pair));
    }
    for (std::size_t s = 0; s < stations; ++s) {
        const auto& primitive = primitives[s];
        const bool good = primitive && primitive->good();
        result[6 + s] = good ? saturated(sign * primitive->phi_b) : std::int16_t{0};
        result[10 + s] = primitive ? flag : std::int16_t{0};
        result[14 + s] = good ? flag : std::int16_t{0};
    }
    return result;
}

std::span<const char* const> feature_names() {
    return names;
}

} // namespace gw::muon
