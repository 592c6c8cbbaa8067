#include "estimate/logic.hpp"

#include <algorithm>
#include <bit>

namespace gw::estimate {

namespace {

/// For each value of the wider function's inputs, the place in this one's table.
std::array<std::uint8_t, 256> places(const Function& function, const Function& wider) {
    std::array<std::uint8_t, 256> result{};
    for (std::uint32_t place = 1; place < (1U << wider.size); ++place) {
        const std::uint32_t input = wider.inputs[static_cast<std::size_t>(std::countr_zero(place))];
        const auto end = function.inputs.begin() + function.size, own = std::find(function.inputs.begin(), end, input);
        const auto bit = own == end ? 0U : 1U << static_cast<unsigned>(own - function.inputs.begin());
        result[place] = static_cast<std::uint8_t>(result[place & (place - 1)] | bit);
    }
    return result;
}

/// Without the inputs that it does not depend on.
void shrink(Function& function) {
    for (std::uint32_t i = function.size; i-- > 0;) {
        const std::uint32_t bit = 1U << i, all = 1U << function.size;
        bool matters = false;
        for (std::uint32_t place = 0; place < all && !matters; ++place)
            matters = (place & bit) == 0 && function.at(place) != function.at(place | bit);
        if (matters)
            continue;
        Function smaller = function;
        smaller.table = {};
        for (std::uint32_t place = 0; place < all / 2; ++place) {
            const std::uint32_t from = (place & (bit - 1)) | ((place & ~(bit - 1)) << 1U);
            smaller.table[place >> 6U] |= std::uint64_t{function.at(from)} << (place & 63U);
        }
        std::copy(function.inputs.begin() + i + 1, function.inputs.begin() + function.size, smaller.inputs.begin() + i);
        smaller.inputs[--smaller.size] = 0;
        function = smaller;
    }
}

/// Of the gate's two operands; not `known` where it has too many inputs.
Function combined(const Gate& gate, const Function& a, const Function& b) {
    Function result;
    if (!a.known || !b.known)
        return result;
    std::array<std::uint32_t, 2 * Function::most> all{};
    const auto end = std::set_union(a.inputs.begin(), a.inputs.begin() + a.size, b.inputs.begin(),
                                    b.inputs.begin() + b.size, all.begin());
    if (end - all.begin() > static_cast<std::ptrdiff_t>(Function::most))
        return result;
    result.size = static_cast<std::uint32_t>(end - all.begin());
    std::copy(all.begin(), end, result.inputs.begin());
    const auto left = places(a, result), right = places(b, result);
    for (std::uint32_t place = 0; place < (1U << result.size); ++place) {
        const bool x = a.at(left[place]) != gate.a.inverted(), y = b.at(right[place]) != gate.b.inverted();
        const bool value = gate.kind == Gate::Kind::both ? x && y : x != y;
        result.table[place >> 6U] |= std::uint64_t{value} << (place & 63U);
    }
    result.known = true;
    shrink(result);
    return result;
}

} // namespace

void Function::invert() {
    const std::uint32_t all = 1U << size;
    for (std::uint32_t word = 0; word * 64 < all; ++word)
        table[word] ^= all >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << all) - 1;
}

std::size_t Logic::FunctionHash::operator()(const Function& function) const {
    std::uint64_t mixed = 0;
    for (const std::uint64_t word : function.table)
        mixed = (mixed ^ (mixed >> 31U) ^ word) * 0x9e3779b97f4a7c15ULL;
    for (std::uint32_t i = 0; i < function.size; ++i)
        mixed = (mixed ^ (mixed >> 31U) ^ function.inputs[i]) * 0x9e3779b97f4a7c15ULL;
    return static_cast<std::size_t>(mixed ^ (mixed >> 29U));
}

Logic::Logic() {
    append({.kind = Gate::Kind::constant}, {.known = true});
}

std::uint32_t Logic::append(const Gate& gate, const Function& function) {
    const auto number = static_cast<std::uint32_t>(gates_.size());
    gates_.push_back(gate);
    functions_.push_back(function);
    if (!function.known) // of itself
        functions_.back() = {.inputs = {number}, .size = 1, .known = true, .table = {2}};
    return number;
}

/// A gate that is no logic.
Net Logic::intern(Gate gate) {
    gate.role = role_;
    const Key key{(std::uint64_t{gate.a.code} << 32U) | gate.b.code,
                  static_cast<std::uint32_t>(gate.kind) * 2 + (gate.set ? 1U : 0U)};
    const auto [place, fresh] = known_.try_emplace(key);
    if (fresh)
        place->second = {append(gate, {}) * 2};
    return place->second;
}

Net Logic::logic_gate(Gate gate) {
    gate.role = role_;
    const Key key{(std::uint64_t{gate.a.code} << 32U) | gate.b.code, static_cast<std::uint32_t>(gate.kind) * 2};
    const auto [place, fresh] = known_.try_emplace(key);
    if (!fresh)
        return place->second;
    Function function = combined(gate, functions_[gate.a.gate()], functions_[gate.b.gate()]);
    if (!function.known) {
        gates_.push_back(gate);
        functions_.push_back(function);
        return place->second = {static_cast<std::uint32_t>(gates_.size() - 1) * 2};
    }
    // Of a function and its inverse one is kept: that which is 0 where all inputs are.
    const bool inverted = function.at(0);
    const Function own = function;
    if (inverted)
        function.invert();
    std::uint32_t plain = 0; // the net's code of what is kept
    if (function.size == 1) {
        plain = function.inputs[0] * 2;
    } else if (function.size > 1) {
        const auto [other, first] = by_function_.try_emplace(function, 0U);
        if (first)
            other->second = append(gate, own) * 2 + (inverted ? 1U : 0U);
        plain = other->second;
    }
    return place->second = {plain ^ (inverted ? 1U : 0U)};
}

Net Logic::source() {
    return {append({}, {}) * 2};
}

Net Logic::both(Net a, Net b) {
    if (a > b)
        std::swap(a, b);
    if (a == zero || a == ~b)
        return zero;
    if (a == one || a == b)
        return b;
    return logic_gate({.kind = Gate::Kind::both, .a = a, .b = b});
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
        result = logic_gate({.kind = Gate::Kind::differ, .a = a, .b = b});
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
    if (nets.size() < 2)
        return nets.empty() ? zero : nets[0];
    const std::size_t half = nets.size() / 2; // a balanced tree, as ABC makes of it
    return either(any(nets.first(half)), any(nets.subspan(half)));
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
        results.push_back({append({.kind = Gate::Kind::chain, .role = role_, .bit = bit, .chain = number}, {}) * 2});
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
