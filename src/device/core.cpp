// The way of a chunk: to the card, run, back, unpacked; and what is done when the card fails it. A chunk's inputs stay
// in its buffer until it is over, and a kernel keeps nothing from one batch to the next, so trying again is safe.
#include "device/core.hpp"

#include <algorithm>
#include <limits>

#include "device/engine.hpp"
#include "support/crc32c.hpp"
#include "support/error.hpp"

namespace gw::device {

using Clock = std::chrono::steady_clock;

support::Error own_copy(const support::Error& error) {
    return {error.kind(), error.problem(), error.where(), error.remedy()};
}

std::size_t room_for(std::size_t events, const shell::EventLayout& layout) {
    return (std::max<std::size_t>(events, 1) * layout.bytes + 63) / 64 * 64;
}

namespace {

std::vector<std::unique_ptr<Lane>> make_lanes(std::vector<std::unique_ptr<Card>> cards, const shell::KernelInfo& kernel,
                                              const DeviceOptions& options) {
    std::vector<std::unique_ptr<Lane>> lanes;
    for (auto& card : cards) {
        lanes.push_back(std::make_unique<Lane>());
        Lane& lane = *lanes.back();
        lane.card = std::move(card);
        for (std::size_t k = 0; k < std::max<std::size_t>(options.buffers, 1); ++k) {
            lane.slots.push_back(std::make_unique<Slot>());
            Slot& slot = *lane.slots.back();
            slot.lane = &lane;
            slot.input = lane.card->buffer(room_for(options.chunk_events, kernel.input));
            slot.output = lane.card->buffer(room_for(options.chunk_events, kernel.output));
        }
        lane.queue.reserve(lane.slots.size() + 1);
    }
    return lanes;
}

/// Who submits a chunk and waits for it comes within this, and does it then without a change of threads, which costs
/// more.
constexpr std::chrono::microseconds grace(5);
/// While batches come, a lane's thread looks for them by itself: to wake it would cost each submit some microseconds.
constexpr std::chrono::milliseconds lively(10);
constexpr std::chrono::microseconds nap(50);

[[noreturn]] void damaged(const Card& card, const char* what) {
    throw CardError(Failure::damaged,
                    support::user_error(std::string("data were damaged on their way: the checksum of ") + what +
                                            " differs between host and kernel",
                                        card.kind(), "check the card's memory and link"));
}

} // namespace

Core::Core(std::vector<std::unique_ptr<Card>> cards, shell::CardDescription what, const DeviceOptions& chosen)
    : description(std::move(what)), options(chosen), input(description.kernel.input), output(description.kernel.output),
      lanes(make_lanes(std::move(cards), description.kernel, chosen)), pool(lanes) {}

void Core::begin() {
    for (const auto& lane : lanes)
        threads_.emplace_back([this, &lane = *lane] { work(lane); });
}

void Core::end() {
    closing_ = true;
    for (const auto& lane : lanes) {
        const std::lock_guard lock(lane->mutex);
        lane->ending = true;
        lane->changed.notify_all();
    }
    for (std::thread& thread : threads_)
        thread.join();
    threads_.clear();
}

Counters Core::counters() const {
    const std::lock_guard lock(counters_mutex);
    Counters result = counted;
    result.lost_cards = pool.lost_lanes();
    return result;
}

void Core::post(Slot& slot) {
    Lane& lane = *slot.lane;
    slot.posted = Clock::now();
    const std::lock_guard lock(lane.mutex);
    const auto place = std::ranges::find_if(lane.queue, [&](const Slot* other) { return other->rank < slot.rank; });
    lane.queue.insert(place, &slot);
    lane.last_post = slot.posted;
    if (!lane.looking)
        lane.changed.notify_one();
}

void Core::work(Lane& lane) {
    while (true) {
        std::unique_lock lock(lane.mutex);
        const auto wanted = [&] { return !lane.running && (lane.ending || !lane.queue.empty()); };
        if (Clock::now() - lane.last_post < lively) {
            lane.looking = true;
            lane.changed.wait_for(lock, nap, wanted);
            lane.looking = false;
        } else {
            lane.changed.wait(lock, wanted);
        }
        if (!wanted())
            continue;
        if (lane.queue.empty())
            return;
        Slot& slot = *lane.queue.back();
        if (!lane.ending && Clock::now() - slot.posted < grace) {
            lock.unlock();
            std::this_thread::yield();
            continue;
        }
        lane.queue.pop_back();
        lane.running = true;
        lock.unlock();
        process(slot, std::nullopt);
        lock.lock();
        lane.running = false;
    }
}

bool Core::help(BatchState& state, Deadline deadline) {
    for (const auto& lane : lanes) {
        std::unique_lock lock(lane->mutex);
        if (lane->running || lane->queue.empty() || lane->queue.back()->batch.get() != &state)
            continue;
        Slot& slot = *lane->queue.back();
        lane->queue.pop_back();
        lane->running = true;
        lock.unlock();
        process(slot, deadline);
        lock.lock();
        lane->running = false;
        if ((!lane->queue.empty() && !lane->looking) || lane->ending)
            lane->changed.notify_one();
        return true;
    }
    return false;
}

void Core::process(Slot& slot, Deadline deadline) {
    const std::shared_ptr<BatchState> batch = slot.batch;
    std::optional<support::Error> error;
    bool moved = false;
    if (batch->given_up || closing_)
        error.emplace(support::user_error("the batch was given up before the card came to all of it", "",
                                          "give a longer time limit, or fewer batches at once"));
    for (std::uint32_t tries = 0; !error; ++tries) {
        try {
            try_chunk(slot, deadline);
            break;
        } catch (const support::Error& failure) {
            const After after = recover(slot, failure, tries);
            moved = after == After::elsewhere && move(slot);
            if (after != After::again)
                error.emplace(own_copy(failure));
        } catch (const std::exception& failure) {
            error.emplace(support::internal_error(failure.what(), "the card's worker thread"));
        }
    }
    if (error && !moved)
        batch->given_up = true; // the batch's other chunks are of no use any more
    pool.give_back(slot);
    if (!moved)
        end_chunk(*batch, std::move(error));
}

void Core::try_chunk(Slot& slot, Deadline deadline) {
    const auto start = Clock::now();
    const shell::KernelInfo& kernel = description.kernel;
    const std::size_t in_bytes = room_for(slot.events, kernel.input), out_bytes = slot.events * output.event_bytes();
    Card& card = *slot.lane->card;
    Buffer& from = slot.own_input ? *slot.own_input : *slot.input;
    const std::uint32_t sent = options.checksums ? support::crc32c(from.host().subspan(slot.own_offset, in_bytes)) : 0;
    from.to_card(slot.own_offset, in_bytes);
    const Batch batch{.input_address = from.address() + slot.own_offset,
                      .output_address = slot.output->address(),
                      .events = static_cast<std::uint32_t>(slot.events),
                      .input = &from,
                      .output = slot.output.get(),
                      .checksums = options.checksums};
    BatchState& state = *slot.batch;
    const KernelCounters done = run_batch(card, batch, options.time_limit, [&] {
        return state.given_up.load() || closing_.load() || (deadline && Clock::now() >= *deadline);
    });
    if (done.checksums && done.checksums->input != sent)
        damaged(card, "the inputs");
    slot.output->from_card(0, out_bytes);
    const auto packed = slot.output->host().first(out_bytes);
    if (done.checksums && done.checksums->output != beats_checksum(packed))
        damaged(card, "the outputs");
    output.unpack(
        packed,
        std::span(state.outputs).subspan(slot.first_event * output.elements(), slot.events * output.elements()));
    const std::lock_guard lock(counters_mutex);
    counted.events += done.events;
    counted.chunks += 1;
    counted.cycles += done.cycles;
    counted.read_beats += done.read_beats;
    counted.write_beats += done.write_beats;
    counted.seconds += std::chrono::duration<double>(Clock::now() - start).count();
}

Core::After Core::recover(Slot& slot, const support::Error& error, std::uint32_t tries) {
    const auto* card_error = dynamic_cast<const CardError*>(&error);
    const Failure failure = card_error == nullptr ? Failure::reported : card_error->failure();
    Card& card = *slot.lane->card;
    bool lost = false;
    try {
        if (failure != Failure::time_out && failure != Failure::cancelled) { // else it was reset already
            const std::lock_guard lock(card.batch_mutex);
            card.reset();
        }
        lost = !card.alive();
    } catch (const support::Error&) {
        lost = true;
    }
    pool.set_lost(*slot.lane, lost);
    After after = lost ? After::elsewhere : After::again;
    if (failure == Failure::cancelled || slot.batch->given_up || closing_ || tries >= options.replays)
        after = After::give_up;
    const std::lock_guard lock(counters_mutex);
    counted.failures += 1;
    counted.time_outs += failure == Failure::time_out ? 1 : 0;
    counted.damaged += failure == Failure::damaged ? 1 : 0;
    counted.resets += 1;
    counted.replays += after == After::again ? 1 : 0;
    return after;
}

bool Core::move(Slot& slot) {
    if (slot.moves >= lanes.size() || !pool.any_alive())
        return false;
    try {
        const SlotPool::Turn turn(pool, std::numeric_limits<int>::max());
        Slot& other = pool.take(turn, options.time_limit, [&] { return slot.batch->given_up || closing_; });
        const std::size_t bytes = room_for(slot.events, description.kernel.input);
        Buffer& from = slot.own_input ? *slot.own_input : *slot.input;
        std::ranges::copy(from.host().subspan(slot.own_offset, bytes), other.input->host().begin());
        other.batch = slot.batch;
        other.own_offset = 0;
        other.first_event = slot.first_event;
        other.events = slot.events;
        other.rank = slot.rank;
        other.moves = slot.moves + 1;
        {
            const std::lock_guard lock(counters_mutex);
            counted.moved += 1;
        }
        post(other);
        return true;
    } catch (const support::Error&) {
        return false; // no room anywhere: the chunk's own error says why it failed
    }
}

void Core::end_if_over(BatchState& state) {
    std::vector<std::function<void()>> actions;
    {
        const std::lock_guard lock(state.mutex);
        if (!state.over())
            return;
        actions.swap(state.actions);
        state.changed.notify_all();
    }
    for (const auto& action : actions)
        action();
}

void Core::close(BatchState& state) {
    {
        const std::lock_guard lock(state.mutex);
        state.queued = true;
    }
    end_if_over(state);
}

/// `error`: this thread's own.
void Core::end_chunk(BatchState& state, std::optional<support::Error> error) {
    {
        const std::lock_guard lock(state.mutex);
        if (error && !state.error)
            state.error.emplace(own_copy(*error));
        --state.chunks_left;
    }
    end_if_over(state);
}

} // namespace gw::device
