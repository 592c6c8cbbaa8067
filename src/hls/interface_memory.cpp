// The kernel for Vitis linking: memory in words of 512 bits on either side, events in a row in them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hls/interface_moves.hpp"
#include "hls/stream_text.hpp"

namespace gw::hls {
namespace {

std::vector<Place> moved(std::vector<Place> places, std::uint32_t bytes) {
    for (Place& place : places)
        place.bit += 8 * bytes;
    return places;
}

std::string parameters(const Top& top, const std::vector<Port>& ports, bool read) {
    std::vector<std::string> all;
    for (const Port& port : ports)
        all.push_back(parameter(top, port, read));
    return fmt::format("{}", fmt::join(all, ", "));
}

std::uint32_t padding(const std::vector<Port>& ports, const MemoryLayout& layout) {
    std::uint64_t used = 0;
    for (std::size_t k = 0; k < ports.size(); ++k)
        used += ports[k].beats * layout.ports[k].beat_bytes;
    return static_cast<std::uint32_t>(layout.bytes - used);
}

/// All elements of an event at once.
std::string parallel_functions(const Top& top, const MemoryLayout& in, const MemoryLayout& out) {
    const std::string pragma =
        top.is_dataflow ? "#pragma HLS INLINE off\n#pragma HLS PIPELINE II=1\n" : "#pragma HLS INLINE\n";
    const auto used = [](const std::vector<Port>& ports, const MemoryLayout& layout) {
        return std::max(layout.bytes - padding(ports, layout), 1U);
    };
    const std::uint32_t given = used(top.inputs, in), made = used(top.outputs, out);
    const StreamType given_type{"input_event", lanes_of(given, 8)}, made_type{"output_event", lanes_of(made, 8)};
    std::string feed = "const input_event event = gw::read_beat<input_event>(given);\n",
                gather = "output_event event;\n";
    for (std::size_t k = 0; k < top.inputs.size(); ++k) {
        const Port& port = top.inputs[k];
        feed += zeroed(port, port.name) +
                moves(port, moved(in.ports[k].places, in.ports[k].first), port.name, "event", true, Way::in);
    }
    for (std::size_t k = 0; k < top.outputs.size(); ++k) {
        const Port& port = top.outputs[k];
        gather += moves(port, moved(out.ports[k].places, out.ports[k].first), port.name, "event", true, Way::out);
    }
    return fmt::format(R"(typedef gw::Event<{0}> input_event;
typedef gw::Event<{1}> output_event;

static void feed_event({2}, {3}) {{
{4}{5}}}

static void gather_event({6}, {7}) {{
{4}{8}    gw::write_beat(made, event);
}}

static void run_frames({2}, {7}, unsigned events) {{
    for (unsigned e = 0; e < events; e++) {{
#pragma HLS {9}
{10}        feed_event(given, {11});
        {12}({13});
        gather_event({14}, made);
    }}
}}

)",
                       given, made, stream_parameter(given_type, "given"), parameters(top, top.inputs, false), pragma,
                       indented(feed), parameters(top, top.outputs, true), stream_parameter(made_type, "made"),
                       indented(gather), top.is_dataflow ? "DATAFLOW" : fmt::format("PIPELINE II={}", top.interval),
                       indented(local_arrays(top), 8), names(top.inputs), top.name, names(top), names(top.outputs)) +
           fmt::format(
               R"(static void run_events(hls::stream<ap_uint<512> >& given, hls::stream<ap_uint<512> >& made, unsigned events) {{
#pragma HLS DATAFLOW
    {0}    {1}    gw::split_words<input_event, {2}>(given, given_events, events);
    run_frames(given_events, made_events, events);
    gw::join_words<output_event, {3}>(made_events, made, events);
}}

)",
               stream_variable(given_type, "given_events"), stream_variable(made_type, "made_events"), in.bytes,
               out.bytes);
}

/// Loops over the events, and in each over the beats of one port after the other.
/// @param beat statements of one beat of port k
template <typename Beat>
std::string beat_loops(const std::vector<Port>& ports, const MemoryLayout& layout, const Beat& beat) {
    std::string text;
    for (std::size_t k = 0; k < ports.size(); ++k) {
        const std::uint32_t words = (layout.ports[k].beat_bytes + memory_word_bytes - 1) / memory_word_bytes;
        text +=
            fmt::format("        for (int b = 0; b < {}; b++) {{\n#pragma HLS PIPELINE II={} style=flp\n{}        }}\n",
                        ports[k].beats, words, indented(beat(ports[k], layout.ports[k]), 12));
    }
    return text;
}

std::uint32_t longest_beat(const MemoryLayout& layout) {
    std::uint32_t bytes = 1;
    for (const MemoryPort& port : layout.ports)
        bytes = std::max(bytes, port.beat_bytes);
    return bytes;
}

