// What PYNQ reads of a design: NAME.hwh, its metadata, and NAME.bit, whose payload says which design it is.
#pragma once

#include <cstdint>
#include <string>

#include "shell/kernel.hpp"

namespace gw::shell {

/// Where things lie on the design's bus.
inline constexpr std::uint64_t dma_base = 0xA0000000, kernel_base = 0xA0010000, gpio_base = 0xA0030000;
inline constexpr std::uint64_t ip_range = 0x10000;

struct PynqOverlay {
    std::string name; ///< of both files
    std::string hwh, bit;
    std::string payload; ///< of the .bit, as PYNQ uploads it
};

/// A Zynq UltraScale+ design with the kernel (its registers at kernel_base), hier_0/axi_dma_0 (AXI DMA 7.1 in simple
/// mode, which streams events through the kernel) and an AXI GPIO of four lights.
PynqOverlay pynq_overlay(const KernelInfo& kernel);

} // namespace gw::shell
