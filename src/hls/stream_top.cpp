// io_stream: the actors of stream/ as functions of a dataflow region. A layer's reuse factor is its own loop here, so
// the design is partitioned without folding.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hls/ap_type.hpp"
#include "hls/op_writer.hpp"
#include "hls/stream_text.hpp"
#include "hls/top.hpp"
#include "network/range.hpp"
#include "stream/partition.hpp"
#include "stream/schedule.hpp"
#include "support/error.hpp"

namespace gw::hls {
namespace {

using stream::ChannelId;

/// What HLS makes of a core is not known here: so many clocks, for the depths of FIFOs beside it. A core that is deeper
/// costs throughput; it cannot stand still, for its pipeline is flushed (style=flp).
std::uint32_t assumed_stages(const stream::Core& core) {
    constexpr std::uint32_t stages = 24, of_a_division = 64;
    return stages + of_a_division * static_cast<std::uint32_t>(std::count_if(
                                        core.network.ops.begin(), core.network.ops.end(), [](const network::Op& op) {
                                            return std::holds_alternative<network::Divide>(op.body);
                                        }));
}

class StreamWriter {
  public:
    StreamWriter(Firmware& firmware, const network::Network& network, const plan::Plan& plan, const Options& options,
                 const std::string& name)
        : firmware_(firmware), network_(network), plan_(plan), options_(options), design_(partitioned(name)),
          variables_(design_.channels.size()),
          types_(design_.channels.size()), top_{name, IoType::stream, {}, {}, {}, {}, true, 1} {}

    Top run() {
        ports();
        const std::vector<Ends> ends = ends_of_channels();
        for (std::size_t k = 0; k < design_.channels.size(); ++k)
            if (variables_[k].empty() && ends[k].written)
                declare(k);
        for (const stream::Actor& actor : design_.actors)
            std::visit([&](const auto& body) { write(actor, body); }, actor.body);
        for (std::size_t k = 0; k < design_.channels.size(); ++k)
            if (ends[k].written && !ends[k].read)
                top_.body +=
                    fmt::format("    gw::drain<{}, {}>({});\n", design_.channels[k].beats, types_[k], variables_[k]);
        top_.body += copies_;
        top_.pragmas = (options_.interface == Interface::plain ? stream_ports() : "#pragma HLS INLINE off\n") +
                       "#pragma HLS DATAFLOW\n";
        return std::move(top_);
    }

  private:
    struct Ends {
        bool written = false, read = false;
    };
    /// A stream that is written must be read, even where nobody wants what is in it.
    std::vector<Ends> ends_of_channels() const {
        std::vector<Ends> ends(design_.channels.size());
        for (const ChannelId id : design_.inputs)
            ends[index(id)].written = true;
        for (const ChannelId id : design_.outputs)
            ends[index(id)].read = true;
        for (const stream::Actor& actor : design_.actors) {
            for (const ChannelId id : stream::inputs_of(actor))
                ends[index(id)].read = true;
            for (const ChannelId id : stream::outputs_of(actor))
                ends[index(id)].written = true;
        }
        return ends;
    }

    static std::size_t index(ChannelId id) { return static_cast<std::size_t>(id); }

    stream::Design partitioned(const std::string& name) const {
        plan::Plan unfolded = plan_;
        unfolded.reuse_factor = 1;
        unfolded.layer_reuse.clear();
        stream::Design design = stream::partition(network_, unfolded, name);
        for (stream::Actor& actor : design.actors)
            if (auto* core = std::get_if<stream::Core>(&actor.body))
                core->pipeline.stages = assumed_stages(*core);
        stream::schedule(design);
        for (const stream::Actor& actor : design.actors)
            if (const auto* core = std::get_if<stream::Core>(&actor.body))
                for (const ChannelId id : core->outputs) // HLS stalls a core; it needs no place for what is in it
                    design.channel(id).depth -= assumed_stages(*core);
        return design;
    }

    /// As hls4ml has them: a beat a word, no side channels.
    std::string stream_ports() const { return fmt::format("#pragma HLS INTERFACE axis port={}\n", names(top_, ",")); }

    static std::string beat_type(const stream::Channel& channel, const std::string& type) {
        return fmt::format("typedef gw::Beat<{}, {}> {}; // {} beats a frame\n", array_type(channel.types),
                           channel.types.size(), type, channel.beats);
    }

    Port port(ChannelId id, network::TensorId tensor, bool input) {
        const stream::Channel& channel = design_.channel(id);
        const std::string& name = network_.tensor(tensor).name;
        const std::string type = firmware_.names.unique(port_type(top_.name, network_, tensor, input));
        firmware_.port_types += beat_type(channel, type);
        return {firmware_.names.port(name), type, channel.types, channel.beats, name, lanes_of(channel.types)};
    }

