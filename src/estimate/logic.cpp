#include "estimate/logic.hpp"

#include <algorithm>

namespace gw::estimate {

Net Logic::intern(Gate gate) {
    gate.role = role_;
    const Key key{(std::uint64_t{gate.a.code} << 32U) | gate.b.code,
                  static_cast<std::uint32_t>(gate.kind) * 2 + (gate.set ? 1U : 0U)};
    const auto [place, fresh] = known_.try_emplace(key, static_cast<std::uint32_t>(gates_.size()));
    if (fresh)
        gates_.push_back(gate);
    return {place->second * 2};
}

Net Logic::source() {
    gates_.push_back({});
    return {static_cast<std::uint32_t>(gates_.size() - 1) * 2};
}

Net Logic::both(Net a, Net b) {
    if (a > b)
        std::swap(a, b);
    if (a == zero || a == ~b)
        return zero;
    if (a == one || a == b)
        return b;
    return intern({.kind = Gate::Kind::both, .a = a, .b = b});
}

Net Logic::differ(Net a, Net b) {
    const bool inverted = a.inverted() != b.inverted();
    a = a.plain();
    b = b.plain();
    if (a > b)
        std::swap(a, b);
    Net result = b;
    if (a == b)
        result = zero;
    else if (a != zero)
        result = intern({.kind = Gate::Kind::differ, .a = a, .b = b});
    return inverted ? ~result : result;
}

Net Logic::choose(Net when, Net a, Net b) {
    if (a == b)
        return a;
    if (a == ~b)
        return differ(when, b);
    return either(both(when, a), both(~when, b));
}

Net Logic::any(std::span<const Net> nets) {
    Net result = zero;
    for (const Net net : nets)
        result = either(result, net);
    return result;
}

Net Logic::reg(Net data, Net reset, bool set) {
    // A register that can only ever hold one value is that value: it has no other from the start.
    if (data.is_constant() && (reset == zero || data == (set ? one : zero)))
        return data;
    if (reset == one)
        return set ? one : zero;
    return intern({.kind = Gate::Kind::reg, .set = set && reset != zero, .a = data, .b = reset});
}

std::vector<Net> Logic::chain(Chain chain) {
    std::vector<Net> results;
    const auto number = static_cast<std::uint32_t>(chains_.size());
    for (std::uint32_t bit = 0; bit < chain.inputs.size(); ++bit) {
        results.push_back({static_cast<std::uint32_t>(gates_.size()) * 2});
        gates_.push_back({.kind = Gate::Kind::chain, .role = role_, .bit = bit, .chain = number});
    }
    chains_.push_back(std::move(chain));
    return results;
}

void Logic::mark_used(std::span<const Net> outputs) {
    used_.assign(gates_.size(), false);
    std::vector<std::uint32_t> open;
    const auto use = [&](Net net) {
        if (!used_[net.gate()]) {
            used_[net.gate()] = true;
            open.push_back(net.gate());
        }
    };
    std::for_each(outputs.begin(), outputs.end(), use);
    while (!open.empty()) {
        const Gate& gate = gates_[open.back()];
        open.pop_back();
        if (gate.kind == Gate::Kind::chain) {
            Chain& chain = chains_[gate.chain];
            const auto bits = chain.trimmed ? gate.bit + 1 : static_cast<std::uint32_t>(chain.inputs.size());
            for (; chain.used < bits; ++chain.used)
                std::for_each(chain.inputs[chain.used].begin(), chain.inputs[chain.used].end(), use);
        } else if (gate.kind != Gate::Kind::source && gate.kind != Gate::Kind::constant) {
            use(gate.a);
            use(gate.b);
        }
    }
}

std::vector<Net> Logic::required(std::span<const Net> outputs) const {
    std::vector<Net> nets(outputs.begin(), outputs.end());
    for (std::size_t i = 0; i < gates_.size(); ++i)
        if (used_[i] && gates_[i].kind == Gate::Kind::reg) {
            nets.push_back(gates_[i].a);
            nets.push_back(gates_[i].b);
        }
    for (const Chain& chain : chains_)
        for (std::uint32_t bit = 0; bit < chain.used; ++bit)
            nets.insert(nets.end(), chain.inputs[bit].begin(), chain.inputs[bit].end());
    std::erase_if(nets, [](Net net) { return net.is_constant(); });
    std::sort(nets.begin(), nets.end());
    nets.erase(std::unique(nets.begin(), nets.end()), nets.end());
    return nets;
}

} // namespace gw::estimate
