// Ops are put into groups, a group becomes one core. An op joins the group that makes or reads all its inputs and runs
// as often a frame; a convolution or pool over an image begins a group behind a window. Everything else works on whole
// tensors: streams are gathered for it.
#include "stream/partition.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "datapath/lower.hpp"
#include "network/elements.hpp"
#include "rtl/emit.hpp"
#include "stream/form.hpp"
#include "support/error.hpp"

namespace gw::stream {

namespace {

using network::Network;
using network::Op;
using network::Tensor;
using network::TensorId;

std::size_t index(TensorId id) {
    return static_cast<std::size_t>(id);
}

/// The op with other tensors.
template <typename Rename> Op renamed(Op op, const Rename& rename) {
    std::visit(
        [&](auto& body) {
            const auto each = [&](TensorId& id) { id = rename(id); };
            if constexpr (requires { body.inputs; })
                std::for_each(body.inputs.begin(), body.inputs.end(), each);
            if constexpr (requires { body.input; })
                each(body.input);
            if constexpr (requires { body.subject; }) {
                each(body.subject);
                each(body.above);
                each(body.below);
            }
            if constexpr (requires { body.left; }) {
                each(body.left);
                each(body.right);
            }
            each(body.output);
        },
        op.body);
    return op;
}

/// A window that stands still: it is as large as what it sees.
template <typename Windowed> void hold_still(Windowed& body) {
    const std::size_t axes = body.window.size.size();
    body.window.strides.assign(axes, 1);
    body.window.dilation.assign(axes, 1);
    body.window.pad_before.assign(axes, 0);
    if constexpr (requires { body.padding; })
        body.padding.reset();
}

struct Group {
    std::uint32_t beats = 1;      ///< a frame
    std::vector<TensorId> inputs; ///< read from outside
    std::vector<const Op*> ops;
    std::set<TensorId> made;
    std::vector<std::int64_t> padding; ///< of the window before it, if `windowed`
    bool windowed = false;             ///< the first op is a convolution or pool, and its input comes by windows
};

class Partition {
  public:
    Partition(const Network& network, const plan::Plan& plan, const std::string& name)
        : network_(network), plan_(plan), by_position_(network.tensors.size(), false),
          streams_(network.tensors.size()) {
        design_.name = name;
    }

    Design run() {
        for (const TensorId id : network_.inputs)
            by_position_[index(id)] =
                positions(network_.tensor(id)) > 1 && channel_types(network_.tensor(id)).has_value();
        for (const Op& op : network_.ops)
            place(op);
        count_readers();
        for (const TensorId id : network_.inputs) {
            design_.inputs.push_back(channel(network_.tensor(id).name, id));
            supply(id, design_.inputs.back());
        }
        for (const Group& group : groups_)
            make(group);
        for (const TensorId id : network_.outputs)
            design_.outputs.push_back(take(id, false));
        return std::move(design_);
    }

  private:
    /// What is left to be read of a tensor: channels that have a writer, and no reader yet.
    struct Streams {
        std::size_t plain_readers = 0, whole_readers = 0;
        std::vector<ChannelId> plain, whole;
    };

    void place(const Op& op) {
        const TensorId out = network::output_of(op);
        const std::uint32_t beats = positions(network_.tensor(out));
        const auto inputs = network::inputs_of(op);
        const bool streamed =
            std::any_of(inputs.begin(), inputs.end(), [&](TensorId id) { return by_position_[index(id)]; });
        if (streamed) {
            if (auto padding = window_padding(network_, op)) {
                groups_.push_back({beats, inputs, {&op}, {out}, std::move(*padding), true});
                by_position_[index(out)] = beats > 1;
                return;
            }
        }
        const bool each =
            std::all_of(inputs.begin(), inputs.end(), [&](TensorId id) { return by_position_[index(id)]; });
        by_position_[index(out)] = each && works_by_position(network_, op);
        Group& group = group_for(inputs, by_position_[index(out)] ? beats : 1);
        group.ops.push_back(&op);
        group.made.insert(out);
    }

