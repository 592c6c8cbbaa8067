#include "formal/samples.hpp"

#include <algorithm>
#include <map>

#include "formal/cell_logic.hpp"
#include "formal/shape.hpp"
#include "network/elements.hpp"
#include "verify/vectors.hpp"

namespace gw::formal {
namespace {

constexpr std::size_t lanes = 64;
constexpr std::size_t widest = 63;

} // namespace

NetlistRun::NetlistRun(const Netlist& netlist) : netlist_(netlist), bits_(netlist.bits(), always_false) {
    bits_[one_bit] = always_true;
    for (Bit bit = first_net; bit < netlist.bits(); ++bit)
        if (netlist.driver[bit] == Netlist::none)
            bits_[bit] = aig_.input();
    const auto all = [&](const Bits& bits) {
        Literals result;
        for (const Bit bit : bits)
            result.push_back(bits_[bit]);
        return result;
    };
    for (const Cell& cell : netlist.cells) {
        CellInputs inputs{all(cell.a), all(cell.b), all(cell.s), {}};
        if (cell.contents)
            for (const Bits& entry : *cell.contents)
                inputs.contents.push_back(all(entry));
        const Literals outputs = cell_outputs(aig_, cell, inputs);
        for (std::size_t i = 0; i < outputs.size(); ++i)
            bits_[cell.y[i]] = outputs[i];
    }
}

std::vector<std::vector<std::int64_t>> NetlistRun::numbers(std::span<const Word> words,
                                                           std::span<const rtl::Field> fields,
                                                           std::span<const std::int64_t> events,
                                                           std::size_t count) const {
    std::vector<std::vector<std::int64_t>> results(words.size());
    std::vector<std::uint64_t> gates(aig_.gates().size(), 0);
    for (std::size_t first = 0; first < count; first += lanes) {
        const std::size_t some = std::min(lanes, count - first);
        for (std::size_t element = 0; element < fields.size(); ++element)
            for (int bit = 0; bit < fields[element].type.width; ++bit) {
                std::uint64_t& gate =
                    gates[bits_[netlist_.x[fields[element].offset + static_cast<std::uint32_t>(bit)]] >> 1];
                gate = 0;
                for (std::size_t lane = 0; lane < some; ++lane)
                    gate |= static_cast<std::uint64_t>((events[(first + lane) * fields.size() + element] >> bit) & 1)
                            << lane;
            }
        simulate(aig_, gates);
        for (std::size_t i = 0; i < words.size(); ++i) {
            Literals literals;
            for (const Bit bit : words[i].bits)
                literals.push_back(bits_[bit]);
            for (unsigned lane = 0; lane < some; ++lane)
                results[i].push_back(static_cast<std::int64_t>(number_of(gates, literals, lane, words[i].is_signed)));
        }
    }
    return results;
}

std::vector<std::vector<Candidate>> candidates(const Netlist& netlist, const Meaning& meaning,
                                               std::span<const rtl::Field> fields, std::span<const std::int64_t> events,
                                               std::size_t count) {
    std::vector<std::vector<Candidate>> result(meaning.nodes().size());
    std::map<std::vector<std::int64_t>, std::vector<std::pair<NodeId, int>>> nodes;
    const std::vector<Column> columns = evaluate(meaning, events, count);
    for (NodeId id = 0; id < columns.size(); ++id)
        if (auto shape = shape_of(columns[id]))
            nodes[std::move(shape->odd)].emplace_back(id, shape->places);
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = 0; i < netlist.words.size(); ++i)
        if (netlist.words[i].bits.size() <= widest)
            order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return netlist.words[a].bits.size() < netlist.words[b].bits.size();
    });
    const NetlistRun run(netlist);
    constexpr std::size_t together = 256;
    for (std::size_t first = 0; first < order.size(); first += together) {
        std::vector<Word> words;
        for (std::size_t i = first; i < std::min(first + together, order.size()); ++i)
            words.push_back(netlist.words[order[i]]);
        const auto numbers = run.numbers(words, fields, events, count);
        for (std::size_t i = 0; i < words.size(); ++i)
            if (const auto shape = shape_of(numbers[i]))
                if (const auto found = nodes.find(shape->odd); found != nodes.end())
                    for (const auto& [node, places] : found->second)
                        result[node].push_back({order[first + i], places - shape->places});
    }
    return result;
}

std::vector<std::int64_t> drawn_events(const network::Network& network, std::size_t count, std::uint64_t seed) {
    const verify::ElementTypes types = network::element_types(network, network.inputs);
    std::vector<std::int64_t> events = verify::corner_vectors(types);
    const std::size_t corners = count / 2; // of very many elements, not every one alone
    if (!types.empty() && events.size() / types.size() > corners)
        events.resize(corners * types.size());
    support::Random random(seed);
    std::vector<std::int64_t> event(types.size());
    while (events.size() < count * types.size()) {
        verify::random_vector(types, random, event);
        events.insert(events.end(), event.begin(), event.end());
    }
    return events;
}

} // namespace gw::formal
