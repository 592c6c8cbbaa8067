#include <algorithm>
#include <array>

#include "network/elements.hpp"
#include "support/rng.hpp"
#include "verify/rtl.hpp"
#include "verify/scratch.hpp"
#include "verify/streaming.hpp"
#include "verify/vectors.hpp"

namespace gw::verify {

namespace {

/// With fewer beats than this, compiling the model fast matters more than running it fast.
constexpr std::uint64_t worth_optimising = 300'000;
/// Corners grow with the number of elements; of a large image a part will do.
constexpr std::size_t most_corners = 64;

std::vector<std::int64_t> inputs_for(const network::Network& network, std::uint64_t frames, std::uint64_t seed,
                                     std::span<const std::int64_t> user_inputs) {
    const ElementTypes types = network::element_types(network, network.inputs);
    std::vector<std::int64_t> inputs = corner_vectors(types);
    inputs.resize(std::min(inputs.size(), most_corners * types.size()));
    inputs.insert(inputs.end(), user_inputs.begin(), user_inputs.end());
    support::Random random(seed);
    std::vector<std::int64_t> event(types.size());
    while (inputs.size() < frames * types.size()) {
        random_vector(types, random, event);
        inputs.insert(inputs.end(), event.begin(), event.end());
    }
    return inputs;
}

} // namespace

StreamingCheck verify_streaming(const network::Network& network, const stream::StreamedRtl& rtl, std::uint64_t frames,
                                std::uint64_t seed, std::span<const std::int64_t> user_inputs) {
    const std::vector<std::int64_t> inputs = inputs_for(network, frames, seed, user_inputs);
    const std::size_t count = inputs.size() / network.input_size();
    std::vector<std::int64_t> outputs(count * network.output_size());
    oracle_of(network)(inputs, count, outputs);
    std::uint64_t beats = 0;
    for (const stream::Port& port : rtl.inputs)
        beats += port.beats * count;
    const Scratch scratch;
    StreamSimulation simulation(scratch.path(), rtl,
                                beats < worth_optimising ? Speed::compiles_fast : Speed::runs_fast);
    StreamingCheck check;
    for (const Waits& waits : std::array<Waits, 4>{{{0, 0, seed}, {30, 0, seed}, {0, 30, seed}, {50, 50, seed}}}) {
        const StreamingResult result = simulation.run(inputs, outputs, waits);
        check.frames += result.frames;
        check.mismatches += result.mismatches;
        check.finished = check.finished && result.finished;
        if (waits.input_percent + waits.output_percent == 0) {
            check.latency_cycles = result.latency_cycles;
            check.cycles_per_frame = result.cycles_per_frame;
        }
    }
    return check;
}

} // namespace gw::verify
