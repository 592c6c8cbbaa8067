// The cells of a netlist as logic.
#pragma once

#include "formal/netlist.hpp"
#include "formal/vector_logic.hpp"

namespace gw::formal {

/// What stands at a cell's inputs.
struct CellInputs {
    Literals a, b, s;
    std::vector<Literals> contents; ///< of a rom
};

/// Verilog's meaning of the cell (IEEE 1364-2001, 4.1 and 4.4), as many literals as it has output bits.
Literals cell_outputs(Aig& aig, const Cell& cell, const CellInputs& inputs);

} // namespace gw::formal
