// What is the same for every card that is driven by its registers.
#include "device/card.hpp"

#include <utility>

#include <fmt/format.h>

#include "device/engine.hpp"
#include "support/error.hpp"

namespace gw::device {

namespace {

namespace reg = shell::registers;
constexpr std::uint32_t all_ones = 0xffffffff; ///< what a bus reads where nobody answers

/// Bytes of the host's beside a card's, moved by the card's own copies.
class CopiedBuffer final : public Buffer {
  public:
    CopiedBuffer(Card& card, std::size_t bytes) : card_(card), host_(bytes), address_(card.allocate(bytes)) {}
    ~CopiedBuffer() override { CopiedBuffer::release(); }
    void release() override {
        if (!std::exchange(released_, true))
            card_.release(address_);
    }
    std::uint64_t address() const override { return address_; }
    std::span<std::byte> host() override { return host_; }
    void to_card(std::size_t offset, std::size_t bytes) override {
        card_.write_memory(address_ + offset, part(offset, bytes));
    }
    void from_card(std::size_t offset, std::size_t bytes) override {
        card_.read_memory(address_ + offset, part(offset, bytes));
    }

  private:
    std::span<std::byte> part(std::size_t offset, std::size_t bytes) {
        if (offset > host_.size() || bytes > host_.size() - offset)
            throw support::user_error(
                fmt::format("{} bytes at {} are beyond the end of a buffer of {}", bytes, offset, host_.size()));
        return std::span(host_).subspan(offset, bytes);
    }

    Card& card_;
    std::vector<std::byte> host_;
    std::uint64_t address_;
    bool released_ = false;
};

void write_wide(Card& card, std::uint32_t offset, std::uint64_t value) {
    card.write_register(offset, static_cast<std::uint32_t>(value));
    card.write_register(offset + 4, static_cast<std::uint32_t>(value >> 32));
}

[[noreturn]] void report(const Card& card, const std::string& problem, const std::string& remedy) {
    throw CardError(Failure::reported, support::user_error(problem, card.kind(), remedy));
}

/// Somebody else's batch may have come between; its end is then not ours.
void check_arguments(Card& card, const Batch& batch) {
    const bool ours = card.read_register(reg::input_address) == static_cast<std::uint32_t>(batch.input_address) &&
                      card.read_register(reg::output_address) == static_cast<std::uint32_t>(batch.output_address) &&
                      card.read_register(reg::events) == batch.events;
    if (!ours)
        report(card, "the kernel's arguments were changed during a batch: another program drives it too",
               "let one program have the compute unit, or open it behind XRT as shared");
}

} // namespace

std::unique_ptr<Buffer> Card::buffer(std::size_t bytes) {
    return std::make_unique<CopiedBuffer>(*this, bytes);
}

bool Card::alive() {
    return !registers_readable() || read_register(reg::control) != all_ones;
}

void Card::require_alive() {
    if (!alive())
        throw CardError(Failure::lost, support::user_error("the card does not answer any more", kind(),
                                                           "look for it on its bus, and open it again"));
}

void Card::start(const Batch& batch) {
    constexpr std::uint32_t started = 1;
    const std::uint32_t control = read_register(reg::control);
    if (control != all_ones && (control & started) != 0)
        report(*this, "the kernel runs already: another program drives it too",
               "let one program have the compute unit, or open it behind XRT as shared");
    write_wide(*this, reg::input_address, batch.input_address);
    write_wide(*this, reg::output_address, batch.output_address);
    write_register(reg::events, batch.events);
    if ((read_register(reg::interrupt_status) & 1U) != 0)
        write_register(reg::interrupt_status, 1); // of a batch whose end nobody took: writing 1 toggles
    write_register(reg::interrupt_mask, 1);
    write_register(reg::interrupt_enable, 1);
    write_register(reg::control, 1);
}

KernelCounters Card::finish(const Batch& batch) {
    write_register(reg::interrupt_status, 1);                  // writing 1 toggles, that is: clears
    const std::uint32_t control = read_register(reg::control); // reading clears done
    if (control != all_ones && (control & 3U) != 2)
        report(*this,
               fmt::format("a batch seems over, but the kernel's control register says {:#x}: not done", control),
               "another program may drive it too, or have read the register");
    constexpr std::uint32_t proceed = 16;
    write_register(reg::control, proceed); // done is read under ap_ctrl_hs, acknowledged by this under ap_ctrl_chain
    return read_counters(batch);
}

void Card::require_no_errors(std::uint32_t errors) {
    if (errors == all_ones)
        require_alive();
    if (errors != 0)
        report(*this,
               fmt::format("the kernel reports{}{}{}{}{}", (errors & 1U) != 0 ? " a failed memory read" : "",
                           (errors & 2U) != 0 ? " a failed memory write" : "",
                           (errors & 4U) != 0 ? " an address off a 64-byte boundary" : "",
                           (errors & 8U) != 0 ? " a failed read of its queue" : "",
                           (errors & 16U) != 0 ? " a failed write of its queue" : ""),
               "check the buffers' addresses and sizes");
    const std::string problem = complaint();
    if (!problem.empty())
        throw CardError(Failure::reported, support::internal_error(problem, kind()));
}

void Card::require_all_events(const Batch& batch, const KernelCounters& counters) const {
    if (counters.events != batch.events)
        throw CardError(Failure::reported,
                        support::internal_error(fmt::format("the kernel says that {} of {} events entered the core",
                                                            counters.events, batch.events),
                                                kind()));
}

KernelCounters Card::read_counters(const Batch& batch) {
    require_no_errors(read_register(reg::errors));
    check_arguments(*this, batch);
    KernelCounters counters;
    counters.cycles = read_register(reg::cycles) | static_cast<std::uint64_t>(read_register(reg::cycles + 4)) << 32;
    counters.read_beats = read_register(reg::read_beats);
    counters.write_beats = read_register(reg::write_beats);
    counters.events = read_register(reg::events_issued);
    require_all_events(batch, counters);
    if (batch.checksums)
        counters.checksums = KernelChecksums{read_register(reg::input_checksum), read_register(reg::output_checksum)};
    return counters;
}

} // namespace gw::device