    Group& group_for(const std::vector<TensorId>& inputs, std::uint32_t beats) {
        for (auto group = groups_.rbegin(); group != groups_.rend(); ++group) {
            const auto has = [&](TensorId id) {
                const auto& read = group->inputs;
                return group->made.count(id) != 0 ||
                       (!group->windowed && std::find(read.begin(), read.end(), id) != read.end());
            };
            if (group->beats == beats && std::all_of(inputs.begin(), inputs.end(), has))
                return *group;
        }
        groups_.push_back({beats, {}, {}, {}, {}, false});
        for (const TensorId id : inputs)
            if (std::find(groups_.back().inputs.begin(), groups_.back().inputs.end(), id) ==
                groups_.back().inputs.end())
                groups_.back().inputs.push_back(id);
        return groups_.back();
    }

    bool gathers(const Group& group, TensorId id) const {
        return by_position_[index(id)] && !group.windowed && group.beats == 1;
    }

    void count_readers() {
        for (const Group& group : groups_)
            for (const TensorId id : group.inputs)
                ++(gathers(group, id) ? streams_[index(id)].whole_readers : streams_[index(id)].plain_readers);
        for (const TensorId id : network_.outputs)
            ++streams_[index(id)].plain_readers;
    }

    ChannelId add(const std::string& name, std::vector<FixedType> types, std::uint64_t beats) {
        design_.channels.push_back(
            {fmt::format("c{}_{}", design_.channels.size(), rtl::identifier_part(name)), std::move(types), beats, 0});
        if (design_.channels.back().bits() == 0)
            throw support::unsupported("a stream of no bits", "tensor " + name);
        return static_cast<ChannelId>(design_.channels.size() - 1);
    }
    ChannelId channel(const std::string& name, TensorId id) {
        const Tensor& tensor = network_.tensor(id);
        if (by_position_[index(id)])
            return add(name, *channel_types(tensor), positions(tensor));
        return add(name, network::element_types(network_, {id}), 1);
    }
    void act(const std::string& kind, const std::string& name, ActorBody body) {
        design_.actors.push_back(
            {fmt::format("a{}_{}_{}", design_.actors.size(), kind, rtl::identifier_part(name)), std::move(body)});
    }

    /// The tensor comes by this channel: copied for all who read it.
    void supply(TensorId id, ChannelId from) {
        Streams& streams = streams_[index(id)];
        const std::string& name = network_.tensor(id).name;
        const std::size_t readers = streams.plain_readers + (streams.whole_readers > 0 ? 1 : 0);
        streams.plain = copies(name, from, readers);
        if (streams.whole_readers == 0)
            return;
        const ChannelId whole = add(name + "_whole", network::element_types(network_, {id}), 1);
        act("gather", name, Gather{streams.plain.back(), whole});
        streams.plain.pop_back();
        streams.whole = copies(name, whole, streams.whole_readers);
    }
    std::vector<ChannelId> copies(const std::string& name, ChannelId from, std::size_t count) {
        if (count <= 1)
            return {from};
        std::vector<ChannelId> made;
        for (std::size_t k = 0; k < count; ++k) {
            const Channel origin = design_.channel(from);
            made.push_back(add(name, origin.types, origin.beats));
        }
        act("fork", name, Fork{from, made});
        return made;
    }
    ChannelId take(TensorId id, bool whole) {
        auto& free = whole ? streams_[index(id)].whole : streams_[index(id)].plain;
        if (free.empty())
            throw support::internal_error("a stream with more readers than copies", network_.tensor(id).name);
        const ChannelId taken = free.back();
        free.pop_back();
        return taken;
    }

