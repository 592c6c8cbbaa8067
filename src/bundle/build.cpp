#include "bundle/build.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "bundle/build_report.hpp"
#include "bundle/vectors.hpp"
#include "datapath/lower.hpp"
#include "hls/emit.hpp"
#include "hls/names.hpp"
#include "network/elements.hpp"
#include "network/file.hpp"
#include "network/verify.hpp"
#include "rtl/emit.hpp"
#include "rtl/test_bench.hpp"
#include "shell/card.hpp"
#include "shell/kernel.hpp"
#include "support/error.hpp"
#include "support/interrupt.hpp"

namespace gw::bundle {
namespace {

namespace fs = std::filesystem;

class Steps {
  public:
    explicit Steps(const BuildOptions& options) : options_(options) {}
    void begin(const std::string& name) {
        support::throw_if_interrupted();
        finish();
        current_ = name;
        start_ = std::chrono::steady_clock::now();
        options_.on_step(name);
    }
    void finish() {
        if (!current_.empty())
            seconds_[current_] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
        current_.clear();
    }
    const Json& seconds() const { return seconds_; }

  private:
    const BuildOptions& options_;
    std::string current_;
    std::chrono::steady_clock::time_point start_;
    Json seconds_ = Json::object();
};

/// Port fields get their tensors' names: rtl/ knows none.
void name_fields(std::vector<rtl::Field>& fields, const network::Network& network,
                 const std::vector<network::TensorId>& tensors) {
    std::size_t next = 0;
    for (const network::TensorId id : tensors)
        for (std::size_t i = 0; i < network.tensor(id).size(); ++i)
            fields.at(next++).name = fmt::format("{}[{}]", network.tensor(id).name, i);
}

/// A stream of no bits, say, is more than the HLS project can express: then the bundle goes without, and says so.
std::string write_hls(const network::Network& network, const BuildOptions& options, const std::string& name,
                      const Vectors& vectors, const fs::path& directory) {
    try {
        support::write_files(directory, hls::emit(network, options.plan, name, options.hls));
    } catch (const support::Error& error) {
        if (error.kind() != support::ErrorKind::unsupported || options.needs_hls)
            throw;
        return error.problem();
    }
    support::write_files(directory, bench_files(network, vectors));
    return {};
}

void write_vectors(const network::Network& network, const Vectors& vectors, const fs::path& directory) {
    fs::create_directories(directory);
    support::write_npy(directory / "inputs.npy", values_of(vectors.inputs, element_types(network, network.inputs)));
    support::write_npy(directory / "outputs.npy", values_of(vectors.outputs, element_types(network, network.outputs)));
}

struct Hardware {
    rtl::Rtl rtl;
    Json report;
};

Hardware make_hardware(const network::Network& network, const plan::Plan& plan, const std::string& name, Steps& steps) {
    steps.begin("lower to adder graphs");
    const datapath::Graph graph = datapath::lower(network, plan);
    steps.begin("pipeline");
    const datapath::Pipeline pipeline = datapath::pipeline(graph, plan);
    steps.begin("write Verilog");
    const auto adders = plan.chain_operands == 3 ? rtl::Adders::instances : rtl::Adders::expressions;
    Hardware hardware{rtl::emit(graph, pipeline, name, plan.clock_ns, adders),
                      core_report(graph, pipeline, plan.delays)};
    name_fields(hardware.rtl.core.inputs, network, network.inputs);
    name_fields(hardware.rtl.core.outputs, network, network.outputs);
    hardware.report["latency_cycles"] = hardware.rtl.core.latency;
    hardware.report["clock_ns"] = plan.clock_ns;
    hardware.report["latency_ns"] = hardware.rtl.core.latency * plan.clock_ns;
    hardware.report["register_bits"] = hardware.rtl.register_bits;
    double worst = 0;
    for (const Json& stage : hardware.report["stages"])
        worst = std::max(worst, stage["delay_ns"].get<double>());
    hardware.report["worst_stage_ns"] = worst;
    hardware.report["meets_clock"] = worst <= plan.clock_ns + 1e-6; // stages are cut in whole picoseconds
    return hardware;
}

void fill(const fs::path& directory, const network::Network& network, const BuildOptions& options) {
    Steps steps(options);
    const std::string name = identifier_of(network.name);
    Hardware hardware = make_hardware(network, options.plan, name, steps);
    support::write_files(directory / "rtl", hardware.rtl.files);
    network::save(network, directory / "network.json");

    steps.begin("make vectors");
    const Vectors vectors = make_vectors(network, options.vectors, options.seed);
    write_vectors(network, vectors, directory / "vectors");
    support::write_files(directory / "rtl", rtl::test_bench(hardware.rtl.core, vectors.inputs, vectors.outputs));

    steps.begin("write the HLS project");
    const std::string hls_problem = write_hls(network, options, name, vectors, directory / "hls");

    steps.begin("write the kernel");
    const shell::Shell kernel = shell::make_shell(hardware.rtl.core, options.shell);
    support::write_files(directory, kernel.files);
    if (options.card == SimulatedCard::compile) {
        steps.begin("compile the simulated card");
        shell::compile_card(directory, kernel.kernel);
    }
    steps.finish();

    Manifest manifest{network.name, "gatewright " GW_VERSION, options.numerics,
                      options.plan, hardware.rtl.core,        list_files(directory)};
    support::write_file(directory / "manifest.json", to_json(manifest));
    hardware.report["name"] = network.name;
    hardware.report["producer"] = manifest.producer;
    hardware.report["notes"] = options.notes;
    hardware.report["hls"] = hls_problem.empty() ? "written" : "not written: " + hls_problem;
    hardware.report["hls_io_type"] = hls::to_string(options.hls.io);
    hardware.report["hls_strategy"] = hls::to_string(options.hls.strategy);
    hardware.report["seconds"] = steps.seconds();
    write_report_section(directory, "build", hardware.report);
}

} // namespace

std::string identifier_of(std::string_view text) {
    const std::string name = text.empty() ? "network" : hls::identifier(std::string(text));
    try {
        rtl::require_identifier(name);
        return hls::can_name(name) ? name : name + "_network";
    } catch (const support::Error&) { // a keyword of Verilog
        return name + "_network";
    }
}

Bundle build(const network::Network& network, const fs::path& directory, const BuildOptions& options) {
    network::require_sound(network, network.name);
    support::write_directory(directory, options.if_exists,
                             [&](const fs::path& place) { fill(place, network, options); });
    return open(directory, Check::network);
}

} // namespace gw::bundle
