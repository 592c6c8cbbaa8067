// One network through our chain to Verilog, and what it is made of as one JSON object.
// usage: logic_bench MODEL STAGES CLOCK_NS FOLDER VECTORS [NETLIST]
//   writes FOLDER/*.v and simulates them on VECTORS vectors against the emulator (0: no simulation); where a NETLIST is
//   given, Verilog of a module of the same name and ports, that is simulated instead
#include <ctime>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "datapath/lower.hpp"
#include "datapath/pipeline.hpp"
#include "datapath/statistics.hpp"
#include "quantize/load.hpp"
#include "rtl/emit.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "verify/rtl.hpp"

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

Json simulated(const rtl::Core& core, const rtl::Files& files, const network::Network& network, std::uint64_t vectors) {
    verify::VerifyOptions options;
    options.vectors = vectors;
    const verify::RtlResult result = verify::verify_rtl(core, files, network, options);
    return {{"vectors", result.vectors},
            {"mismatches", result.mismatches},
            {"latency_declared", result.latency_declared},
            {"latency_measured", result.latency_measured ? Json(*result.latency_measured) : Json()},
            {"passed", result.passed()}};
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
    std::filesystem::create_directories(folder);
    for (const auto& [name, text] : rtl.files) {
        support::write_file(folder / name, text);
    }
    const auto statistics = datapath::statistics(graph, pipeline, plan);
    Json result{{"stages", pipeline.stages},
                {"cpu_seconds", seconds},
                {"path_ns", datapath::longest_path(graph, pipeline, plan.delays)},
                {"register_bits", rtl.register_bits},
                {"adders", statistics.total.adders},
                {"adder_bits", statistics.total.adder_bits},
                {"layers", layers(statistics)}};
    if (const auto vectors = std::stoull(arguments[5]); vectors > 0) {
        const rtl::Files netlist{{"netlist.v", arguments.size() > 6 ? support::read_file(arguments[6]) : ""}};
        result["simulation"] = simulated(rtl.core, arguments.size() > 6 ? netlist : rtl.files, network, vectors);
    }
    std::cout << result.dump(1) << "\n";
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    if (count != 6 && count != 7) {
        std::cerr << "usage: logic_bench MODEL STAGES CLOCK_NS FOLDER VECTORS [NETLIST]\n";
        return 2;
    }
    try {
        return run({arguments, arguments + count});
    } catch (const gw::support::Error& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
