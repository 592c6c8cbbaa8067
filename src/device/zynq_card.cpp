// A Zynq board with the stream kernel behind AXI DMA (docs/zynq.md), driven from user space. To those above it is a
// card like any other: what they write into the registers of the kernel with AXI masters becomes two transfers of the
// DMA. Nothing here waits without a limit, and completion is the DMA's own bit (IOC), cleared before each start: Idle
// is not enough, for it still stands from the transfer before while a start is on its way.
#include <algorithm>
#include <map>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "device/address_pool.hpp"
#include "device/card.hpp"
#include "device/uio.hpp"
#include "support/error.hpp"

namespace gw::device {

namespace {

namespace reg = shell::registers;
namespace stream = shell::stream_registers;
using Clock = std::chrono::steady_clock;

// AXI DMA in simple mode (PG021): the channel to the kernel at 0, the one from it at 0x30.
namespace dma {
constexpr std::uint32_t to_kernel = 0x00, from_kernel = 0x30;
constexpr std::uint32_t control = 0x00, status = 0x04, address = 0x18, length = 0x28;
constexpr std::uint32_t runs = 1, resets = 4;                         // of control
constexpr std::uint32_t halted = 1, errors = 0x70, complete = 0x1000; // of status
constexpr std::uint32_t write_to_clear = 0x7000;
constexpr std::uint64_t longest = (1U << 26U) - 1;
} // namespace dma

constexpr std::chrono::milliseconds patience(1000); // for what takes a board microseconds

class ZynqCard final : public Card {
  public:
    ZynqCard(const ZynqOptions& options, const shell::StreamKernel& kernel)
        : expected_(kernel), dma_(options.root, options.dma),
          kernel_(options.root, options.kernel.empty() ? kernel.name : options.kernel),
          memory_(options.root, options.buffer), addresses_(memory_.bytes().size()) {
        require(kernel_.read(stream::identity) == shell::stream_identity, "the kernel is none of ours");
        require(kernel_.read(stream::input_event_bytes) == kernel.input.bytes &&
                    kernel_.read(stream::output_event_bytes) == kernel.output.bytes &&
                    kernel_.read(stream::core_latency) == kernel.core_latency,
                "the bitstream is of another bundle");
        reset_hardware();
    }
    ~ZynqCard() override {
        // A transfer that goes on would write into memory that is another's by then.
        dma_.write(dma::control, dma::resets);
    }

    std::string kind() const override { return "Zynq board"; }

    std::uint64_t allocate(std::size_t bytes) override {
        const std::lock_guard lock(mutex_);
        return memory_.address() + addresses_.allocate(bytes);
    }
    void release(std::uint64_t address) override {
        const std::lock_guard lock(mutex_);
        addresses_.release(address - memory_.address());
    }
    void write_memory(std::uint64_t address, std::span<const std::byte> data) override {
        const std::lock_guard lock(mutex_);
        std::ranges::copy(data, place(address, data.size()).begin());
    }
    void read_memory(std::uint64_t address, std::span<std::byte> data) override {
        const std::lock_guard lock(mutex_);
        std::ranges::copy(place(address, data.size()), data.begin());
    }

    std::uint32_t read_register(std::uint32_t offset) override {
        const std::lock_guard lock(mutex_);
        switch (offset) {
        case reg::control:
            return state_ == State::running ? started : idle | (std::exchange(done_, false) ? done : 0);
        case reg::interrupt_status:
            return state_ == State::done ? 1 : 0;
        case reg::cycles:
            return kernel_.read(stream::cycles);
        case reg::read_beats:
            return kernel_.read(stream::beats_in);
        case reg::write_beats:
            return kernel_.read(stream::beats_out);
        case reg::errors:
            return errors();
        case reg::events_issued:
            return kernel_.read(stream::events_in);
        case reg::core_latency:
            return kernel_.read(stream::core_latency);
        default: {
            const auto found = arguments_.find(offset);
            return found == arguments_.end() ? 0 : found->second;
        }
        }
    }
    void write_register(std::uint32_t offset, std::uint32_t value) override {
        const std::lock_guard lock(mutex_);
        if (offset == reg::control && (value & started) != 0)
            begin_transfers();
        else if (offset == reg::interrupt_status && (value & 1U) != 0 && state_ == State::done)
            state_ = State::ready;
        else if (offset < reg::cycles)
            arguments_[offset] = value;
    }

    /// Both channels are polled: a board's batch is shorter than an interrupt's way through the kernel.
    bool wait(std::chrono::milliseconds slice) override {
        const auto end = Clock::now() + slice;
        auto pause = std::chrono::microseconds(5);
        constexpr std::chrono::microseconds longest(200);
        do {
            {
                const std::lock_guard lock(mutex_);
                if (state_ == State::running && has_ended())
                    mark_done();
                if (state_ == State::done)
                    return true;
            }
            std::this_thread::sleep_for(pause);
            pause = std::min(2 * pause, longest);
        } while (Clock::now() < end);
        return false;
    }
    void reset() override {
        const std::lock_guard lock(mutex_);
        reset_hardware();
    }
    std::string complaint() override {
        const std::lock_guard lock(mutex_);
        if (const std::uint32_t found = kernel_.read(stream::errors); found != 0)
            return fmt::format("the kernel's stream was broken (errors {:#x})", found);
        const std::uint32_t came = dma_.read(dma::from_kernel + dma::length);
        const std::uint64_t wanted = std::uint64_t{arguments_[reg::events]} * expected_.output.bytes;
        return wanted == 0 || came == wanted ? "" : fmt::format("{} bytes of results came, {} were to", came, wanted);
    }
    std::string more_registers() override {
        const std::lock_guard lock(mutex_);
        std::string text;
        for (const auto& [name, channel] : {std::pair("MM2S", dma::to_kernel), {"S2MM", dma::from_kernel}})
            text += fmt::format("  AXI DMA {}: control {:#x}, status {:#x}, address {:#x}, length {}\n", name,
                                dma_.read(channel + dma::control), dma_.read(channel + dma::status),
                                dma_.read(channel + dma::address), dma_.read(channel + dma::length));
        for (const shell::Register& entry : shell::stream_register_map())
            text += fmt::format("  {:#04x} {:<18} {:#x}  ({})\n", entry.offset, entry.name, kernel_.read(entry.offset),
                                entry.meaning);
        return text;
    }

