#include "support/interrupt.hpp"

#include <csignal>

#include <unistd.h>

#include "support/error.hpp"

namespace gw::support {
namespace {

// A signal handler can reach nothing but a global of this type.
volatile std::sig_atomic_t signal_seen = 0;

extern "C" void on_signal(int signal) {
    if (signal_seen != 0)
        ::_exit(128 + signal);
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
