// The subset of Vivado's hardware handoff that PYNQ 4.0.0's parser wants, and the header that a .bit has. PYNQ keeps
// parsed metadata by the .bit's hash alone, so the .bit holds a hash of the .hwh.
#include "shell/pynq_overlay.hpp"

#include <fmt/format.h>

#include "support/checksum.hpp"

namespace gw::shell {
namespace {

std::string property(const char* name, const std::string& value) {
    return fmt::format("<PROPERTY NAME=\"{}\" VALUE=\"{}\"/>", name, value);
}

std::string one_register(const std::string& name, std::uint32_t offset, const std::string& description, bool writable,
                         const std::string& fields = {}) {
    return fmt::format("   <REGISTER NAME=\"{}\">{}{}{}{}{}</REGISTER>\n", name, property("DESCRIPTION", description),
                       property("ADDRESS_OFFSET", std::to_string(offset)), property("SIZE", "32"),
                       property("ACCESS", writable ? "read-write" : "read-only"),
                       fields.empty() ? "" : "<FIELDS>" + fields + "</FIELDS>");
}

std::string field(const char* name, int bit) {
    return fmt::format("<FIELD NAME=\"{}\">{}{}{}{}</FIELD>", name, property("ACCESS", "read-write"),
                       property("BIT_OFFSET", std::to_string(bit)), property("BIT_WIDTH", "1"),
                       property("DESCRIPTION", name));
}

/// Registers of 64 bits appear as two: the protocol carries 32.
std::string register_elements(Control control) {
    std::string text;
    for (const Register& entry : register_map()) {
        const std::string fields =
            entry.offset == registers::control
                ? field("AP_START", 0) + field("AP_DONE", 1) + field("AP_IDLE", 2) + field("AP_READY", 3) +
                      (control == Control::ap_ctrl_chain ? field("AP_CONTINUE", 4) : "") + field("AUTO_RESTART", 7)
                : "";
        const std::string name = entry.offset == registers::control ? "CTRL" : entry.name;
        if (entry.bits <= 32) {
            text += one_register(name, entry.offset, entry.meaning, entry.writable, fields);
        } else {
            text += one_register(name + "_1", entry.offset, entry.meaning + ", low half", entry.writable);
            text += one_register(name + "_2", entry.offset + 4, entry.meaning + ", high half", entry.writable);
        }
    }
    return text;
}

std::string interface(const char* name, const char* type) {
    return fmt::format(
        "  <BUSINTERFACES><BUSINTERFACE NAME=\"{}\" TYPE=\"{}\" VLNV=\"xilinx.com:interface:aximm:1.0\"/>"
        "</BUSINTERFACES>\n",
        name, type);
}

std::string range(std::uint64_t base, const std::string& instance, const char* slave) {
    return fmt::format("   <MEMRANGE BASEVALUE=\"0x{:08X}\" HIGHVALUE=\"0x{:08X}\" INSTANCE=\"{}\" "
                       "MASTERBUSINTERFACE=\"M_AXI_HPM0_FPD\" MEMTYPE=\"REGISTER\" SLAVEBUSINTERFACE=\"{}\"/>\n",
                       base, base + ip_range - 1, instance, slave);
}

std::string parameter(const std::string& name, const std::string& value) {
    return fmt::format("   <PARAMETER NAME=\"{}\" VALUE=\"{}\"/>\n", name, value);
}

std::string processor(const std::string& kernel) {
    std::string clocks;
    for (int k = 0; k < 4; ++k)
        clocks += parameter(fmt::format("PSU__FPGA_PL{}_ENABLE", k), "0") +
                  parameter(fmt::format("PSU__CRL_APB__PL{}_REF_CTRL__DIVISOR0", k), "15") +
                  parameter(fmt::format("PSU__CRL_APB__PL{}_REF_CTRL__DIVISOR1", k), "1") +
                  parameter(fmt::format("PSU__CRL_APB__PL{}_REF_CTRL__SRCSEL", k), "IOPLL");
    return " <MODULE FULLNAME=\"/ps\" INSTANCE=\"ps\" MODTYPE=\"zynq_ultra_ps_e\" "
           "VLNV=\"xilinx.com:ip:zynq_ultra_ps_e:3.3\">\n  <PARAMETERS>\n" +
           clocks + "  </PARAMETERS>\n" + interface("M_AXI_HPM0_FPD", "MASTER") + "  <MEMORYMAP>\n" +
           range(dma_base, "hier_0_axi_dma_0", "S_AXI_LITE") + range(kernel_base, kernel, "s_axi_control") +
           range(gpio_base, "leds_gpio", "S_AXI") + "  </MEMORYMAP>\n </MODULE>\n";
}

std::string dma() {
    std::string parameters;
    for (const auto& [name, value] : {std::pair("c_include_mm2s", "1"),
                                      {"c_include_s2mm", "1"},
                                      {"c_include_sg", "0"},
                                      {"c_micro_dma", "0"},
                                      {"c_sg_length_width", "26"},
                                      {"c_m_axi_mm2s_data_width", "32"},
                                      {"c_m_axi_s2mm_data_width", "32"},
                                      {"c_include_mm2s_dre", "1"},
                                      {"c_include_s2mm_dre", "1"}})
        parameters += parameter(name, value);
    return " <MODULE FULLNAME=\"/hier_0/axi_dma_0\" INSTANCE=\"hier_0_axi_dma_0\" MODTYPE=\"axi_dma\" "
           "VLNV=\"xilinx.com:ip:axi_dma:7.1\">\n  <PARAMETERS>\n" +
           parameters + "  </PARAMETERS>\n" + interface("S_AXI_LITE", "SLAVE") + " </MODULE>\n";
}

std::string gpio() {
    return " <MODULE FULLNAME=\"/leds_gpio\" INSTANCE=\"leds_gpio\" MODTYPE=\"axi_gpio\" "
           "VLNV=\"xilinx.com:ip:axi_gpio:2.0\">\n  <PARAMETERS>\n" +
           parameter("C_GPIO_WIDTH", "4") + parameter("C_IS_DUAL", "0") + "  </PARAMETERS>\n" +
           interface("S_AXI", "SLAVE") + " </MODULE>\n";
}

/// A field of the .bit's header: two bytes of length, big endian, and the text.
std::string sized(const std::string& text) {
    const std::size_t size = text.size();
    return std::string{static_cast<char>(size >> 8U), static_cast<char>(size)} + text;
}

std::string bit_file(const std::string& name, const std::string& payload) {
    const auto text = [](char key, std::string value) {
        value.push_back('\0');
        return std::string(1, key) + sized(value);
    };
    const std::string magic("\x0f\xf0\x0f\xf0\x0f\xf0\x0f\xf0\x00", 9);
    std::string file = sized(magic) + std::string("\x00\x01", 2);
    file += text('a', name + ";UserID=0XFFFFFFFF;Version=2022.1") + text('b', "xczu7ev-ffvc1156-2-e") +
            text('c', "2000/01/01") + text('d', "00:00:00");
    const auto size = static_cast<std::uint32_t>(payload.size());
    file += 'e';
    for (int shift = 24; shift >= 0; shift -= 8)
        file += static_cast<char>(size >> static_cast<unsigned>(shift));
    return file + payload;
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
    overlay.hwh = "<EDKSYSTEM>\n<EXTERNALPORTS/>\n<MODULES>\n" + processor(kernel.name + "_1") + dma() + gpio() +
                  fmt::format(" <MODULE FULLNAME=\"/{0}_1\" INSTANCE=\"{0}_1\" MODTYPE=\"{0}\" "
                              "VLNV=\"gatewright:kernel:{0}:1.0\">\n  <ADDRESSBLOCKS><ADDRESSBLOCK "
                              "INTERFACE=\"s_axi_control\" USAGE=\"register\">\n  <REGISTERS>\n{1}  </REGISTERS>\n"
                              "  </ADDRESSBLOCK></ADDRESSBLOCKS>\n{2} </MODULE>\n",
                              kernel.name, register_elements(kernel.control), interface("s_axi_control", "SLAVE")) +
                  "</MODULES>\n</EDKSYSTEM>\n";
    std::string payload = fmt::format("gatewright overlay {} {:016x} simulated, no bitstream ", kernel.name,
                                      support::fnv1a64(overlay.hwh));
    payload.resize((payload.size() + 3) / 4 * 4, ' ');
    overlay.bit = bit_file(kernel.name, payload);
    overlay.payload = swapped(payload);
    return overlay;
}

} // namespace gw::shell
