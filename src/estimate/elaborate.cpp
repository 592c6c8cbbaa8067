#include "estimate/elaborate.hpp"

#include <algorithm>
#include <map>

#include "estimate/operation.hpp"

namespace gw::estimate {

using datapath::NodeId;

namespace {

std::size_t index(NodeId id) {
    return static_cast<std::size_t>(id);
}

class Elaborator {
  public:
    Elaborator(const Design& design, std::uint32_t layer)
        : design_(design), layer_(layer), read_at_once_(design.graph.nodes.size(), false),
          values_(design.graph.nodes.size()) {
        for (std::size_t i = 0; i < design.graph.nodes.size(); ++i)
            if (design.wiring.live[i])
                for (const NodeId operand : datapath::operands(design.graph.nodes[i].body)) {
                    const std::size_t root = index(design.wiring.root[index(operand)]);
                    if (design.pipeline.stage[root] == design.pipeline.stage[i])
                        read_at_once_[root] = true;
                }
    }

    Module run() {
        for (std::size_t i = 0; i < design_.graph.nodes.size(); ++i)
            if (design_.wiring.live[i] && design_.graph.nodes[i].layer == layer_)
                values_[i].push_back(compute(i));
        for (const rtl::Tap& tap : design_.wiring.exports[layer_]) {
            const auto& nets = at_stage(index(tap.node), tap.stage);
            module_.outputs.insert(module_.outputs.end(), nets.begin(), nets.end());
        }
        module_.logic.mark_used(module_.outputs);
        return std::move(module_);
    }

  private:
    std::vector<Net> compute(std::size_t i);
    bool moves_behind_table(std::size_t i, const std::vector<Net>& index) const;
    std::vector<Net> sources(int count);
    const std::vector<Net>& at_stage(std::size_t root, std::uint32_t stage);
    Net registered(Net net);
    Word word(NodeId id, std::uint32_t stage);

    const Design& design_;
    std::uint32_t layer_;
    Module module_;
    Resets resets_;
    std::vector<bool> read_at_once_; ///< by node: used in its own stage
    std::vector<std::vector<std::vector<Net>>> values_;          ///< by node of this layer, then by stage from its own
    std::map<std::pair<std::size_t, std::uint32_t>, std::vector<Net>> imported_;
};

std::vector<Net> Elaborator::sources(int count) {
    std::vector<Net> nets;
    for (int i = 0; i < count; ++i)
        nets.push_back(module_.logic.source());
    return nets;
}

std::vector<Net> Elaborator::compute(std::size_t i) {
    const datapath::Node& node = design_.graph.nodes[i];
    if (std::holds_alternative<datapath::Input>(node.body))
        return sources(datapath::width(node.range));
    std::vector<Operand> operands;
    for (const NodeId operand : datapath::operands(node.body))
        operands.push_back({word(operand, design_.pipeline.stage[i]), design_.graph.node(operand).range});
    const Context context{module_.logic, design_.graph, design_.adders, resets_};
    if (std::holds_alternative<datapath::Lookup>(node.body)) {
        std::vector<Net> place = operands[0].word.bits(0, datapath::width(operands[0].range));
        if (moves_behind_table(i, place)) {
            for (Net& net : place) {
                const Gate gate = module_.logic.gates()[net.gate()];
                if (!net.is_constant())
                    net = module_.logic.choose(gate.b, gate.set ? one : zero, gate.a);
            }
            std::vector<Net> value = operation(context, node, {{Word(place, false), operands[0].range}});
            for (Net& net : value)
                net = module_.logic.reg(net);
            return value;
        }
    }
    return operation(context, node, operands);
}

/// Yosys takes the registers before a table's index into the memory, and so puts them behind the table, unless there
/// are some behind it already.
bool Elaborator::moves_behind_table(std::size_t i, const std::vector<Net>& index) const {
    if (!read_at_once_[i])
        return false;
    return std::all_of(index.begin(), index.end(), [&](Net net) {
        const Gate& gate = module_.logic.gates()[net.gate()];
        return net.is_constant() || (gate.kind == Gate::Kind::reg && !net.inverted());
    });
}

/// A flip-flop for the net. Choices against constants before it become its reset, several of them where they agree on
/// the value.
Net Elaborator::registered(Net net) {
    Net reset = zero;
    bool set = false;
    for (auto found = resets_.find(net.code); found != resets_.end() && (reset == zero || found->second.set == set);
         found = resets_.find(net.code)) {
        reset = module_.logic.either(reset, found->second.when);
        set = found->second.set;
        net = found->second.data;
    }
    return module_.logic.reg(net, reset, set);
}

/// A root's nets as seen in a stage.
const std::vector<Net>& Elaborator::at_stage(std::size_t root, std::uint32_t stage) {
    if (design_.graph.nodes[root].layer != layer_) {
        auto& nets = imported_[{root, stage}];
        if (nets.empty())
            nets = sources(datapath::width(design_.graph.nodes[root].range));
        return nets;
    }
    auto& stages = values_[root];
    while (stages.size() <= stage - design_.pipeline.stage[root]) {
        std::vector<Net> next;
        for (const Net net : stages.back())
            next.push_back(registered(net));
        stages.push_back(std::move(next));
    }
    return stages[stage - design_.pipeline.stage[root]];
}

Word Elaborator::word(NodeId id, std::uint32_t stage) {
    const datapath::Node& node = design_.graph.node(id);
    if (rtl::is_constant(node))
        return Word::constant(node.range.low);
    const std::size_t root = index(design_.wiring.root[index(id)]);
    return {at_stage(root, stage), datapath::is_signed(design_.graph.nodes[root].range)};
}

} // namespace

Module elaborate(const Design& design, std::uint32_t layer) {
    return Elaborator(design, layer).run();
}

} // namespace gw::estimate
