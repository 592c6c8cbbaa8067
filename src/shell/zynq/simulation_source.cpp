// The C++ text of the simulated board: AXI DMA 7.1 in simple mode (PG021) with the Verilated stream kernel between its
// two streams, and the memory that both masters reach, behind a C interface.
#include "shell/zynq/simulation.hpp"

#include <fmt/format.h>

#include "shell/card_source.hpp"
#include "shell/template.hpp"

namespace gw::shell {

namespace {

constexpr const char* dma_text =
    R"cpp(// AXI DMA 7.1 in simple mode, clock by clock (PG021). What a real one does and this does not: scatter-gather, bursts on the memory side, the
// few beats that its own queues hold.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

namespace board {

constexpr std::size_t beat_bytes = @BEAT@;
struct Memory {
    std::uint8_t* first;
    std::uint64_t base, bytes;
    std::uint8_t* at(std::uint64_t address, std::uint64_t count) const {
        const std::uint64_t offset = address - base;
        return address < base || offset > bytes || count > bytes - offset ? nullptr : first + offset;
    }
};

// Bits of the status register.
constexpr std::uint32_t halted = 1, idle = 2, internal_error = 0x10, slave_error = 0x20, decode_error = 0x40, complete = 0x1000, failed = 0x4000;
constexpr std::uint32_t every_error = internal_error | slave_error | decode_error;
constexpr std::uint32_t longest = (1u << 26) - 1; // c_sg_length_width

struct Channel {
    std::uint32_t control = 0, status = halted;
    std::uint64_t address = 0;
    std::uint32_t length = 0; ///< asked for, and afterwards what was moved
    std::uint32_t moved = 0;
    bool active = false;

    bool runs() const { return (control & 1) != 0 && (status & halted) == 0; }
    void finish() {
        active = false;
        length = moved;
        status |= idle | complete;
    }
    /// A channel that fails stands still until the DMA is reset.
    void fail(std::uint32_t error) {
        active = false;
        control &= ~1u;
        status |= error | halted | failed;
    }
    bool interrupts() const { return (status & control & (complete | failed)) != 0; }

    std::uint32_t read(std::uint32_t offset) const {
        switch (offset) {
        case 0x00: return control;
        case 0x04: return status;
        case 0x18: return static_cast<std::uint32_t>(address);
        case 0x1c: return static_cast<std::uint32_t>(address >> 32);
        case 0x28: return length;
        default: return 0;
        }
    }
    void write(std::uint32_t offset, std::uint32_t value) {
        constexpr std::uint64_t low = 0xffffffff;
        switch (offset) {
        case 0x00:
            control = value & 0x7001;
            if ((status & every_error) == 0) status = (value & 1) != 0 ? status & ~halted : status | halted;
            break;
        case 0x04: status &= ~(value & (complete | failed)); break; // writing 1 clears
        case 0x18: address = (address & ~low) | value; break;
        case 0x1c: address = (address & low) | std::uint64_t{value} << 32; break;
        case 0x28: start(value & longest); break;
        default: break;
        }
    }
    void start(std::uint32_t bytes) {
        if (!runs() || active) return;
        length = bytes;
        moved = 0;
        status &= ~idle;
        if (bytes == 0) fail(internal_error);
        else if (address % beat_bytes != 0) fail(decode_error); // made without the realignment engine
        else active = true;
    }
};

} // namespace board
)cpp";

constexpr const char* board_text =
    R"cpp(// The simulated board: @K@ behind an AXI DMA, behind a C interface. One instance is used by one thread at a time; instances share nothing.
#include <cstdlib>
#include <memory>
#include <new>

#include "Vkernel.h"
#include "dma.hpp"
#include "simulation.hpp"
#include "verilated.h"

double sc_time_stamp() { return 0; }

namespace board {

constexpr std::uint64_t dma_base = @DMA_BASE@, kernel_base = @KERNEL_BASE@, ip_range = @RANGE@;
constexpr std::uint32_t full_keep = (1u << beat_bytes) - 1;

/// For tests of drivers.
enum class Fault : std::uint32_t { none = 0, results_hang = 1, events_hang = 2, read_fails = 3, write_fails = 4 };

class Board {
  public:
    Board(const Memory& of_caller, std::uint64_t seed, std::uint32_t stall_percent)
        : memory(of_caller), stall_(stall_percent), random_(seed), top_(&context_, "top") {
        if (memory.first == nullptr) {
            own_.reset(std::calloc(memory.bytes, 1));
            if (!own_) throw std::bad_alloc();
            memory.first = static_cast<std::uint8_t*>(own_.get());
        }
        reset();
    }
    ~Board() { top_.final(); }
    Board(const Board&) = delete;
    Board& operator=(const Board&) = delete;

    /// What loading the bitstream does; memory stays.
    void reset() {
        reset_dma();
        top_.s_axi_control_awvalid = top_.s_axi_control_wvalid = top_.s_axi_control_arvalid = 0;
        top_.s_axi_control_bready = top_.s_axi_control_rready = 0;
        top_.ap_rst_n = 0;
        for (int i = 0; i < 8; ++i) clock();
        top_.ap_rst_n = 1;
        for (int i = 0; i < 4; ++i) clock();
    }

