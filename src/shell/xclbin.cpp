// Layout (xclbin.h of XRT 2.13): 456 fixed bytes, a header of 40 bytes a section, then the sections, each at a multiple
// of 8.
#include "shell/xclbin.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "support/checksum.hpp"
#include "support/error.hpp"

namespace gw::shell {
namespace {

constexpr std::size_t fixed_bytes = 456, section_bytes = 40;
constexpr std::string_view magic("xclbin2\0", 8);
// Places in the fixed part.
constexpr std::size_t at_header = 304, at_length = at_header, at_mode = 332, at_vbnv = 352, at_uuid = 416,
                      at_count = 448;

/// Little-endian integers at a growing end.
class Bytes {
  public:
    template <typename Integer> Bytes& put(Integer value) {
        for (std::size_t k = 0; k < sizeof(Integer); ++k)
            text_ += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * k));
        return *this;
    }
    Bytes& text(std::string_view value, std::size_t room) {
        text_ += value.substr(0, room - 1);
        text_.append(room - std::min(value.size(), room - 1), '\0');
        return *this;
    }
    Bytes& skip(std::size_t count, char with = '\0') {
        text_.append(count, with);
        return *this;
    }
    Bytes& append(std::string_view value) {
        text_ += value;
        return *this;
    }
    std::size_t size() const { return text_.size(); }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
};

template <typename Integer> Integer get(std::string_view bytes, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t k = 0; k < sizeof(Integer); ++k)
        value |= std::uint64_t{static_cast<unsigned char>(bytes[at + k])} << (8 * k);
    return static_cast<Integer>(value);
}

const char* name_of(XclbinSection section) {
    switch (section) {
    case XclbinSection::bitstream:
        return "BITSTREAM";
    case XclbinSection::embedded_metadata:
        return "EMBEDDED_META";
    case XclbinSection::mem_topology:
        return "MEM_TOPOLOGY";
    case XclbinSection::connectivity:
        return "CONNECTIVITY";
    case XclbinSection::ip_layout:
        return "IP_LAYOUT";
    case XclbinSection::clock_freq_topology:
        return "CLOCK_TOPO";
    case XclbinSection::build_metadata:
        return "BUILD_META";
    case XclbinSection::ask_group_topology:
        return "GROUP_TOPO";
    case XclbinSection::ask_group_connectivity:
        return "GROUP_CONN";
    }
    return "";
}

bool known(std::uint32_t kind) {
    return *name_of(static_cast<XclbinSection>(kind)) != '\0';
}

} // namespace

std::string to_bytes(const Xclbin& xclbin) {
    std::size_t length = fixed_bytes + section_bytes * xclbin.sections.size();
    for (const auto& [kind, contents] : xclbin.sections)
        length = (length + 7) / 8 * 8 + contents.size();
    Bytes out;
    out.append(magic)
        .put(std::int32_t{-1})
        .skip(28, '\xff')
        .skip(256, '\xff')
        .put(get<std::uint64_t>(std::string_view(reinterpret_cast<const char*>(xclbin.uuid.data()), xclbin.uuid.size()),
                                0));
    out.put(std::uint64_t{length})
        .put(std::uint64_t{0})
        .put(std::uint64_t{0}); // no time: the same input, the same file
    out.put(std::uint16_t{0}).put(std::uint8_t{2}).put(std::uint8_t{13});
    out.put(static_cast<std::uint16_t>(xclbin.mode)).put(std::uint16_t{0}).skip(16);
    out.text(xclbin.platform, 64);
    out.append({reinterpret_cast<const char*>(xclbin.uuid.data()), xclbin.uuid.size()}).skip(16);
    out.put(static_cast<std::uint32_t>(xclbin.sections.size())).skip(4);
    std::size_t offset = fixed_bytes + section_bytes * xclbin.sections.size();
    for (const auto& [kind, contents] : xclbin.sections) {
        offset = (offset + 7) / 8 * 8;
        out.put(static_cast<std::uint32_t>(kind)).text(name_of(kind), 16).skip(4);
        out.put(std::uint64_t{offset}).put(std::uint64_t{contents.size()});
        offset += contents.size();
    }
    for (const auto& [kind, contents] : xclbin.sections)
        out.skip((8 - out.size() % 8) % 8).append(contents);
    return out.take();
}

