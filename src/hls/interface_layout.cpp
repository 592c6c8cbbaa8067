#include <fmt/format.h>

#include "hls/interface.hpp"
#include "shell/kernel.hpp"
#include "support/error.hpp"

namespace gw::hls {

WordLayout word_of(const Port& port) {
    WordLayout layout;
    std::uint32_t bit = 0;
    for (std::size_t k = 0; k < port.types.size(); ++k) {
        const auto bits = static_cast<std::uint32_t>(port.types[k].width);
        layout.places.push_back({k, port.types[k], bit, bits});
        bit += bits;
    }
    layout.bits = std::max<std::uint32_t>(8, (bit + 7) / 8 * 8);
    constexpr std::uint32_t widest = 4096;
    if (layout.bits > widest)
        throw support::unsupported(
            fmt::format("an AXI4-Stream word of {} bits; HLS takes at most {}", layout.bits, widest),
            "HLS project: " + port.tensor, "use io_stream, which has a word a position, or the m_axi interface");
    return layout;
}

MemoryLayout memory_of(const std::vector<Port>& ports) {
    std::vector<rtl::Field> fields;
    for (const Port& port : ports)
        for (std::uint64_t beat = 0; beat < port.beats; ++beat)
            for (const fixed::FixedType& type : port.types)
                fields.push_back({port.tensor, type, 0});
    const shell::EventLayout events = shell::layout_of(fields);
    MemoryLayout layout;
    layout.bytes = events.bytes;
    std::size_t next = 0;
    for (const Port& port : ports) {
        layout.ports.emplace_back();
        for (std::size_t k = 0; k < port.beats * port.types.size(); ++k, ++next) {
            const shell::Element& element = events.elements[next];
            layout.ports.back().push_back({k, element.type, 8 * element.byte, 8 * element.bytes});
        }
    }
    return layout;
}

std::string interface_top(const Top& top, Interface interface) {
    return top.name + (interface == Interface::axis ? "_axis" : interface == Interface::m_axi ? "_kernel" : "");
}

} // namespace gw::hls
