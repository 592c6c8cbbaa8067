// libfpga_mgmt, AWS's or the emulated one, loaded while the program runs; and host memory that a card reaches.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace gw::device {

/// fpga_mgmt_describe_local_image fills AWS's structure, which grows from release to release: its beginning, and room.
struct F2ImageInfo {
    int status, status_q, slot;
    std::array<char, 64> image;
    std::array<std::byte, 8192> more;
};

/// libfpga_mgmt's functions, and what the emulated one has beside them (else null).
struct F2Library {
    int (*init)();
    int (*describe)(int, F2ImageInfo*, std::uint32_t);
    int (*load)(int, char*, std::uint32_t, std::uint32_t, F2ImageInfo*);
    int (*attach)(int, int, int, std::uint32_t, int*);
    int (*detach)(int);
    int (*peek)(int, std::uint64_t, std::uint32_t*);
    int (*poke)(int, std::uint64_t, std::uint32_t);
    int (*map)(void*, std::uint64_t, std::uint64_t*);
    int (*unmap)(std::uint64_t);
    std::uint64_t (*violations)(int, const char**);
};

/// Throws support::Error (user) naming `where` and the function that the loaded library lacks.
F2Library f2_library(void* handle, const std::string& where);

/// Locked memory and its physical address, given back with its scope: huge pages in a row, whose address
/// /proc/self/pagemap tells; in emulation any memory. Throws support::Error (user) with what the system lacks.
class PinnedMemory {
  public:
    PinnedMemory(const F2Library& call, std::size_t bytes);
    ~PinnedMemory();
    PinnedMemory(PinnedMemory&& other) noexcept;
    PinnedMemory& operator=(PinnedMemory&&) = delete;

    std::span<std::byte> bytes() const { return {host_, bytes_}; }
    std::uint64_t physical() const { return physical_; }

  private:
    void find_address(bool emulated);

    const F2Library* call_;
    std::byte* host_ = nullptr;
    std::size_t bytes_ = 0;
    std::uint64_t physical_ = 0;
};

} // namespace gw::device
