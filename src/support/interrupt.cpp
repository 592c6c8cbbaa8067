#include "support/interrupt.hpp"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>

#include <unistd.h>

#include "support/error.hpp"

namespace gw::support {
namespace {

// A signal handler can reach nothing but a global of this type.
volatile std::sig_atomic_t signal_seen = 0;
std::atomic<std::int64_t> seen_at_ms{0};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

// One request may come as two signals: timeout(1), say, sends it to its child and to its group.
constexpr std::int64_t one_request_ms = 500;

std::int64_t now_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now); // may be called in a handler
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

extern "C" void on_signal(int signal) {
    if (signal_seen != 0) {
        if (now_ms() - seen_at_ms > one_request_ms)
            ::_exit(128 + signal);
        return;
    }
    seen_at_ms = now_ms();
    signal_seen = signal;
}

} // namespace

void install_interrupt_handlers() {
    struct sigaction action = {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
    return signal_seen != 0;
}

void throw_if_interrupted() {
    if (interrupted())
        throw Error(ErrorKind::interrupted, "interrupted", {}, {});
}

} // namespace gw::support
