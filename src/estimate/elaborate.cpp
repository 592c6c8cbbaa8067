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
          readers_(design.graph.tables.size(), 0), first_reader_(design.graph.tables.size(), 0),
          values_(design.graph.nodes.size()) {
        for (std::size_t i = 0; i < design.graph.nodes.size(); ++i)
            if (design.wiring.live[i])
                for (const NodeId operand : datapath::operands(design.graph.nodes[i].body)) {
                    const std::size_t root = index(design.wiring.root[index(operand)]);
                    if (design.pipeline.stage[root] == design.pipeline.stage[i])
                        read_at_once_[root] = true;
                }
        for (std::size_t i = design.graph.nodes.size(); i-- > 0;)
            if (const auto* lookup = std::get_if<datapath::Lookup>(&design.graph.nodes[i].body);
                lookup != nullptr && design.wiring.live[i] && design.graph.nodes[i].layer == layer) {
                ++readers_[lookup->table];
                first_reader_[lookup->table] = i;
            }
    }

    Module run() {
        for (std::size_t i = 0; i < design_.graph.nodes.size(); ++i)
            if (design_.wiring.live[i] && design_.graph.nodes[i].layer == layer_)
                values_[i] = compute(i);
        for (const rtl::Tap& tap : design_.wiring.exports[layer_]) {
            const auto& nets = at_stage(index(tap.node), tap.stage);
            module_.outputs.insert(module_.outputs.end(), nets.begin(), nets.end());
        }
        module_.logic.mark_used(module_.outputs);
        return std::move(module_);
    }

  private:
    using Stages = std::vector<std::vector<Net>>; ///< a value's nets in its own stage, and those after it

    Stages compute(std::size_t i);
    Stages look_up(std::size_t i, const datapath::Lookup& body, Operand index);
    bool moves_behind_table(std::size_t i, const std::vector<Net>& index) const;
    std::vector<Net> sources(int count);
    const std::vector<Net>& at_stage(std::size_t root, std::uint32_t stage);
    Net registered(Net net);
    Word word(NodeId id, std::uint32_t stage);

    const Design& design_;
    std::uint32_t layer_;
    Module module_;
    Resets resets_;
    std::vector<bool> read_at_once_;        ///< by node: used in its own stage
    std::vector<std::uint64_t> readers_;    ///< by table, in this layer
    std::vector<std::size_t> first_reader_; ///< by table
    std::vector<Stages> values_;            ///< by node of this layer
    std::map<std::pair<std::size_t, std::uint32_t>, std::vector<Net>> imported_;
};

std::vector<Net> Elaborator::sources(int count) {
    std::vector<Net> nets;
    for (int i = 0; i < count; ++i)
        nets.push_back(module_.logic.source());
    return nets;
}

Elaborator::Stages Elaborator::compute(std::size_t i) {
    const datapath::Node& node = design_.graph.nodes[i];
    if (std::holds_alternative<datapath::Input>(node.body))
        return {sources(datapath::width(node.range))};
    std::vector<Operand> operands;
    for (const NodeId operand : datapath::operands(node.body))
        operands.push_back({word(operand, design_.pipeline.stage[i]), design_.graph.node(operand).range});
    if (const auto* lookup = std::get_if<datapath::Lookup>(&node.body))
        return look_up(i, *lookup, operands[0]);
    return {operation({module_.logic, design_.graph, design_.adders, resets_}, node, operands)};
}

/// A table with registers in front or behind may be a block memory.
Elaborator::Stages Elaborator::look_up(std::size_t i, const datapath::Lookup& body, Operand index) {
    const datapath::Node& node = design_.graph.nodes[i];
    const int index_bits = datapath::width(index.range), width = datapath::width(node.range);
    std::vector<Net> place = index.word.bits(0, index_bits);
    const bool before = moves_behind_table(i, place), behind = !read_at_once_[i];
    if (before) {
        for (Net& net : place) {
            const Gate gate = module_.logic.gates()[net.gate()];
            if (!net.is_constant())
                net = module_.logic.choose(gate.b, gate.set ? one : zero, gate.a);
        }
        index.word = Word(place, false);
    }
    const std::uint64_t all = readers_[body.table];
    if (const std::uint64_t blocks = before || behind ? memories_for(index_bits, width, all) : 0; blocks > 0) {
        module_.memories += first_reader_[body.table] == i ? blocks : 0;
        Chain memory;
        memory.carries = memory.trimmed = false;
        memory.inputs.resize(static_cast<std::size_t>(std::max(width, (index_bits + 2) / 3)), {zero, zero, zero});
        for (std::size_t bit = 0; bit < place.size(); ++bit)
            memory.inputs[bit / 3][bit % 3] = place[bit];
        std::vector<Net> value = module_.logic.chain(std::move(memory));
        value.resize(static_cast<std::size_t>(width));
        return behind ? Stages{value, value} : Stages{value}; // its own register is the first behind it
    }
    std::vector<Net> value = operation({module_.logic, design_.graph, design_.adders, resets_}, node, {index});
    if (before)
        for (Net& net : value)
            net = module_.logic.reg(net);
    return {value};
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
