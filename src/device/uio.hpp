// Registers and memory of programmable logic as a Linux program reaches them without a driver of its own: UIO devices
// (Linux, Documentation/driver-api/uio-howto) and a buffer of u-dma-buf (ikwzm/udmabuf), both found by name in sysfs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace gw::device {

/// A file's first bytes in this process's memory, shared with whoever else maps it.
class MappedFile {
  public:
    /// Throws support::Error (user) naming the file and the system's reason.
    MappedFile(const std::filesystem::path& file, std::size_t bytes);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::byte* data() const { return data_; }
    std::size_t size() const { return size_; }

  private:
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

/// A UIO device's first map: 32-bit registers, each access a bus access of its own, in the program's order.
class UioRegisters {
  public:
    /// @param root of the file system: "/" but for tests
    /// @param name as in /sys/class/uio/uioN/name; the device tree's node name
    /// Throws support::Error (user) where no UIO device or several have that name, or it cannot be mapped.
    UioRegisters(const std::filesystem::path& root, const std::string& name);

    /// @param offset in bytes, a multiple of 4 inside the map
    std::uint32_t read(std::uint32_t offset) const;
    /// What was written to memory before is there for the device before the register is.
    void write(std::uint32_t offset, std::uint32_t value) const;

  private:
    volatile std::uint32_t* at(std::uint32_t offset) const;

    std::string name_;
    MappedFile map_;
};

/// A physically contiguous buffer, mapped without cache, so nothing need be flushed: u-dma-buf does so for O_SYNC, and
/// its sync_mode 2 (write-combining) makes it memory to which any copy may be made.
class DmaBuffer {
  public:
    /// @param name as in /sys/class/u-dma-buf
    DmaBuffer(const std::filesystem::path& root, const std::string& name);

    std::uint64_t address() const { return address_; } ///< of its first byte, as the DMA sees it
    std::span<std::byte> bytes() const { return {map_.data(), map_.size()}; }

  private:
    std::uint64_t address_;
    MappedFile map_;
};

} // namespace gw::device
