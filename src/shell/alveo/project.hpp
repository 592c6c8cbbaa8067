// A bundle's kernel as a Vitis RTL kernel for Alveo cards: what Vivado needs to package it, and v++ to link it.
//
// Sources of the formats: UG1393 (RTL kernels, v++ configuration files), UG1118 (IP packaging by Tcl).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shell/card.hpp"
#include "shell/xclbin.hpp"

namespace gw::shell {

/// A card: its platform as v++ names it, its memory and its dies.
struct AlveoCard {
    std::string name;     ///< "u50"
    std::string platform; ///< of AMD's last release for it; the Makefile's PLATFORM overrides it
    std::string part;
    std::uint32_t hbm_banks = 0; ///< 0: no HBM
    std::uint64_t hbm_bank_bytes = 0;
    std::vector<std::uint32_t> ddr_dies; ///< for each DDR bank, the die (SLR) at which it is; empty: no DDR
    std::uint64_t ddr_bank_bytes = 0;
    std::uint32_t dies = 1; ///< SLRs; HBM is at SLR 0
};
const std::vector<AlveoCard>& alveo_cards();
/// Throws support::Error (user), naming those that there are.
const AlveoCard& alveo_card(const std::string& name);

struct AlveoOptions {
    AlveoCard card;
    std::uint32_t units = 1; ///< compute units
    std::uint32_t banks = 0; ///< that they use; 0: one each, as many as there are
    BankKind memory = BankKind::hbm;
    double kernel_mhz = 300;
};

struct AlveoProject {
    CardLayout layout;
    rtl::Files files; ///< paths from the project's root
};

/// @param sources Verilog of core and kernel, by name
/// Throws support::Error (user) for memory or banks that the card does not have.
AlveoProject alveo_project(const CardDescription& card, const rtl::Files& sources, const AlveoOptions& options);

} // namespace gw::shell
