#include "muon/event.hpp"

#include <algorithm>

namespace gw::muon {

std::size_t station_count(const Primitives& primitives) {
    return static_cast<std::size_t>(std::count_if(primitives.begin(), primitives.end(),
                                                  [](const auto& primitive) { return primitive.has_value(); }));
}

int delta_phi(const Primitive& from, const Primitive& to) {
    constexpr int counts_per_sector = 2145; // 2144.66: the nearest; the CMS finders round down to 2144
    int steps = to.sector - from.sector;
    if (steps > sectors / 2) {
        steps -= sectors;
    } else if (steps < -sectors / 2) {
        steps += sectors;
    }
    return to.phi - from.phi + counts_per_sector * steps;
}

Event reflected(const Event& event) {
    Event mirror = event;
    mirror.muon.charge = -event.muon.charge;
    mirror.muon.phi = -event.muon.phi;
    for (auto& primitive : mirror.primitives) {
        if (primitive) {
            primitive->phi = static_cast<std::int16_t>(-primitive->phi);
            primitive->phi_b = static_cast<std::int16_t>(-primitive->phi_b);
            primitive->sector = static_cast<std::int16_t>(primitive->sector == 1 ? 1 : sectors + 2 - primitive->sector);
        }
    }
    return mirror;
}

} // namespace gw::muon