Xclbin xclbin_from_bytes(std::string_view bytes, const std::string& where) {
    const auto damaged = [&](const std::string& what) {
        return support::user_error(what, where, "build it again, or give another file");
    };
    if (bytes.size() < fixed_bytes || bytes.substr(0, magic.size()) != magic)
        throw damaged("not an xclbin: it does not begin with xclbin2");
    if (get<std::uint64_t>(bytes, at_length) != bytes.size())
        throw damaged(fmt::format("cut short or too long: {} bytes, where its header says {}", bytes.size(),
                                  get<std::uint64_t>(bytes, at_length)));
    Xclbin xclbin;
    xclbin.mode = static_cast<XclbinMode>(get<std::uint16_t>(bytes, at_mode));
    const std::string_view vbnv = bytes.substr(at_vbnv, 64);
    xclbin.platform = std::string(vbnv.substr(0, vbnv.find('\0')));
    std::memcpy(xclbin.uuid.data(), bytes.data() + at_uuid, xclbin.uuid.size());
    const std::size_t count = get<std::uint32_t>(bytes, at_count);
    if (count > (bytes.size() - fixed_bytes) / section_bytes)
        throw damaged(fmt::format("{} sections are more than fit", count));
    for (std::size_t k = 0; k < count; ++k) {
        const std::size_t at = fixed_bytes + section_bytes * k;
        const auto kind = get<std::uint32_t>(bytes, at);
        const auto offset = get<std::uint64_t>(bytes, at + 24), size = get<std::uint64_t>(bytes, at + 32);
        if (offset > bytes.size() || size > bytes.size() - offset)
            throw damaged(fmt::format("section {} lies beyond the end", kind));
        if (known(kind))
            xclbin.sections[static_cast<XclbinSection>(kind)] = std::string(bytes.substr(offset, size));
    }
    return xclbin;
}

CardLayout card_layout(const KernelInfo& kernel, std::uint32_t units, std::uint32_t banks, std::uint64_t bytes,
                       BankKind kind) {
    constexpr std::uint64_t first_base = 0x4000000000, first_register = 0x1800000, register_step = 0x10000;
    constexpr std::size_t longest_name = 63; // KERNEL:KERNEL_16 in IP_LAYOUT
    if (2 * kernel.name.size() + 4 > longest_name)
        throw support::user_error("the kernel's name is too long for an xclbin: " + kernel.name, {},
                                  "give the network a name of at most 22 characters, and build it again");
    CardLayout layout;
    for (std::uint32_t k = 0; k < banks; ++k)
        layout.banks.push_back(
            {fmt::format("{}[{}]", kind == BankKind::hbm ? "HBM" : "DDR", k), kind, first_base + k * bytes, bytes});
    for (std::uint32_t k = 0; k < units; ++k)
        layout.units.push_back(
            {fmt::format("{}_{}", kernel.name, k + 1), first_register + k * register_step, k % banks, k % banks});
    return layout;
}

