// AXI4-Stream around the top function. io_parallel: a word an event, and a word's TLAST goes with its results.
// io_stream: a word a beat, and TLAST marks a frame's last one.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hls/interface_moves.hpp"
#include "hls/stream_text.hpp"

namespace gw::hls {
namespace {

std::string word_type(const WordLayout& word) {
    return fmt::format("gw::Word<{}>", word.bits);
}

/// Statements that fill `array` from `word`, or `word` from `array`.
std::string unpacked(const Port& port, const WordLayout& word, const std::string& array) {
    return zeroed(port, array) + moves(port, word.places, array, "word.data", false, Way::in);
}
std::string packed(const Port& port, const WordLayout& word, const std::string& array, const std::string& last) {
    return fmt::format("{} word;\nword.data = 0;\n", word_type(word)) +
           moves(port, word.places, array, "word.data", false, Way::out) +
           fmt::format("word.keep = -1;\nword.strb = -1;\nword.last = {};\n", last);
}

/// Each output gets its own copy of the first input's TLAST: in a dataflow region one function alone may read it.
std::string parallel(const Top& top, const std::string& signature) {
    const std::string pragma =
        top.is_dataflow ? "#pragma HLS INLINE off\n#pragma HLS PIPELINE II=1\n" : "#pragma HLS INLINE\n";
    std::string functions, declarations = local_arrays(top), reads, writes;
    std::vector<std::string> flags, sets;
    for (const Port& port : top.outputs) {
        declarations += fmt::format("ap_uint<1> {}_last;\n", port.name);
        flags.push_back(port.name + "_last");
        sets.push_back(fmt::format("{}_last = word.last;\n", port.name));
    }
    for (std::size_t k = 0; k < top.inputs.size(); ++k) {
        const Port& port = top.inputs[k];
        const WordLayout word = word_of(port);
        const bool first = k == 0;
        functions += fmt::format(
            "static void read_{}(hls::stream<{} >& words, {}{}) {{\n{}    const {} word = words.read();\n{}}}\n\n",
            port.name, word_type(word), parameter(top, port, false),
            first ? fmt::format(", ap_uint<1>& {}", fmt::join(flags, ", ap_uint<1>& ")) : "", pragma, word_type(word),
            indented(unpacked(port, word, port.name) + (first ? fmt::format("{}", fmt::join(sets, "")) : "")));
        reads += fmt::format("read_{0}({0}_words, {0}{1});\n", port.name,
                             first ? fmt::format(", {}", fmt::join(flags, ", ")) : "");
    }
    for (const Port& port : top.outputs) {
        const WordLayout word = word_of(port);
        functions += fmt::format("static void write_{0}({1}, ap_uint<1> {0}_last, hls::stream<{2} >& words) {{\n{3}{4} "
                                 "   words.write(word);\n}}\n\n",
                                 port.name, parameter(top, port, true), word_type(word), pragma,
                                 indented(packed(port, word, port.name, port.name + "_last")));
        writes += fmt::format("write_{0}({0}, {0}_last, {0}_words);\n", port.name);
    }
    const std::string how =
        top.is_dataflow ? "#pragma HLS DATAFLOW\n" : fmt::format("#pragma HLS PIPELINE II={}\n", top.interval);
    return functions + signature +
           fmt::format(" {{\n@PORTS@{}{}    {}({});\n{}}}\n", how, indented(declarations + reads), top.name, names(top),
                       indented(writes));
}

std::string streamed(const Top& top, const std::string& signature) {
    std::string functions, calls;
    for (const Port& port : top.inputs) {
        const WordLayout word = word_of(port);
        functions += fmt::format("static void read_{0}(hls::stream<{1} >& words, {5}) {{\n"
                                 "    for (int b = 0; b < {3}; b++) {{\n#pragma HLS PIPELINE II=1 style=flp\n"
                                 "        const {1} word = words.read();\n        {2} beat;\n{4}        "
                                 "gw::write_beat(beats, beat);\n    }}\n}}\n\n",
                                 port.name, word_type(word), port.type, port.beats,
                                 indented(unpacked(port, word, "beat.data"), 8),
                                 stream_parameter({port.type, port.lanes}, "beats"));
        calls += fmt::format("    read_{0}({0}_words, {0});\n", port.name);
    }
    calls += fmt::format("    {}({});\n", top.name, names(top));
    for (const Port& port : top.outputs) {
        const WordLayout word = word_of(port);
        functions += fmt::format("static void write_{0}({5}, hls::stream<{1} >& words) {{\n"
                                 "    for (int b = 0; b < {3}; b++) {{\n#pragma HLS PIPELINE II=1 style=flp\n        "
                                 "const {2} beat = gw::read_beat<{2}>(beats);\n"
                                 "{4}        words.write(word);\n    }}\n}}\n\n",
                                 port.name, word_type(word), port.type, port.beats,
                                 indented(packed(port, word, "beat.data", fmt::format("b == {} - 1", port.beats)), 8),
                                 stream_parameter({port.type, port.lanes}, "beats"));
        calls += fmt::format("    write_{0}({0}, {0}_words);\n", port.name);
    }
    return functions + signature + " {\n@PORTS@#pragma HLS DATAFLOW\n" + local_streams(top) + calls + "}\n";
}

} // namespace

std::string axis_source(const Top& top, const std::string& signature) {
    std::string ports;
    for (const auto* side : {&top.inputs, &top.outputs})
        for (const Port& port : *side)
            ports += fmt::format("#pragma HLS INTERFACE axis port={}_words\n", port.name);
    ports += "#pragma HLS INTERFACE ap_ctrl_none port=return\n";
    std::string text = top.io == IoType::stream ? streamed(top, signature) : parallel(top, signature);
    const std::string key = "@PORTS@";
    return text.replace(text.find(key), key.size(), ports);
}

} // namespace gw::hls
