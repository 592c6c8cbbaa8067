#include "device/faulty_card.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::device {

namespace {

namespace reg = shell::registers;
using Clock = std::chrono::steady_clock;

constexpr std::array<std::pair<std::string_view, CardFault>, 12> names{{{"none", CardFault::none},
                                                                        {"hangs", CardFault::hangs},
                                                                        {"late", CardFault::late},
                                                                        {"never_starts", CardFault::never_starts},
                                                                        {"wrong_status", CardFault::wrong_status},
                                                                        {"flips_in", CardFault::flips_in},
                                                                        {"flips_out", CardFault::flips_out},
                                                                        {"lost", CardFault::lost},
                                                                        {"wrong_bank", CardFault::wrong_bank},
                                                                        {"foreign", CardFault::foreign},
                                                                        {"foreign_runs", CardFault::foreign_runs},
                                                                        {"slow_transfers", CardFault::slow_transfers}}};

class Faulty final : public FaultyCard {
  public:
    explicit Faulty(std::unique_ptr<Card> card) : inner_(std::move(card)) {}

    void set_fault(CardFault fault, std::uint32_t times, std::chrono::milliseconds delay) override {
        delay_ = delay;
        left_ = times;
        endless_ = times == 0;
        fault_ = fault;
    }

    std::string kind() const override { return inner_->kind(); }
    std::uint64_t allocate(std::size_t bytes) override { return inner_->allocate(bytes); }
    void release(std::uint64_t address) override { inner_->release(address); }

    void write_memory(std::uint64_t address, std::span<const std::byte> data) override {
        if (fault_ == CardFault::lost)
            return;
        pause();
        if (data.empty() || !strikes(CardFault::flips_in))
            return inner_->write_memory(address, data);
        std::vector<std::byte> damaged(data.begin(), data.end());
        damaged[damaged.size() / 2] ^= std::byte{4};
        inner_->write_memory(address, damaged);
    }
    void read_memory(std::uint64_t address, std::span<std::byte> data) override {
        if (fault_ == CardFault::lost) {
            std::ranges::fill(data, std::byte{0xff});
            return;
        }
        pause();
        inner_->read_memory(address, data);
        if (!data.empty() && strikes(CardFault::flips_out))
            data[data.size() / 2] ^= std::byte{4};
    }
    std::uint32_t read_register(std::uint32_t offset) override {
        if (fault_ == CardFault::lost)
            return 0xffffffff;
        const std::uint32_t value = inner_->read_register(offset);
        if (offset == reg::control && fault_ == CardFault::foreign_runs)
            return value | 1U;
        return offset == reg::events_issued && strikes(CardFault::wrong_status) ? value + 1 : value;
    }
    void write_register(std::uint32_t offset, std::uint32_t value) override {
        if (fault_ != CardFault::lost)
            inner_->write_register(offset, value);
    }
    void start(const Batch& batch) override {
        started_ = Clock::now();
        late_ = strikes(CardFault::late);
        hangs_ = strikes(CardFault::hangs);
        skipped_ = strikes(CardFault::never_starts);
        given_ = batch;
        if (strikes(CardFault::wrong_bank)) {
            given_.input_address ^= 1U << 16U;
            given_.input = nullptr;
        }
        if (!hangs_ && !skipped_)
            Card::start(given_);
    }
    bool wait(std::chrono::milliseconds slice) override {
        const auto end = Clock::now() + slice;
        if (skipped_)
            return true;
        if (hangs_ || fault_ == CardFault::lost || (late_ && end < started_ + delay_.load())) {
            std::this_thread::sleep_until(end);
            return false;
        }
        const bool over = inner_->wait(slice);
        if (over && strikes(CardFault::foreign))
            inner_->write_register(reg::output_address, static_cast<std::uint32_t>(given_.output_address) + 4096);
        return over;
    }
    KernelCounters finish(const Batch& /*batch*/) override { return Card::finish(given_); }
    void reset() override {
        if (fault_ != CardFault::lost)
            inner_->reset();
    }
    std::string complaint() override { return inner_->complaint(); }

  private:
    /// Whether the fault is `fault` and strikes now; counts.
    bool strikes(CardFault fault) {
        if (fault_ != fault)
            return false;
        if (endless_)
            return true;
        if (left_ == 0)
            return false;
        --left_;
        return true;
    }
    void pause() {
        if (strikes(CardFault::slow_transfers))
            std::this_thread::sleep_for(delay_.load());
    }

    std::unique_ptr<Card> inner_;
    std::atomic<CardFault> fault_ = CardFault::none;
    std::atomic<std::uint32_t> left_ = 0;
    std::atomic<bool> endless_ = true;
    std::atomic<std::chrono::milliseconds> delay_{};
    // Of the batch under way, whose thread holds batch_mutex:
    Batch given_;
    Clock::time_point started_;
    bool late_ = false, hangs_ = false, skipped_ = false;
};

} // namespace

CardFault parse_card_fault(std::string_view text) {
    const auto found = std::ranges::find_if(names, [&](const auto& entry) { return entry.first == text; });
    if (found == names.end())
        throw support::user_error(fmt::format("a card has no fault '{}'", text));
    return found->second;
}

std::unique_ptr<FaultyCard> make_faulty(std::unique_ptr<Card> card) {
    return std::make_unique<Faulty>(std::move(card));
}

} // namespace gw::device