    bool read(std::uint64_t address, std::uint32_t& value) {
        if (address >= dma_base && address - dma_base < ip_range) {
            const auto offset = static_cast<std::uint32_t>(address - dma_base);
            if (offset == 0x04 || offset == 0x34) pass_time();
            value = offset < 0x30 ? events.read(offset) : results.read(offset - 0x30);
            return true;
        }
        if (address < kernel_base || address - kernel_base >= ip_range) return false;
        return read_kernel(static_cast<std::uint32_t>(address - kernel_base), value);
    }
    bool write(std::uint64_t address, std::uint32_t value) {
        if (address >= dma_base && address - dma_base < ip_range) {
            const auto offset = static_cast<std::uint32_t>(address - dma_base);
            if ((offset == 0x00 || offset == 0x30) && (value & 4) != 0) reset_dma(); // of both channels, as the real one
            else if (offset < 0x30) events.write(offset, value);
            else results.write(offset - 0x30, value);
            return true;
        }
        if (address < kernel_base || address - kernel_base >= ip_range) return false;
        const auto offset = static_cast<std::uint32_t>(address - kernel_base);
        clearing_ = offset == 0 && (value & 1) != 0; // takes a beat that waits back, as a reset does
        const bool answered = write_kernel(offset, value);
        clearing_ = false;
        return answered;
    }
    /// Runs until a channel that is active is so no more, or `most` clocks have passed.
    bool run(std::uint64_t most) {
        const bool in = events.active, out = results.active;
        for (std::uint64_t i = 0; i < most && events.active == in && results.active == out; ++i) clock();
        return events.active != in || results.active != out;
    }

    std::uint64_t cycles() const { return cycle_; }
    const card::Violations& violations() const { return violations_; }
    Memory memory;
    Channel events, results; ///< MM2S and S2MM
    Fault fault = Fault::none;

  private:

    /// A host that polls sees the board's time go on.
    void pass_time() {
        constexpr std::uint64_t glance = 20000;
        if (events.active || results.active) run(glance);
    }
    void reset_dma() {
        events = {};
        results = {};
        offered_ = false;
        top_.s_axis_events_tvalid = 0;
    }

    bool write_kernel(std::uint32_t offset, std::uint32_t value) {
        return card::write_register(top_, offset, value, [this] { clock(); });
    }
    bool read_kernel(std::uint32_t offset, std::uint32_t& value) {
        return card::read_register(top_, offset, value, [this] { clock(); });
    }

    /// What the DMA puts on the streams in this clock. A beat that was offered stays until it is taken.
    void drive() {
        if (!offered_ && events.active && fault != Fault::events_hang && !random_.chance(stall_)) offer();
        top_.s_axis_events_tvalid = offered_;
        top_.m_axis_results_tready = results.active && fault != Fault::results_hang && !random_.chance(stall_);
    }
    void offer() {
        const std::uint32_t left = events.length - events.moved, count = left < beat_bytes ? left : beat_bytes;
        const std::uint8_t* from = memory.at(events.address + events.moved, count);
        if (from == nullptr || fault == Fault::read_fails) {
            events.fail(from == nullptr ? decode_error : slave_error);
            return;
        }
        std::uint8_t beat[beat_bytes];
        std::memset(beat, 0xa5, beat_bytes); // a kernel that believes bytes outside TKEEP is found out
        std::memcpy(beat, from, count);
        std::memcpy(&top_.s_axis_events_tdata, beat, beat_bytes);
        top_.s_axis_events_tkeep = count == beat_bytes ? full_keep : (1u << count) - 1;
        top_.s_axis_events_tlast = count == left;
        offered_ = true;
    }

    /// What has been agreed on by the end of this clock.
    void take() {
        if (offered_ && top_.s_axis_events_tready && top_.ap_rst_n) {
            offered_ = false;
            const std::uint32_t left = events.length - events.moved;
            events.moved += left < beat_bytes ? left : beat_bytes;
            if (events.moved == events.length && events.active) events.finish();
        }
        check_rules();
        if (top_.m_axis_results_tvalid && top_.m_axis_results_tready) receive();
    }
    void receive() {
        std::uint8_t beat[beat_bytes];
        std::memcpy(beat, &top_.m_axis_results_tdata, beat_bytes);
        std::uint32_t count = 0;
        while (count < beat_bytes && ((top_.m_axis_results_tkeep >> count) & 1) != 0) ++count;
        const bool fits = results.moved + count <= results.length;
        std::uint8_t* to = memory.at(results.address + results.moved, count);
        if (to == nullptr) return results.fail(decode_error);
        if (fault == Fault::write_fails) return results.fail(slave_error);
        if (!fits) return results.fail(internal_error); // the packet is longer than the buffer
        std::memcpy(to, beat, count);
        results.moved += count;
        if (top_.m_axis_results_tlast) results.finish();
    }
    void check_rules() {
        if (!top_.ap_rst_n || clearing_) {
            waiting_ = false;
            return;
        }
        const std::uint32_t keep = top_.m_axis_results_tkeep;
        const bool valid = top_.m_axis_results_tvalid, last = top_.m_axis_results_tlast;
        if (waiting_ && !valid) violations_.add(cycle_, "TVALID fell before TREADY");
        if (waiting_ && valid && (std::memcmp(held_, &top_.m_axis_results_tdata, beat_bytes) != 0 || keep != held_keep_ || last != held_last_))
            violations_.add(cycle_, "a beat changed before TREADY");
        if (valid && (keep == 0 || (keep & (keep + 1)) != 0)) violations_.add(cycle_, "TKEEP is empty or has holes");
        if (valid && !last && keep != full_keep) violations_.add(cycle_, "a beat that is not the last is not full");
        waiting_ = valid && !top_.m_axis_results_tready;
        std::memcpy(held_, &top_.m_axis_results_tdata, beat_bytes);
        held_keep_ = keep;
        held_last_ = last;
    }

