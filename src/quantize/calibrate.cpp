#include "quantize/calibrate.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "floating/evaluate.hpp"
#include "support/error.hpp"

namespace gw::quantize {

Calibration calibrate(const import::Graph& graph, std::span<const double> data, int bits) {
    const std::size_t width = floating::input_size(graph);
    if (data.empty() || width == 0 || data.size() % width != 0)
        throw support::user_error(
            fmt::format("{} values are no whole number of events of {} inputs", data.size(), width), "calibration data",
            "give one row of all inputs for each event");
    if (bits < 4 || bits > 32)
        throw support::user_error(fmt::format("{} bits for an activation", bits), "calibration", "choose 4 to 32");
    for (const double value : data)
        if (!std::isfinite(value))
            throw support::user_error("a value that is not finite", "calibration data", "remove its event");
    Calibration out{std::vector<double>(graph.layers.size(), 0.0), bits};
    for (std::size_t event = 0; event < data.size() / width; ++event) {
        const auto values = floating::evaluate_all(graph, data.subspan(event * width, width));
        for (std::size_t layer = 0; layer < values.size(); ++layer)
            for (const double value : values[layer])
                if (std::isfinite(value))
                    out.magnitudes[layer] = std::max(out.magnitudes[layer], std::abs(value));
    }
    return out;
}

bool has_quantisers(const import::Graph& graph) {
    return std::any_of(graph.layers.begin(), graph.layers.end(), [](const import::Layer& layer) {
        const auto* steps = std::get_if<import::Steps>(&layer.body);
        return std::holds_alternative<import::Quantise>(layer.body) ||
               (steps != nullptr && steps->origin == import::Steps::Origin::quantiser);
    });
}

} // namespace gw::quantize
