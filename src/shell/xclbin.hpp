// The xclbin container (axlf, UG1393 and XRT's xclbin.h): what XRT, PYNQ and xclbinutil read of a kernel.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shell/kernel.hpp"

namespace gw::shell {

enum class XclbinSection : std::uint32_t {
    bitstream = 0,
    embedded_metadata = 2,
    mem_topology = 6,
    connectivity = 7,
    ip_layout = 8,
    clock_freq_topology = 11,
    build_metadata = 14,
    ask_group_topology = 26,
    ask_group_connectivity = 27
};

enum class XclbinMode : std::uint16_t { hardware = 0, hw_emulation = 4, sw_emulation = 5 };

/// The container: sections by kind.
struct Xclbin {
    XclbinMode mode = XclbinMode::hw_emulation;
    std::string platform;                ///< VBNV, at most 63 characters
    std::array<std::uint8_t, 16> uuid{}; ///< of this file
    std::map<XclbinSection, std::string> sections;
};

std::string to_bytes(const Xclbin& xclbin);
/// Sections of other kinds are passed over. Throws support::Error (user) naming `where` and what is damaged.
Xclbin xclbin_from_bytes(std::string_view bytes, const std::string& where);

enum class BankKind : std::uint8_t { ddr4 = 1, hbm = 6, host = 10 };

struct Bank {
    std::string tag; ///< "DDR[0]", "HBM[3]": at most 15 characters
    BankKind kind = BankKind::ddr4;
    std::uint64_t base = 0, bytes = 0; ///< multiples of 4 KiB
};

/// One instance of the kernel, and the banks that its two masters reach.
struct ComputeUnit {
    std::string name;       ///< of the instance: "muon_kernel_1"
    std::uint64_t base = 0; ///< of its registers
    std::uint32_t input_bank = 0, output_bank = 0;
};

/// How many compute units of one kernel stand on a card, and its memory.
struct CardLayout {
    std::vector<Bank> banks;
    std::vector<ComputeUnit> units;
};

/// N units named KERNEL_1 ..., each with a bank of its own (as many as there are), of `bytes` each.
CardLayout card_layout(const KernelInfo& kernel, std::uint32_t units, std::uint32_t banks, std::uint64_t bytes,
                       BankKind kind);

/// All sections that describe the kernel; the bitstream is the caller's. The uuid is made of all of it.
Xclbin describe(const KernelInfo& kernel, const CardLayout& layout, XclbinMode mode, std::string bitstream);

} // namespace gw::shell
