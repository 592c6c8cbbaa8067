#include "hls/stream_text.hpp"

#include <fmt/format.h>

#include "hls/ap_type.hpp"

namespace gw::hls {

std::uint32_t lanes_of(std::size_t values, std::uint32_t bits) {
    const std::size_t most = widest_stream / (8 * ((bits + 7) / 8));
    return static_cast<std::uint32_t>((values + most - 1) / most);
}

std::uint32_t lanes_of(std::span<const fixed::FixedType> types) {
    return lanes_of(types.size(), static_cast<std::uint32_t>(array_width(types)));
}

std::string stream_parameter(const StreamType& type, const std::string& name) {
    return type.lanes == 1 ? fmt::format("hls::stream<{} >& {}", type.beat, name)
                           : fmt::format("hls::stream<gw::Part<{} >::type> (&{})[{}]", type.beat, name, type.lanes);
}

std::string stream_variable(const StreamType& type, const std::string& name) {
    return type.lanes == 1 ? fmt::format("hls::stream<{0} > {1}(\"{1}\");\n", type.beat, name)
                           : fmt::format("hls::stream<gw::Part<{} >::type> {}[{}];\n", type.beat, name, type.lanes);
}

} // namespace gw::hls