namespace {

std::string memory_section(const CardLayout& layout) {
    Bytes out;
    out.put(static_cast<std::int32_t>(layout.banks.size())).skip(4);
    for (const Bank& bank : layout.banks)
        out.put(static_cast<std::uint8_t>(bank.kind))
            .put(std::uint8_t{1})
            .skip(6)
            .put(std::uint64_t{bank.bytes / 1024})
            .put(bank.base)
            .text(bank.tag, 16);
    return out.take();
}

std::string layout_section(const KernelInfo& kernel, const CardLayout& layout) {
    Bytes out;
    out.put(static_cast<std::int32_t>(layout.units.size())).skip(4);
    constexpr std::uint32_t is_kernel = 1, interrupts = 1, control_bit = 8; // bits 8 to 15: IP_CONTROL
    const std::uint32_t properties =
        interrupts | (kernel.control == Control::ap_ctrl_chain ? std::uint32_t{1} << control_bit : 0);
    for (const ComputeUnit& unit : layout.units)
        out.put(is_kernel).put(properties).put(unit.base).text(kernel.name + ":" + unit.name, 64);
    return out.take();
}

/// Argument 0 is the input's address, 1 the output's; 2, the number of events, is in no bank.
std::string connectivity_section(const CardLayout& layout) {
    Bytes out;
    out.put(static_cast<std::int32_t>(2 * layout.units.size()));
    for (std::size_t k = 0; k < layout.units.size(); ++k)
        for (const auto& [argument, bank] :
             {std::pair(0, layout.units[k].input_bank), std::pair(1, layout.units[k].output_bank)})
            out.put(std::int32_t{argument}).put(static_cast<std::int32_t>(k)).put(static_cast<std::int32_t>(bank));
    return out.take();
}

std::string clock_section(const KernelInfo& kernel) {
    Bytes out;
    out.put(std::int16_t{1});
    const auto mhz = static_cast<std::uint16_t>(1000 / kernel.clock_ns);
    out.put(mhz).put(std::uint8_t{1}).skip(5).text("DATA_CLK", 128);
    return out.take();
}

std::string metadata(const KernelInfo& kernel, const CardLayout& layout) {
    std::string instances;
    for (const ComputeUnit& unit : layout.units)
        instances += fmt::format(R"(<instance name="{}"><addrRemap base="{:#x}" port="S_AXI_CONTROL"/></instance>)",
                                 unit.name, unit.base);
    return fmt::format(
        R"(<?xml version="1.0" encoding="UTF-8"?>
<project name="{0}"><platform vendor="gatewright" boardid="simulated" name="card" featureRomTime="0"><version major="1" minor="0"/><description/><device name="fpga0" fpgaDevice="virtexuplusHBM:xcu50"><core name="OCL_REGION_0" type="clc_region" target="bitstream"><kernelClocks><clock port="DATA_CLK" frequency="{1:.1f}MHz"/></kernelClocks><kernel name="{0}" language="ip_c" vlnv="gatewright:kernel:{0}:1.0" attributes="" preferredWorkGroupSizeMultiple="0" workGroupSize="1" interrupt="true" hwControlProtocol="{6}"><port name="M_AXI_IN" mode="master" range="0xFFFFFFFFFFFFFFFF" dataWidth="512" portType="addressable" base="0x0"/><port name="M_AXI_OUT" mode="master" range="0xFFFFFFFFFFFFFFFF" dataWidth="512" portType="addressable" base="0x0"/><port name="S_AXI_CONTROL" mode="slave" range="0x1000" dataWidth="32" portType="addressable" base="0x0"/><arg name="input" addressQualifier="1" id="0" port="M_AXI_IN" size="0x8" offset="{2:#x}" hostOffset="0x0" hostSize="0x8" type="void*"/><arg name="output" addressQualifier="1" id="1" port="M_AXI_OUT" size="0x8" offset="{3:#x}" hostOffset="0x0" hostSize="0x8" type="void*"/><arg name="events" addressQualifier="0" id="2" port="S_AXI_CONTROL" size="0x4" offset="{4:#x}" hostOffset="0x0" hostSize="0x4" type="uint"/>{5}</kernel></core></device></platform></project>
)",
        kernel.name, 1000 / kernel.clock_ns, registers::input_address, registers::output_address, registers::events,
        instances, to_string(kernel.control));
}

/// FNV-1a over two halves: a name for contents, no seal.
std::array<std::uint8_t, 16> uuid_of(const Xclbin& xclbin) {
    std::array<support::Fnv1a64, 2> halves{support::Fnv1a64(), support::Fnv1a64(0x84222325cbf29ce4)};
    for (const auto& [kind, contents] : xclbin.sections)
        for (support::Fnv1a64& half : halves)
            half.add(contents);
    std::array<std::uint8_t, 16> uuid{};
    for (std::size_t k = 0; k < uuid.size(); ++k)
        uuid[k] = static_cast<std::uint8_t>(halves[k / 8].value() >> (8 * (k % 8)));
    uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x80); // RFC 9562: version 8, of our own making
    uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);
    return uuid;
}

} // namespace

Xclbin describe(const KernelInfo& kernel, const CardLayout& layout, XclbinMode mode, std::string bitstream) {
    Xclbin xclbin;
    xclbin.mode = mode;
    xclbin.platform = "gatewright_card_1_0";
    xclbin.sections[XclbinSection::bitstream] = std::move(bitstream);
    xclbin.sections[XclbinSection::mem_topology] = memory_section(layout);
    xclbin.sections[XclbinSection::ask_group_topology] = memory_section(layout);
    xclbin.sections[XclbinSection::ip_layout] = layout_section(kernel, layout);
    xclbin.sections[XclbinSection::connectivity] = connectivity_section(layout);
    xclbin.sections[XclbinSection::ask_group_connectivity] = connectivity_section(layout);
    xclbin.sections[XclbinSection::clock_freq_topology] = clock_section(kernel);
    xclbin.sections[XclbinSection::embedded_metadata] = metadata(kernel, layout);
    xclbin.sections[XclbinSection::build_metadata] =
        R"({"build_metadata":{"dsa":{},"xclbin":{"generated_by":{"name":"gatewright","version":"2022.1"}}}})";
    xclbin.uuid = uuid_of(xclbin);
    return xclbin;
}

} // namespace gw::shell
