// A batch is cut into chunks. The submitting thread packs a chunk into a free pair of buffers of whichever card has
// most free, and queues it there; the card's thread, or one that waits for the batch, moves it to the card, runs it,
// fetches and unpacks the results. So packing overlaps with the cards, and a batch is as large as it likes.
#include "device/device.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "device/core.hpp"
#include "network/file.hpp"
#include "shell/f2/f2.hpp"
#include "support/error.hpp"

namespace gw::device {

using Clock = std::chrono::steady_clock;

bool Future::ready() const {
    const std::lock_guard lock(state_->mutex);
    return state_->over();
}

void Future::when_ready(std::function<void()> action) const {
    {
        const std::lock_guard lock(state_->mutex);
        if (!state_->over()) {
            state_->actions.push_back(std::move(action));
            return;
        }
    }
    action();
}

namespace {

/// Waits for the batch's end, or gives it up at the limit.
void wait_for(BatchState& state, std::chrono::milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    while (const auto core = state.core.lock()) {
        if (!core->help(state, deadline))
            break;
    }
    std::unique_lock lock(state.mutex);
    if (!state.changed.wait_until(lock, deadline, [&] { return state.over(); })) {
        // The worker sees this, gives its chunk up and skips the others: the wait below is short.
        state.given_up = true;
        state.changed.wait(lock, [&] { return state.over(); });
    }
    if (state.error)
        throw own_copy(*state.error);
}

} // namespace

std::vector<double> Future::wait(std::chrono::milliseconds limit) const {
    wait_for(*state_, limit);
    return state_->outputs;
}

Kind parse_kind(std::string_view text) {
    if (text == "emulator") {
        return Kind::emulator;
    }
    if (text == "sim") {
        return Kind::sim;
    }
    if (text == "xrt") {
        return Kind::xrt;
    }
    if (text == "zynq") {
        return Kind::zynq;
    }
    if (text == "f2") {
        return Kind::f2;
    }
    throw support::user_error(fmt::format("there is no device of the kind '{}'", text), "--device",
                              "the kinds are emulator, sim, xrt, zynq and f2");
}

namespace {

/// A card behind XRT wants an xclbin; no other kind takes one. What belongs to an F2 instance is of no use elsewhere.
void require_fitting(const DeviceOptions& options) {
    const F2Options none;
    const bool f2 = options.f2.slot != none.slot || !options.f2.image.empty() || options.f2.library != none.library;
    if (f2 && options.kind != Kind::f2)
        throw support::user_error("a slot, an image or a libfpga_mgmt is for F2 instances", "--device",
                                  "choose the device f2, or leave them out");
    const bool named = !options.xrt.xclbin.empty();
    if (named != (options.kind == Kind::xrt)) {
        throw support::user_error(named ? "an xclbin is for cards behind XRT" : "no xclbin is named", "--xclbin",
                                  named ? "choose the device xrt, or leave it out"
                                        : "give the xclbin's file: gatewright card makes one of a simulated card");
    }
}

constexpr std::size_t most_chunk_bytes = std::size_t{4} << 20;

/// The board's own kernel; its events lie in memory as in its stream, and `description` is told so.
std::unique_ptr<Card> open_board(shell::CardDescription& description, const ZynqOptions& options) {
    constexpr std::uint32_t any_width = 64; // the host does not see it
    const shell::StreamKernel kernel = shell::stream_kernel(description.core, any_width);
    auto card = open_zynq_card(options, kernel);
    description.kernel.name = kernel.name;
    description.kernel.input = kernel.input;
    description.kernel.output = kernel.output;
    return card;
}

std::vector<std::unique_ptr<Card>> open_cards(const std::filesystem::path& bundle, shell::CardDescription& description,
                                              const DeviceOptions& options) {
    if (options.kind == Kind::xrt) {
        const auto units =
            options.units.empty() ? std::vector{XrtUnit{options.xrt.device, options.xrt.unit}} : options.units;
        return open_xrt_cards(options.xrt, units, description.kernel.name);
    }
    std::vector<std::unique_ptr<Card>> cards;
    if (options.kind == Kind::zynq) {
        cards.push_back(open_board(description, options.zynq));
        return cards;
    }
    if (options.kind == Kind::f2) {
        cards.push_back(open_f2_card(options.f2, description.kernel.name,
                                     shell::f2::design_identity(shell::f2::bundle_verilog(bundle))));
        return cards;
    }
    for (std::size_t k = 0; k < std::max<std::size_t>(options.cards, 1); ++k) {
        if (options.kind == Kind::emulator)
            cards.push_back(open_emulated_card(network::load(bundle / "network.json"), description.kernel));
        else
            cards.push_back(open_simulated_card(bundle / shell::card_library, options.simulation));
    }
    return cards;
}

std::vector<std::unique_ptr<Card>> alone(std::unique_ptr<Card> card) {
    std::vector<std::unique_ptr<Card>> cards;
    cards.push_back(std::move(card));
    return cards;
}

void check(const std::vector<std::unique_ptr<Card>>& cards, const shell::CardDescription& description,
           const DeviceOptions& options) {
    if (cards.empty())
        throw support::user_error("a device needs a card");
    if (options.chunk_events == 0 || options.chunk_events > 0xffffffffU)
        throw support::user_error(fmt::format("chunks of {} events are not possible", options.chunk_events),
                                  "chunk_events", "choose 1 to 4294967295");
    if (!options.checksums)
        return;
    if (!description.kernel.checksums)
        throw support::user_error("the kernel has no checksums", description.kernel.name,
                                  "gatewright build --checksums puts them in");
    for (const auto& card : cards)
        if (!card->registers_readable())
            throw support::user_error("checksums are read from registers, which a shared compute unit hides",
                                      card->kind(), "open it as exclusive");
}

/// Chunks of large events are smaller: all buffers must find room on the card. And they are of whole beats.
DeviceOptions fitted(DeviceOptions options, const shell::KernelInfo& kernel) {
    const std::size_t event_bytes = std::max(kernel.input.bytes, kernel.output.bytes);
    options.chunk_events = std::clamp<std::size_t>(most_chunk_bytes / event_bytes, 1, options.chunk_events);
    return options;
}

} // namespace

/// Also what is the same in every kind of submit.
struct Device::Impl {
    Impl(std::vector<std::unique_ptr<Card>> cards, shell::CardDescription what, const DeviceOptions& chosen)
        : core(std::make_shared<Core>(std::move(cards), std::move(what), chosen)) {
        core->begin();
    }
    ~Impl() { core->end(); }

