// The C++ text of what every simulation of ours has, that of a card, of a Zynq board and of an F2 instance.
#include "shell/card_source.hpp"

namespace gw::shell {

const char* const card_simulation_text =
    R"cpp(// Broken rules, chances that are the same on every machine, and register accesses by AXI4-Lite.
#pragma once

#include <cstdint>
#include <string>

namespace card {

struct Violations {
    std::uint64_t count = 0;
    std::string first;
    void add(std::uint64_t cycle, const char* what) {
        if (count++ == 0) first = "clock " + std::to_string(cycle) + ": " + what;
    }
};

/// SplitMix64: the same back-pressure on every machine.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31);
    }
    bool chance(unsigned percent) { return percent != 0 && next() % 100 < percent; }

  private:
    std::uint64_t state_;
};

constexpr int patience = 1000; // clocks for a register access

/// Through the control port of `top`; `clock` runs one clock. Returns false where no answer comes.
template <class Top, class Clock> bool write_register(Top& top, std::uint32_t offset, std::uint32_t value, const Clock& clock) {
    top.s_axi_control_awaddr = offset & 0xfff;
    top.s_axi_control_wdata = value;
    top.s_axi_control_wstrb = 15;
    top.s_axi_control_awvalid = top.s_axi_control_wvalid = top.s_axi_control_bready = 1;
    for (int i = 0; i < patience; ++i) {
        top.eval();
        const bool address = top.s_axi_control_awready, data = top.s_axi_control_wready;
        const bool answer = top.s_axi_control_bvalid;
        clock();
        if (address) top.s_axi_control_awvalid = 0;
        if (data) top.s_axi_control_wvalid = 0;
        if (answer) {
            top.s_axi_control_bready = 0;
            return true;
        }
    }
    return false;
}

template <class Top, class Clock> bool read_register(Top& top, std::uint32_t offset, std::uint32_t& value, const Clock& clock) {
    top.s_axi_control_araddr = offset & 0xfff;
    top.s_axi_control_arvalid = top.s_axi_control_rready = 1;
    for (int i = 0; i < patience; ++i) {
        top.eval();
        const bool address = top.s_axi_control_arready, answer = top.s_axi_control_rvalid;
        value = top.s_axi_control_rdata;
        clock();
        if (address) top.s_axi_control_arvalid = 0;
        if (answer) {
            top.s_axi_control_rready = 0;
            return true;
        }
    }
    return false;
}

} // namespace card
)cpp";

} // namespace gw::shell
