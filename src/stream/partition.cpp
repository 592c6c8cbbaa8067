// A group of ops becomes one core, and what brings its inputs in the beats that it reads: forks, gathers, a window, a
// scatter for a folded op and an accumulator behind it.
#include "stream/partition.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "datapath/lower.hpp"
#include "network/elements.hpp"
#include "rtl/emit.hpp"
#include "stream/form.hpp"
#include "stream/grouping.hpp"
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

class Partition {
  public:
    Partition(const Network& network, const plan::Plan& plan, const std::string& name)
        : network_(network), grouping_(group(network, plan)), streams_(network.tensors.size()) {
        design_.name = name;
    }

    Design run() {
        count_readers();
        for (const TensorId id : network_.inputs) {
            design_.inputs.push_back(channel(network_.tensor(id).name, id));
            supply(id, design_.inputs.back());
        }
        for (const Group& group : grouping_.groups)
            make(group);
        for (const TensorId id : network_.outputs)
            design_.outputs.push_back(take(id, output_beats(id)));
        return std::move(design_);
    }

  private:
    /// By beats a frame, the finest last: how often a tensor is read in them, and channels that have a writer and no
    /// reader yet.
    struct Streams {
        std::map<std::uint32_t, std::size_t> readers;
        std::map<std::uint32_t, std::vector<ChannelId>> free;
    };

    std::uint32_t beats(TensorId id) const { return grouping_.beats[index(id)]; }
    /// An output comes position by position, however it was made.
    std::uint32_t output_beats(TensorId id) const {
        const std::uint32_t count = positions(network_.tensor(id));
        return beats(id) % count == 0 ? count : beats(id);
    }
    Tensor part(TensorId id, std::uint32_t beats) const {
        return beats > 1 ? at_one_beat(network_.tensor(id), beats) : network_.tensor(id);
    }

    void count_readers() {
        for (const Group& group : grouping_.groups)
            for (const TensorId id : group.inputs)
                ++streams_[index(id)].readers[group.reads];
        for (const TensorId id : network_.outputs)
            ++streams_[index(id)].readers[output_beats(id)];
    }

    ChannelId add(const std::string& name, std::vector<FixedType> types, std::uint64_t beats) {
        design_.channels.push_back(
            {fmt::format("c{}_{}", design_.channels.size(), rtl::identifier_part(name)), std::move(types), beats, 0});
        if (design_.channels.back().bits() == 0)
            throw support::unsupported("a stream of no bits", "tensor " + name);
        return static_cast<ChannelId>(design_.channels.size() - 1);
    }
    ChannelId channel(const std::string& name, TensorId id) {
        return add(name, *beat_types(network_.tensor(id), beats(id)), beats(id));
    }
    void act(const std::string& kind, const std::string& name, ActorBody body) {
        design_.actors.push_back(
            {fmt::format("a{}_{}_{}", design_.actors.size(), kind, rtl::identifier_part(name)), std::move(body)});
    }

