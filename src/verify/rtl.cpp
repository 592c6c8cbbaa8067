#include "verify/rtl.hpp"

#include <algorithm>

#include "support/error.hpp"
#include "support/interrupt.hpp"
#include "support/progress.hpp"
#include "verify/scratch.hpp"
#include "verify/vectors.hpp"

namespace gw::verify {

namespace {

constexpr std::uint64_t block = 1 << 14; ///< events at a time, so that memory does not grow with their number

/// Hands blocks of inputs to the oracle, and both to the simulation.
class Feeder {
  public:
    Feeder(Simulation& simulation, std::size_t lane, const rtl::Core& core, const Oracle& oracle)
        : simulation_(simulation), lane_(lane), core_(core), oracle_(oracle) {}

    std::uint64_t feed(std::span<const std::int64_t> inputs) {
        const std::size_t width = core_.inputs.size();
        if (width == 0 || inputs.size() % width != 0) {
            throw support::user_error("the vectors' size is no multiple of the network's " + std::to_string(width) +
                                          " inputs",
                                      {}, "give whole events: gatewright info shows the inputs");
        }
        for (std::size_t at = 0; at < inputs.size(); at += block * width) {
            support::throw_if_interrupted();
            const auto part = inputs.subspan(at, std::min<std::size_t>(block * width, inputs.size() - at));
            outputs_.resize(part.size() / width * core_.outputs.size());
            oracle_(part, part.size() / width, outputs_);
            simulation_.append(lane_, part, outputs_);
        }
        return inputs.size() / width;
    }

  private:
    Simulation& simulation_;
    std::size_t lane_;
    const rtl::Core& core_;
    const Oracle& oracle_;
    std::vector<std::int64_t> outputs_;
};

RtlResult run(Simulation& simulation, const rtl::Core& core, const rtl::Files& files, const Oracle& oracle,
              const VerifyOptions& options) {
    RtlResult result;
    result.simulator = "verilator";
    result.latency_declared = core.latency;
    ElementTypes types;
    for (const rtl::Field& field : core.inputs) {
        types.push_back(field.type);
    }
    const std::size_t lane = simulation.add(core, files);
    Feeder feeder(simulation, lane, core, oracle);
    support::Progress progress("RTL vectors", options.vectors);
    result.corner_vectors = feeder.feed(corner_vectors(types));
    result.user_vectors = feeder.feed(options.user_inputs);
    support::Random random(options.seed);
    const std::uint64_t so_far = result.corner_vectors + result.user_vectors;
    while (so_far + result.random_vectors < options.vectors) {
        const std::uint64_t count = std::min(block, options.vectors - so_far - result.random_vectors);
        std::vector<std::int64_t> inputs(count * types.size());
        for (std::uint64_t i = 0; i < count; ++i) {
            random_vector(types, random, std::span(inputs).subspan(i * types.size(), types.size()));
        }
        result.random_vectors += feeder.feed(inputs);
        progress.update(so_far + result.random_vectors);
    }
    simulation.build();
    LaneResult lane_result = simulation.run().at(lane);
    result.vectors = lane_result.vectors;
    result.mismatches = lane_result.mismatches;
    result.latency_measured = lane_result.latency;
    result.first = std::move(lane_result.first);
    result.build_seconds = simulation.build_seconds();
    result.run_seconds = simulation.run_seconds();
    return result;
}

} // namespace

RtlResult verify_rtl(const rtl::Core& core, const rtl::Files& files, const Oracle& oracle,
                     const VerifyOptions& options) {
    if (options.directory) {
        std::filesystem::create_directories(*options.directory);
        Simulation simulation(*options.directory);
        return run(simulation, core, files, oracle, options);
    }
    const Scratch scratch;
    Simulation simulation(scratch.path());
    return run(simulation, core, files, oracle, options);
}

RtlResult verify_rtl(const rtl::Core& core, const rtl::Files& files, const network::Network& network,
                     const VerifyOptions& options) {
    return verify_rtl(core, files, oracle_of(network), options);
}

} // namespace gw::verify
