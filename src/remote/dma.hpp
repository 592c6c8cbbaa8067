// AXI DMA in simple mode, with the kernel between its two streams (PG021, "AXI DMA").
#pragma once

#include <cstdint>
#include <vector>

#include "device/card.hpp"
#include "device/engine.hpp"
#include "shell/kernel.hpp"

namespace gw::remote {

/// Events stream in and out as their elements in a row, ceil(width / 8) bytes each, without an event's padding. A
/// packet (one transfer to the device) is whole events, and its outputs are one packet. Not thread-safe.
class Dma {
  public:
    /// @param given_up asked while the kernel runs
    Dma(device::Card& card, const shell::KernelInfo& kernel, device::Cancelled given_up);

    /// @param offset in bytes, a multiple of 4
    std::uint32_t read(std::uint64_t offset) const;
    /// A transfer's length starts it; once both sides wait, the kernel runs before this returns.
    void write(std::uint64_t offset, std::uint32_t value);
    void reset();

  private:
    struct Channel {
        std::uint32_t control = 0, status = 1; ///< halted
        std::uint64_t address = 0;
        std::uint32_t length = 0; ///< asked for, and afterwards what was transferred
        bool active = false;
    };
    void run();
    void make_idle();
    std::vector<std::byte> computed(const std::vector<std::byte>& stream, std::uint32_t events);
    static void finish(Channel& channel, std::uint32_t bytes);
    static void fail(Channel& channel);
    Channel& channel_of(std::uint64_t offset) { return offset < 0x30 ? to_device_ : from_device_; }

    device::Card& card_;
    const shell::KernelInfo& kernel_;
    device::Cancelled given_up_;
    Channel to_device_, from_device_;
};

} // namespace gw::remote