/// FIFOs around the top function. Ports of a side come one after the other in memory, and the top may want them side by
/// side: each holds a frame.
std::string frame_streams(const Top& top) {
    std::string text = local_streams(top);
    for (const auto* side : {&top.inputs, &top.outputs})
        for (const Port& port : *side)
            if (side->size() > 1)
                text += fmt::format("#pragma HLS STREAM variable={} depth={}\n", port.name,
                                    std::max<std::uint64_t>(port.beats, 2));
    return text;
}

/// Beats of the inputs, out of words.
std::string feed_function(const Top& top, const MemoryLayout& in) {
    const std::uint32_t skipped = padding(top.inputs, in);
    const std::string loops = beat_loops(top.inputs, in, [](const Port& port, const MemoryPort& memory) {
        return fmt::format("const gw::Event<{0}> event = gw::take_bytes<{0}>(given, held);\n{1} beat;\n",
                           memory.beat_bytes, port.type) +
               zeroed(port, "beat.data") + moves(port, memory.places, "beat.data", "event", true, Way::in) +
               fmt::format("gw::write_beat({}, beat);\n", port.name);
    });
    const std::string end =
        skipped > 0 ? fmt::format("        gw::take_bytes<{}>(given, held); // between events\n", skipped) : "";
    return fmt::format(R"(static void feed_events(hls::stream<ap_uint<512> >& given, {}, unsigned events) {{
    gw::Bytes<{}> held;
#pragma HLS ARRAY_PARTITION variable=held.data complete
    for (unsigned e = 0; e < events; e++) {{
{}{}    }}
}}

)",
                       parameters(top, top.inputs, true), std::max(longest_beat(in), skipped), loops, end);
}

/// Words, out of beats of the outputs.
std::string gather_function(const Top& top, const MemoryLayout& out) {
    const std::uint32_t filled = padding(top.outputs, out);
    const std::string loops = beat_loops(top.outputs, out, [](const Port& port, const MemoryPort& memory) {
        return fmt::format("const {0} beat = gw::read_beat<{0}>({1});\ngw::Event<{2}> event;\n", port.type, port.name,
                           memory.beat_bytes) +
               moves(port, memory.places, "beat.data", "event", true, Way::out) +
               fmt::format("gw::put_bytes<{}>(event, made, held);\n", memory.beat_bytes);
    });
    const std::string end =
        filled > 0
            ? fmt::format("        gw::put_bytes<{0}>(gw::no_bytes<{0}>(), made, held); // between events\n", filled)
            : "";
    return fmt::format(R"(static void gather_events({}, hls::stream<ap_uint<512> >& made, unsigned events) {{
    gw::Bytes<{}> held;
#pragma HLS ARRAY_PARTITION variable=held.data complete
    for (unsigned e = 0; e < events; e++) {{
{}{}    }}
    gw::flush_bytes(made, held);
}}

)",
                       parameters(top, top.outputs, false), std::max(longest_beat(out), filled), loops, end);
}

std::string stream_functions(const Top& top, const MemoryLayout& in, const MemoryLayout& out) {
    return feed_function(top, in) + gather_function(top, out) +
           fmt::format(R"(static void run_frames({0}, {1}, unsigned events) {{
    for (unsigned e = 0; e < events; e++) {{
#pragma HLS DATAFLOW
        {2}({3});
    }}
}}

static void run_events(hls::stream<ap_uint<512> >& given, hls::stream<ap_uint<512> >& made, unsigned events) {{
#pragma HLS DATAFLOW
{4}    feed_events(given, {5}, events);
    run_frames({3}, events);
    gather_events({6}, made, events);
}}

)",
                       parameters(top, top.inputs, true), parameters(top, top.outputs, false), top.name, names(top),
                       frame_streams(top), names(top.inputs), names(top.outputs));
}

} // namespace

std::string memory_source(const Top& top, const std::string& signature) {
    const MemoryLayout in = memory_of(top.inputs), out = memory_of(top.outputs);
    const bool stream = top.io == IoType::stream;
    const std::uint64_t batch = events_of_a_batch(in, out);
    return (stream ? stream_functions(top, in, out) : parallel_functions(top, in, out)) +
           fmt::format(R"(// Registers: input at 0x10, output at 0x1c, events at 0x28, as any kernel of XRT has them.
{0} {{
#pragma HLS INTERFACE m_axi port=input offset=slave bundle=gmem0 max_read_burst_length=64 depth={1}
#pragma HLS INTERFACE m_axi port=output offset=slave bundle=gmem1 max_write_burst_length=64 depth={2}
#pragma HLS INTERFACE s_axilite port=input
#pragma HLS INTERFACE s_axilite port=output
#pragma HLS INTERFACE s_axilite port=events
#pragma HLS INTERFACE s_axilite port=return
#pragma HLS DATAFLOW
    hls::stream<ap_uint<512> > given("given");
    hls::stream<ap_uint<512> > made("made");
    gw::read_words<{3}>(input, given, events);
    run_events(given, made, events);
    gw::write_words<{4}>(made, output, events);
}}
)",
                       signature, words_of(in, batch), words_of(out, batch), in.bytes, out.bytes);
}

} // namespace gw::hls
