// The C++ text of the simulated card itself: the clock, the register port and the C interface that device/ loads.
#include "shell/card_source.hpp"

#include "shell/card.hpp"
#include "shell/template.hpp"

namespace gw::shell {

namespace {

constexpr const char* card_text =
    R"cpp(// The simulated card: kernel @K@ and its memory behind a C interface. One instance is used by one thread at a time;
// instances share nothing.
#include <exception>

#include "Vkernel.h"
#include "memory.hpp"
#include "verilated.h"

double sc_time_stamp() { return 0; }

namespace card {

class Card {
  public:
    template <class... Arguments> explicit Card(Arguments... of_memory) : memory(of_memory...), top_(&context_, "top") {
        reset();
    }
    ~Card() { top_.final(); }
    Card(const Card&) = delete;
    Card& operator=(const Card&) = delete;

    /// Of kernel and memory port; the memory's contents stay.
    void reset() {
        memory.reset();
        top_.s_axi_control_awvalid = top_.s_axi_control_wvalid = top_.s_axi_control_arvalid = 0;
        top_.s_axi_control_bready = top_.s_axi_control_rready = 0;
        top_.ap_rst_n = 0;
        for (int i = 0; i < 4; ++i) clock(Listen::no);
        memory.reset();
        top_.ap_rst_n = 1;
        for (int i = 0; i < 4; ++i) clock();
    }

    bool write_register(std::uint32_t offset, std::uint32_t value) {
        return card::write_register(top_, offset, value, [this] { clock(); });
    }
    bool read_register(std::uint32_t offset, std::uint32_t& value) {
        return card::read_register(top_, offset, value, [this] { clock(); });
    }

    /// Runs until the interrupt pin (its name is a reserved word to Verilator) is high or `most` clocks have passed.
    bool run(std::uint64_t most) {
        for (std::uint64_t i = 0; i < most && !top_.__SYM__interrupt; ++i) clock();
        return top_.__SYM__interrupt;
    }

    std::uint64_t cycles() const { return cycle_; }
    const Violations& violations() const { return violations_; }
    Memory memory;

  private:
    enum class Listen { no, yes };

    void clock(Listen listen = Listen::yes) {
        memory.drive(top_, cycle_);
        top_.ap_clk = 0;
        top_.eval();
        if (listen == Listen::yes) memory.take(top_, cycle_, violations_);
        top_.ap_clk = 1;
        top_.eval();
        ++cycle_;
    }

    VerilatedContext context_;
    Vkernel top_;
    Violations violations_;
    std::uint64_t cycle_ = 0;
};

} // namespace card

#define GW_EXPORT extern "C" __attribute__((visibility("default")))

// Version of this interface; whoever loads the library asks first. Functions that return int return 0 for success.
GW_EXPORT std::uint32_t gw_card_version() { return 1; }

/// Null where the memory cannot be had.
GW_EXPORT card::Card* gw_card_open(std::uint64_t memory_bytes, std::uint64_t seed, std::uint32_t stall_percent) {
    try {
        return new card::Card(memory_bytes, seed, stall_percent);
    } catch (const std::exception&) {
        return nullptr;
    }
}
/// With memory of the caller's, whose first byte has the address `base`. Cards on the same memory must be run by one thread.
GW_EXPORT card::Card* gw_card_attach(void* memory, std::uint64_t bytes, std::uint64_t base, std::uint64_t seed,
                                     std::uint32_t stall_percent) {
    return new card::Card(memory, bytes, base, seed, stall_percent);
}
GW_EXPORT void gw_card_close(card::Card* card) { delete card; }
GW_EXPORT void gw_card_reset(card::Card* card) { card->reset(); }
GW_EXPORT int gw_card_write_register(card::Card* card, std::uint32_t offset, std::uint32_t value) {
    return card->write_register(offset, value) ? 0 : 1;
}
GW_EXPORT int gw_card_read_register(card::Card* card, std::uint32_t offset, std::uint32_t* value) {
    return card->read_register(offset, *value) ? 0 : 1;
}
GW_EXPORT int gw_card_write_memory(card::Card* card, std::uint64_t address, const void* data, std::uint64_t bytes) {
    auto& memory = card->memory;
    if (address > memory.size() || bytes > memory.size() - address) return 1;
    if (bytes != 0) std::memcpy(memory.data() + address, data, bytes);
    return 0;
}
GW_EXPORT int gw_card_read_memory(card::Card* card, std::uint64_t address, void* data, std::uint64_t bytes) {
    auto& memory = card->memory;
    if (address > memory.size() || bytes > memory.size() - address) return 1;
    if (bytes != 0) std::memcpy(data, memory.data() + address, bytes);
    return 0;
}
/// 1 once the interrupt pin is high, 0 after `most` clocks without.
GW_EXPORT int gw_card_run(card::Card* card, std::uint64_t most) { return card->run(most) ? 1 : 0; }
/// Clocks since the card was opened.
GW_EXPORT std::uint64_t gw_card_cycles(const card::Card* card) { return card->cycles(); }
/// How often the kernel broke a rule of AXI, and the first case in words (valid until the next call of any function).
GW_EXPORT std::uint64_t gw_card_violations(const card::Card* card, const char** first) {
    *first = card->violations().first.c_str();
    return card->violations().count;
}
/// For tests: makes the memory hang or fail from now on (card::Fault).
GW_EXPORT void gw_card_set_fault(card::Card* card, std::uint32_t fault) { card->memory.fault = static_cast<card::Fault>(fault); }
)cpp";

} // namespace

rtl::Files card_sources(const KernelInfo& kernel) {
    return {{"card/simulation.hpp", card_simulation_text}, {"card/rules.hpp", card_rules_text},
            {"card/memory.hpp", card_memory_text},         {"card/xrt_device.cpp", card_xrt_text},
            {"card/xrt_sleep.cpp", card_xrt_sleep_text},   {"card/card.cpp", fill(card_text, {{"K", kernel.name}})}};
}

} // namespace gw::shell
