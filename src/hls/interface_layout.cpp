#include <algorithm>

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
        const std::uint32_t first = events.elements[next].byte;
        MemoryPort beat{first, 0, {}};
        for (std::size_t k = 0; k < port.types.size(); ++k) {
            const shell::Element& element = events.elements[next + k];
            beat.places.push_back({k, element.type, 8 * (element.byte - first), 8 * element.bytes});
            beat.beat_bytes += element.bytes;
        }
        layout.ports.push_back(std::move(beat));
        next += port.beats * port.types.size();
    }
    return layout;
}

std::uint64_t words_of(const MemoryLayout& layout, std::uint64_t events) {
    return (events * layout.bytes + memory_word_bytes - 1) / memory_word_bytes;
}

std::uint64_t events_of_a_batch(const MemoryLayout& in, const MemoryLayout& out) {
    constexpr std::uint64_t most_events = 1024, most_bytes = 1U << 22;
    return std::clamp<std::uint64_t>(most_bytes / std::max(in.bytes, out.bytes), 1, most_events);
}

std::string compiler_flags(const Top& top, Interface interface) {
    constexpr std::uint32_t widest_by_default = 1024; // of ap_int
    std::uint32_t widest = 0;
    if (interface == Interface::axis)
        for (const auto* side : {&top.inputs, &top.outputs})
            for (const Port& port : *side)
                widest = std::max(widest, word_of(port).bits);
    return widest > widest_by_default ? "-DNDEBUG -DAP_INT_MAX_W=4096" : "-DNDEBUG";
}

std::string interface_top(const Top& top, Interface interface) {
    return top.name + (interface == Interface::axis ? "_axis" : interface == Interface::m_axi ? "_kernel" : "");
}

} // namespace gw::hls
