// What a finished program need not do and need not hold: places whose outputs nothing reads (the margin that a pool
// leaves), and memory of tensors that nothing reads any more.
#include <algorithm>
#include <map>

#include "emulate/compiler.hpp"

namespace gw::emulate {
namespace {

/// Calls see(source) for each input row of a pattern, counted from a place's first.
template <typename See> void each_source(const Pattern& pattern, const See& see) {
    for (const Row& row : pattern.rows)
        for (const auto* terms : {&row.plain, &row.shifted, &row.wide})
            for (const Term& term : *terms)
                see(term.source);
    for (const Tile& tile : pattern.tiles)
        for (const auto* sources : {&tile.sources, &tile.high_sources, &tile.ones})
            std::for_each(sources->begin(), sources->end(), see);
}

/// A first-fit heap of the bytes of a block's memory.
class Heap {
  public:
    std::size_t take(std::size_t size) {
        for (auto hole = holes_.begin(); hole != holes_.end(); ++hole)
            if (hole->second >= size) {
                const std::size_t at = hole->first, rest = hole->second - size;
                holes_.erase(hole);
                if (rest > 0)
                    holes_.emplace(at + size, rest);
                return at;
            }
        const std::size_t at = end_;
        end_ += size;
        return at;
    }
    void give_back(std::size_t at, std::size_t size) {
        const auto next = holes_.lower_bound(at);
        if (next != holes_.end() && next->first == at + size) {
            size += next->second;
            holes_.erase(next);
        }
        const auto after = holes_.lower_bound(at);
        if (after != holes_.begin())
            if (const auto before = std::prev(after); before->first + before->second == at) {
                before->second += size;
                return;
            }
        holes_.emplace(at, size);
    }
    std::size_t end() const { return end_; }

  private:
    std::map<std::size_t, std::size_t> holes_; ///< start -> size
    std::size_t end_ = 0;
};

} // namespace

void drop_unread(Program& program, const network::Network& network) {
    std::vector<std::vector<bool>> read; // by tensor and row
    for (const network::Tensor& tensor : network.tensors)
        read.emplace_back(tensor.size(), false);
    for (const network::TensorId id : network.outputs)
        read[static_cast<std::size_t>(id)].assign(network.tensor(id).size(), true);
    for (auto step = program.steps.rbegin(); step != program.steps.rend(); ++step) {
        auto* linear = std::get_if<Linear>(&step->body);
        if (linear == nullptr) {
            for (const std::size_t tensor : step->inputs)
                read[tensor].assign(read[tensor].size(), true);
            continue;
        }
        const std::vector<bool>& wanted = read[step->output];
        std::erase_if(linear->places, [&](const Place& place) {
            const auto begin = wanted.begin() + place.output;
            const auto rows = static_cast<std::ptrdiff_t>(linear->patterns[place.pattern].rows.size());
            return std::find(begin, begin + rows, true) == begin + rows;
        });
        std::vector<bool>& sources = read[step->inputs.front()];
        for (const Place& place : linear->places)
            each_source(linear->patterns[place.pattern],
                        [&](std::uint32_t source) { sources[place.input + source] = true; });
    }
}

void place_tensors(Program& program, const network::Network& network, const std::vector<bool>& held, bool reuse) {
    const auto bytes_of = [&](std::size_t tensor) {
        const std::size_t row = block * static_cast<std::size_t>(bits_of(program.lanes[tensor]) / 8);
        return held[tensor] ? network.tensors[tensor].size() * row : 0;
    };
    Heap heap;
    program.offsets.assign(network.tensors.size(), 0);
    std::vector<bool> placed(network.tensors.size(), false);
    const auto place = [&](std::size_t tensor) {
        if (!placed[tensor])
            program.offsets[tensor] = heap.take(bytes_of(tensor));
        placed[tensor] = true;
    };
    std::vector<std::size_t> last(network.tensors.size(), 0); // step that reads it last
    for (std::size_t k = 0; k < program.steps.size(); ++k)
        for (const std::size_t tensor : program.steps[k].inputs)
            last[tensor] = k;
    for (const network::TensorId id : network.outputs)
        last[static_cast<std::size_t>(id)] = program.steps.size();
    for (const network::TensorId id : network.inputs)
        place(static_cast<std::size_t>(id));
    for (std::size_t k = 0; k < program.steps.size(); ++k) {
        place(program.steps[k].output);
        std::vector<std::size_t> inputs = program.steps[k].inputs;
        std::sort(inputs.begin(), inputs.end());
        inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
        for (const std::size_t tensor : inputs)
            if (reuse && last[tensor] == k && placed[tensor] && bytes_of(tensor) > 0)
                heap.give_back(program.offsets[tensor], bytes_of(tensor));
    }
    program.bytes = heap.end();
}

} // namespace gw::emulate