    /// `fill(slot, first, count)` puts events of the batch into a slot; chunks of at most `chunk` events.
    template <class Fill>
    std::shared_ptr<BatchState> submit(std::size_t events, std::size_t chunk, const SubmitOptions& options,
                                       const Lane* lane, const Fill& fill) const {
        auto state = std::make_shared<BatchState>();
        state->outputs.resize(events * core->output.elements());
        state->core = core;
        const SlotPool::Turn turn(core->pool, options.priority);
        try {
            for (std::size_t first = 0; first < events && !state->given_up; first += chunk) {
                // Every chunk before this one has a time limit of its own, so a wait of this means that something
                // else is wrong.
                const auto limit = core->options.time_limit *
                                   static_cast<std::int64_t>((core->options.buffers + 1) * (core->options.replays + 1));
                Slot& slot = core->pool.take(turn, limit, options.cancelled, lane);
                slot.first_event = first;
                slot.events = std::min(chunk, events - first);
                slot.rank = turn.rank();
                try {
                    fill(slot);
                } catch (...) {
                    core->pool.give_back(slot);
                    throw;
                }
                slot.batch = state;
                {
                    const std::lock_guard lock(state->mutex);
                    ++state->chunks_left;
                }
                core->post(slot);
            }
        } catch (...) {
            state->given_up = true;
            throw;
        }
        Core::close(*state);
        return state;
    }

    template <class Value>
    std::shared_ptr<BatchState> submit_values(std::span<const Value> values, const SubmitOptions& options) const {
        const std::size_t size = core->input.elements();
        if (values.size() % size != 0)
            throw support::user_error(fmt::format("{} numbers are not whole events of {} inputs", values.size(), size));
        return submit(values.size() / size, core->options.chunk_events, options, nullptr, [&](Slot& slot) {
            core->input.pack(values.subspan(slot.first_event * size, slot.events * size), slot.input->host(),
                             slot.first_event);
            count(&Counters::converted_bytes, slot.events);
        });
    }

    void count(std::uint64_t Counters::*counter, std::size_t events) const {
        const std::lock_guard lock(core->counters_mutex);
        core->counted.*counter += events * core->input.event_bytes();
    }

