#include "estimate/cells.hpp"

#include <algorithm>

namespace gw::estimate {

namespace {

constexpr std::uint32_t shortest_shift_register = 3, longest_shift_register = 32;

/// Flip-flops and the shift registers that Yosys makes of runs of them: those without a reset whose values between are
/// used nowhere else.
void count_registers(const Module& module, Cells& cells) {
    const auto& gates = module.logic.gates();
    struct Use {
        std::uint32_t count = 0, by_register = 0;
    };
    std::vector<Use> uses(gates.size());
    const auto use = [&](Net net, bool straight) {
        ++uses[net.gate()].count;
        uses[net.gate()].by_register += straight ? 1U : 0U;
    };
    for (std::uint32_t g = 0; g < gates.size(); ++g) {
        const Gate& gate = gates[g];
        if (!module.logic.used(g))
            continue;
        if (gate.kind == Gate::Kind::reg) {
            use(gate.a, !gate.a.inverted() && gate.b == zero);
            use(gate.b, false);
        } else if (gate.kind == Gate::Kind::both || gate.kind == Gate::Kind::differ) {
            use(gate.a, false);
            use(gate.b, false);
        }
    }
    for (const Chain& chain : module.logic.chains())
        for (std::uint32_t bit = 0; bit < chain.used; ++bit)
            for (const Net net : chain.inputs[bit])
                use(net, false);
    for (const Net net : module.outputs)
        use(net, false);

    std::vector<std::uint32_t> run(gates.size(), 0); // registers in a row that end here
    const auto extends = [&](const Gate& gate) {
        const Use& before = uses[gate.a.gate()];
        return gate.b == zero && before.count == 1 && before.by_register == 1 && run[gate.a.gate()] > 0;
    };
    const auto count = [&](std::uint32_t length) {
        if (length < shortest_shift_register)
            cells.ff += length;
        else
            cells.srl += (length + longest_shift_register - 1) / longest_shift_register;
    };
    for (std::uint32_t g = 0; g < gates.size(); ++g) {
        const Gate& gate = gates[g];
        if (gate.kind != Gate::Kind::reg || !module.logic.used(g))
            continue;
        if (gate.b != zero) {
            ++cells.ff;
            continue;
        }
        run[g] = extends(gate) ? run[gate.a.gate()] + 1 : 1;
        const bool ends = uses[g].count != 1 || uses[g].by_register != 1;
        if (ends)
            count(run[g]);
    }
}

} // namespace

Cells& Cells::operator+=(const Cells& other) {
    for (std::size_t role = 0; role < role_count; ++role)
        luts[role] += other.luts[role];
    chain_luts += other.chain_luts;
    ff += other.ff;
    srl += other.srl;
    carry += other.carry;
    bram += other.bram;
    return *this;
}

Cells cells(const Module& module) {
    Cells result;
    result.bram = module.memories;
    result.luts = cover(module.logic, module.logic.required(module.outputs));
    for (const Chain& chain : module.logic.chains()) {
        result.carry += chain.carries ? chain.used : 0;
        result.chain_luts += std::uint64_t{chain.luts_per_bit} * chain.used;
    }
    result.luts[static_cast<std::size_t>(Role::sum)] += result.chain_luts;
    count_registers(module, result);
    return result;
}

std::vector<Cells> cells_by_layer(const datapath::Graph& graph, const datapath::Pipeline& pipeline, Adders adders) {
    const rtl::Wiring wiring = rtl::wire_up(graph, pipeline);
    std::vector<Cells> result;
    for (std::uint32_t layer = 0; layer < graph.layers.size(); ++layer)
        result.push_back(cells(elaborate({graph, pipeline, wiring, adders}, layer)));
    return result;
}

} // namespace gw::estimate
