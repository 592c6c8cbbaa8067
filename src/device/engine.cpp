#include "device/engine.hpp"

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::device {

namespace {

namespace reg = shell::registers;
using Clock = std::chrono::steady_clock;

void write_wide(Card& card, std::uint32_t offset, std::uint64_t value) {
    card.write_register(offset, static_cast<std::uint32_t>(value));
    card.write_register(offset + 4, static_cast<std::uint32_t>(value >> 32));
}

void start(Card& card, const Batch& batch) {
    write_wide(card, reg::input_address, batch.input_address);
    write_wide(card, reg::output_address, batch.output_address);
    card.write_register(reg::events, batch.events);
    card.write_register(reg::interrupt_mask, 1);
    card.write_register(reg::interrupt_enable, 1);
    card.write_register(reg::control, 1);
}

[[noreturn]] void give_up(Card& card, const Batch& batch, const std::string& why) {
    const std::string registers = dump_registers(card) + card.details(), complaint = card.complaint();
    card.reset();
    throw support::user_error(
        fmt::format("a batch of {} events on the {} did not end {}; {}{}its registers were\n{}", batch.events,
                    card.kind(), why, complaint, complaint.empty() ? "" : "; ", registers),
        "",
        "the card has been reset and takes further batches; give a longer time limit if the batch was merely large");
}

/// By the kernel's registers, once its interrupt has come; leaves it ready for the next batch.
BatchReport read_report(Card& card) {
    card.write_register(reg::interrupt_status, 1); // writing 1 toggles, that is: clears
    card.read_register(reg::control);              // reading clears done
    BatchReport report;
    report.errors = card.read_register(reg::errors);
    KernelCounters& counters = report.counters;
    counters.cycles = card.read_register(reg::cycles) | static_cast<std::uint64_t>(card.read_register(reg::cycles + 4))
                                                            << 32;
    counters.read_beats = card.read_register(reg::read_beats);
    counters.write_beats = card.read_register(reg::write_beats);
    counters.events = card.read_register(reg::events_issued);
    return report;
}

void check_result(Card& card, std::uint32_t errors) {
    constexpr std::uint32_t queue_stands = 24;
    if ((errors & queue_stands) != 0) {
        card.reset();
    }
    if (errors != 0) {
        throw support::user_error(fmt::format("the kernel reports{}{}{}{}{}",
                                              (errors & 1U) != 0 ? " a failed memory read" : "",
                                              (errors & 2U) != 0 ? " a failed memory write" : "",
                                              (errors & 4U) != 0 ? " an address off a 64-byte boundary" : "",
                                              (errors & 8U) != 0 ? " a failed read of its queue" : "",
                                              (errors & 16U) != 0 ? " a failed write of its queue" : ""),
                                  card.kind(), "check the buffers' addresses and sizes");
    }
    const std::string complaint = card.complaint();
    if (!complaint.empty()) {
        throw support::internal_error(complaint, card.kind());
    }
}

} // namespace

std::uint64_t read_wide(Card& card, const shell::Register& entry) {
    std::uint64_t value = card.read_register(entry.offset);
    if (entry.bits > 32) {
        value |= static_cast<std::uint64_t>(card.read_register(entry.offset + 4)) << 32;
    }
    return value;
}

std::string dump_registers(Card& card) {
    std::string text;
    for (const shell::Register& entry : shell::register_map()) {
        text += fmt::format("  {:#04x} {:<13} {:#x}  ({})\n", entry.offset, entry.name, read_wide(card, entry),
                            entry.meaning);
    }
    return text;
}

KernelCounters run_batch(Card& card, const Batch& batch, std::chrono::milliseconds limit, const Cancelled& cancelled) {
    const std::lock_guard lock(card.batch_mutex);
    const auto begin = Clock::now();
    const bool queued = card.queue(batch);
    if (!queued) {
        start(card, batch);
    }
    constexpr std::chrono::milliseconds slice(5);
    std::optional<BatchReport> report;
    while (!report) {
        if (queued) {
            report = card.finished(slice);
        } else if (card.wait(slice)) {
            report = read_report(card);
        }
        if (!report && cancelled && cancelled()) {
            give_up(card, batch, "before its caller's time limit");
        }
        if (!report && Clock::now() - begin > limit) {
            give_up(card, batch, fmt::format("within its time limit of {} ms", limit.count()));
        }
    }
    check_result(card, report->errors);
    const KernelCounters& counters = report->counters;
    if (counters.events != batch.events) {
        throw support::internal_error(
            fmt::format("the kernel says that {} of {} events entered the core", counters.events, batch.events),
            card.kind());
    }
    return counters;
}

Worker::Worker() : thread_([this] { work(); }) {}

Worker::~Worker() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Worker::post(std::function<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    changed_.notify_all();
}

void Worker::work() {
    while (true) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
        if (jobs_.empty()) {
            return;
        }
        const std::function<void()> job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
    }
}

} // namespace gw::device
