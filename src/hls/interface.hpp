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

/// A port's beats in an event: one after the other, each alike.
struct MemoryPort {
    std::uint32_t first = 0;      ///< byte of the event where the first beat begins
    std::uint32_t beat_bytes = 0; ///< of a beat
    std::vector<Place> places;    ///< of a beat's values, from its own beginning
};

/// Events in memory, as shell/kernel.hpp has them.
struct MemoryLayout {
    std::vector<MemoryPort> ports;
    std::uint32_t bytes = 1; ///< from one event to the next
};
MemoryLayout memory_of(const std::vector<Port>& ports);

inline constexpr std::uint32_t memory_word_bytes = 64; ///< of the kernel's AXI4 ports

/// So many events the test bench gives the kernel at a time, and has memory for: the ports' depth in cosimulation.
std::uint64_t events_of_a_batch(const MemoryLayout& in, const MemoryLayout& out);
std::uint64_t words_of(const MemoryLayout& layout, std::uint64_t events);

/// "muon", "muon_axis", "muon_kernel": what is synthesised.
std::string interface_top(const Top& top, Interface interface);

/// What every compilation of the project is to be told. NDEBUG: ap_fixed reads one bit beyond a type of which it drops
/// everything, and an assertion of the vendor's headers does not know that the sign stands there.
std::string compiler_flags(const Top& top, Interface interface);

/// firmware/NAME_axis.h or _kernel.h, and .cpp. Throws support::Error (unsupported) where a word would pass 4096 bits.
std::string interface_header(const Top& top, Interface interface);
std::string interface_source(const Top& top, Interface interface);

/// What stands in that source: interface_axis.cpp, interface_memory.cpp.
std::string axis_source(const Top& top, const std::string& signature);
std::string memory_source(const Top& top, const std::string& signature);

/// The test bench for it; as test_bench() in all that is seen from outside.
std::string interface_bench(const Top& top, Interface interface);

} // namespace gw::hls
