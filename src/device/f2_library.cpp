#include "device/f2_library.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <utility>

#include <fmt/format.h>

#include "support/error.hpp"
#include "support/shared_library.hpp"

namespace gw::device {

namespace {

template <class Function> void find(void* library, const char* name, Function& function, const std::string& where) {
    function = support::find_function<Function>(library, name);
    if (function == nullptr)
        throw support::user_error(fmt::format("this is no libfpga_mgmt: it lacks {}", name), where,
                                  "install the SDK of aws-fpga 2.0 or later");
}

constexpr std::size_t huge_page = std::size_t{2} << 20;

/// Of this process, by /proc/self/pagemap (Linux's admin-guide/mm/pagemap.rst): bit 63 present, bits 0 to 54 the frame.
std::uint64_t physical_address(const std::byte* host) {
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    const auto at = reinterpret_cast<std::uintptr_t>(host);
    std::uint64_t entry = 0;
    const int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    const ssize_t got = file < 0 ? 0 : pread(file, &entry, sizeof entry, static_cast<off_t>(at / page * sizeof entry));
    if (file >= 0)
        close(file);
    const std::uint64_t frame = entry & ((std::uint64_t{1} << 55U) - 1);
    if (got != static_cast<ssize_t>(sizeof entry) || entry >> 63U == 0 || frame == 0)
        throw support::user_error("the kernel does not tell physical addresses", "/proc/self/pagemap",
                                  "start the program as root");
    return frame * page + at % page;
}

} // namespace

F2Library f2_library(void* handle, const std::string& where) {
    F2Library found{};
    find(handle, "fpga_mgmt_init", found.init, where);
    find(handle, "fpga_mgmt_describe_local_image", found.describe, where);
    find(handle, "fpga_mgmt_load_local_image_sync", found.load, where);
    find(handle, "fpga_pci_attach", found.attach, where);
    find(handle, "fpga_pci_detach", found.detach, where);
    find(handle, "fpga_pci_peek", found.peek, where);
    find(handle, "fpga_pci_poke", found.poke, where);
    found.map = support::find_function<decltype(found.map)>(handle, "gw_f2_map");
    found.unmap = support::find_function<decltype(found.unmap)>(handle, "gw_f2_unmap");
    found.violations = support::find_function<decltype(found.violations)>(handle, "gw_f2_violations");
    return found;
}

PinnedMemory::PinnedMemory(const F2Library& call, std::size_t bytes) : call_(&call) {
    const bool emulated = call.map != nullptr;
    bytes_ = (bytes + huge_page - 1) / huge_page * huge_page;
    const int kind = MAP_PRIVATE | MAP_ANONYMOUS | (emulated ? MAP_NORESERVE : MAP_HUGETLB | MAP_LOCKED | MAP_POPULATE);
    void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, kind, -1, 0);
    if (memory == MAP_FAILED)
        throw support::user_error(fmt::format("no {} bytes in huge pages of 2 MiB", bytes_), "the F2 card",
                                  "echo 64 | sudo tee /proc/sys/vm/nr_hugepages");
    host_ = static_cast<std::byte*>(memory);
    try {
        find_address(emulated);
    } catch (...) {
        munmap(memory, bytes_);
        throw;
    }
}
PinnedMemory::~PinnedMemory() {
    if (host_ == nullptr)
        return;
    if (call_->unmap != nullptr)
        call_->unmap(physical_);
    munmap(host_, bytes_);
}
PinnedMemory::PinnedMemory(PinnedMemory&& other) noexcept
    : call_(other.call_), host_(std::exchange(other.host_, nullptr)), bytes_(other.bytes_), physical_(other.physical_) {
}
void PinnedMemory::find_address(bool emulated) {
    if (emulated) {
        if (call_->map(host_, bytes_, &physical_) != 0)
            throw support::internal_error("the emulation gives a buffer no address", "the F2 card");
        return;
    }
    physical_ = physical_address(host_);
    for (std::size_t at = huge_page; at < bytes_; at += huge_page)
        if (physical_address(host_ + at) != physical_ + at)
            throw support::user_error("huge pages of a buffer do not lie in a row", "the F2 card",
                                      "use smaller batches, or reserve huge pages right after the system's start");
}

} // namespace gw::device
