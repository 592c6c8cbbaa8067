// One network through our chain to Verilog, and what it is made of as one JSON object.
// usage: logic_bench MODEL STAGES CLOCK_NS FOLDER VECTORS
//   writes FOLDER/*.v, and FOLDER/x.bin and y.bin: VECTORS inputs (corners first, then random ones) and what the
//   emulator answers, as the core's packed words x and y in 32-bit words, lowest first
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "datapath/lower.hpp"
#include "datapath/pipeline.hpp"
#include "datapath/statistics.hpp"
#include "quantize/load.hpp"
#include "rtl/emit.hpp"
#include "rtl/packing.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/rng.hpp"
#include "verify/rtl.hpp"
#include "verify/vectors.hpp"

namespace {

using namespace gw;
using Json = nlohmann::ordered_json;

Json layers(const datapath::Statistics& statistics) {
    Json rows = Json::array();
    for (const auto& layer : statistics.layers) {
        rows.push_back({{"layer", layer.name},
                        {"adders", layer.adders},
                        {"adder_bits", layer.adder_bits},
                        {"conversions", layer.conversions},
                        {"conversion_bits", layer.conversion_bits},
                        {"rectifiers", layer.rectifiers},
                        {"rectifier_bits", layer.rectifier_bits},
                        {"register_bits", layer.register_bits}});
    }
    return rows;
}

/// One packed word a vector.
std::string packed(const std::vector<rtl::Field>& fields, std::uint32_t bits, const std::vector<std::int64_t>& raw) {
    std::vector<std::uint32_t> words(rtl::words_for(bits));
    std::string bytes;
    for (std::size_t at = 0; at < raw.size(); at += fields.size()) {
        std::fill(words.begin(), words.end(), 0U);
        rtl::pack(fields, std::span(raw).subspan(at, fields.size()), words);
        bytes.append(reinterpret_cast<const char*>(words.data()), words.size() * sizeof(words[0]));
    }
    return bytes;
}

void write_vectors(const rtl::Core& core, const network::Network& network, const datapath::Graph& graph,
                   std::size_t vectors, const std::filesystem::path& folder) {
    std::vector<std::int64_t> inputs = verify::corner_vectors(graph.inputs), event(graph.inputs.size());
    support::Random random(1);
    while (inputs.size() < vectors * event.size()) {
        verify::random_vector(graph.inputs, random, event);
        inputs.insert(inputs.end(), event.begin(), event.end());
    }
    inputs.resize(vectors * event.size());
    std::vector<std::int64_t> outputs(vectors * graph.outputs.size());
    verify::oracle_of(network)(inputs, vectors, outputs);
    support::write_file(folder / "x.bin", packed(core.inputs, core.input_bits, inputs));
    support::write_file(folder / "y.bin", packed(core.outputs, core.output_bits, outputs));
}

int run(const std::vector<std::string>& arguments) {
    const std::filesystem::path folder = arguments[4];
    const network::Network network = quantize::load_network(arguments[1], {}).network;
    plan::Plan plan;
    plan.stages = static_cast<std::uint32_t>(std::stoul(arguments[2]));
    plan.clock_ns = std::stod(arguments[3]);
    plan.chain_operands = 3;

    const std::clock_t started = std::clock();
    const datapath::Graph graph = datapath::lower(network, plan);
    const datapath::Pipeline pipeline = datapath::pipeline(graph, plan);
    const rtl::Rtl rtl = rtl::emit(graph, pipeline, "core", plan.clock_ns, rtl::Adders::instances);
    const double seconds = static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC;
    support::write_files(folder, rtl.files);
    const auto statistics = datapath::statistics(graph, pipeline, plan);
    Json result{{"stages", pipeline.stages},
                {"cpu_seconds", seconds},
                {"path_ns", datapath::longest_path(graph, pipeline, plan.delays)},
                {"register_bits", rtl.register_bits},
                {"adders", statistics.total.adders},
                {"adder_bits", statistics.total.adder_bits},
                {"layers", layers(statistics)}};
    if (const auto vectors = std::stoull(arguments[5]); vectors > 0) {
        write_vectors(rtl.core, network, graph, vectors, folder);
    }
    std::cout << result.dump(1) << "\n";
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    if (count != 6) {
        std::cerr << "usage: logic_bench MODEL STAGES CLOCK_NS FOLDER VECTORS\n";
        return 2;
    }
    try {
        return run({arguments, arguments + count});
    } catch (const gw::support::Error& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
