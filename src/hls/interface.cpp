#include "hls/interface.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hls/ap_type.hpp"

namespace gw::hls {
namespace {

/// Elements in a row that have one type.
struct Run {
    Place first;
    std::size_t count = 0;
};

std::vector<Run> runs_of(const std::vector<Place>& places) {
    std::vector<Run> runs;
    for (const Place& place : places) {
        if (place.bits == 0)
            continue;
        if (!runs.empty() && runs.back().first.type == place.type &&
            runs.back().first.element + runs.back().count == place.element)
            ++runs.back().count;
        else
            runs.push_back({place, 1});
    }
    return runs;
}

enum class Way : std::uint8_t { in, out };

/// Loops that set elements of `array` from what holds them, or the other way.
/// @param holder an ap_uint of all bits, or (by_bytes) an Event
std::string moves(const Port& port, const std::vector<Place>& places, const std::string& array,
                  const std::string& holder, bool by_bytes, Way way) {
    std::string text;
    const std::int32_t fraction = container(port.types).fraction;
    for (const Run& run : runs_of(places)) {
        const Place& first = run.first;
        const std::string element =
            fmt::format("{}[{}i]", array, first.element == 0 ? "" : fmt::format("{} + ", first.element));
        const std::string what = fmt::format("<{}, {}>", first.type.is_signed, first.bits);
        const int shift = fraction - first.type.fraction;
        text += fmt::format("for (int i = 0; i < {}; i++) {{\n#pragma HLS UNROLL\n", run.count);
        if (by_bytes) {
            const std::string at = fmt::format("{} + {} * i", first.bit / 8, first.bits / 8);
            text += way == Way::in ? fmt::format("    gw::set_bits{}({}, gw::bytes_of<{}>({}, {}), {});\n", what,
                                                 element, first.bits / 8, holder, at, shift)
                                   : fmt::format("    gw::set_bytes<{}>({}, {}, gw::get_bits{}({}, {}));\n",
                                                 first.bits / 8, holder, at, what, element, shift);
        } else {
            const std::string range = fmt::format("{}.range({} + {} * i, {} + {} * i)", holder,
                                                  first.bit + first.bits - 1, first.bits, first.bit, first.bits);
            text += way == Way::in ? fmt::format("    gw::set_bits{}({}, ap_uint<{}>({}), {});\n", what, element,
                                                 first.bits, range, shift)
                                   : fmt::format("    {} = gw::get_bits{}({}, {});\n", range, what, element, shift);
        }
        text += "}\n";
    }
    return text;
}

/// Elements that have no bits are 0.
std::string zeroed(const Port& port, const std::string& array) {
    std::string text;
    for (std::size_t k = 0; k < port.types.size(); ++k)
        if (port.types[k].width == 0)
            text += fmt::format("{}[{}] = 0;\n", array, k);
    return text;
}

std::string signature(const Top& top, Interface interface) {
    if (interface == Interface::m_axi)
        return fmt::format(
            "extern \"C\" void {}_kernel(const ap_uint<512>* input, ap_uint<512>* output, unsigned events)", top.name);
    std::vector<std::string> arguments;
    for (const auto* side : {&top.inputs, &top.outputs})
        for (const Port& port : *side)
            arguments.push_back(fmt::format("hls::stream<gw::Word<{}> >& {}_words", word_of(port).bits, port.name));
    return fmt::format("void {}_axis({})", top.name, fmt::join(arguments, ", "));
}

/// One event a word: its TLAST goes along.
std::string parallel_axis(const Top& top) {
    std::string body;
    for (const Port& port : top.inputs) {
        const WordLayout word = word_of(port);
        body += fmt::format("const gw::Word<{0}> {1}_word = {1}_words.read();\n{2} {1}[{3}];\n", word.bits, port.name,
                            port.type, port.types.size()) +
                zeroed(port, port.name) + moves(port, word.places, port.name, port.name + "_word.data", false, Way::in);
    }
    for (const Port& port : top.outputs)
        body += fmt::format("{} {}[{}];\n", port.type, port.name, port.types.size());
    body += fmt::format("{}({});\n", top.name, names(top));
    for (const Port& port : top.outputs) {
        const WordLayout word = word_of(port);
        body += fmt::format("gw::Word<{0}> {1}_word;\n{1}_word.data = 0;\n", word.bits, port.name) +
                moves(port, word.places, port.name, port.name + "_word.data", false, Way::out) +
                fmt::format("{0}_word.keep = -1;\n{0}_word.strb = -1;\n{0}_word.last = "
                            "{1}_word.last;\n{0}_words.write({0}_word);\n",
                            port.name, top.inputs.front().name);
    }
    return "#pragma HLS PIPELINE II=1\n" + indented(body);
}

/// A word a beat; TLAST with a frame's last one.
std::string stream_axis(const Top& top, std::string& functions) {
    std::string calls;
    for (const Port& port : top.inputs) {
        const WordLayout word = word_of(port);
        functions += fmt::format(
            "static void read_{0}(hls::stream<gw::Word<{1}> >& words, hls::stream<{2}>& beats) {{\n"
            "    for (int b = 0; b < {3}; b++) {{\n#pragma HLS PIPELINE II=1\n"
            "        const gw::Word<{1}> word = words.read();\n        {2} beat;\n{4}{5}        beats.write(beat);\n   "
            " }}\n}}\n\n",
            port.name, word.bits, port.type, port.beats, indented(zeroed(port, "beat.data"), 8),
            indented(moves(port, word.places, "beat.data", "word.data", false, Way::in), 8));
        calls += fmt::format("    read_{0}({0}_words, {0});\n", port.name);
    }
    calls += fmt::format("    {}({});\n", top.name, names(top));
    for (const Port& port : top.outputs) {
        const WordLayout word = word_of(port);
        functions += fmt::format(
            "static void write_{0}(hls::stream<{2}>& beats, hls::stream<gw::Word<{1}> >& words) {{\n"
            "    for (int b = 0; b < {3}; b++) {{\n#pragma HLS PIPELINE II=1\n        const {2} beat = beats.read();\n"
            "        gw::Word<{1}> word;\n        word.data = 0;\n{4}        word.keep = -1;\n        word.strb = "
            "-1;\n        word.last = b == {3} - 1;\n"
            "        words.write(word);\n    }}\n}}\n\n",
            port.name, word.bits, port.type, port.beats,
            indented(moves(port, word.places, "beat.data", "word.data", false, Way::out), 8));
        calls += fmt::format("    write_{0}({0}, {0}_words);\n", port.name);
    }
    return "#pragma HLS DATAFLOW\n" + local_streams(top) + calls;
}

std::string parallel_events(const Top& top) {
    const MemoryLayout in = memory_of(top.inputs), out = memory_of(top.outputs);
    std::string body = "const input_event given = input.read();\n";
    for (std::size_t k = 0; k < top.inputs.size(); ++k) {
        const Port& port = top.inputs[k];
        body += fmt::format("{} {}[{}];\n", port.type, port.name, port.types.size()) + zeroed(port, port.name) +
                moves(port, in.ports[k], port.name, "given", true, Way::in);
    }
    for (const Port& port : top.outputs)
        body += fmt::format("{} {}[{}];\n", port.type, port.name, port.types.size());
    body += fmt::format(
        "{}({});\noutput_event made;\nfor (int i = 0; i < {}; i++) {{\n#pragma HLS UNROLL\n    made.byte[i] = 0;\n}}\n",
        top.name, names(top), out.bytes);
    for (std::size_t k = 0; k < top.outputs.size(); ++k)
        body += moves(top.outputs[k], out.ports[k], top.outputs[k].name, "made", true, Way::out);
    return fmt::format("static void run_events(hls::stream<input_event>& input, hls::stream<output_event>& output, "
                       "unsigned events) {{\n"
                       "    for (unsigned e = 0; e < events; e++) {{\n#pragma HLS PIPELINE II=1\n{}        "
                       "output.write(made);\n    }}\n}}\n\n",
                       indented(body, 8));
}

/// Frames as streams of beats: what feeds them, and what gathers them.
std::string stream_events(const Top& top) {
    const MemoryLayout in = memory_of(top.inputs), out = memory_of(top.outputs);
    const auto arguments = [](const std::vector<Port>& ports) {
        std::string text;
        for (const Port& port : ports)
            text += fmt::format(", hls::stream<{}>& {}", port.type, port.name);
        return text;
    };
    /// The elements of all beats in a row, as an array.
    const auto flat = [](const Port& port) {
        return fmt::format("{}::value_t {}_values[{}];\n", port.type, port.name, port.beats * port.types.size());
    };
    const auto beats = [](const Port& port, const char* inner, const char* after, const char* before) {
        return fmt::format("for (int b = 0; b < {0}; b++) {{\n    {1} beat{2};\n    for (int i = 0; i < {3}; i++)\n    "
                           "    {4}\n{5}}}\n",
                           port.beats, port.type, before, port.types.size(), inner, after);
    };
    std::string feed = "const input_event given = input.read();\n",
                gather = "output_event made;\nfor (int i = 0; i < " + std::to_string(out.bytes) +
                         "; i++)\n    made.byte[i] = 0;\n";
    for (std::size_t k = 0; k < top.inputs.size(); ++k) {
        const Port& port = top.inputs[k];
        Port whole = port; // the types of a beat repeat
        for (std::uint64_t b = 1; b < port.beats; ++b)
            whole.types.insert(whole.types.end(), port.types.begin(), port.types.end());
        feed += flat(port) + zeroed(whole, port.name + "_values") +
                moves(whole, in.ports[k], port.name + "_values", "given", true, Way::in) +
                beats(port, fmt::format("beat.data[i] = {}_values[b * {} + i];", port.name, port.types.size()).c_str(),
                      fmt::format("    {}.write(beat);\n", port.name).c_str(), "");
    }
    for (std::size_t k = 0; k < top.outputs.size(); ++k) {
        const Port& port = top.outputs[k];
        gather +=
            flat(port) +
            beats(port, fmt::format("{}_values[b * {} + i] = beat.data[i];", port.name, port.types.size()).c_str(), "",
                  fmt::format(" = {}.read()", port.name).c_str()) +
            moves(port, out.ports[k], port.name + "_values", "made", true, Way::out);
    }
    return fmt::format(
        "static void feed(hls::stream<input_event>& input{0}, unsigned events) {{\n    for (unsigned e = 0; e < "
        "events; e++) {{\n{1}    }}\n}}\n\n"
        "static void run({2}, unsigned events) {{\n    for (unsigned e = 0; e < events; e++)\n        {3}({4});\n}}\n\n"
        "static void collect({5}, hls::stream<output_event>& output, unsigned events) {{\n    for (unsigned e = 0; e < "
        "events; e++) {{\n{6}        output.write(made);\n    }}\n}}\n\n"
        "static void run_events(hls::stream<input_event>& input, hls::stream<output_event>& output, unsigned events) "
        "{{\n#pragma HLS INLINE\n{7}    feed(input, {8}, events);\n    run({4}, events);\n    collect({9}, output, "
        "events);\n}}\n\n",
        arguments(top.inputs), indented(feed, 8), (arguments(top.inputs) + arguments(top.outputs)).substr(2), top.name,
        names(top), arguments(top.outputs).substr(2), indented(gather, 8), local_streams(top), names(top.inputs),
        names(top.outputs));
}

std::string kernel(const Top& top) {
    return fmt::format(R"(typedef gw::Event<{0}> input_event;
typedef gw::Event<{1}> output_event;

{2}// Registers: input at 0x10, output at 0x1c, events at 0x28, as any kernel of XRT has them.
{3} {{
#pragma HLS INTERFACE m_axi port=input offset=slave bundle=gmem0 max_read_burst_length=64
#pragma HLS INTERFACE m_axi port=output offset=slave bundle=gmem1 max_write_burst_length=64
#pragma HLS INTERFACE s_axilite port=input
#pragma HLS INTERFACE s_axilite port=output
#pragma HLS INTERFACE s_axilite port=events
#pragma HLS INTERFACE s_axilite port=return
#pragma HLS DATAFLOW
    hls::stream<input_event> given("given");
    hls::stream<output_event> made("made");
    gw::read_events<{0}>(input, given, events);
    run_events(given, made, events);
    gw::write_events<{1}>(made, output, events);
}}
)",
                       memory_of(top.inputs).bytes, memory_of(top.outputs).bytes,
                       top.io == IoType::stream ? stream_events(top) : parallel_events(top),
                       signature(top, Interface::m_axi));
}

} // namespace

std::string interface_header(const Top& top, Interface interface) {
    return fmt::format("#pragma once\n\n#include \"{}.h\"\n#include \"layers/interfaces.h\"\n\n{};\n", top.name,
                       signature(top, interface));
}

std::string interface_source(const Top& top, Interface interface) {
    const std::string include = fmt::format("#include \"{}.h\"\n\n", interface_top(top, interface));
    if (interface == Interface::m_axi)
        return "// Reads events from memory, runs them, and writes what comes out. An element takes whole bytes, "
               "little endian.\n" +
               include + kernel(top);
    std::string ports, functions;
    for (const auto* side : {&top.inputs, &top.outputs})
        for (const Port& port : *side)
            ports += fmt::format("#pragma HLS INTERFACE axis port={}_words\n", port.name);
    const std::string body = top.io == IoType::stream ? stream_axis(top, functions) : parallel_axis(top);
    return "// AXI4-Stream with TLAST: values at their own widths in a row, from bit 0 on.\n" + include + functions +
           signature(top, interface) + " {\n" + ports + "#pragma HLS INTERFACE ap_ctrl_none port=return\n" + body +
           "}\n";
}

} // namespace gw::hls