    void make(const Group& group) {
        const std::string name = group.ops.front()->name;
        Core core;
        Network piece;
        piece.name = name;
        std::map<TensorId, TensorId> place;
        for (const TensorId id : group.inputs) {
            const Tensor& tensor = network_.tensor(id);
            const ChannelId stream = take(id, gathers(group, id));
            if (group.windowed) {
                core.inputs.push_back(window(*group.ops.front(), stream, group.padding));
                place[id] = piece.add(seen(tensor, *group.ops.front()));
            } else {
                core.inputs.push_back(stream);
                place[id] = piece.add(by_position_[index(id)] && group.beats > 1 ? at_one_position(tensor) : tensor);
            }
            piece.inputs.push_back(place[id]);
        }
        for (const Op* op : group.ops) {
            const Tensor& out = network_.tensor(network::output_of(*op));
            const bool small =
                by_position_[index(network::output_of(*op))] || (group.windowed && op == group.ops.front());
            place[network::output_of(*op)] = piece.add(small ? at_one_position(out) : out);
            piece.ops.push_back(renamed(*op, [&](TensorId id) { return place.at(id); }));
        }
        if (group.windowed)
            std::visit(
                [](auto& body) {
                    if constexpr (requires { body.window; })
                        hold_still(body);
                },
                piece.ops.front().body);
        std::vector<TensorId> read;
        for (const Op* op : group.ops) {
            const TensorId id = network::output_of(*op);
            const Streams& streams = streams_[index(id)];
            if (streams.plain_readers + streams.whole_readers > 0) {
                read.push_back(id);
                piece.outputs.push_back(place.at(id));
            }
        }
        core.graph = datapath::lower(piece, plan_);
        core.pipeline = datapath::pipeline(core.graph, plan_);
        for (const TensorId id : read)
            core.outputs.push_back(channel(network_.tensor(id).name, id));
        const std::vector<ChannelId> outputs = core.outputs;
        if (outputs.empty())
            return; // nobody reads what it computes
        act("core", name, std::move(core));
        for (std::size_t k = 0; k < read.size(); ++k)
            supply(read[k], outputs[k]);
    }

    static const network::Window& window_of(const Op& op) {
        const auto* conv = std::get_if<network::Conv>(&op.body);
        return conv != nullptr ? conv->window : std::get<network::Pool>(op.body).window;
    }
    /// What stands under the op's window.
    static Tensor seen(const Tensor& tensor, const Op& op) {
        Tensor result{tensor.name, window_of(op).size, {}};
        result.shape.push_back(tensor.shape.back());
        const auto types = *channel_types(tensor);
        while (result.types.size() < result.size())
            result.types.insert(result.types.end(), types.begin(), types.end());
        return result;
    }
    ChannelId window(const Op& op, ChannelId from, const std::vector<std::int64_t>& padding) {
        const Tensor& in = network_.tensor(network::input_of(op));
        const Tensor& out = network_.tensor(network::output_of(op));
        Window window{from, {}, window_of(op), 1, 1, 1, 1, padding};
        network::Shape size(in.shape.begin(), in.shape.end() - 1), out_size(out.shape.begin(), out.shape.end() - 1);
        if (size.size() == 1) { // an image of one row
            for (auto* each : {&window.window.size, &window.window.strides, &window.window.dilation, &size, &out_size})
                each->insert(each->begin(), 1);
            window.window.pad_before.insert(window.window.pad_before.begin(), 0);
        }
        window.height = size[0];
        window.width = size[1];
        window.out_height = out_size[0];
        window.out_width = out_size[1];
        window.output = add(op.name + "_window", seen(in, op).types, positions(out));
        const ChannelId output = window.output;
        act("window", op.name, std::move(window));
        return output;
    }

    const Network& network_;
    const plan::Plan& plan_;
    std::vector<bool> by_position_; ///< whether the tensor travels by positions, of which it has several
    std::vector<Streams> streams_;
    std::vector<Group> groups_;
    Design design_;
};

} // namespace

Design partition(const Network& network, const plan::Plan& plan, const std::string& name) {
    return Partition(network, plan, name).run();
}

} // namespace gw::stream
