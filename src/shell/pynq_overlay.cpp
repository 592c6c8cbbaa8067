// The subset of Vivado's hardware handoff that PYNQ 4.0.0's parser wants, and the header that a .bit has. PYNQ keeps
// parsed metadata by the .bit's hash alone, so the .bit holds a hash of the .hwh.
#include "shell/pynq_overlay.hpp"

#include "shell/handoff.hpp"

#include <fmt/format.h>

namespace gw::shell {
namespace {

constexpr const char* master = "M_AXI_HPM0_FPD";

std::string processor(const std::string& kernel) {
    std::string clocks;
    for (int k = 0; k < 4; ++k)
        clocks += handoff::parameter(fmt::format("PSU__FPGA_PL{}_ENABLE", k), "0") +
                  handoff::parameter(fmt::format("PSU__CRL_APB__PL{}_REF_CTRL__DIVISOR0", k), "15") +
                  handoff::parameter(fmt::format("PSU__CRL_APB__PL{}_REF_CTRL__DIVISOR1", k), "1") +
                  handoff::parameter(fmt::format("PSU__CRL_APB__PL{}_REF_CTRL__SRCSEL", k), "IOPLL");
    return " <MODULE FULLNAME=\"/ps\" INSTANCE=\"ps\" MODTYPE=\"zynq_ultra_ps_e\" "
           "VLNV=\"xilinx.com:ip:zynq_ultra_ps_e:3.3\">\n  <PARAMETERS>\n" +
           clocks + "  </PARAMETERS>\n" + handoff::interface(master, "MASTER") + "  <MEMORYMAP>\n" +
           handoff::range(dma_base, ip_range, "hier_0_axi_dma_0", master, "S_AXI_LITE") +
           handoff::range(kernel_base, ip_range, kernel, master, "s_axi_control") +
           handoff::range(gpio_base, ip_range, "leds_gpio", master, "S_AXI") + "  </MEMORYMAP>\n </MODULE>\n";
}

std::string gpio() {
    return " <MODULE FULLNAME=\"/leds_gpio\" INSTANCE=\"leds_gpio\" MODTYPE=\"axi_gpio\" "
           "VLNV=\"xilinx.com:ip:axi_gpio:2.0\">\n  <PARAMETERS>\n" +
           handoff::parameter("C_GPIO_WIDTH", "4") + handoff::parameter("C_IS_DUAL", "0") + "  </PARAMETERS>\n" +
           handoff::interface("S_AXI", "SLAVE") + " </MODULE>\n";
}

/// PYNQ swaps the bytes of each word on the way to .bin.
std::string swapped(std::string text) {
    for (std::size_t k = 0; k + 4 <= text.size(); k += 4) {
        std::swap(text[k], text[k + 3]);
        std::swap(text[k + 1], text[k + 2]);
    }
    return text;
}

} // namespace

PynqOverlay pynq_overlay(const KernelInfo& kernel) {
    PynqOverlay overlay;
    overlay.name = kernel.name;
    const std::string instance = kernel.name + "_1";
    constexpr std::uint32_t width = 32;
    std::vector<std::pair<const char*, int>> control{{"AP_START", 0}, {"AP_DONE", 1}, {"AP_IDLE", 2}, {"AP_READY", 3}};
    if (kernel.control == Control::ap_ctrl_chain)
        control.emplace_back("AP_CONTINUE", 4);
    control.emplace_back("AUTO_RESTART", 7);
    overlay.hwh = "<EDKSYSTEM>\n<EXTERNALPORTS/>\n<MODULES>\n" + processor(instance) +
                  handoff::dma("/hier_0/axi_dma_0", "hier_0_axi_dma_0", width, true) + gpio() +
                  handoff::kernel("/" + instance, instance, kernel.name, handoff::registers(register_map(), control)) +
                  "</MODULES>\n</EDKSYSTEM>\n";
    const std::string payload = handoff::payload(kernel.name, overlay.hwh);
    overlay.bit = handoff::bit_file(kernel.name, "xczu7ev-ffvc1156-2-e", payload);
    overlay.payload = swapped(payload);
    return overlay;
}

} // namespace gw::shell
