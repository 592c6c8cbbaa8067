// The CPU emulator behind a card's registers and memory: start runs the whole batch at once.
#include <cstring>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "device/address_pool.hpp"
#include "device/card.hpp"
#include "device/engine.hpp"
#include "device/packing.hpp"
#include "emulate/emulator.hpp"
#include "support/crc32c.hpp"
#include "support/error.hpp"

namespace gw::device {

namespace {

namespace reg = shell::registers;
constexpr std::uint64_t memory_limit = std::uint64_t{64} << 20;

class EmulatedCard final : public Card {
  public:
    EmulatedCard(network::Network network, shell::KernelInfo kernel)
        : emulator_(std::move(network)), kernel_(std::move(kernel)), addresses_(memory_limit), memory_(memory_limit) {
        if (kernel_.input.elements.size() != emulator_.network().input_size() ||
            kernel_.output.elements.size() != emulator_.network().output_size()) {
            throw support::user_error("the card's description and the network differ in inputs or outputs",
                                      emulator_.network().name, "build the bundle again");
        }
    }

    std::string kind() const override { return "emulator"; }

    std::uint64_t allocate(std::size_t bytes) override {
        const std::lock_guard lock(mutex_);
        return addresses_.allocate(bytes);
    }
    void release(std::uint64_t address) override {
        const std::lock_guard lock(mutex_);
        addresses_.release(address);
    }
    void write_memory(std::uint64_t address, std::span<const std::byte> data) override {
        const std::lock_guard lock(mutex_);
        std::ranges::copy(data, at(address, data.size()).begin());
    }
    void read_memory(std::uint64_t address, std::span<std::byte> data) override {
        const std::lock_guard lock(mutex_);
        std::ranges::copy(at(address, data.size()), data.begin());
    }
    std::uint32_t read_register(std::uint32_t offset) override {
        const std::lock_guard lock(mutex_);
        const std::uint32_t value = offset == reg::control ? registers_[offset] | idle : registers_[offset];
        if (offset == reg::control) {
            registers_[offset] &= ~(done | ready);
        }
        return value;
    }
    void write_register(std::uint32_t offset, std::uint32_t value) override {
        const std::lock_guard lock(mutex_);
        if (offset == reg::control) {
            if ((value & start) != 0) {
                run();
            }
        } else if (offset == reg::interrupt_status) {
            registers_[offset] ^= value & 3U;
        } else if (offset < reg::cycles) {
            registers_[offset] = value;
        }
    }
    bool wait(std::chrono::milliseconds) override {
        const std::lock_guard lock(mutex_);
        return (registers_[reg::interrupt_enable] & 1U) != 0 && registers_[reg::interrupt_status] != 0;
    }
    void reset() override {
        const std::lock_guard lock(mutex_);
        registers_.clear();
    }

  private:
    static constexpr std::uint32_t start = 1, done = 2, idle = 4, ready = 8;

    std::span<std::byte> at(std::uint64_t address, std::uint64_t bytes) {
        if (address > memory_.size() || bytes > memory_.size() - address) {
            throw support::internal_error(fmt::format("the emulated card has no memory at {:#x}", address));
        }
        return std::span(memory_).subspan(address, bytes);
    }
    std::uint64_t wide(std::uint32_t offset) {
        return registers_[offset] | static_cast<std::uint64_t>(registers_[offset + 4]) << 32;
    }

    void compute(std::span<const std::byte> in, std::span<std::byte> out, std::size_t events) {
        const std::size_t width = kernel_.input.elements.size(), height = kernel_.output.elements.size();
        std::vector<std::int64_t> inputs(events * width), outputs(events * height);
        for (std::size_t event = 0; event < events; ++event) {
            load_raw(kernel_.input, in.subspan(event * kernel_.input.bytes),
                     std::span(inputs).subspan(event * width, width));
        }
        emulator_.run(inputs, outputs);
        for (std::size_t event = 0; event < events; ++event) {
            store_raw(kernel_.output, std::span(outputs).subspan(event * height, height),
                      out.subspan(event * kernel_.output.bytes));
        }
    }

    void sum(std::span<const std::byte> in, std::span<const std::byte> out) {
        registers_[reg::input_checksum] = support::crc32c(in);
        registers_[reg::output_checksum] = beats_checksum(out);
    }

    void run() {
        const std::size_t events = registers_[reg::events];
        const bool aligned = wide(reg::input_address) % 64 == 0 && wide(reg::output_address) % 64 == 0;
        if (aligned) {
            const auto in = at(wide(reg::input_address), (events * kernel_.input.bytes + 63) / 64 * 64);
            const auto out = at(wide(reg::output_address), events * kernel_.output.bytes);
            compute(in, out, events);
            if (kernel_.checksums)
                sum(in, out);
        }
        registers_[reg::errors] = aligned ? 0 : 4;
        registers_[reg::events_issued] = aligned ? static_cast<std::uint32_t>(events) : 0;
        registers_[reg::core_latency] = kernel_.core_latency;
        registers_[reg::control] |= done | ready;
        registers_[reg::interrupt_status] |= registers_[reg::interrupt_mask] & 3U;
    }

    std::mutex mutex_;
    emulate::Emulator emulator_;
    shell::KernelInfo kernel_;
    AddressPool addresses_;
    std::vector<std::byte> memory_;
    std::map<std::uint32_t, std::uint32_t> registers_;
};

} // namespace

std::unique_ptr<Card> open_emulated_card(const network::Network& network, const shell::KernelInfo& kernel) {
    return std::make_unique<EmulatedCard>(network, kernel);
}

} // namespace gw::device
