#include <fmt/format.h>

#include "shell/template.hpp"
#include "shell/zynq/design.hpp"

namespace gw::shell {

namespace {

constexpr const char* text = R"md(# @CORE@ on a @BOARD@

A Vivado project around the network's kernel, made by `gatewright card --platform zynq --board @BOARD@`.

    vivado -mode batch -source build.tcl          # writes @K@.bit, @K@.hwh and @K@.xsa, or says what failed

Then copy `@K@.bit`, `@K@.hwh`, `driver.py` and `vectors/` to the board, and there:

    sudo -E python3 driver.py                     # the events of vectors/, every output compared

| file | what it is |
|---|---|
| `src/` | the core and its stream kernel, Verilog-2001 |
| `package_ip.tcl`, `block_design.tcl`, `build.tcl` | kernel as an IP; processor, AXI DMA and kernel; all steps |
| `driver.py` | `NeuralNetworkOverlay` with `predict`, by hls4ml's names; needs PYNQ and numpy |
| `vectors/` | events and the exact outputs |
| `simulation/` | the board simulated, for PYNQ 3.0.1 on any computer: `python -m gatewright.zynq simulation SCRIPT.py` |

Part @PART@, board files `@BOARDFILES@`, streams of @WIDTH@ bits, programmable logic at @MHZ@ MHz (the core was planned for @NS@ ns).
An event takes @IN@ bytes in and @OUT@ bytes out: its elements in a row, little endian, each in the bytes that its width needs.

**Not tried**: this project has been through neither Vivado nor a board. Its Tcl has been run against stand-ins of Vivado's commands that refuse
unknown commands, options, cells and pins; the Verilog has been simulated; the driver has run against the simulated board.
)md";

} // namespace

std::string zynq_readme(const ZynqDesign& design) {
    return fill(text, {{"CORE", design.core},
                       {"BOARD", design.board.name},
                       {"BOARDFILES", design.board.board_files},
                       {"K", design.kernel.name},
                       {"PART", design.board.part},
                       {"WIDTH", std::to_string(design.kernel.width)},
                       {"MHZ", fmt::format("{:g}", design.clock_mhz)},
                       {"NS", fmt::format("{:g}", design.kernel.clock_ns)},
                       {"IN", std::to_string(design.kernel.input.bytes)},
                       {"OUT", std::to_string(design.kernel.output.bytes)}});
}

} // namespace gw::shell
