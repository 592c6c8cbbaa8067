// Yosys' JSON as cells, registers among them: what netlist.cpp makes a Netlist of.
#pragma once

#include <string>
#include <vector>

#include "formal/netlist.hpp"

namespace gw::formal {

struct Register {
    std::string name;
    Bits d, q;
};

struct RawNetlist {
    Bits clk, x, y;
    std::vector<Cell> cells;
    std::vector<Register> registers;
    std::vector<Word> words;
    Bit bits = first_net;              ///< one more than the highest
    std::vector<std::string> problems; ///< registers with another clock or edge
};

/// @param text what Yosys' write_json wrote for a flat module of this name
RawNetlist parse_netlist(const std::string& text, const std::string& module);

} // namespace gw::formal
