#include "verify/streaming.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rtl/packing.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/process.hpp"
#include "verify/streaming_harness.hpp"

namespace gw::verify {

namespace {

using stream::Port;

std::size_t words_of(const std::vector<Port>& ports) {
    std::size_t words = 0;
    for (const Port& port : ports)
        words += rtl::words_for(port.bits);
    return words;
}

/// All ports of a side as one wide word each, for the harness.
std::string wrapper(const stream::StreamedRtl& rtl) {
    const std::size_t in = 32 * std::max(words_of(rtl.inputs), fewest_port_words);
    const std::size_t out = 32 * std::max(words_of(rtl.outputs), fewest_port_words);
    std::vector<std::string> connections{".aclk(clk)", ".aresetn(resetn)"};
    std::string nets;
    std::size_t word = 0;
    for (std::size_t k = 0; k < rtl.inputs.size(); ++k) {
        const Port& port = rtl.inputs[k];
        const std::size_t bus = port.bus_bits(), low = 32 * word;
        std::string data = fmt::format("x[{}:{}]", low + port.bits - 1, low);
        if (bus != port.bits)
            data = fmt::format("{{{}'d0, {}}}", bus - port.bits, data);
        connections.push_back(
            fmt::format(".{0}_tdata({1}), .{0}_tvalid(x_valid[{2}]), .{0}_tready(x_ready[{2}])", port.prefix, data, k));
        word += rtl::words_for(port.bits);
    }
    word = 0;
    for (std::size_t k = 0; k < rtl.outputs.size(); ++k) {
        const Port& port = rtl.outputs[k];
        const std::size_t bus = port.bus_bits(), low = 32 * word, held = 32 * rtl::words_for(port.bits);
        nets += fmt::format("    wire [{}:0] data_{};\n    assign y[{}:{}] = ", bus - 1, k, low + held - 1, low);
        nets += held == bus ? fmt::format("data_{};\n", k) : fmt::format("{{{}'d0, data_{}}};\n", held - bus, k);
        connections.push_back(fmt::format(".{0}_tdata(data_{1}), .{0}_tvalid(y_valid[{1}]), .{0}_tready(y_ready[{1}]), "
                                          ".{0}_tlast(y_last[{1}])",
                                          port.prefix, k));
        word += rtl::words_for(port.bits);
    }
    if (32 * word < out)
        nets += fmt::format("    assign y[{}:{}] = 0;\n", out - 1, 32 * word);
    for (std::size_t k = rtl.outputs.size(); k < 32; ++k)
        nets += fmt::format("    assign y_valid[{0}] = 1'b0;\n    assign y_last[{0}] = 1'b0;\n", k);
    for (std::size_t k = rtl.inputs.size(); k < 32; ++k)
        nets += fmt::format("    assign x_ready[{}] = 1'b0;\n", k);
    return fmt::format(
        "module gw_streams (input wire clk, input wire resetn, input wire [{}:0] x, input wire [31:0] x_valid,\n"
        "    output wire [31:0] x_ready, output wire [{}:0] y, output wire [31:0] y_valid,\n"
        "    input wire [31:0] y_ready, output wire [31:0] y_last);\n{}    {} streamed (\n        {}\n    "
        ");\nendmodule\n",
        in - 1, out - 1, nets, rtl.module, fmt::join(connections, ",\n        "));
}

std::string file_of(const char* side, std::size_t k) {
    return fmt::format("{}{}.beats", side, k);
}

std::string sides(const char* array, const char* side, const std::vector<Port>& ports) {
    std::string text = fmt::format("static const std::vector<Side> {}{{\n", array);
    std::size_t word = 0;
    for (std::size_t k = 0; k < ports.size(); ++k) {
        const std::size_t words = rtl::words_for(ports[k].bits);
        text += fmt::format("    {{\"{}\", {}, {}, {}, {}}},\n", file_of(side, k), word, words, k, ports[k].beats);
        word += words;
    }
    return text + "};\n";
}

/// The events' parts that pass one port, beat by beat.
void write_beats(const std::filesystem::path& file, const Port& port, std::span<const std::int64_t> events,
                 std::size_t first, std::size_t event_size) {
    std::ofstream out(file, std::ios::binary);
    std::vector<std::uint32_t> words(rtl::words_for(port.bits));
    const std::size_t fields = port.fields.size();
    for (std::size_t event = 0; event < events.size(); event += event_size)
        for (std::uint64_t beat = 0; beat < port.beats; ++beat) {
            std::fill(words.begin(), words.end(), 0);
            rtl::pack(port.fields, events.subspan(event + first + beat * fields, fields), words);
            out.write(reinterpret_cast<const char*>(words.data()), static_cast<std::streamsize>(words.size() * 4));
        }
    if (!out.flush())
        throw support::user_error("cannot write vectors", file.string(), "make room there, or point TMPDIR elsewhere");
}

std::size_t elements(const std::vector<Port>& ports) {
    std::size_t sum = 0;
    for (const Port& port : ports)
        sum += port.fields.size() * port.beats;
    return sum;
}

void write_side(const std::filesystem::path& directory, const char* side, const std::vector<Port>& ports,
                std::span<const std::int64_t> events) {
    const std::size_t size = elements(ports);
    if (size == 0 || events.size() % size != 0)
        throw support::internal_error("vectors that do not fit the streams");
    std::size_t first = 0;
    for (std::size_t k = 0; k < ports.size(); ++k) {
        write_beats(directory / file_of(side, k), ports[k], events, first, size);
        first += ports[k].fields.size() * ports[k].beats;
    }
}

} // namespace

StreamSimulation::StreamSimulation(std::filesystem::path directory, const stream::StreamedRtl& rtl, Speed speed)
    : directory_(std::move(directory)), rtl_(rtl) {
    if (rtl.inputs.size() > 32 || rtl.outputs.size() > 32)
        throw support::unsupported("a simulation of more than 32 streams on a side", rtl.module);
    std::vector<std::string> sources;
    for (const auto& [name, text] : rtl.files) {
        support::write_file(directory_ / name, text);
        sources.push_back(name);
    }
    support::write_file(directory_ / "gw_streams.v", wrapper(rtl));
    support::write_file(directory_ / "harness.cpp", streaming_harness_source(sides("inputs", "in", rtl.inputs) +
                                                                             sides("outputs", "out", rtl.outputs)));
    verilate(directory_, "gw_streams", sources, speed);
}

StreamingResult StreamSimulation::run(std::span<const std::int64_t> inputs, std::span<const std::int64_t> outputs,
                                      const Waits& waits) {
    write_side(directory_, "in", rtl_.inputs, inputs);
    write_side(directory_, "out", rtl_.outputs, outputs);
    support::ProcessOptions options;
    options.directory = directory_;
    const auto process = support::run_process({"obj/Vgw_streams", std::to_string(waits.input_percent),
                                               std::to_string(waits.output_percent), std::to_string(waits.seed)},
                                              options);
    StreamingResult result;
    std::istringstream line(process.output);
    std::string key;
    std::uint64_t middle = 0, last = 0;
    int finished = 0;
    line >> key >> result.frames >> key >> result.beats >> key >> result.mismatches >> key >> finished >> key >>
        result.latency_cycles >> key >> middle >> key >> last;
    if (!line)
        throw support::internal_error("the simulation said nothing that is understood: " + process.output, rtl_.module);
    result.finished = finished == 1;
    if (result.frames > 2)
        result.cycles_per_frame =
            static_cast<double>(last - middle) / static_cast<double>(result.frames - 1 - result.frames / 2);
    return result;
}

} // namespace gw::verify