    void ports() {
        for (std::size_t k = 0; k < design_.inputs.size(); ++k) {
            top_.inputs.push_back(port(design_.inputs[k], network_.inputs[k], true));
            variables_[index(design_.inputs[k])] = top_.inputs.back().name;
            types_[index(design_.inputs[k])] = top_.inputs.back().type;
        }
        for (std::size_t k = 0; k < design_.outputs.size(); ++k) {
            const ChannelId id = design_.outputs[k];
            top_.outputs.push_back(port(id, network_.outputs[k], false));
            if (variables_[index(id)].empty()) {
                variables_[index(id)] = top_.outputs.back().name;
                types_[index(id)] = top_.outputs.back().type;
            } else { // an input that goes straight to an output
                copies_ +=
                    fmt::format("    gw::pass<{}, {}, {}>({}, {});\n", design_.channel(id).beats, types_[index(id)],
                                top_.outputs.back().type, variables_[index(id)], top_.outputs.back().name);
            }
        }
    }

    void declare(std::size_t k) {
        const stream::Channel& channel = design_.channels[k];
        variables_[k] = firmware_.names.unique(channel.name);
        types_[k] = firmware_.names.unique(variables_[k] + "_type");
        firmware_.types += beat_type(channel, types_[k]);
        top_.body += fmt::format("    {}#pragma HLS STREAM variable={} depth={}\n",
                                 stream_variable({types_[k], lanes_of(channel.types)}, variables_[k]), variables_[k],
                                 std::max(channel.depth, 2U));
    }

    const std::string& variable(ChannelId id) const { return variables_[index(id)]; }
    const std::string& type(ChannelId id) const { return types_[index(id)]; }
    StreamType stream_type(ChannelId id) const { return {type(id), lanes_of(design_.channel(id).types)}; }

    void function(const stream::Actor& actor, const std::string& body) {
        const auto inputs = stream::inputs_of(actor), outputs = stream::outputs_of(actor);
        std::vector<std::string> parameters, arguments;
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            parameters.push_back(stream_parameter(stream_type(inputs[k]), fmt::format("i{}", k)));
            arguments.push_back(variable(inputs[k]));
        }
        for (std::size_t k = 0; k < outputs.size(); ++k) {
            parameters.push_back(stream_parameter(stream_type(outputs[k]), fmt::format("o{}", k)));
            arguments.push_back(variable(outputs[k]));
        }
        const std::string name = firmware_.names.unique(actor.name);
        firmware_.functions +=
            fmt::format("static void {}({}) {{\n{}}}\n\n", name, fmt::join(parameters, ", "), indented(body));
        top_.body += fmt::format("    {}({});\n", name, fmt::join(arguments, ", "));
    }

    /// All layers of a beat in one pipeline.
    std::string pipelined(const stream::Core& core) {
        const network::Ranges ranges = network::infer_ranges(core.network);
        Piece piece{core.network, ranges, {}, {}};
        std::string reads, writes;
        for (std::size_t k = 0; k < core.inputs.size(); ++k) {
            reads += fmt::format("const {0} in{1} = gw::read_beat<{0}>(i{1});\n", type(core.inputs[k]), k);
            piece.arrays[core.network.inputs[k]] = fmt::format("in{}.data", k);
        }
        for (std::size_t k = 0; k < core.outputs.size(); ++k) {
            reads += fmt::format("{0} out{1};\n#pragma HLS ARRAY_PARTITION variable=out{1}.data complete\n",
                                 type(core.outputs[k]), k);
            writes += fmt::format("gw::write_beat(o{0}, out{0});\n", k);
            piece.arrays[core.network.outputs[k]] = fmt::format("out{}.data", k);
        }
        const std::uint32_t interval = options_.strategy == Strategy::resource ? 1 : slowest(core.network, plan_);
        return fmt::format("#pragma HLS PIPELINE II={} style=flp\n", interval) + indented(reads) +
               OpWriter(firmware_, plan_, options_).inlined(piece) + indented(writes);
    }

    /// Layers side by side, a beat in each.
    std::string region(const stream::Core& core) {
        const network::Ranges ranges = network::infer_ranges(core.network);
        Piece piece{core.network, ranges, {}, {}};
        Sinks sinks;
        std::string arrays, reads, writes;
        const auto add = [&](ChannelId id, network::TensorId tensor, const std::string& name) {
            piece.types[tensor] = type(id) + "::value_t";
            arrays += fmt::format("{0}::value_t {1}[{2}];\n#pragma HLS ARRAY_PARTITION variable={1} complete\n",
                                  type(id), name, design_.channel(id).types.size());
        };
        for (std::size_t k = 0; k < core.inputs.size(); ++k) {
            const std::string name = piece.arrays[core.network.inputs[k]] = fmt::format("in{}", k);
            add(core.inputs[k], core.network.inputs[k], name);
            reads += fmt::format("gw::unpack<{}>(i{}, {});\n", type(core.inputs[k]), k, name);
        }
        for (std::size_t k = 0; k < core.outputs.size(); ++k) {
            const std::string name = fmt::format("out{}", k);
            sinks[core.network.outputs[k]].push_back(name);
            add(core.outputs[k], core.network.outputs[k], name);
            writes += fmt::format("gw::pack<{}>({}, o{});\n", type(core.outputs[k]), name, k);
        }
        return "#pragma HLS DATAFLOW\n" + indented(arrays + reads) +
               OpWriter(firmware_, plan_, options_).dataflow(piece, sinks) + indented(writes);
    }

