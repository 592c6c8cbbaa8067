// One design, estimated and synthesised, as one JSON object.
// usage: estimate_bench DESIGN CLOCK_NS CHAIN_OPERANDS KEPT
//   DESIGN is FAMILY:SEED (bench/estimate/designs.hpp) or a model's file; KEPT a folder of synthesis results, by what
//   their Verilog was, where new ones are added, or - for no synthesis
#include <chrono>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bundle/model.hpp"
#include "datapath/lower.hpp"
#include "datapath/pipeline.hpp"
#include "designs.hpp"
#include "estimate/cells.hpp"
#include "estimate/estimate.hpp"
#include "rtl/emit.hpp"
#include "support/atomic_file.hpp"
#include "support/checksum.hpp"
#include "support/error.hpp"
#include "synth/yosys.hpp"

namespace {

using namespace gw;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point since) {
    return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

network::Network network_of(const std::string& design) {
    if (const auto colon = design.find(':'); colon != std::string::npos)
        return bench::draw_design(design.substr(0, colon), std::stoull(design.substr(colon + 1)));
    return bundle::load_model({design, {}, {}}).network;
}

Json synthesised(const rtl::Rtl& rtl, const std::filesystem::path& kept) {
    support::Fnv1a64 sum;
    for (const auto& [name, text] : rtl.files)
        sum.add(text);
    const std::filesystem::path file = kept / fmt::format("{:016x}.json", sum.value());
    if (std::filesystem::exists(file))
        return Json::parse(support::read_file(file));
    Json result = synth::to_json(synth::synthesise("core", rtl.files, {}));
    result.erase("script");
    support::write_file(file, result.dump(1) + "\n");
    return result;
}

int run(const std::vector<std::string>& arguments) {
    plan::Plan plan;
    plan.clock_ns = std::stod(arguments[2]);
    plan.chain_operands = static_cast<std::uint32_t>(std::stoul(arguments[3]));
    const bool instances = plan.chain_operands == 3;
    const network::Network network = network_of(arguments[1]);
    const auto lowering = Clock::now();
    const datapath::Graph graph = datapath::lower(network, plan);
    const datapath::Pipeline pipeline = datapath::pipeline(graph, plan);
    const double lowered = milliseconds(lowering);
    const auto estimating = Clock::now();
    const auto whole = estimate::estimate(graph, pipeline, plan);
    const double estimated = milliseconds(estimating);
    const auto layers = estimate::cells_by_layer(
        graph, pipeline, instances ? estimate::Adders::primitives : estimate::Adders::expressions);
    estimate::Cells cells;
    for (const auto& layer : layers)
        cells += layer;
    Json json{{"design", arguments[1]},
              {"clock_ns", plan.clock_ns},
              {"chain_operands", plan.chain_operands},
              {"stages", pipeline.stages},
              {"lower_ms", lowered},
              {"estimate_ms", estimated},
              {"estimate", {{"lut", whole.lut.value}, {"ff", whole.ff.value}, {"path_ns", whole.path_ns}}},
              {"luts", cells.luts},
              {"chain_luts", cells.chain_luts},
              {"srl", cells.srl},
              {"ff", cells.ff},
              {"bram", cells.bram},
              {"carry_bits", cells.carry}};
    for (std::size_t i = 0; i < layers.size(); ++i)
        json["layers"].push_back(
            {{"layer", graph.layers[i]}, {"luts", layers[i].luts}, {"srl", layers[i].srl}, {"ff", layers[i].ff}});
    if (arguments[4] != "-") {
        const auto rtl = rtl::emit(graph, pipeline, "core", plan.clock_ns,
                                   instances ? rtl::Adders::instances : rtl::Adders::expressions);
        json["yosys"] = synthesised(rtl, arguments[4]);
    }
    std::cout << json.dump() << "\n";
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    if (count != 5) {
        std::cerr << "usage: estimate_bench DESIGN CLOCK_NS CHAIN_OPERANDS KEPT\n";
        return 2;
    }
    try {
        return run({arguments, arguments + count});
    } catch (const gw::support::Error& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
