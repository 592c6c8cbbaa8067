// The simulated board behind PYNQ.remote: addresses that lead to the kernel, the DMA, lights and the processor's
// clocks.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "device/card.hpp"
#include "remote/dma.hpp"
#include "shell/kernel.hpp"

namespace gw::remote {

/// Thread-safe. Throws support::Error (user) for an address where nothing is.
class Board {
  public:
    /// @param ended asked while a kernel runs: true to give it up, since the server ends
    Board(
        std::unique_ptr<device::Card> card, shell::KernelInfo kernel,
        std::function<bool()> ended = [] { return false; });

    /// 32 bits at a multiple of 4. A read of the kernel's control register while it runs waits for its end, 100 ms at
    /// most: so a host that polls asks seldom.
    std::uint32_t read(std::uint64_t address);
    void write(std::uint64_t address, std::uint32_t value);
    /// Whether all of the range is somewhere.
    bool holds(std::uint64_t base, std::uint64_t length) const;
    /// What loading a bitstream does to the programmable logic. A kernel that runs for the DMA is given up.
    void program();

    device::Card& card() { return *card_; }
    const shell::KernelInfo& kernel() const { return kernel_; }

  private:
    std::uint32_t read_kernel(std::uint32_t offset);

    std::unique_ptr<device::Card> card_;
    shell::KernelInfo kernel_;
    std::atomic<bool> programming_ = false;
    std::function<bool()> ended_;
    Dma dma_;
    std::map<std::uint64_t, std::uint32_t> plain_; ///< registers that only remember
    bool running_ = false;
    std::mutex mutex_;
};

} // namespace gw::remote
