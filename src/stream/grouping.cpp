// An op joins the group that makes or reads all its inputs and runs as often a frame. A convolution or pool over an
// image begins a group behind a window, a folded op one behind a scatter. Everything else works on whole tensors.
#include "stream/grouping.hpp"

#include <algorithm>

#include "stream/form.hpp"

namespace gw::stream {

namespace {

using network::Network;
using network::Op;
using network::TensorId;

std::size_t index(TensorId id) {
    return static_cast<std::size_t>(id);
}

class Grouper {
  public:
    Grouper(const Network& network, const plan::Plan& plan) : network_(network), plan_(plan) {
        result_.beats.assign(network.tensors.size(), 1);
        for (const TensorId id : network.inputs)
            if (beat_types(network.tensor(id), positions(network.tensor(id))))
                beats(id) = positions(network.tensor(id));
    }

    Grouping run() {
        for (const Op& op : network_.ops)
            if (!begins_group(op))
                joins_group(op);
        return std::move(result_);
    }

  private:
    std::uint32_t& beats(TensorId id) { return result_.beats[index(id)]; }
    std::uint32_t positions_of(TensorId id) const { return positions(network_.tensor(id)); }
    /// Whether its values can be read position by position.
    bool by_position(TensorId id) { return beats(id) % positions_of(id) == 0; }

    bool begins_group(const Op& op) {
        const auto inputs = network::inputs_of(op);
        const TensorId out = network::output_of(op);
        const bool image =
            std::any_of(inputs.begin(), inputs.end(), [&](TensorId id) { return beats(id) > 1 && by_position(id); });
        auto padding = image ? window_padding(network_, op) : std::nullopt;
        const auto fold =
            padding || folds_by_position(op) ? choose_fold(network_, op, plan_.reuse_of(op.name)) : std::nullopt;
        if (!padding && !fold)
            return false;
        const std::uint32_t reads = padding ? positions_of(inputs.front()) : positions_of(out);
        beats(out) = positions_of(out) * (fold ? fold->outputs : 1);
        result_.groups.push_back({beats(out), reads, inputs, {&op}, {out}, std::move(padding), fold});
        return true;
    }

    bool folds_by_position(const Op& op) {
        if (!std::holds_alternative<network::Dense>(op.body))
            return false;
        const TensorId in = network::input_of(op);
        return by_position(in) && works_by_position(network_, op);
    }

    void joins_group(const Op& op) {
        const auto inputs = network::inputs_of(op);
        const TensorId out = network::output_of(op);
        const std::uint32_t own = beats(inputs.front());
        const auto all = [&](auto&& holds) { return std::all_of(inputs.begin(), inputs.end(), holds); };
        if (own > 1 && all([&](TensorId id) { return beats(id) == own; }) && works_by_beat(network_, op, own))
            beats(out) = own;
        else if (all([&](TensorId id) { return beats(id) > 1 && by_position(id); }) && works_by_position(network_, op))
            beats(out) = positions_of(out);
        Group& group = group_for(inputs, beats(out));
        group.ops.push_back(&op);
        group.made.insert(out);
    }

    Group& group_for(const std::vector<TensorId>& inputs, std::uint32_t beats) {
        for (auto group = result_.groups.rbegin(); group != result_.groups.rend(); ++group) {
            const auto has = [&](TensorId id) {
                const auto& read = group->inputs;
                return group->made.count(id) != 0 ||
                       (group->shares_inputs() && std::find(read.begin(), read.end(), id) != read.end());
            };
            if (group->beats == beats && std::all_of(inputs.begin(), inputs.end(), has))
                return *group;
        }
        Group fresh{beats, beats, {}, {}, {}, {}, {}};
        for (const TensorId id : inputs)
            if (std::find(fresh.inputs.begin(), fresh.inputs.end(), id) == fresh.inputs.end())
                fresh.inputs.push_back(id);
        return result_.groups.emplace_back(std::move(fresh));
    }

    const Network& network_;
    const plan::Plan& plan_;
    Grouping result_;
};

} // namespace

Grouping group(const Network& network, const plan::Plan& plan) {
    return Grouper(network, plan).run();
}

} // namespace gw::stream
