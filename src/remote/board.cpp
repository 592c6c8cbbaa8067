#include "remote/board.hpp"

#include <chrono>

#include <fmt/format.h>

#include "shell/pynq_overlay.hpp"
#include "support/error.hpp"

namespace gw::remote {
namespace {

using shell::dma_base;
using shell::gpio_base;
using shell::ip_range;
using shell::kernel_base;

/// Where registers only remember what was written: lights, and the processor's clocks and widths (UG1087).
struct Range {
    std::uint64_t base, length;
};
constexpr Range remembered[] = {{gpio_base, ip_range}, {0xFF5E0000, 0x1000}, {0xFD1A0000, 0x1000},
                                {0xFD615000, 0x1000},  {0xFF419000, 0x1000}, {0xFD360000, 0x50000},
                                {0xFF9B0000, 0x1000}};

/// PLLs that lock and clocks of 100 MHz, for PYNQ reads them.
std::map<std::uint64_t, std::uint32_t> after_power_up() {
    constexpr std::uint32_t pll = 0x2D00, clock = 0x01010F00;
    return {{0xFF5E0020, pll},   {0xFF5E0030, pll},   {0xFD1A0020, pll},   {0xFD1A002C, pll},  {0xFD1A0038, pll},
            {0xFF5E00C0, clock}, {0xFF5E00C4, clock}, {0xFF5E00C8, clock}, {0xFF5E00CC, clock}};
}

bool within(std::uint64_t address, std::uint64_t base, std::uint64_t length) {
    return address >= base && address - base < length;
}

[[noreturn]] void nothing_there(std::uint64_t address) {
    throw support::user_error(fmt::format("nothing is at address {:#x} of this design", address), {},
                              "ip_dict of the overlay lists what there is");
}

} // namespace

Board::Board(std::unique_ptr<device::Card> card, shell::KernelInfo kernel, std::function<bool()> ended)
    : card_(std::move(card)), kernel_(std::move(kernel)), ended_(std::move(ended)),
      dma_(*card_, kernel_, [this] { return programming_.load() || ended_(); }), plain_(after_power_up()) {
    constexpr std::size_t page = 4096;
    card_->allocate(page); // address 0 is no buffer's: PYNQ takes it for a failure
}

bool Board::holds(std::uint64_t base, std::uint64_t length) const {
    const auto inside = [&](const Range& range) {
        return within(base, range.base, range.length) && length <= range.length - (base - range.base);
    };
    bool found = inside({dma_base, ip_range}) || inside({kernel_base, ip_range});
    for (const Range& range : remembered)
        found = found || inside(range);
    return found;
}

std::uint32_t Board::read_kernel(std::uint32_t offset) {
    std::uint32_t value = card_->read_register(offset);
    if (offset != shell::registers::control || !running_)
        return value;
    constexpr std::uint32_t done = 2;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
    while ((value & done) == 0 && !programming_ && !ended_() && std::chrono::steady_clock::now() < end) {
        card_->wait(std::chrono::milliseconds(1));
        value = card_->read_register(offset);
    }
    running_ = (value & done) == 0;
    return value;
}

std::uint32_t Board::read(std::uint64_t address) {
    const std::lock_guard lock(mutex_);
    if (within(address, kernel_base, ip_range))
        return read_kernel(static_cast<std::uint32_t>(address - kernel_base));
    if (within(address, dma_base, ip_range))
        return dma_.read(address - dma_base);
    if (!holds(address, 4))
        nothing_there(address);
    const auto found = plain_.find(address);
    return found == plain_.end() ? 0 : found->second;
}

void Board::write(std::uint64_t address, std::uint32_t value) {
    const std::lock_guard lock(mutex_);
    if (within(address, kernel_base, ip_range)) {
        const auto offset = static_cast<std::uint32_t>(address - kernel_base);
        running_ = running_ || (offset == shell::registers::control && (value & 1U) != 0);
        card_->write_register(offset, value);
    } else if (within(address, dma_base, ip_range)) {
        dma_.write(address - dma_base, value);
    } else if (holds(address, 4)) {
        plain_[address] = value;
    } else {
        nothing_there(address);
    }
}

void Board::program() {
    programming_ = true; // who runs lets go of the lock
    const std::lock_guard lock(mutex_);
    programming_ = false;
    card_->reset();
    dma_.reset();
    running_ = false;
    std::erase_if(plain_, [](const auto& entry) { return within(entry.first, gpio_base, ip_range); });
}

} // namespace gw::remote
