#include "network/window.hpp"

namespace gw::network {

std::size_t taps(const Window& window) {
    return elements(window.size);
}

Shape spatial(const Shape& shape) {
    return {shape.begin(), shape.end() - 1};
}

std::vector<std::optional<std::uint32_t>> seen(const Window& window, const Shape& input, const Shape& output,
                                               std::size_t position) {
    std::vector<std::optional<std::uint32_t>> flat{0U};
    // Axis by axis, from the first: position = (..., axis), so the output's coordinate is found by division.
    std::size_t rest = elements(output);
    for (std::size_t axis = 0; axis < input.size(); ++axis) {
        rest /= output[axis];
        const auto coordinate = static_cast<std::int64_t>(position / rest % output[axis]);
        std::vector<std::optional<std::uint32_t>> next;
        for (const auto& before : flat)
            for (std::uint32_t k = 0; k < window.size[axis]; ++k) {
                const std::int64_t at = coordinate * window.strides[axis] + std::int64_t{k} * window.dilation[axis] -
                                        window.pad_before[axis];
                const bool inside = before && at >= 0 && at < std::int64_t{input[axis]};
                next.push_back(inside ? std::optional(*before * input[axis] + static_cast<std::uint32_t>(at))
                                      : std::nullopt);
            }
        flat = std::move(next);
    }
    return flat;
}

} // namespace gw::network
