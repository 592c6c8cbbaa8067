// Products and sums in a given number of clocks (Strategy::resource), as firmware/resource.h has them.
#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "hls/op_text.hpp"

namespace gw::hls {
namespace {

using network::Constant;

/// As many clocks as `reuse` allows: outputs in groups first, then inputs in slices.
struct Clocks {
    std::size_t groups, slices, outputs_at_once, inputs_at_once;

    Clocks(std::uint32_t reuse, std::size_t outputs, std::size_t inputs) {
        const auto parts = [](std::size_t count, std::size_t most) {
            const std::size_t at_once = (count + most - 1) / most;
            return std::pair((count + at_once - 1) / at_once, at_once); // no part is empty
        };
        std::tie(groups, outputs_at_once) = parts(outputs, std::min<std::size_t>(reuse, outputs));
        std::tie(slices, inputs_at_once) = parts(inputs, std::clamp<std::size_t>(reuse / groups, 1, inputs));
    }
};

/// {inputs, outputs} -> [clock][output][input]; what lies beyond the last one is 0.
Constant by_clock(const Constant& weights, std::size_t outputs, const Clocks& clocks) {
    const std::size_t inputs = weights.raw.size() / outputs;
    Constant result{{}, weights.type, {}};
    for (std::size_t group = 0; group < clocks.groups; ++group)
        for (std::size_t slice = 0; slice < clocks.slices; ++slice)
            for (std::size_t k = 0; k < clocks.outputs_at_once; ++k)
                for (std::size_t m = 0; m < clocks.inputs_at_once; ++m) {
                    const std::size_t j = group * clocks.outputs_at_once + k, i = slice * clocks.inputs_at_once + m;
                    result.raw.push_back(i < inputs && j < outputs ? weights.raw[i * outputs + j] : 0);
                }
    return result;
}

} // namespace

std::string configure_resource(const OpContext& context, const Constant& weights, std::size_t outputs, bool exact,
                               Config& config) {
    const std::size_t inputs = weights.raw.size() / outputs;
    const Clocks clocks(context.reuse, outputs, inputs);
    const auto number = [&](const char* name, std::size_t value) {
        config.number(name, static_cast<std::int64_t>(value));
    };
    number("clocks", clocks.groups * clocks.slices);
    number("outputs_at_once", clocks.outputs_at_once);
    number("inputs_at_once", clocks.inputs_at_once);
    config.flag("exact", exact);
    return constant_array(context.firmware, context.name + "_weights", by_clock(weights, outputs, clocks),
                          {clocks.groups * clocks.slices, clocks.outputs_at_once, clocks.inputs_at_once});
}

} // namespace gw::hls
