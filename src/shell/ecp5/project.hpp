// A bundle's core on an ECP5 board, by open tools alone: behind a serial line, since that is what every board has.
//
// Frames are those of RFC 1662 (HDLC-like): 7e, contents, CRC-16, 7e, where 7d XX stands for the byte XX ^ 20. A flag
// is in no content, so whatever noise came before, the next frame is found. Contents of a request: command (1 byte),
// tag (1 byte, comes back with the answer), and for command 2 an event in the card's layout (shell::EventLayout).
// docs/open-boards.md has the table.
#pragma once

#include <cstdint>

#include "shell/card.hpp"
#include "shell/ecp5/boards.hpp"

namespace gw::shell {

namespace serial {
inline constexpr std::uint32_t version = 1;     ///< of this protocol
inline constexpr std::uint32_t info_bytes = 12; ///< payload of an answer to `info`
inline constexpr std::uint32_t queue_log2 = 4;  ///< answers that wait on the board: 2^4
inline constexpr std::uint8_t info = 0x01;      ///< what design this is
inline constexpr std::uint8_t event = 0x02;     ///< an event: its outputs come back
inline constexpr std::uint8_t bad_crc = 0x81;   ///< answers to what was no request
inline constexpr std::uint8_t bad_command = 0x82;
inline constexpr std::uint8_t bad_length = 0x83;
inline constexpr std::uint8_t bad_line = 0x84; ///< a byte without its stop bit, or an escape that escapes nothing
} // namespace serial

struct Ecp5Options {
    Ecp5Board board;
    double clock_mhz = 0;           ///< of the core; 0: the oscillator's own, without a PLL
    std::uint32_t baud = 1'000'000; ///< bits a second of the serial line
};

/// What the files say of themselves.
struct Ecp5Project {
    CardDescription card;
    Ecp5Options options;
    double clock_mhz = 0;             ///< of the core, as the PLL makes it
    std::uint32_t clocks_per_bit = 0; ///< of the serial line
    std::uint32_t identity = 0;       ///< of the core: a checksum of its description and sources
    rtl::Files files;                 ///< paths from the project's root
};

/// @param sources the bundle's rtl/, by name
/// Throws support::Error (user) for a clock no PLL makes, or a baud rate more than 2 % off with this clock.
Ecp5Project ecp5_project(const CardDescription& card, const rtl::Files& sources, const Ecp5Options& options);

} // namespace gw::shell
