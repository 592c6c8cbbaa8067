// What stands around the top function where it is to have AXI ports: a function of its own in a file of its own.
#pragma once

#include <string>

#include "hls/options.hpp"
#include "hls/top.hpp"

namespace gw::hls {

/// Where an element lies in a word or event: as `bits` bits from `bit` on, sign-extended to them.
struct Place {
    std::size_t element = 0; ///< of its port; of a beat's values where tensors travel as streams
    fixed::FixedType type;
    std::uint32_t bit = 0, bits = 0;
};

/// A word of AXI4-Stream: values at their own widths in a row, whole bytes in all.
struct WordLayout {
    std::vector<Place> places;
    std::uint32_t bits = 8;
};
WordLayout word_of(const Port& port);

/// Events in memory, as shell/kernel.hpp has them; places by port and element, stream beats in a row.
struct MemoryLayout {
    std::vector<std::vector<Place>> ports;
    std::uint32_t bytes = 1; ///< from one event to the next
};
MemoryLayout memory_of(const std::vector<Port>& ports);

/// "muon", "muon_axis", "muon_kernel": what is synthesised.
std::string interface_top(const Top& top, Interface interface);

/// firmware/NAME_axis.h or _kernel.h, and .cpp. Throws support::Error (unsupported) where a word would pass 4096 bits.
std::string interface_header(const Top& top, Interface interface);
std::string interface_source(const Top& top, Interface interface);

/// The test bench for it; as test_bench() in all that is seen from outside.
std::string interface_bench(const Top& top, Interface interface);

} // namespace gw::hls
