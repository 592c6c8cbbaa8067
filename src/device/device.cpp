// A batch is cut into chunks. The submitting thread packs a chunk into a free pair of buffers and queues it; the worker
// thread moves it to the card, runs it, fetches and unpacks the results. So packing overlaps with the card, and a batch
// is as large as it likes.
#include "device/device.hpp"

#include <atomic>
#include <optional>

#include <fmt/format.h>

#include "device/packing.hpp"
#include "network/file.hpp"
#include "shell/f2/f2.hpp"
#include "support/error.hpp"

namespace gw::device {

using Clock = std::chrono::steady_clock;

struct Future::State {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<double> outputs;
    std::size_t chunks_left = 0;
    bool queued = false; ///< all chunks are
    std::optional<support::Error> error;
    std::atomic<bool> given_up = false;

    bool over() const { return queued && chunks_left == 0; }
};

namespace {

/// Shares nothing with `error`, so that each waiting thread and the worker may drop theirs when they like. (A copy of a
/// std::exception shares its text, and a rethrown exception_ptr the object, by counts that the thread sanitizer cannot
/// see.)
support::Error own_copy(const support::Error& error) {
    return {error.kind(), error.problem(), error.where(), error.remedy()};
}

} // namespace

bool Future::ready() const {
    const std::lock_guard lock(state_->mutex);
    return state_->over();
}

std::vector<double> Future::wait(std::chrono::milliseconds limit) const {
    State& state = *state_;
    std::unique_lock lock(state.mutex);
    if (!state.changed.wait_for(lock, limit, [&] { return state.over(); })) {
        // The worker sees this, gives its chunk up and skips the others: the wait below is short.
        state.given_up = true;
        state.changed.wait(lock, [&] { return state.over(); });
    }
    if (state.error) {
        throw own_copy(*state.error);
    }
    return state.outputs;
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
    if (text == "f2") {
        return Kind::f2;
    }
    throw support::user_error(fmt::format("there is no device of the kind '{}'", text), "--device",
                              "the kinds are emulator, sim, xrt and f2");
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

/// Memory of card and host for one chunk.
struct Buffers {
    std::vector<std::byte> input, output;
    std::uint64_t input_address = 0, output_address = 0;
};

/// A fixed number of buffer pairs; who wants one waits until one is free.
class BufferPool {
  public:
    BufferPool(Card& card, std::size_t count, std::size_t input_bytes, std::size_t output_bytes) {
        for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i) {
            all_.push_back(std::make_unique<Buffers>());
            Buffers& made = *all_.back();
            made.input.resize(input_bytes);
            made.output.resize(output_bytes);
            made.input_address = card.allocate(input_bytes);
            made.output_address = card.allocate(output_bytes);
            free_.push_back(&made);
        }
    }
    /// Every chunk before this one has a time limit of its own, so a wait of `limit` means that something else is
    /// wrong.
    Buffers& take(std::chrono::milliseconds limit) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, limit, [this] { return !free_.empty(); })) {
            throw support::user_error(
                fmt::format("none of the card's {} buffers became free in {} ms", all_.size(), limit.count()), "",
                "wait for earlier batches before submitting more, or give a longer time limit");
        }
        Buffers& taken = *free_.back();
        free_.pop_back();
        return taken;
    }
    void give_back(Buffers& buffers) {
        const std::lock_guard lock(mutex_);
        free_.push_back(&buffers);
        changed_.notify_one();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::unique_ptr<Buffers>> all_;
    std::vector<Buffers*> free_;
};

/// Whole beats: the kernel reads all of the last one.
std::size_t room_for(std::size_t events, const shell::EventLayout& layout) {
    return (std::max<std::size_t>(events, 1) * layout.bytes + 63) / 64 * 64;
}

std::unique_ptr<Card> open_card(const std::filesystem::path& bundle, const shell::CardDescription& description,
                                const DeviceOptions& options) {
    switch (options.kind) {
    case Kind::emulator:
        return open_emulated_card(network::load(bundle / "network.json"), description.kernel);
    case Kind::sim:
        return open_simulated_card(bundle / shell::card_library, options.simulation);
    case Kind::xrt:
        return open_xrt_card(options.xrt, description.kernel.name);
    case Kind::f2:
        return open_f2_card(options.f2, description.kernel.name,
                            shell::f2::design_identity(shell::f2::bundle_verilog(bundle)));
    }
    throw support::internal_error("a device kind without a way to open it");
}

} // namespace

struct Device::Impl {
    Impl(std::unique_ptr<Card> opened, shell::CardDescription what, const DeviceOptions& chosen)
        : card(std::move(opened)), description(std::move(what)), options(chosen), input(description.kernel.input),
          output(description.kernel.output),
          pool(*card, chosen.buffers, room_for(chosen.chunk_events, description.kernel.input),
               room_for(chosen.chunk_events, description.kernel.output)) {}
    /// Chunks that have not begun are given up; the one on the card ends within its time limit.
    ~Impl() { closing = true; }

    std::chrono::milliseconds buffer_limit() const {
        return options.time_limit * static_cast<std::int64_t>(options.buffers + 1);
    }

