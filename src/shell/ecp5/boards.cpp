#include "shell/ecp5/boards.hpp"

#include "shell/named.hpp"

namespace gw::shell {

const std::vector<Ecp5Board>& ecp5_boards() {
    static const std::vector<Ecp5Board> boards{
        {"ulx3s", "LFE5U-85F-6BG381C", "85k", "CABGA381", 6, 25, "G2", "M1", "L4", "B2", "LVCMOS33", "L2", "ulx3s",
         "The pin that is held high is the ESP32's GPIO0: low, the ESP32 could restart the board. For an ULX3S with a "
         "45F, 25F or 12F: make DEVICE=45k, 25k or 12k."},
        {"ecp5-evn", "LFE5UM5G-85F-8BG381C", "um5g-85k", "CABGA381", 8, 12, "A10", "P2", "P3", "A13", "LVCMOS25", "",
         "ecp5_evn",
         "As sold, this board's serial line is not connected: R22 and R23 out, 0 ohm at R34 and R35, and port B of the "
         "FT2232H set to a virtual COM port."},
        {"colorlight-i5", "LFE5U-25F-6BG381C", "25k", "CABGA381", 6, 25, "P3", "H18", "J17", "U16", "LVCMOS33", "",
         "colorlight-i5", "The serial pins are those of the module's extension board."},
        {"colorlight-i9", "LFE5U-45F-6BG381C", "45k", "CABGA381", 6, 25, "P3", "H18", "J17", "L2", "LVCMOS33", "",
         "colorlight-i9", "The serial pins are those of the module's extension board."},
    };
    return boards;
}

const Ecp5Board& ecp5_board(const std::string& name) {
    return named(ecp5_boards(), name, "board");
}

} // namespace gw::shell