  private:
    enum class State : std::uint8_t { ready, running, done };
    static constexpr std::uint32_t started = 1, done = 2, idle = 4; // of reg::control

    static void require(bool good, const std::string& problem) {
        if (!good)
            throw support::user_error(problem, "Zynq board", "load the bitstream that was built of this bundle");
    }

    std::span<std::byte> place(std::uint64_t address, std::uint64_t bytes) const {
        const std::span<std::byte> all = memory_.bytes();
        const std::uint64_t offset = address - memory_.address();
        if (address < memory_.address() || offset > all.size() || bytes > all.size() - offset)
            throw support::internal_error(
                fmt::format("{} bytes at {:#x} are outside the DMA's buffer", bytes, address));
        return all.subspan(offset, bytes);
    }
    std::uint64_t wide(std::uint32_t offset) {
        return arguments_[offset] | std::uint64_t{arguments_[offset + 4]} << 32U;
    }

    /// Reads `offset` until no bit of `mask` is set.
    void until_clear(const UioRegisters& registers, std::uint32_t offset, std::uint32_t mask, const char* what) const {
        const auto end = Clock::now() + patience;
        bool late = false;
        while ((registers.read(offset) & mask) != 0) {
            if (late)
                throw support::user_error(fmt::format("{} in {} ms", what, patience.count()), "Zynq board",
                                          "load the bitstream again: the programmable logic does not answer");
            late = Clock::now() > end; // and then one look more, for this thread may have slept
            std::this_thread::yield();
        }
    }

    void reset_hardware() {
        dma_.write(dma::control, dma::resets); // of both channels
        until_clear(dma_, dma::control, dma::resets, "the DMA did not come out of its reset");
        until_clear(dma_, dma::from_kernel + dma::control, dma::resets, "the DMA did not come out of its reset");
        clear_kernel();
        for (const std::uint32_t channel : {dma::to_kernel, dma::from_kernel}) {
            dma_.write(channel + dma::control, dma::runs);
            until_clear(dma_, channel + dma::status, dma::halted, "the DMA did not start");
        }
        state_ = State::ready;
        done_ = false;
    }
    void clear_kernel() {
        kernel_.write(stream::control, 1);
        until_clear(kernel_, stream::control, 1, "the kernel did not clear");
        until_clear(kernel_, stream::events_in, ~0U, "the kernel did not clear");
    }

    void mark_done() {
        state_ = State::done;
        done_ = true;
    }
    void begin_transfers() {
        done_ = false;
        const std::uint64_t events = arguments_[reg::events];
        const std::uint64_t in = events * expected_.input.bytes, out = events * expected_.output.bytes;
        if (in > dma::longest || out > dma::longest)
            throw support::user_error(fmt::format("{} events are more than one transfer of 64 MiB", events),
                                      "Zynq board", "submit smaller batches");
        for (const std::uint32_t channel : {dma::to_kernel, dma::from_kernel})
            if ((dma_.read(channel + dma::status) & dma::halted) != 0)
                reset_hardware(); // a channel that failed stands still until then
        place(wide(reg::input_address), in);
        place(wide(reg::output_address), out);
        clear_kernel();
        if (events == 0) { // no packet has no events
            mark_done();
            return;
        }
        transfer(dma::from_kernel, wide(reg::output_address), static_cast<std::uint32_t>(out));
        transfer(dma::to_kernel, wide(reg::input_address), static_cast<std::uint32_t>(in));
        state_ = State::running;
    }
    void transfer(std::uint32_t channel, std::uint64_t address, std::uint32_t length) {
        dma_.write(channel + dma::status, dma::write_to_clear);
        until_clear(dma_, channel + dma::status, dma::complete, "the DMA's completion bit did not clear");
        dma_.write(channel + dma::address, static_cast<std::uint32_t>(address));
        dma_.write(channel + dma::address + 4, static_cast<std::uint32_t>(address >> 32U));
        dma_.write(channel + dma::length, length);
    }
    bool has_ended() const {
        const std::uint32_t in = dma_.read(dma::to_kernel + dma::status);
        const std::uint32_t out = dma_.read(dma::from_kernel + dma::status);
        return ((in | out) & dma::errors) != 0 || (in & out & dma::complete) != 0;
    }
    /// As the kernel with masters reports them: bit 0 a read failed, bit 1 a write.
    std::uint32_t errors() {
        const bool in = (dma_.read(dma::to_kernel + dma::status) & dma::errors) != 0;
        const bool out = (dma_.read(dma::from_kernel + dma::status) & dma::errors) != 0;
        return (in ? 1U : 0U) | (out ? 2U : 0U);
    }

    shell::StreamKernel expected_;
    UioRegisters dma_, kernel_;
    DmaBuffer memory_;
    AddressPool addresses_;
    std::map<std::uint32_t, std::uint32_t> arguments_;
    State state_ = State::ready;
    bool done_ = false; ///< a batch ended since the control register was read
    std::mutex mutex_;
};

} // namespace

std::unique_ptr<Card> open_zynq_card(const ZynqOptions& options, const shell::StreamKernel& kernel) {
    return std::make_unique<ZynqCard>(options, kernel);
}

} // namespace gw::device