    /// On the worker's thread: one chunk from packed inputs to doubles at `first_event` of the batch's outputs.
    void run_chunk(Future::State& state, Buffers& buffers, std::size_t first_event, std::size_t events) {
        const auto begin = Clock::now();
        card->write_memory(buffers.input_address,
                           std::span(buffers.input).first(room_for(events, description.kernel.input)));
        const KernelCounters kernel =
            run_batch(*card, {buffers.input_address, buffers.output_address, static_cast<std::uint32_t>(events)},
                      options.time_limit, [&] { return state.given_up.load(); });
        const auto packed = std::span(buffers.output).first(events * output.event_bytes());
        card->read_memory(buffers.output_address, packed);
        output.unpack(packed,
                      std::span(state.outputs).subspan(first_event * output.elements(), events * output.elements()));
        const std::lock_guard lock(counters_mutex);
        counters.events += kernel.events;
        counters.chunks += 1;
        counters.cycles += kernel.cycles;
        counters.read_beats += kernel.read_beats;
        counters.write_beats += kernel.write_beats;
        counters.seconds += std::chrono::duration<double>(Clock::now() - begin).count();
    }

    /// `error`: the worker's own.
    void end_chunk(Future::State& state, std::optional<support::Error> error) {
        const std::lock_guard lock(state.mutex);
        if (error && !state.error) {
            state.error.emplace(own_copy(*error));
        }
        --state.chunks_left;
        state.changed.notify_all();
    }

    void queue_chunk(const std::shared_ptr<Future::State>& state, Buffers& buffers, std::size_t first_event,
                     std::size_t events) {
        {
            const std::lock_guard lock(state->mutex);
            ++state->chunks_left;
        }
        worker.post([this, state, &buffers, first_event, events] {
            std::optional<support::Error> error;
            try {
                if (state->given_up || closing) {
                    throw support::user_error("the batch was given up before the card came to all of it", "",
                                              "give a longer time limit, or fewer batches at once");
                }
                run_chunk(*state, buffers, first_event, events);
            } catch (const support::Error& failure) {
                error.emplace(failure);
            } catch (const std::exception& failure) {
                error.emplace(support::internal_error(failure.what(), "the card's worker thread"));
            }
            if (error) {
                state->given_up = true; // the batch's other chunks are of no use any more
            }
            pool.give_back(buffers);
            end_chunk(*state, std::move(error));
        });
    }

    std::unique_ptr<Card> card;
    shell::CardDescription description;
    DeviceOptions options;
    Packer input, output;
    BufferPool pool;
    std::mutex submit_mutex, counters_mutex;
    Counters counters;
    std::atomic<bool> closing = false;
    Worker worker; ///< last: it ends before what it uses
};

Device Device::open(const std::filesystem::path& bundle, const DeviceOptions& options) {
    require_fitting(options);
    shell::CardDescription description = shell::read_card(bundle);
    auto card = open_card(bundle, description, options);
    return Device(std::move(card), std::move(description), options);
}

Device::Device(std::unique_ptr<Card> card, shell::CardDescription description, const DeviceOptions& options) {
    if (options.chunk_events == 0 || options.chunk_events > 0xffffffffU) {
        throw support::user_error(fmt::format("chunks of {} events are not possible", options.chunk_events),
                                  "chunk_events", "choose 1 to 4294967295");
    }
    // Chunks of large events are smaller: all buffers must find room on the card.
    DeviceOptions fitting = options;
    const std::size_t event_bytes = std::max(description.kernel.input.bytes, description.kernel.output.bytes);
    fitting.chunk_events = std::clamp<std::size_t>(most_chunk_bytes / event_bytes, 1, options.chunk_events);
    impl_ = std::make_unique<Impl>(std::move(card), std::move(description), fitting);
}

Device::~Device() = default;
Device::Device(Device&&) noexcept = default;
Device& Device::operator=(Device&&) noexcept = default;

std::size_t Device::input_size() const {
    return impl_->input.elements();
}
std::size_t Device::output_size() const {
    return impl_->output.elements();
}

Future Device::submit(std::span<const double> inputs) {
    Impl& impl = *impl_;
    const std::size_t size = input_size();
    if (inputs.size() % size != 0) {
        throw support::user_error(fmt::format("{} numbers are not whole events of {} inputs", inputs.size(), size));
    }
    const std::size_t events = inputs.size() / size;
    auto state = std::make_shared<Future::State>();
    state->outputs.resize(events * output_size());
    // One batch at a time is queued, so that each is served whole, in order.
    const std::lock_guard order(impl.submit_mutex);
    try {
        for (std::size_t first = 0; first < events && !state->given_up; first += impl.options.chunk_events) {
            const std::size_t count = std::min(impl.options.chunk_events, events - first);
            Buffers& buffers = impl.pool.take(impl.buffer_limit());
            try {
                impl.input.pack(inputs.subspan(first * size, count * size), buffers.input, first);
            } catch (...) {
                impl.pool.give_back(buffers);
                throw;
            }
            impl.queue_chunk(state, buffers, first, count);
        }
    } catch (...) {
        state->given_up = true;
        throw;
    }
    const std::lock_guard lock(state->mutex);
    state->queued = true;
    return Future(state);
}

std::vector<double> Device::predict(std::span<const double> inputs) {
    return submit(inputs).wait();
}

Counters Device::counters() const {
    const std::lock_guard lock(impl_->counters_mutex);
    return impl_->counters;
}
const shell::CardDescription& Device::description() const {
    return impl_->description;
}
Card& Device::card() {
    return *impl_->card;
}

} // namespace gw::device
