// Runs batches on a card, one after another, on a thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "device/card.hpp"

namespace gw::device {

/// All registers with their names and values, a line each; for people.
std::string dump_registers(Card& card);
/// A 32- or 64-bit register.
std::uint64_t read_wide(Card& card, const shell::Register& entry);

/// Asked now and then by long waits: true to give up.
using Cancelled = std::function<bool()>;

/// Writes the arguments, starts the kernel, waits, reads the counters. Locks the card's batch_mutex.
/// Throws support::Error when `limit` has passed or `cancelled` says so (with the register dump; the card has been
/// reset, and the next batch will work) and when the kernel or the card reports an error.
KernelCounters run_batch(Card& card, const Batch& batch, std::chrono::milliseconds limit,
                         const Cancelled& cancelled = {});

/// A thread that does one job after another; the destructor lets the queue run empty.
class Worker {
  public:
    Worker();
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// The job must not throw.
    void post(std::function<void()> job);

  private:
    void work();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> jobs_;
    bool ending_ = false;
    std::thread thread_;
};

} // namespace gw::device