    /// The tensor comes by this channel: copied, and gathered, for all who read it.
    void supply(TensorId id, ChannelId from) {
        Streams& streams = streams_[index(id)];
        const std::string& name = network_.tensor(id).name;
        const std::size_t as_made = streams.readers[beats(id)], forms = streams.readers.size() - 1;
        std::vector<ChannelId> free = copies(name, from, as_made + forms);
        for (const auto& [count, readers] : streams.readers) {
            if (count == beats(id))
                continue;
            const ChannelId gathered =
                add(fmt::format("{}_in_{}", name, count), *beat_types(network_.tensor(id), count), count);
            act("gather", name, Gather{free.back(), gathered});
            free.pop_back();
            streams.free[count] = copies(name, gathered, readers);
        }
        streams.free[beats(id)] = std::move(free);
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
    ChannelId take(TensorId id, std::uint32_t beats) {
        auto& free = streams_[index(id)].free[beats];
        if (free.empty())
            throw support::internal_error("a stream with more readers than copies", network_.tensor(id).name);
        const ChannelId taken = free.back();
        free.pop_back();
        return taken;
    }

    /// A core under construction.
    struct Piece {
        Network network;
        std::map<TensorId, TensorId> place; ///< of the whole network's tensors
        std::vector<ChannelId> inputs;
    };

    void make(const Group& group) {
        Piece piece;
        piece.network.name = group.ops.front()->name;
        if (group.fold)
            begin_folded(piece, group);
        else
            read_inputs(piece, group);
        for (const Op* op : group.ops) {
            if (group.fold && op == group.ops.front())
                continue;
            const TensorId out = network::output_of(*op);
            piece.place[out] = piece.network.add(part(out, group.beats));
            piece.network.ops.push_back(renamed(*op, [&](TensorId id) { return piece.place.at(id); }));
        }
        if (group.padding && !group.fold)
            std::visit(
                [](auto& body) {
                    if constexpr (requires { body.window; })
                        hold_still(body);
                },
                piece.network.ops.front().body);
        finish(piece, group);
    }

    void read_inputs(Piece& piece, const Group& group) {
        for (const TensorId id : group.inputs) {
            const ChannelId stream = take(id, group.reads);
            if (group.padding) {
                piece.inputs.push_back(window(*group.ops.front(), stream, *group.padding));
                piece.place[id] = piece.network.add(seen(network_.tensor(id), *group.ops.front()));
            } else {
                piece.inputs.push_back(stream);
                piece.place[id] = piece.network.add(part(id, group.reads));
            }
            piece.network.inputs.push_back(piece.place[id]);
        }
    }

    /// The folded op, up to its output tensor.
    void begin_folded(Piece& piece, const Group& group) {
        const Op& op = *group.ops.front();
        const Fold& fold = *group.fold;
        const TensorId in = group.inputs.front(), out = network::output_of(op);
        ChannelId stream = take(in, group.reads);
        if (group.padding)
            stream = window(op, stream, *group.padding);
        const std::vector<FixedType> types = design_.channel(stream).types;
        const std::uint64_t often = design_.channel(stream).beats;
        std::vector<FixedType> slice = slice_types(types, fold);
        const Tensor x{op.name + "_slice", {1, 1, static_cast<std::uint32_t>(slice.size())}, slice};
        const FixedType number{counter_bits(fold.beats() - 1), 0, false, fixed::Rounding::trn, fixed::Overflow::wrap};
        slice.push_back(number);
        const ChannelId scattered = add(op.name + "_slices", std::move(slice), often * fold.beats());
        act("scatter", op.name, Scatter{stream, scattered, fold.outputs, fold.inputs});
        Piece products;
        Piece& first = fold.inputs == 1 ? piece : products;
        first.network.name = op.name;
        first.inputs.push_back(scattered);
        first.network.inputs = {first.network.add(x), first.network.add({op.name + "_beat", {1}, {number}})};
        const TensorId result = first.network.add(part(out, group.beats));
        add_folded(first.network, op, fold, first.network.inputs[0], first.network.inputs[1], types, result);
        piece.place[out] = result;
        if (fold.inputs > 1)
            sum_up(piece, products, result, sum_types(op, types, fold), op, group);
    }

    /// Adds the slices' products, and lets `piece` begin with the sums.
    void sum_up(Piece& piece, Piece& products, TensorId partial, std::vector<FixedType> types, const Op& op,
                const Group& group) {
        products.network.outputs = {partial};
        const ChannelId parts = add(op.name + "_parts", network::element_types(products.network, {partial}),
                                    std::uint64_t{group.beats} * group.fold->inputs);
        core(op.name + "_products", products, {parts});
        const ChannelId sums = add(op.name + "_sums", types, group.beats);
        act("accumulate", op.name, Accumulate{parts, sums, group.fold->inputs});
        const TensorId out = network::output_of(op);
        Tensor sum = part(out, group.beats);
        sum.name += "_sum";
        sum.types = std::move(types);
        piece.inputs = {sums};
        piece.network.inputs = {piece.network.add(std::move(sum))};
        piece.place[out] = piece.network.add(part(out, group.beats));
        piece.network.ops.push_back({op.name, network::Requantise{piece.network.inputs.front(), piece.place.at(out)}});
    }

    /// The core of all that is in the piece, and its outputs to whom reads them.
    void finish(Piece& piece, const Group& group) {
        std::vector<TensorId> read;
        for (const Op* op : group.ops) {
            const TensorId id = network::output_of(*op);
            if (!streams_[index(id)].readers.empty()) {
                read.push_back(id);
                piece.network.outputs.push_back(piece.place.at(id));
            }
        }
        if (read.empty())
            return; // nobody reads what it computes
        std::vector<ChannelId> outputs;
        for (const TensorId id : read)
            outputs.push_back(channel(network_.tensor(id).name, id));
        core(piece.network.name, piece, outputs);
        for (std::size_t k = 0; k < read.size(); ++k)
            supply(read[k], outputs[k]);
    }

    void core(const std::string& name, const Piece& piece, std::vector<ChannelId> outputs) {
        act("core", name, Core{piece.inputs, std::move(outputs), piece.network, {}, {}});
    }

    static const network::Window& window_of(const Op& op) {
        const auto* conv = std::get_if<network::Conv>(&op.body);
        return conv != nullptr ? conv->window : std::get<network::Pool>(op.body).window;
    }
    /// What stands under the op's window.
    static Tensor seen(const Tensor& tensor, const Op& op) {
        Tensor result{tensor.name, window_of(op).size, {}};
        result.shape.push_back(tensor.shape.back());
        const auto types = *beat_types(tensor, positions(tensor));
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
    Grouping grouping_;
    std::vector<Streams> streams_;
    Design design_;
};

} // namespace

Design partition(const Network& network, const plan::Plan& plan, const std::string& name) {
    return Partition(network, plan, name).run();
}

void lower_cores(Design& design, const plan::Plan& plan) {
    for (Actor& actor : design.actors)
        if (auto* core = std::get_if<Core>(&actor.body)) {
            core->graph = datapath::lower(core->network, plan);
            core->pipeline = datapath::pipeline(core->graph, plan);
        }
}

} // namespace gw::stream