    /// Whether a layer of the core has its own loop of several clocks.
    bool has_loops(const stream::Core& core) const {
        return options_.strategy == Strategy::resource &&
               std::any_of(core.network.ops.begin(), core.network.ops.end(), [](const network::Op& op) {
                   return std::holds_alternative<network::Dense>(op.body) ||
                          std::holds_alternative<network::Conv>(op.body);
               });
    }

    void write(const stream::Actor& actor, const stream::Core& core) {
        const std::string body = has_loops(core) ? region(core) : pipelined(core);
        function(actor, fmt::format("for (int beat = 0; beat < {}; beat++) {{\n{}}}\n",
                                    design_.channel(core.inputs.front()).beats, body));
    }

    void write(const stream::Actor& actor, const stream::Fork& fork) {
        std::string writes;
        for (std::size_t k = 0; k < fork.outputs.size(); ++k)
            writes += fmt::format("    {0} out{1};\n    for (int i = 0; i < {2}; i++)\n        out{1}.data[i] = "
                                  "in.data[i];\n    gw::write_beat(o{1}, out{1});\n",
                                  type(fork.outputs[k]), k, design_.channel(fork.input).types.size());
        function(actor, fmt::format("for (int beat = 0; beat < {0}; beat++) {{\n#pragma HLS PIPELINE II=1 style=flp\n"
                                    "    const {1} in = gw::read_beat<{1}>(i0);\n{2}}}\n",
                                    design_.channel(fork.input).beats, type(fork.input), writes));
    }

    void write(const stream::Actor&, const stream::Gather& gather) {
        top_.body +=
            fmt::format("    gw::gather<{}, {}, {}>({}, {});\n", design_.channel(gather.output).beats,
                        type(gather.input), type(gather.output), variable(gather.input), variable(gather.output));
    }

    void write(const stream::Actor& actor, const stream::Window& window) {
        Config config;
        const network::Window& shape = window.window;
        config.number("height", window.height).number("width", window.width);
        config.number("out_height", window.out_height).number("out_width", window.out_width);
        config.number("window_h", shape.size[0]).number("window_w", shape.size[1]);
        config.number("stride_h", shape.strides[0]).number("stride_w", shape.strides[1]);
        config.number("dilation_h", shape.dilation[0]).number("dilation_w", shape.dilation[1]);
        config.number("pad_top", shape.pad_before[0]).number("pad_left", shape.pad_before[1]);
        config.number("rows", static_cast<std::int64_t>(stream::rows(window)));
        config.number("columns", static_cast<std::int64_t>(stream::columns(window)));
        config.text(outside(window));
        const std::string name = firmware_.names.unique(actor.name + "_config");
        firmware_.configs += config.as_struct(name, actor.name + ": what a window sees");
        top_.body += fmt::format("    gw::window<{}, {}, {}>({}, {});\n", name, type(window.input), type(window.output),
                                 variable(window.input), variable(window.output));
    }

    /// Bits of each channel's value outside the image, in the beat's type.
    std::string outside(const stream::Window& window) const {
        const auto& types = design_.channel(window.input).types;
        const std::int32_t fraction = container(types).fraction;
        std::string body;
        for (std::size_t c = 0; c < types.size(); ++c) {
            const std::int64_t bits = window.padding[c] << (fraction - types[c].fraction);
            if (bits != 0)
                body += fmt::format("        if (c == {})\n            return {};\n", c, bits);
        }
        return "    static long long outside(int c) { // the image\n#pragma HLS INLINE\n" + body +
               "        return 0;\n    }\n";
    }

    template <typename Folded> void write(const stream::Actor& actor, const Folded&) {
        throw support::internal_error("an actor of a folded design", actor.name);
    }

    Firmware& firmware_;
    const network::Network& network_;
    const plan::Plan& plan_;
    const Options& options_;
    stream::Design design_;
    std::vector<std::string> variables_, types_; ///< of the channels
    std::string copies_;
    Top top_;
};

} // namespace

Top stream_top(Firmware& firmware, const network::Network& network, const plan::Plan& plan, const Options& options,
               const std::string& name) {
    return StreamWriter(firmware, network, plan, options, name).run();
}

} // namespace gw::hls
