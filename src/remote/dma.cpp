#include "remote/dma.hpp"

#include <algorithm>
#include <chrono>

#include "support/error.hpp"

namespace gw::remote {
namespace {

// Bits of the status register.
constexpr std::uint32_t halted = 1U << 0U, idle = 1U << 1U, internal_error = 1U << 4U, done = 1U << 12U;
constexpr std::uint32_t running = 1, resetting = 4; // of the control register
constexpr std::uint32_t longest = (1U << 26U) - 1;  // c_sg_length_width

std::size_t stream_bytes(const shell::EventLayout& layout) {
    std::size_t bytes = 0;
    for (const shell::Element& element : layout.elements)
        bytes += element.bytes;
    return bytes;
}

/// Memory of the card for the time of one packet.
class CardMemory {
  public:
    CardMemory(device::Card& card, std::size_t bytes)
        : card_(card), address_(card.allocate(std::max<std::size_t>(bytes, 64))) {}
    ~CardMemory() { card_.release(address_); }
    CardMemory(const CardMemory&) = delete;
    CardMemory& operator=(const CardMemory&) = delete;
    std::uint64_t address() const { return address_; }

  private:
    device::Card& card_;
    std::uint64_t address_;
};

} // namespace

Dma::Dma(device::Card& card, const shell::KernelInfo& kernel, device::Cancelled given_up)
    : card_(card), kernel_(kernel), given_up_(std::move(given_up)) {}

void Dma::reset() {
    to_device_ = {};
    from_device_ = {};
}

std::uint32_t Dma::read(std::uint64_t offset) const {
    const Channel& channel = offset < 0x30 ? to_device_ : from_device_;
    switch (offset < 0x30 ? offset : offset - 0x30) {
    case 0x00:
        return channel.control;
    case 0x04:
        return channel.status;
    case 0x18:
        return static_cast<std::uint32_t>(channel.address);
    case 0x1c:
        return static_cast<std::uint32_t>(channel.address >> 32U);
    case 0x28:
        return channel.length;
    default:
        return 0;
    }
}

void Dma::write(std::uint64_t offset, std::uint32_t value) {
    Channel& channel = channel_of(offset);
    constexpr std::uint64_t low = 0xffffffff;
    switch (offset < 0x30 ? offset : offset - 0x30) {
    case 0x00:
        if ((value & resetting) != 0) {
            reset(); // of both, as the real one
            return;
        }
        channel.control = value;
        channel.status = (value & running) != 0 ? channel.status & ~halted : channel.status | halted;
        break;
    case 0x04:
        channel.status &= ~(value & done); // writing 1 clears
        break;
    case 0x18:
        channel.address = (channel.address & ~low) | value;
        break;
    case 0x1c:
        channel.address = (channel.address & low) | std::uint64_t{value} << 32U;
        break;
    case 0x28:
        channel.length = value & longest;
        if ((channel.control & running) != 0 && channel.length > 0) {
            channel.active = true;
            channel.status &= ~idle;
            run();
        }
        break;
    default:
        break;
    }
}

void Dma::finish(Channel& channel, std::uint32_t bytes) {
    channel.active = false;
    channel.length = bytes;
    channel.status |= idle | done;
}

void Dma::fail(Channel& channel) {
    channel.active = false;
    channel.length = 0;
    channel.status |= internal_error; // halted only when the host stops it, so that it says what happened
}

void Dma::run() {
    if (!to_device_.active || !from_device_.active)
        return; // the stream waits for its other end
    const std::size_t in = stream_bytes(kernel_.input), out = stream_bytes(kernel_.output);
    const auto events = static_cast<std::uint32_t>(in == 0 ? 0 : to_device_.length / in);
    if (events == 0 || to_device_.length % in != 0 || std::uint64_t{events} * out > from_device_.length) {
        fail(to_device_);
        fail(from_device_);
        return;
    }
    try {
        std::vector<std::byte> stream(to_device_.length);
        card_.read_memory(to_device_.address, stream);
        const std::vector<std::byte> results = computed(stream, events);
        card_.write_memory(from_device_.address, results);
        finish(to_device_, to_device_.length);
        finish(from_device_, static_cast<std::uint32_t>(results.size()));
    } catch (const std::exception&) { // an address outside the memory, a kernel that hangs
        fail(to_device_);
        fail(from_device_);
    }
}

/// A batch that was started by registers and not waited for, or whose interrupt was not taken, must not be taken for
/// ours.
void Dma::make_idle() {
    constexpr std::uint32_t kernel_idle = 4, proceed = 16;
    if ((card_.read_register(shell::registers::control) & kernel_idle) == 0)
        card_.reset();
    card_.write_register(shell::registers::control, proceed); // ap_ctrl_chain holds back the next batch's end without
    const std::uint32_t left = card_.read_register(shell::registers::interrupt_status);
    card_.write_register(shell::registers::interrupt_status, left); // writing 1 toggles
}

std::vector<std::byte> Dma::computed(const std::vector<std::byte>& stream, std::uint32_t events) {
    const auto copy = [&](const shell::EventLayout& layout, const auto& move) {
        std::size_t at = 0;
        for (std::uint32_t event = 0; event < events; ++event)
            for (const shell::Element& element : layout.elements) {
                move(at, std::size_t{event} * layout.bytes + element.byte, element.bytes);
                at += element.bytes;
            }
    };
    std::vector<std::byte> input(std::size_t{events} * kernel_.input.bytes);
    copy(kernel_.input, [&](std::size_t from, std::size_t to, std::size_t count) {
        std::copy_n(stream.begin() + static_cast<std::ptrdiff_t>(from), count,
                    input.begin() + static_cast<std::ptrdiff_t>(to));
    });
    std::vector<std::byte> output(std::size_t{events} * kernel_.output.bytes);
    const CardMemory in(card_, input.size()), out(card_, output.size());
    card_.write_memory(in.address(), input);
    card_.write_memory(out.address(), output); // nothing of another's that was there
    make_idle();
    device::run_batch(card_, {in.address(), out.address(), events}, std::chrono::seconds(60), given_up_);
    card_.read_memory(out.address(), output);
    std::vector<std::byte> results(std::size_t{events} * stream_bytes(kernel_.output));
    copy(kernel_.output, [&](std::size_t to, std::size_t from, std::size_t count) {
        std::copy_n(output.begin() + static_cast<std::ptrdiff_t>(from), count,
                    results.begin() + static_cast<std::ptrdiff_t>(to));
    });
    return results;
}

} // namespace gw::remote
