// CRC-32C (Castagnoli; polynomial 0x1EDC6F41, reflected, start and end inverted; RFC 3720, appendix B.4): against
// damage on the way, not against malice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gw::support {

/// The sum of `bytes` after those that gave `before`: crc32c("a" "b") = crc32c("b", crc32c("a")). With the processor's
/// own instruction where it has one.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0);

/// The same by table, on every machine.
std::uint32_t crc32c_by_table(std::span<const std::byte> bytes, std::uint32_t before = 0);

} // namespace gw::support
