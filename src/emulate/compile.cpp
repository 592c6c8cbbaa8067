// Network -> Program: lanes for tensors, a step for each op, and small ops fused into the one before.
#include <algorithm>

#include "emulate/compiler.hpp"

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

bool fuse(const Compiler& compiler, const network::Op& op, Step& step) {
    auto* linear = std::get_if<Linear>(&step.body);
    const auto* relu = std::get_if<network::Relu>(&op.body);
    if (linear == nullptr || (relu == nullptr && !std::holds_alternative<network::Requantise>(op.body)))
        return false;
    const std::vector<Interval>& before = compiler.ranges.values[step.output];
    const network::Tensor& out = compiler.tensor(network::output_of(op));
    std::vector<std::vector<std::optional<Finish>>> stages(linear->patterns.size());
    std::vector<std::vector<std::optional<Interval>>> ranges(linear->patterns.size());
    for (const Place& place : linear->places) {
        const std::size_t rows = linear->patterns[place.pattern].rows.size();
        auto& seen = ranges[place.pattern];
        seen.resize(rows);
        for (std::size_t j = 0; j < rows; ++j)
            seen[j] = seen[j] ? united(*seen[j], before[place.output + j]) : before[place.output + j];
    }
    for (const Place& place : linear->places) {
        auto& made = stages[place.pattern];
        made.resize(ranges[place.pattern].size());
        for (std::size_t j = 0; j < made.size(); ++j) {
            const fixed::FixedType& type = out.type(place.output + j);
            if (made[j] && !(made[j]->type == type))
                return false;
            Interval range = *ranges[place.pattern][j];
            std::optional<std::int64_t> ceiling;
            if (relu != nullptr) {
                range = rectified(range);
                if (relu->ceiling) {
                    const std::int32_t up = range.fraction - relu->ceiling->type.fraction;
                    if (up < 0 || up > 60 || !fits_lane(fixed::Int128{relu->ceiling->at(0)} << up, step.lane))
                        return false;
                    ceiling = relu->ceiling->at(0) << up;
                    range = {std::min<fixed::Int128>(range.low, *ceiling),
                             std::min<fixed::Int128>(range.high, *ceiling), range.fraction};
                }
            }
            made[j] = finish_for(range, type, step.lane);
            if (!made[j])
                return false;
            made[j]->rectify = relu != nullptr;
            made[j]->ceiling = ceiling;
        }
    }
    for (std::size_t p = 0; p < stages.size(); ++p)
        for (std::size_t j = 0; j < stages[p].size(); ++j)
            linear->patterns[p].rows[j].finish.push_back(*stages[p][j]);
    step.output = static_cast<std::size_t>(network::output_of(op));
    return true;
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
        program.steps.push_back(std::move(step));
    }
    for (std::size_t t = 0; t < network.tensors.size(); ++t) {
        program.offsets.push_back(program.bytes);
        if (held[t])
            program.bytes +=
                network.tensors[t].size() * block * static_cast<std::size_t>(bits_of(program.lanes[t]) / 8);
    }
    return program;
}

} // namespace gw::emulate
