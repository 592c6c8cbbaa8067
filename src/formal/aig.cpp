#include "formal/aig.hpp"

#include <utility>

namespace gw::formal {

Literal Aig::input() {
    const auto gate = static_cast<std::uint32_t>(gates_.size());
    gates_.emplace_back();
    inputs_.push_back(gate);
    return 2 * gate;
}

Literal Aig::both(Literal a, Literal b) {
    if (a > b)
        std::swap(a, b);
    if (a == always_false || a == inverted(b))
        return always_false;
    if (a == always_true || a == b)
        return b;
    const auto fresh = static_cast<std::uint32_t>(gates_.size());
    const auto [place, made] = known_.try_emplace((std::uint64_t{a} << 32U) | b, fresh);
    if (made)
        gates_.push_back({a, b});
    return 2 * place->second;
}

Literal Aig::differ(Literal a, Literal b) {
    return either(both(a, inverted(b)), both(inverted(a), b));
}

Literal Aig::choose(Literal when, Literal a, Literal b) {
    return a == b ? a : either(both(when, a), both(inverted(when), b));
}

void simulate(const Aig& aig, std::span<std::uint64_t> words) {
    words[0] = 0;
    for (std::uint32_t gate = 1; gate < aig.gates().size(); ++gate)
        if (!aig.is_input(gate)) {
            const Aig::Gate& body = aig.gates()[gate];
            words[gate] = word_of(words, body.a) & word_of(words, body.b);
        }
}

} // namespace gw::formal
