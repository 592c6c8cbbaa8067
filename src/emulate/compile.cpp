// Network -> Program: lanes for tensors, a step for each op, and small ops fused into the one before.
#include <algorithm>

#include "emulate/compiler.hpp"
#include "emulate/tiles.hpp"

namespace gw::emulate {
namespace {

using fixed::Interval;
using network::Network;

Step make_step(const Compiler& compiler, std::size_t index) {
    const network::Op& op = compiler.network.ops[index];
    Step step;
    step.op = index;
    for (const network::TensorId id : network::inputs_of(op))
        step.inputs.push_back(static_cast<std::size_t>(id));
    step.output = static_cast<std::size_t>(network::output_of(op));
    std::optional<Compiled> compiled = compile_linear(compiler, op);
    if (!compiled)
        compiled = compile_groups(compiler, op);
    if (compiled) {
        step.lane = compiled->lane;
        step.body = std::move(compiled->body);
    }
    return step;
}

/// For each tensor, the one op that reads it; none if several do, or the world does.
std::vector<std::optional<std::size_t>> only_readers(const Network& network) {
    std::vector<std::optional<std::size_t>> readers(network.tensors.size());
    std::vector<std::size_t> count(network.tensors.size(), 0);
    for (std::size_t k = 0; k < network.ops.size(); ++k)
        for (const network::TensorId id : network::inputs_of(network.ops[k])) {
            readers[static_cast<std::size_t>(id)] = k;
            ++count[static_cast<std::size_t>(id)];
        }
    for (const network::TensorId id : network.outputs)
        ++count[static_cast<std::size_t>(id)];
    for (std::size_t t = 0; t < readers.size(); ++t)
        if (count[t] != 1)
            readers[t].reset();
    return readers;
}

} // namespace

std::optional<Lane> lane_for(const std::vector<Interval>& values) {
    for (const Lane lane : {Lane::i16, Lane::i32, Lane::i64})
        if (std::all_of(values.begin(), values.end(), [&](const Interval& range) { return fits_lane(range, lane); }))
            return lane;
    return std::nullopt;
}

std::optional<Finish> finish_for(const Interval& range, const fixed::FixedType& type, Lane lane) {
    Finish finish;
    finish.type = type;
    finish.rounding = type.rounding;
    finish.left = std::max(type.fraction - range.fraction, 0);
    finish.dropped = std::max(range.fraction - type.fraction, 0);
    if (range.is_zero())
        finish.left = finish.dropped = 0;
    if (finish.left >= bits_of(lane) || finish.dropped >= bits_of(lane) || !fits_lane(range, lane))
        return std::nullopt;
    const Interval moved = aligned(range, range.fraction + finish.left);
    finish.limit = !fits(range, type);
    // Wrapping may make a large value of a small one.
    const bool holds = fits_lane(moved, lane) && fits_lane(cast(range, type), lane);
    return holds ? std::optional(finish) : std::nullopt;
}

Program compile(const Network& network, bool fuse_ops) {
    const network::Ranges ranges = network::infer_ranges(network);
    Program program;
    for (const auto& values : ranges.values)
        program.lanes.push_back(lane_for(values).value_or(Lane::i64));
    const Compiler compiler{network, ranges, program.lanes};
    const auto readers = only_readers(network);
    std::vector<bool> done(network.ops.size(), false), held(network.tensors.size(), true);
    for (std::size_t k = 0; k < network.ops.size(); ++k) {
        if (done[k])
            continue;
        Step step = make_step(compiler, k);
        for (auto next = readers[step.output]; fuse_ops && next; next = readers[step.output]) {
            const std::size_t between = step.output;
            if (!fuse(compiler, network.ops[*next], step))
                break;
            done[*next] = true;
            held[between] = false;
        }
        if (auto* linear = std::get_if<Linear>(&step.body); linear && program.lanes[step.output] == Lane::i16)
            choose_ends(*linear);
        program.steps.push_back(std::move(step));
    }
    if (fuse_ops)
        drop_unread(program, network);
    place_tensors(program, network, held, fuse_ops);
    return program;
}

} // namespace gw::emulate
