// Boards with a Lattice ECP5, and how the open tools are told of them.
#pragma once

#include <string>
#include <vector>

namespace gw::shell {

/// A board: its device, as nextpnr-ecp5 names it, and its pins. All pins are LVCMOS33 unless said.
struct Ecp5Board {
    std::string name;
    std::string part;         ///< as printed on the device
    std::string device;       ///< nextpnr's option without dashes: "85k", "um5g-85k"
    std::string package;      ///< nextpnr's: "CABGA381"
    unsigned speed = 6;       ///< speed grade
    double clock_mhz = 25;    ///< of its oscillator
    std::string clock_pin;    ///< the oscillator's
    std::string rx_pin;       ///< from the USB serial chip to the FPGA
    std::string tx_pin;       ///< from the FPGA to the USB serial chip
    std::string led_pin;      ///< toggles with each event
    std::string led_standard; ///< I/O standard of the LED's bank
    std::string high_pin;     ///< must be driven high; empty: none
    std::string loader;       ///< openFPGALoader's name of the board
    std::string note;         ///< what its owner must know; empty: nothing
};

/// All of them. Pins from the boards' public constraint files, by way of LiteX's platforms; none was tried on a board.
const std::vector<Ecp5Board>& ecp5_boards();

/// Throws support::Error (user), naming those that there are.
const Ecp5Board& ecp5_board(const std::string& name);

} // namespace gw::shell
