#include "verify/simulation.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "rtl/packing.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/process.hpp"
#include "verify/harness.hpp"
#include "verify/verilator.hpp"

namespace gw::verify {

using support::internal_error;

namespace {

/// With fewer vectors than this, compiling the model fast matters more than running it fast.
constexpr std::uint64_t worth_optimising = 20'000;

std::vector<std::uint32_t> read_record(const std::filesystem::path& file, std::size_t words, std::uint64_t number) {
    std::vector<std::uint32_t> record(words);
    std::ifstream in(file, std::ios::binary);
    in.seekg(static_cast<std::streamoff>(number * words * 4));
    in.read(reinterpret_cast<char*>(record.data()), static_cast<std::streamsize>(words * 4));
    if (!in) {
        throw internal_error("cannot read vectors back", file.string());
    }
    return record;
}

} // namespace

Simulation::Simulation(std::filesystem::path directory) : directory_(std::move(directory)) {}

std::filesystem::path Simulation::file(std::size_t lane, const char* suffix) const {
    return directory_ / fmt::format("lane{}{}", lane, suffix);
}

std::size_t Simulation::add(const rtl::Core& core, const rtl::Files& files) {
    const std::size_t number = lanes_.size();
    for (const auto& [name, text] : files) {
        if (name.ends_with(".v") && !name.ends_with("_tb.v")) {
            support::write_file(directory_ / name, text);
            sources_.push_back(name);
        }
    }
    Lane lane;
    lane.core = core;
    lane.input_word = input_words_;
    lane.output_word = output_words_;
    lane.inputs.open(file(number, ".in"), std::ios::binary);
    lane.outputs.open(file(number, ".out"), std::ios::binary);
    input_words_ += rtl::words_for(core.input_bits);
    output_words_ += rtl::words_for(core.output_bits);
    lanes_.push_back(std::move(lane));
    return number;
}

void Simulation::append(std::size_t number, std::span<const std::int64_t> inputs,
                        std::span<const std::int64_t> outputs) {
    Lane& lane = lanes_.at(number);
    const std::size_t width = lane.core.inputs.size(), height = lane.core.outputs.size();
    const std::size_t count = inputs.size() / width;
    if (inputs.size() != count * width || outputs.size() != count * height) {
        throw internal_error("vectors that do not fit the core", lane.core.module);
    }
    std::vector<std::uint32_t> in(rtl::words_for(lane.core.input_bits)), out(rtl::words_for(lane.core.output_bits));
    for (std::size_t i = 0; i < count; ++i) {
        rtl::pack(lane.core.inputs, inputs.subspan(i * width, width), in);
        rtl::pack(lane.core.outputs, outputs.subspan(i * height, height), out);
        lane.inputs.write(reinterpret_cast<const char*>(in.data()), static_cast<std::streamsize>(in.size() * 4));
        lane.outputs.write(reinterpret_cast<const char*>(out.data()), static_cast<std::streamsize>(out.size() * 4));
    }
    if (!lane.inputs || !lane.outputs) {
        throw support::user_error("cannot write vectors", directory_.string(),
                                  "make room there, or point TMPDIR elsewhere");
    }
    lane.vectors += count;
}

std::string Simulation::top() const {
    const std::size_t in = 32 * std::max(input_words_, fewest_port_words),
                      out = 32 * std::max(output_words_, fewest_port_words);
    std::string text =
        fmt::format("// verilator lint_off UNUSED\nmodule gw_lanes (input wire clk, input wire [{}:0] x, "
                    "output wire [{}:0] y);\n",
                    in - 1, out - 1);
    std::size_t used = 0;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        const Lane& lane = lanes_[i];
        const std::size_t low = 32 * lane.output_word;
        text += fmt::format("    {} lane{} (.clk(clk), .x(x[{}:{}]), .y(y[{}:{}]));\n", lane.core.module, i,
                            32 * lane.input_word + lane.core.input_bits - 1, 32 * lane.input_word,
                            low + lane.core.output_bits - 1, low);
        used = low + 32 * rtl::words_for(lane.core.output_bits);
        if (const std::size_t end = low + lane.core.output_bits; end < used) {
            text += fmt::format("    assign y[{}:{}] = {}'h0;\n", used - 1, end, used - end);
        }
    }
    if (used < out) {
        text += fmt::format("    assign y[{}:{}] = {}'h0;\n", out - 1, used, out - used);
    }
    return text + "endmodule\n";
}

