// Debian's XRT 2.13 has two defects in emulation (notes on both in docs/card.md): a message buffer that is never stored
// when it grows, and a wait that sleeps whole seconds. The first message is made the largest one, by configuration
// alone; and a library loaded before XRT shortens its sleeps.
#include "shell/xrt_folder.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "shell/card.hpp"
#include "shell/pynq_overlay.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/zip.hpp"

namespace gw::shell {
namespace {

namespace fs = std::filesystem;

std::string simulate_script(const CardLayout& layout) {
    std::string units;
    for (const ComputeUnit& unit : layout.units)
        units += fmt::format(" {:#x}", unit.base);
    const Bank &first = layout.banks.front(), &last = layout.banks.back();
    return fmt::format("#!/bin/sh\n# XRT starts this in the folder that it has unpacked.\n"
                       "exec ./xrt_device ./libcard.so {:#x} {:#x}{}\n",
                       first.base, last.base + last.bytes - first.base, units);
}

std::string emconfig(const XrtFolderOptions& options) {
    std::string banks;
    for (std::uint32_t k = 0; k < options.banks; ++k)
        banks += fmt::format("{}{{\"Size\": \"{}MB\"}}", k == 0 ? "" : ", ", options.bank_bytes >> 20);
    std::string boards;
    for (std::uint32_t k = 0; k < options.devices; ++k)
        boards += fmt::format(
            "{}{{\"NumBoards\": \"1\", \"Devices\": [{{\"Name\": \"gatewright_card_1_0\", \"NumDevices\": \"1\", "
            "\"OclFreqency\": \"300\", \"DdrBanks\": [{}]}}]}}",
            k == 0 ? "" : ", ", banks);
    return fmt::format("{{\"Version\": {{\"FileVersion\": \"2.0\", \"ToolVersion\": \"2022.1\"}}, \"Platform\": "
                       "{{\"UnifiedPlatform\": \"true\", \"ExpandedPR\": \"true\", \"Boards\": [{}]}}}}\n",
                       boards);
}

std::string ini() {
    constexpr std::size_t longest_message = 80'000, packet = 65'536;
    return fmt::format(
        "# The padding makes XRT's first message its longest, so that its buffer never grows (docs/card.md).\n"
        "[Debug]\npad={}\n[Emulation]\npacket_size={}\nprint_infos_in_console=false\nkeep_run_dir=false\n"
        "",
        std::string(longest_message, 'x'), packet);
}

constexpr const char* setup =
    R"sh(# Read by a shell: . setup.sh; then start any XRT, OpenCL or PYNQ program, and give it the xclbin.
if [ -n "${BASH_VERSION:-}" ]; then eval 'here=${BASH_SOURCE[0]}'; elif [ -n "${ZSH_VERSION:-}" ]; then eval 'here=${(%):-%x}'; else here=./setup.sh; fi
here=$(CDPATH= cd -- "$(dirname -- "$here")" && pwd)
[ -e "$here/xrt.ini" ] || { echo "setup.sh: go to its folder first, or use bash" >&2; return 1; }
case "$here" in *[\ :]*) echo "setup.sh: no blank or colon may be in the path of $here" >&2; return 1 ;; esac
export XILINX_XRT="$here" XCL_EMULATION_MODE=hw_emu XRT_INI_PATH="$here/xrt.ini" EMCONFIG_PATH="$here"
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" LD_PRELOAD="$here/lib/libxrt_sleep.so${LD_PRELOAD:+:$LD_PRELOAD}"
# OpenCL's loader finds XRT's platform here (ocl-icd by the first name, Khronos' by the second).
export OCL_ICD_VENDORS="$here/opencl" OCL_ICD_FILENAMES="$here/lib/libxilinxopencl.so.2"
# XRT meets its device at /tmp/$USER/$EMULATION_SOCKETID, and unpacks the bitstream in a folder that is this shell's alone.
export USER="${USER:-$(id -un)}" EMULATION_SOCKETID="gatewright_$(od -An -N8 -tx1 /dev/urandom | tr -d ' ')"
export SDACCEL_EM_RUN_DIR="${SDACCEL_EM_RUN_DIR:-$(mktemp -d)}"
)sh";

/// Links to every library of the shim; XRT looks for them in lib/ of its prefix only.
void link_libraries(const fs::path& directory) {
    fs::create_directories(directory);
    for (const char* folder : {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"}) {
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(folder, ignored)) {
            const std::string name = entry.path().filename().string();
            if ((name.starts_with("libxrt") || name.starts_with("libxilinxopencl")) &&
                name.find(".so") != std::string::npos && !fs::exists(directory / name))
                fs::create_symlink(entry.path(), directory / name);
        }
    }
}

} // namespace

fs::path write_xrt_folder(const fs::path& bundle, const KernelInfo& kernel, const fs::path& directory,
                          const XrtFolderOptions& options) {
    for (const char* file : {card_library, card_xrt_device, card_xrt_sleep})
        if (!fs::exists(bundle / file))
            throw support::user_error("the bundle has no compiled card", (bundle / file).string(),
                                      "build it without --no-card");
    const CardLayout layout = card_layout(kernel, options.units, options.banks, options.bank_bytes, options.bank_kind);
    const std::string inside = "behav_waveform/xsim/";
    support::ZipOptions all_run;
    all_run.time = 946684800;
    all_run.mode = 0755;
    const fs::path xclbin = directory / (kernel.name + ".xclbin");
    const std::string bitstream =
        support::zipped({{inside + "simulate.sh", simulate_script(layout)},
                         {inside + "xrt_device", support::read_file(bundle / card_xrt_device)},
                         {inside + "libcard.so", support::read_file(bundle / card_library)}},
                        all_run, xclbin.string());
    support::write_file(xclbin, to_bytes(describe(kernel, layout, XclbinMode::hw_emulation, bitstream)));
    support::write_file(directory / "xrt.ini", ini());
    support::write_file(directory / "emconfig.json", emconfig(options));
    support::write_file(directory / "version.json", "{\"BUILD_VERSION\": \"2.13.466\"}\n");
    support::write_file(directory / "setup.sh", setup);
    fs::create_directories(directory / "opencl");
    support::write_file(directory / "opencl/xilinx.icd", "libxilinxopencl.so.2\n");
    const PynqOverlay overlay = pynq_overlay(kernel); // for PYNQ 4, which knows no xclbin
    support::write_file(directory / (overlay.name + ".bit"), overlay.bit);
    support::write_file(directory / (overlay.name + ".hwh"), overlay.hwh);
    link_libraries(directory / "lib");
    support::write_file(directory / "lib/libxrt_sleep.so", support::read_file(bundle / card_xrt_sleep));
    return xclbin;
}

} // namespace gw::shell
