// Metadata and bitstream of the simulated board: what PYNQ 3.0.1's parsers for Zynq-7000 and Zynq UltraScale+
// and 4.0.0's accept. The clocks are said to be off: PYNQ would set them through registers that no simulated board has.
#include <fmt/format.h>

#include "shell/handoff.hpp"
#include "shell/zynq/design.hpp"

namespace gw::shell {

namespace {

constexpr int clocks = 4;

std::string zynq7000_clocks() {
    std::string text;
    for (int k = 0; k < clocks; ++k)
        text += handoff::parameter(fmt::format("PCW_FPGA_FCLK{}_ENABLE", k), "0") +
                handoff::parameter(fmt::format("PCW_FCLK{}_PERIPHERAL_DIVISOR0", k), "5") +
                handoff::parameter(fmt::format("PCW_FCLK{}_PERIPHERAL_DIVISOR1", k), "2") +
                handoff::parameter(fmt::format("PCW_FCLK{}_PERIPHERAL_CLKSRC", k), "IO PLL");
    return text;
}

std::string ultrascale_clocks() {
    std::string text;
    for (int k = 0; k < clocks; ++k)
        text += handoff::parameter(fmt::format("PSU__FPGA_PL{}_ENABLE", k), "0") +
                handoff::parameter(fmt::format("PSU__CRL_APB__PL{}_REF_CTRL__DIVISOR0", k), "15") +
                handoff::parameter(fmt::format("PSU__CRL_APB__PL{}_REF_CTRL__DIVISOR1", k), "1") +
                handoff::parameter(fmt::format("PSU__CRL_APB__PL{}_REF_CTRL__SRCSEL", k), "IOPLL");
    return text;
}

std::string processor(const ZynqDesign& design) {
    const bool small = design.board.processor == Processor::zynq7000;
    const char* master = small ? "M_AXI_GP0" : "M_AXI_HPM0_FPD";
    const char* type = small ? "processing_system7" : "zynq_ultra_ps_e";
    const BoardAddresses where = zynq_addresses(design.board.processor);
    return fmt::format(
        " <MODULE FULLNAME=\"/{0}_0\" INSTANCE=\"{0}_0\" MODTYPE=\"{0}\" VLNV=\"xilinx.com:ip:{0}:{1}\">\n"
        "  <PARAMETERS>\n{2}  </PARAMETERS>\n{3}  <MEMORYMAP>\n{4}{5}  </MEMORYMAP>\n </MODULE>\n",
        type, small ? "5.5" : "3.3", small ? zynq7000_clocks() : ultrascale_clocks(),
        handoff::interface(master, "MASTER"),
        handoff::range(where.dma, where.range, "hier_0_axi_dma_0", master, "S_AXI_LITE"),
        handoff::range(where.kernel, where.range, "hier_0_" + design.instance(), master, "s_axi_control"));
}

} // namespace

ZynqOverlay zynq_overlay(const ZynqDesign& design) {
    ZynqOverlay overlay;
    overlay.hwh = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<EDKSYSTEM>\n<EXTERNALPORTS/>\n<MODULES>\n" +
                  processor(design) +
                  handoff::dma("/hier_0/axi_dma_0", "hier_0_axi_dma_0", design.kernel.width, false) +
                  handoff::kernel("/hier_0/" + design.instance(), "hier_0_" + design.instance(), design.kernel.name,
                                  handoff::registers(stream_register_map(), {{"CLEAR", 0}})) +
                  "</MODULES>\n</EDKSYSTEM>\n";
    overlay.bit =
        handoff::bit_file(design.kernel.name, design.board.part, handoff::payload(design.kernel.name, overlay.hwh));
    return overlay;
}

} // namespace gw::shell