std::string Simulation::lane_table() const {
    std::string text;
    for (const Lane& lane : lanes_) {
        text += fmt::format("    {{{}, {}, {}, {}, {}}},\n", lane.input_word, rtl::words_for(lane.core.input_bits),
                            lane.output_word, rtl::words_for(lane.core.output_bits), lane.core.latency);
    }
    return text;
}

void Simulation::build() {
    support::write_file(directory_ / "gw_lanes.v", top());
    support::write_file(directory_ / "harness.cpp", harness_source(lane_table()));
    std::uint64_t most = 0;
    for (const Lane& lane : lanes_) {
        most = std::max(most, lane.vectors);
    }
    build_seconds_ =
        verilate(directory_, "gw_lanes", sources_, most < worth_optimising ? Speed::compiles_fast : Speed::runs_fast);
}

std::vector<LaneResult> Simulation::run() {
    for (Lane& lane : lanes_) {
        lane.inputs.flush();
        lane.outputs.flush();
        if (lane.vectors == 0) {
            throw support::internal_error("a core without vectors", lane.core.module);
        }
        if (!lane.inputs || !lane.outputs) {
            throw support::user_error("vectors could not be written", directory_.string(),
                                      "make room there, or point TMPDIR elsewhere");
        }
    }
    support::ProcessOptions options;
    options.directory = directory_;
    const auto process = support::run_process({"obj/Vgw_lanes"}, options);
    run_seconds_ = process.seconds;
    std::vector<LaneResult> results(lanes_.size());
    parse(process.output, results);
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        if (results[i].vectors != lanes_[i].vectors) {
            throw internal_error(fmt::format("{} of {} vectors were compared", results[i].vectors, lanes_[i].vectors),
                                 lanes_[i].core.module);
        }
    }
    return results;
}

void Simulation::parse(const std::string& output, std::vector<LaneResult>& results) const {
    std::istringstream lines(output);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream in(line);
        std::string key, skip, latency;
        std::size_t lane = 0;
        in >> key >> lane;
        if (key == "lane" && lane < results.size()) {
            LaneResult& result = results[lane];
            in >> skip >> result.vectors >> skip >> result.mismatches >> skip >> latency;
            if (latency != "none") {
                result.latency = static_cast<std::uint32_t>(std::stoul(latency));
            }
        } else if (key == "mismatch" && lane < results.size()) {
            std::uint64_t vector = 0;
            in >> vector;
            std::vector<std::uint32_t> actual;
            for (std::uint32_t word = 0; in >> word;) {
                actual.push_back(word);
            }
            results[lane].first.push_back(mismatch(lane, vector, actual));
        }
    }
}

Mismatch Simulation::mismatch(std::size_t number, std::uint64_t vector, std::span<const std::uint32_t> actual) const {
    const rtl::Core& core = lanes_[number].core;
    Mismatch result;
    result.vector = vector;
    result.inputs.resize(core.inputs.size());
    result.expected.resize(core.outputs.size());
    result.actual.resize(core.outputs.size());
    rtl::unpack(core.inputs, read_record(file(number, ".in"), rtl::words_for(core.input_bits), vector), result.inputs);
    rtl::unpack(core.outputs, read_record(file(number, ".out"), rtl::words_for(core.output_bits), vector),
                result.expected);
    rtl::unpack(core.outputs, actual, result.actual);
    return result;
}

} // namespace gw::verify