    void clock() {
        drive();
        top_.ap_clk = 0;
        top_.eval();
        take();
        top_.ap_clk = 1;
        top_.eval();
        ++cycle_;
    }

    struct Free {
        void operator()(void* memory) const { std::free(memory); }
    };
    std::unique_ptr<void, Free> own_;
    std::uint32_t stall_;
    card::Random random_;
    VerilatedContext context_;
    Vkernel top_;
    card::Violations violations_;
    std::uint64_t cycle_ = 0;
    bool offered_ = false, waiting_ = false, clearing_ = false, held_last_ = false;
    std::uint8_t held_[beat_bytes] = {};
    std::uint32_t held_keep_ = 0;
};

} // namespace board

#define GW_EXPORT extern "C" __attribute__((visibility("default")))

// Version of this interface; whoever loads the library asks first. Functions that return int return 0 for success.
GW_EXPORT std::uint32_t gw_zynq_version() { return 1; }

/// With memory of the caller's, whose first byte has the address `base`. Null where the board cannot be made.
GW_EXPORT board::Board* gw_zynq_attach(void* memory, std::uint64_t bytes, std::uint64_t base, std::uint64_t seed, std::uint32_t stall_percent) {
    try {
        return new board::Board({static_cast<std::uint8_t*>(memory), base, bytes}, seed, stall_percent);
    } catch (const std::exception&) {
        return nullptr;
    }
}
/// With memory of its own.
GW_EXPORT board::Board* gw_zynq_open(std::uint64_t bytes, std::uint64_t base, std::uint64_t seed, std::uint32_t stall_percent) {
    return gw_zynq_attach(nullptr, bytes, base, seed, stall_percent);
}
GW_EXPORT void gw_zynq_close(board::Board* board) { delete board; }
GW_EXPORT void gw_zynq_reset(board::Board* board) { board->reset(); }
GW_EXPORT std::uint8_t* gw_zynq_memory(board::Board* board) { return board->memory.first; }
/// By physical address; 1 where nothing is.
GW_EXPORT int gw_zynq_read(board::Board* board, std::uint64_t address, std::uint32_t* value) { return board->read(address, *value) ? 0 : 1; }
GW_EXPORT int gw_zynq_write(board::Board* board, std::uint64_t address, std::uint32_t value) { return board->write(address, value) ? 0 : 1; }
/// 1 once a channel that was active is so no more.
GW_EXPORT int gw_zynq_run(board::Board* board, std::uint64_t most) { return board->run(most) ? 1 : 0; }
/// Bit 0: the channel to the kernel, bit 1: the channel from it.
GW_EXPORT std::uint32_t gw_zynq_interrupts(const board::Board* board) {
    return (board->events.interrupts() ? 1u : 0u) | (board->results.interrupts() ? 2u : 0u);
}
GW_EXPORT std::uint64_t gw_zynq_cycles(const board::Board* board) { return board->cycles(); }
GW_EXPORT std::uint64_t gw_zynq_violations(const board::Board* board, const char** first) {
    *first = board->violations().first.c_str();
    return board->violations().count;
}
GW_EXPORT void gw_zynq_set_fault(board::Board* board, std::uint32_t fault) { board->fault = static_cast<board::Fault>(fault); }
)cpp";

} // namespace

rtl::Files zynq_simulation_sources(const StreamKernel& kernel, const BoardAddresses& addresses) {
    const Marks marks{{"K", kernel.name},
                      {"BEAT", std::to_string(kernel.beat_bytes())},
                      {"DMA_BASE", fmt::format("{:#x}", addresses.dma)},
                      {"KERNEL_BASE", fmt::format("{:#x}", addresses.kernel)},
                      {"RANGE", fmt::format("{:#x}", addresses.range)}};
    return {{"board.cpp", fill(board_text, marks)},
            {"dma.hpp", fill(dma_text, marks)},
            {"simulation.hpp", card_simulation_text}};
}

} // namespace gw::shell
