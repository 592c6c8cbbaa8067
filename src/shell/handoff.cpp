#include "shell/handoff.hpp"

#include <fmt/format.h>

#include "support/checksum.hpp"

namespace gw::shell::handoff {
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

/// A field of the .bit's header: two bytes of length, big endian, and the text.
std::string sized(const std::string& text) {
    const std::size_t size = text.size();
    return std::string{static_cast<char>(size >> 8U), static_cast<char>(size)} + text;
}

} // namespace

std::string registers(const std::vector<Register>& map,
                      const std::vector<std::pair<const char*, int>>& control_fields) {
    std::string text;
    for (const Register& entry : map) {
        std::string fields;
        if (entry.offset == 0)
            for (const auto& [name, bit] : control_fields)
                fields += field(name, bit);
        const std::string name = entry.offset == 0 ? "CTRL" : entry.name;
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

std::string range(std::uint64_t base, std::uint64_t bytes, const std::string& instance, const char* master,
                  const char* slave) {
    return fmt::format("   <MEMRANGE BASEVALUE=\"0x{:08X}\" HIGHVALUE=\"0x{:08X}\" INSTANCE=\"{}\" "
                       "MASTERBUSINTERFACE=\"{}\" MEMTYPE=\"REGISTER\" SLAVEBUSINTERFACE=\"{}\"/>\n",
                       base, base + bytes - 1, instance, master, slave);
}

std::string parameter(const std::string& name, const std::string& value) {
    return fmt::format("   <PARAMETER NAME=\"{}\" VALUE=\"{}\"/>\n", name, value);
}

std::string dma(const std::string& full_name, const std::string& instance, std::uint32_t width, bool unaligned) {
    const std::string bits = std::to_string(width), realigns = unaligned ? "1" : "0";
    std::string parameters;
    for (const auto& [name, value] : {std::pair<const char*, std::string>("c_include_mm2s", "1"),
                                      {"c_include_s2mm", "1"},
                                      {"c_include_sg", "0"},
                                      {"c_micro_dma", "0"},
                                      {"c_sg_length_width", "26"},
                                      {"c_m_axi_mm2s_data_width", bits},
                                      {"c_m_axi_s2mm_data_width", bits},
                                      {"c_include_mm2s_dre", realigns},
                                      {"c_include_s2mm_dre", realigns}})
        parameters += parameter(name, value);
    return fmt::format(" <MODULE FULLNAME=\"{}\" INSTANCE=\"{}\" MODTYPE=\"axi_dma\" "
                       "VLNV=\"xilinx.com:ip:axi_dma:7.1\">\n  <PARAMETERS>\n{}  </PARAMETERS>\n{} </MODULE>\n",
                       full_name, instance, parameters, interface("S_AXI_LITE", "SLAVE"));
}

std::string kernel(const std::string& full_name, const std::string& instance, const std::string& type,
                   const std::string& register_elements) {
    return fmt::format(" <MODULE FULLNAME=\"{}\" INSTANCE=\"{}\" MODTYPE=\"{}\" "
                       "VLNV=\"gatewright:kernel:{}:1.0\">\n  <ADDRESSBLOCKS><ADDRESSBLOCK "
                       "INTERFACE=\"s_axi_control\" USAGE=\"register\">\n  <REGISTERS>\n{}  </REGISTERS>\n"
                       "  </ADDRESSBLOCK></ADDRESSBLOCKS>\n{} </MODULE>\n",
                       full_name, instance, type, type, register_elements, interface("s_axi_control", "SLAVE"));
}

std::string bit_file(const std::string& name, const std::string& part, const std::string& payload) {
    const auto text = [](char key, std::string value) {
        value.push_back('\0');
        return std::string(1, key) + sized(value);
    };
    const std::string magic("\x0f\xf0\x0f\xf0\x0f\xf0\x0f\xf0\x00", 9);
    std::string file = sized(magic) + std::string("\x00\x01", 2);
    file += text('a', name + ";UserID=0XFFFFFFFF;Version=2022.1") + text('b', part) + text('c', "2000/01/01") +
            text('d', "00:00:00");
    const auto size = static_cast<std::uint32_t>(payload.size());
    file += 'e';
    for (int shift = 24; shift >= 0; shift -= 8)
        file += static_cast<char>(size >> static_cast<unsigned>(shift));
    return file + payload;
}

std::string payload(const std::string& name, const std::string& hwh) {
    std::string text =
        fmt::format("gatewright overlay {} {:016x} simulated, no bitstream ", name, support::fnv1a64(hwh));
    text.resize((text.size() + 3) / 4 * 4, ' ');
    return text;
}

} // namespace gw::shell::handoff