    std::shared_ptr<Core> core;
};

Device Device::open(const std::filesystem::path& bundle, const DeviceOptions& options) {
    require_fitting(options);
    shell::CardDescription description = shell::read_card(bundle);
    auto cards = open_cards(bundle, description, options);
    for (auto& card : cards)
        card = options.wrap ? options.wrap(std::move(card)) : std::move(card);
    return Device(std::move(cards), std::move(description), options);
}

Device::Device(std::unique_ptr<Card> card, shell::CardDescription description, const DeviceOptions& options)
    : Device(alone(std::move(card)), std::move(description), options) {}

Device::Device(std::vector<std::unique_ptr<Card>> cards, shell::CardDescription description,
               const DeviceOptions& options) {
    check(cards, description, options);
    const DeviceOptions fitting = fitted(options, description.kernel);
    impl_ = std::make_unique<Impl>(std::move(cards), std::move(description), fitting);
}

Device::~Device() = default;
Device::Device(Device&&) noexcept = default;
Device& Device::operator=(Device&&) noexcept = default;

std::size_t Device::input_size() const {
    return impl_->core->input.elements();
}
std::size_t Device::output_size() const {
    return impl_->core->output.elements();
}

Future Device::submit(std::span<const double> inputs, const SubmitOptions& options) {
    return Future(impl_->submit_values(inputs, options));
}
Future Device::submit(std::span<const float> inputs, const SubmitOptions& options) {
    return Future(impl_->submit_values(inputs, options));
}

Future Device::submit_packed(std::span<const std::byte> events, const SubmitOptions& options) {
    const Core& core = *impl_->core;
    const std::size_t size = core.input.event_bytes();
    if (events.size() % size != 0)
        throw support::user_error(fmt::format("{} bytes are not whole events of {} bytes", events.size(), size));
    return Future(impl_->submit(events.size() / size, core.options.chunk_events, options, nullptr, [&](Slot& slot) {
        const auto part = events.subspan(slot.first_event * size, slot.events * size);
        std::memcpy(slot.input->host().data(), part.data(), part.size());
        impl_->count(&Counters::copied_bytes, slot.events);
    }));
}

Future Device::submit_in_place(const CardBuffer& buffer, std::size_t offset, std::size_t events,
                               const SubmitOptions& options) {
    const Core& core = *impl_->core;
    const std::size_t size = core.input.event_bytes(), room = buffer.memory ? buffer.memory->host().size() : 0;
    if (buffer.card >= core.lanes.size() || offset % 64 != 0 || offset > room || events > (room - offset) / size ||
        room_for(events, core.description.kernel.input) > room - offset)
        throw support::user_error(
            fmt::format("{} events of {} bytes at {} do not lie in a buffer of {} bytes", events, size, offset, room),
            "", "allocate whole beats of 64 bytes, and begin at one");
    // Every chunk begins at a beat.
    const std::size_t whole = core.description.kernel.input.events_per_beat();
    const std::size_t chunk = std::max(core.options.chunk_events / whole, std::size_t{1}) * whole;
    if (room_for(chunk, core.description.kernel.output) > core.lanes.front()->slots.front()->output->host().size())
        throw support::user_error(fmt::format("chunks of {} events are less than a beat", core.options.chunk_events),
                                  "chunk_events");
    return Future(impl_->submit(events, chunk, options, core.lanes[buffer.card].get(), [&](Slot& slot) {
        slot.own_input = buffer.memory;
        slot.own_offset = offset + slot.first_event * size;
        impl_->count(&Counters::in_place_bytes, slot.events);
    }));
}

std::vector<double> Device::predict(std::span<const double> inputs) {
    const auto state = impl_->submit_values(inputs, {});
    wait_for(*state, std::chrono::hours(24));
    return std::move(state->outputs); // nobody else sees them
}

CardBuffer Device::allocate(std::size_t bytes, std::size_t card) {
    return {this->card(card).buffer((std::max<std::size_t>(bytes, 1) + 63) / 64 * 64), card};
}

Counters Device::counters() const {
    return impl_->core->counters();
}
const shell::CardDescription& Device::description() const {
    return impl_->core->description;
}
std::size_t Device::cards() const {
    return impl_->core->lanes.size();
}
Card& Device::card(std::size_t index) {
    auto& lanes = impl_->core->lanes;
    if (index >= lanes.size())
        throw support::user_error(fmt::format("the device has {} cards, none of the number {}", lanes.size(), index));
    return *lanes[index]->card;
}

} // namespace gw::device
