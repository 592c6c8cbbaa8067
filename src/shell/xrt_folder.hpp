// A folder with which XRT of Debian 12, PYNQ and programs written for either find the simulated card as if it were one.
#pragma once

#include <filesystem>
#include <string>

#include "shell/xclbin.hpp"

namespace gw::shell {

struct XrtFolderOptions {
    std::uint32_t devices = 1;
    std::uint32_t units = 1; ///< compute units of the kernel
    std::uint32_t banks = 1;
    std::uint64_t bank_bytes = std::uint64_t{1} << 30; ///< a multiple of 4 KiB
    BankKind bank_kind = BankKind::ddr4;
};

/// Writes NAME.xclbin (hw_emu: the card's own process is in it), lib/ (links to the shim's libraries where they are
/// installed), version.json, xrt.ini, emconfig.json and setup.sh, which a shell reads before a host program starts.
/// @param bundle with its simulated card compiled
/// @param directory exists; @return the xclbin's path
/// Throws support::Error (user) where the card is not compiled.
std::filesystem::path write_xrt_folder(const std::filesystem::path& bundle, const KernelInfo& kernel,
                                       const std::filesystem::path& directory, const XrtFolderOptions& options = {});

} // namespace gw::shell
