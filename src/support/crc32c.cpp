#include "support/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gw::support {

namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit)
            value = (value >> 1) ^ ((value & 1U) != 0 ? 0x82f63b78U : 0U); // 0x1EDC6F41, bits reversed
        table[byte] = value;
    }
    return table;
}
constexpr auto table = make_table();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::span<const std::byte> bytes, std::uint32_t before) {
    std::uint64_t sum = ~before;
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, 8);
        sum = _mm_crc32_u64(sum, word);
    }
    for (; at < bytes.size(); ++at)
        sum = _mm_crc32_u8(static_cast<std::uint32_t>(sum), static_cast<std::uint8_t>(bytes[at]));
    return ~static_cast<std::uint32_t>(sum);
}
#endif

} // namespace

std::uint32_t crc32c_by_table(std::span<const std::byte> bytes, std::uint32_t before) {
    std::uint32_t sum = ~before;
    for (const std::byte byte : bytes)
        sum = (sum >> 8) ^ table[(sum ^ static_cast<std::uint32_t>(byte)) & 0xffU];
    return ~sum;
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) {
#if defined(__x86_64__)
    static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
    if (has_instruction)
        return by_instruction(bytes, before);
#endif
    return crc32c_by_table(bytes, before);
}

} // namespace gw::support
