#include "stream/schedule.hpp"

#include <algorithm>

namespace gw::stream {

namespace {

using Time = std::int64_t;
using Times = std::vector<Time>;

std::uint64_t busy(const Design& design, const Actor& actor) {
    if (const auto* window = std::get_if<Window>(&actor.body))
        return rows(*window) * columns(*window);
    std::uint64_t most = 1;
    for (const ChannelId id : inputs_of(actor))
        most = std::max(most, design.channel(id).beats);
    for (const ChannelId id : outputs_of(actor))
        most = std::max(most, design.channel(id).beats);
    return most;
}

class Run {
  public:
    /// @param frames  to run
    /// @param period  cycles between frames
    /// @param rush whether beats come one a cycle as soon as a frame begins, or evenly
    Run(const Design& design, std::uint64_t frames, std::uint64_t period, bool rush)
        : design_(design), made_(design.channels.size()), taken_(design.channels.size()) {
        for (const ChannelId id : design.inputs) {
            const std::uint64_t beats = design.channel(id).beats;
            for (std::uint64_t k = 0; k < frames * beats; ++k)
                made(id).push_back(
                    static_cast<Time>(k / beats * period + (rush ? k % beats : k % beats * period / beats)));
        }
        for (const Actor& actor : design.actors)
            std::visit([&](const auto& body) { act(body); }, actor.body);
    }

    /// Most beats that are made, or promised by a core, and not yet taken.
    std::uint32_t waiting(ChannelId id) const {
        const auto& made = made_[static_cast<std::size_t>(id)];
        const auto& taken = taken_[static_cast<std::size_t>(id)];
        std::size_t most = 0, gone = 0;
        for (std::size_t k = 0; k < made.size(); ++k) {
            while (gone < taken.size() && taken[gone] < made[k])
                ++gone;
            most = std::max(most, k + 1 - gone);
        }
        return taken.empty() ? 0 : static_cast<std::uint32_t>(most);
    }

    /// Whether any beat is not taken at once.
    bool waits(ChannelId id) const {
        return !taken_[static_cast<std::size_t>(id)].empty() &&
               made_[static_cast<std::size_t>(id)] != taken_[static_cast<std::size_t>(id)];
    }

    Time end_of_first_frame() const {
        Time last = 0;
        for (const ChannelId id : design_.outputs)
            last = std::max(last, made_[static_cast<std::size_t>(id)].at(design_.channel(id).beats - 1));
        return last;
    }

  private:
    Times& made(ChannelId id) { return made_[static_cast<std::size_t>(id)]; }
    Times& taken(ChannelId id) { return taken_[static_cast<std::size_t>(id)]; }

    void act(const Core& core) {
        const std::size_t beats = made(core.inputs.front()).size();
        Time last = -1;
        for (std::size_t k = 0; k < beats; ++k) {
            Time now = last + 1;
            for (const ChannelId id : core.inputs)
                now = std::max(now, made(id)[k]);
            for (const ChannelId id : core.inputs)
                taken(id).push_back(now);
            // Through the pipeline, then into the FIFO.
            for (const ChannelId id : core.outputs)
                made(id).push_back(now + core.pipeline.stages + 1);
            last = now;
        }
    }
    void act(const Window& window) {
        // Padding before the first frame's first beat is passed while nothing has come yet.
        Time now = -static_cast<Time>(rows(window) * columns(window));
        const Times& in = made(window.input);
        for (std::size_t next = 0; next < in.size();)
            for (std::uint64_t row = 0; row < rows(window); ++row)
                for (std::uint64_t column = 0; column < columns(window); ++column) {
                    ++now;
                    if (inside(window, row, column)) {
                        now = std::max(now, in[next]);
                        taken(window.input).push_back(now);
                        ++next;
                    }
                    if (completes(window, row, column))
                        made(window.output).push_back(now + 1);
                }
    }
    void act(const Gather& gather) {
        const std::uint64_t beats = design_.channel(gather.input).beats / design_.channel(gather.output).beats;
        const Times& in = made(gather.input);
        Time now = -1;
        for (std::size_t k = 0; k < in.size(); ++k) {
            now = std::max(now + 1, in[k]);
            taken(gather.input).push_back(now);
            if ((k + 1) % beats == 0)
                made(gather.output).push_back(now);
        }
    }
    void act(const Scatter& scatter) {
        const std::uint32_t often = scatter.groups * scatter.slices;
        Time now = -1;
        for (const Time there : made(scatter.input)) {
            now = std::max(now + 1, there);
            for (std::uint32_t k = 0; k < often; ++k)
                made(scatter.output).push_back(now + k + (scatter.slices > 1 ? 1 : 0)); // a register behind a choice
            now += often - 1;
            taken(scatter.input).push_back(now);
        }
    }
    void act(const Accumulate& accumulate) {
        const Times& in = made(accumulate.input);
        Time now = -1;
        for (std::size_t k = 0; k < in.size(); ++k) {
            now = std::max(now + 1, in[k]);
            taken(accumulate.input).push_back(now);
            if ((k + 1) % accumulate.count == 0)
                made(accumulate.output).push_back(now + 1);
        }
    }
    void act(const Fork& fork) {
        taken(fork.input) = made(fork.input);
        for (const ChannelId id : fork.outputs)
            made(id) = made(fork.input);
    }

    const Design& design_;
    std::vector<Times> made_, taken_; ///< of each channel's beats: when it is there, when its reader has it
};

} // namespace

Schedule schedule(Design& design) {
    Schedule result;
    const auto consider = [&](std::uint64_t cycles, const std::string& name) {
        if (cycles > result.cycles_per_frame || result.busiest.empty()) {
            result.cycles_per_frame = cycles;
            result.busiest = name;
        }
    };
    for (const Actor& actor : design.actors)
        consider(busy(design, actor), actor.name);
    for (const ChannelId id : design.inputs) // one that goes straight to an output has no actor
        consider(design.channel(id).beats, design.channel(id).name);
    const std::uint64_t period = result.cycles_per_frame;
    const auto ends = [&](bool rush) {
        return static_cast<std::uint64_t>(std::max<Time>(0, Run(design, 1, period, rush).end_of_first_frame()));
    };
    result.latency_cycles = ends(true) + 1;
    // As many frames as are in the design at once, and some more: from then on it repeats itself.
    const Run run(design, ends(false) / period + 4, period, false);
    for (const Actor& actor : design.actors) {
        const auto* core = std::get_if<Core>(&actor.body);
        for (const ChannelId id : outputs_of(actor)) {
            const std::uint32_t waiting = run.waiting(id);
            // What is in a core's pipeline has its place behind it already.
            if (core != nullptr)
                design.channel(id).depth = core->pipeline.stages + 2 + waiting;
            else if (run.waits(id)) // and two more, since a FIFO itself takes a clock
                design.channel(id).depth = waiting + 2;
        }
    }
    return result;
}

} // namespace gw::stream
