// sim/board.cpp: the Verilated top module with a serial port that host.py opens as it would the board's.
#include "shell/ecp5/verilog.hpp"

namespace gw::shell {

const char* const ecp5_simulation_text =
    R"cpp(// The board's top module, simulated, behind a pseudo terminal: what the pins say bit by bit, a host program reads as
// bytes. usage: board [COMMAND ARGUMENT...]   runs COMMAND with GW_PORT set to the port and ends with its exit code;
// without one, prints the port and runs until it is killed.
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <deque>

#include "Vtop.h"
#include "verilated.h"

double sc_time_stamp() { return 0; }

namespace {

constexpr unsigned bit_clocks = CLOCKS_PER_BIT;

/// From the host to the pin: 1 start bit, 8 data bits, 1 stop bit.
class ToPin {
  public:
    std::deque<unsigned char> bytes;
    bool idle() const { return left_ == 0 && bytes.empty(); }
    bool clock() {
        if (left_ == 0 && !bytes.empty()) {
            shift_ = 0x200u | (unsigned{bytes.front()} << 1);
            bytes.pop_front();
            left_ = 10 * bit_clocks;
        }
        if (left_ == 0) return true;
        const bool level = (shift_ >> ((10 * bit_clocks - left_) / bit_clocks)) & 1;
        --left_;
        return level;
    }

  private:
    unsigned shift_ = 0, left_ = 0;
};

/// From the pin to the host.
class FromPin {
  public:
    std::deque<unsigned char> bytes;
    std::uint64_t broken = 0; ///< bytes without a stop bit
    void clock(bool level) {
        if (at_ == 0) {
            if (!level) at_ = 1;
            return;
        }
        const unsigned now = at_++;
        if (now % bit_clocks != bit_clocks / 2) return;
        const unsigned bit = now / bit_clocks; // 0 start, 1 to 8 data, 9 stop
        if (bit >= 1 && bit <= 8) value_ = static_cast<unsigned char>((value_ >> 1) | (level ? 0x80 : 0));
        if (bit == 9) {
            if (level) bytes.push_back(value_);
            else ++broken;
            at_ = 0;
        }
    }

  private:
    unsigned at_ = 0;
    unsigned char value_ = 0;
};

int open_port() {
    const int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) return -1;
    // Our own end of the host's side stays open, or reading would fail between two hosts.
    const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    termios settings{};
    if (slave < 0 || tcgetattr(slave, &settings) != 0) return -1;
    cfmakeraw(&settings);
    tcsetattr(slave, TCSANOW, &settings);
    return master;
}

} // namespace

int main(int count, char** arguments) {
    const int port = open_port();
    if (port < 0) {
        std::perror("board: no pseudo terminal");
        return 1;
    }
    setenv("GW_PORT", ptsname(port), 1);
    std::printf("port %s\n", ptsname(port));
    std::fflush(stdout);
    pid_t child = 0;
    if (count > 1 && (child = fork()) == 0) {
        close(port);
        execvp(arguments[1], arguments + 1);
        std::perror(arguments[1]);
        _exit(127);
    }

    VerilatedContext context;
    Vtop top{&context};
    ToPin to;
    FromPin from;
    std::uint64_t quiet = 0; // clocks since anything happened
    for (std::uint64_t cycle = 0;; ++cycle) {
        const bool look = cycle % (10 * bit_clocks) == 0;
        if (look) {
            unsigned char buffer[64];
            if (to.bytes.size() < sizeof buffer) {
                // With nothing under way the clock waits for the host.
                pollfd ready{port, POLLIN, 0};
                const bool asleep = quiet > 2000 * bit_clocks;
                if (poll(&ready, 1, asleep ? 20 : 0) > 0) {
                    const ssize_t got = read(port, buffer, sizeof buffer);
                    if (got > 0) {
                        to.bytes.insert(to.bytes.end(), buffer, buffer + got);
                        quiet = 0;
                    }
                }
            }
            int status = 0;
            if (child > 0 && waitpid(child, &status, WNOHANG) == child) {
                std::printf("%llu clocks, %llu broken bytes\n", static_cast<unsigned long long>(cycle),
                            static_cast<unsigned long long>(from.broken));
                return from.broken != 0 ? 3 : WIFEXITED(status) ? WEXITSTATUS(status) : 1;
            }
        }
        top.uart_rx = to.clock();
        top.clk_in = 0;
        top.eval();
        top.clk_in = 1;
        top.eval();
        from.clock(top.uart_tx);
        if (!from.bytes.empty()) {
            if (write(port, &from.bytes.front(), 1) == 1) from.bytes.pop_front();
            quiet = 0;
        }
        quiet = to.idle() ? quiet + 1 : 0;
    }
}
)cpp";

} // namespace gw::shell
