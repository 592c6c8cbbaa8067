// Ops that disappear into the step before them: what is done to each row's result on its own, a maximum pool that keeps
// the larger of several places' rows, and rearrangements that change nothing.
#include <algorithm>

#include "emulate/compiler.hpp"

namespace gw::emulate {
namespace {

using fixed::Interval;

/// By pattern and row.
template <typename Value> using ByRow = std::vector<std::vector<std::optional<Value>>>;

/// What each row of a linear step gives, over all places.
ByRow<Interval> row_ranges(const Linear& linear, const std::vector<Interval>& output) {
    ByRow<Interval> ranges(linear.patterns.size());
    for (const Place& place : linear.places) {
        auto& seen = ranges[place.pattern];
        seen.resize(linear.patterns[place.pattern].rows.size());
        for (std::size_t j = 0; j < seen.size(); ++j) {
            const Interval& range = output[place.output + j];
            seen[j] = seen[j] ? united(*seen[j], range) : range;
        }
    }
    return ranges;
}

/// From a row's result to the element of a Relu's or Requantise's output.
std::optional<Finish> elementwise_finish(Interval range, const network::Relu* relu, const fixed::FixedType& type,
                                         Lane lane) {
    std::optional<std::int64_t> ceiling;
    if (relu != nullptr) {
        range = rectified(range);
        if (relu->ceiling) {
            const std::int32_t up = range.fraction - relu->ceiling->type.fraction;
            if (up < 0 || up > 60 || !fits_lane(fixed::Int128{relu->ceiling->at(0)} << up, lane))
                return std::nullopt;
            ceiling = relu->ceiling->at(0) << up;
            range = {std::min<fixed::Int128>(range.low, *ceiling), std::min<fixed::Int128>(range.high, *ceiling),
                     range.fraction};
        }
    }
    auto finish = finish_for(range, type, lane);
    if (finish) {
        finish->rectify = relu != nullptr;
        finish->ceiling = ceiling;
    }
    return finish;
}

bool fuse_elementwise(const Compiler& compiler, const network::Relu* relu, std::size_t output, Step& step) {
    Linear& linear = std::get<Linear>(step.body);
    if (std::any_of(linear.places.begin(), linear.places.end(), [](const Place& place) { return place.again; }))
        return false; // the rows no longer give what the op reads
    const network::Tensor& out = compiler.network.tensors[output];
    const auto ranges = row_ranges(linear, compiler.ranges.values[step.output]);
    ByRow<Finish> finishes(linear.patterns.size());
    for (const Place& place : linear.places) {
        auto& made = finishes[place.pattern];
        made.resize(ranges[place.pattern].size());
        for (std::size_t j = 0; j < made.size(); ++j) {
            const fixed::FixedType& type = out.type(place.output + j);
            if (made[j] && !(made[j]->type == type))
                return false;
            made[j] = elementwise_finish(*ranges[place.pattern][j], relu, type, step.lane);
            if (!made[j])
                return false;
        }
    }
    for (std::size_t p = 0; p < finishes.size(); ++p)
        for (std::size_t j = 0; j < finishes[p].size(); ++j)
            if (!is_nothing(*finishes[p][j]))
                linear.patterns[p].rows[j].finish.push_back(*finishes[p][j]);
    step.output = output;
    return true;
}

/// For each place of a linear step, the first output row of the pool's position that reads all its rows in order;
/// nothing for a place that the pool does not read. No value if windows overlap, or are anything but whole places.
std::optional<std::vector<std::optional<std::uint32_t>>> pooled_places(const Linear& linear, const Extreme& pool,
                                                                       std::size_t rows) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> owner(rows); // of each row: place, and row in it
    for (std::uint32_t p = 0; p < linear.places.size(); ++p)
        for (std::uint32_t j = 0; j < linear.patterns[linear.places[p].pattern].rows.size(); ++j)
            owner[linear.places[p].output + j] = {p, j};
    std::vector<std::optional<std::uint32_t>> first(linear.places.size());
    std::vector<std::uint32_t> reads(linear.places.size(), 0);
    for (const Extreme::Group& group : pool.groups) {
        if (group.constant || group.sources.empty() || !is_nothing(group.finish))
            return std::nullopt;
        for (const std::uint32_t source : group.sources) {
            const auto [place, j] = owner[source];
            if (group.output < j || (first[place] && *first[place] != group.output - j))
                return std::nullopt;
            first[place] = group.output - j;
            ++reads[place];
        }
    }
    for (std::size_t p = 0; p < first.size(); ++p)
        if (first[p] && reads[p] != linear.patterns[linear.places[p].pattern].rows.size())
            return std::nullopt;
    return first;
}

bool fuse_pool(const Compiler& compiler, const network::Op& op, Step& step) {
    Linear& linear = std::get<Linear>(step.body);
    const auto output = static_cast<std::size_t>(network::output_of(op));
    const auto compiled = compile_groups(compiler, op);
    const auto* pool = compiled ? std::get_if<Extreme>(&compiled->body) : nullptr;
    if (pool == nullptr || !pool->maximum || linear.places.front().again ||
        compiler.lanes[output] != compiler.lanes[step.output])
        return false;
    const auto first = pooled_places(linear, *pool, compiler.network.tensors[step.output].size());
    if (!first)
        return false;
    std::vector<Place> places;
    for (std::size_t p = 0; p < linear.places.size(); ++p)
        if ((*first)[p]) {
            places.push_back(linear.places[p]);
            places.back().output = *(*first)[p];
        }
    std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.output < b.output; });
    for (std::size_t p = 1; p < places.size(); ++p)
        places[p].again = places[p].output == places[p - 1].output;
    linear.places = std::move(places);
    step.output = output;
    return true;
}

/// Whether the op gives its input as it is, in the same lanes.
bool changes_nothing(const Compiler& compiler, const network::Op& op, const Step& step) {
    const auto* rearrange = std::get_if<network::Rearrange>(&op.body);
    const auto output = static_cast<std::size_t>(network::output_of(op));
    if (rearrange == nullptr || rearrange->inputs.size() != 1 || compiler.lanes[output] != compiler.lanes[step.output])
        return false;
    const network::Tensor &in = compiler.network.tensors[step.output], &out = compiler.network.tensors[output];
    if (in.size() != out.size())
        return false;
    for (std::uint32_t i = 0; i < in.size(); ++i) {
        const Interval& range = compiler.ranges.values[step.output][i];
        if (rearrange->sources[i] != i || in.type(i).fraction != out.type(i).fraction || !fits(range, out.type(i)))
            return false;
    }
    return true;
}

} // namespace

bool fuse(const Compiler& compiler, const network::Op& op, Step& step) {
    const auto output = static_cast<std::size_t>(network::output_of(op));
    if (changes_nothing(compiler, op, step)) {
        step.output = output;
        return true;
    }
    if (!std::holds_alternative<Linear>(step.body))
        return false;
    if (std::holds_alternative<network::Pool>(op.body))
        return fuse_pool(compiler, op, step);
    const auto* relu = std::get_if<network::Relu>(&op.body);
    if (relu == nullptr && !std::holds_alternative<network::Requantise>(op.body))
        return false;
    return fuse_elementwise(compiler, relu, output, step);
}

} // namespace gw::emulate
