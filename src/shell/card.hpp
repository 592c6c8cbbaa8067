// The simulated card: the Verilated kernel, its memory and an AXI protocol checker behind a C interface, in one shared
// library that a program loads at run time. And the description by which any driver knows the card, simulated or real.
#pragma once

#include <filesystem>
#include <string>

#include "shell/kernel.hpp"

namespace gw::shell {

/// What a driver must know: the contents of shell/card.json.
struct CardDescription {
    rtl::Core core;
    KernelInfo kernel;
};
std::string to_json(const CardDescription& card);
/// Throws support::Error (user) naming `where` and what is missing or wrong.
CardDescription card_from_json(const std::string& text, const std::string& where);
/// The description in a bundle, by the bundle's folder. Throws as card_from_json, or where there is none.
CardDescription read_card(const std::filesystem::path& bundle);

/// C++ sources of the simulated card, paths from the bundle's root.
rtl::Files card_sources(const KernelInfo& kernel);

/// Where the compiled card lies in a bundle, and its description.
inline constexpr const char* card_library = "card/libcard.so";
inline constexpr const char* card_xrt_device = "card/xrt_device"; ///< the same behind XRT's hw_emu shim
inline constexpr const char* card_description = "shell/card.json";

inline constexpr const char* card_xrt_sleep = "card/libxrt_sleep.so"; ///< loaded before that shim

/// Compiles a bundle's simulated card with Verilator and the C++ compiler: reads rtl/, shell/kernel/ and card/, writes
/// card_library, card_xrt_device and card_xrt_sleep. Throws support::Error if a tool is absent or refuses. Takes
/// seconds for a small core, a minute or two for thousands of adders.
void compile_card(const std::filesystem::path& bundle, const KernelInfo& kernel);

} // namespace gw::shell
