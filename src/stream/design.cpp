#include "stream/design.hpp"

#include <algorithm>
#include <bit>

namespace gw::stream {

namespace {

/// The window's steps over the padded image: rows and columns that it must pass for its last position, and all of the
/// image.
std::uint64_t steps(std::uint32_t extent, std::uint32_t positions, const network::Window& window, std::size_t axis) {
    const std::uint64_t seen = std::uint64_t{positions - 1} * window.strides[axis] +
                               std::uint64_t{window.size[axis] - 1} * window.dilation[axis] + 1;
    return std::max<std::uint64_t>(seen, std::uint64_t{window.pad_before[axis]} + extent);
}

} // namespace

std::uint64_t rows(const Window& window) {
    return steps(window.height, window.out_height, window.window, 0);
}

std::uint64_t columns(const Window& window) {
    return steps(window.width, window.out_width, window.window, 1);
}

bool inside(const Window& window, std::uint64_t row, std::uint64_t column) {
    const std::uint64_t top = window.window.pad_before[0], left = window.window.pad_before[1];
    return row >= top && row < top + window.height && column >= left && column < left + window.width;
}

bool completes(const Window& window, std::uint64_t row, std::uint64_t column) {
    const auto on_axis = [&](std::uint64_t at, std::size_t axis, std::uint32_t positions) {
        const std::uint64_t first = std::uint64_t{window.window.size[axis] - 1} * window.window.dilation[axis];
        const std::uint64_t stride = window.window.strides[axis];
        return at >= first && (at - first) % stride == 0 && (at - first) / stride < positions;
    };
    return on_axis(row, 0, window.out_height) && on_axis(column, 1, window.out_width);
}

int counter_bits(std::uint64_t most) {
    return most == 0 ? 1 : static_cast<int>(std::bit_width(most));
}

std::vector<ChannelId> inputs_of(const Actor& actor) {
    return std::visit(
        [](const auto& body) {
            if constexpr (requires { body.inputs; })
                return body.inputs;
            else
                return std::vector<ChannelId>{body.input};
        },
        actor.body);
}

std::vector<ChannelId> outputs_of(const Actor& actor) {
    return std::visit(
        [](const auto& body) {
            if constexpr (requires { body.outputs; })
                return body.outputs;
            else
                return std::vector<ChannelId>{body.output};
        },
        actor.body);
}

} // namespace gw::stream
