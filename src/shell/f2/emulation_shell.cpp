// The C++ text of the emulated shell: clocks, host memory behind PCIe, and the rules whose breach costs a card its
// port.
#include "shell/f2/texts.hpp"

namespace gw::shell::f2 {

const char* const shell_header =
    R"cpp(// AWS's small shell around the Verilated custom logic, as its interface specification describes it, for one slot. It checks what the
// shell would punish: AXI's rules (rules.hpp), whole 64-byte beats, one read at a time for an identifier, and 8 us (2000 clocks) for
// registers' answers, for a write's data after its address, and for READY on what comes back. A breach of the time limit shuts the port
// until the image is loaded again, as there.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "Vcl.h"
#include "rules.hpp"
#include "verilated.h"

namespace f2 {

using card::Channel;
using card::Random;
using card::Violations;

constexpr std::uint64_t time_limit = 2000;                      // clocks of 4 ns: 8 us
constexpr std::uint64_t read_latency = 300, write_latency = 200; // clocks through PCIe and back
constexpr std::uint64_t closed_for = 1000000;                   // clocks, 4 ms, that a port is closed after a timeout
constexpr std::size_t most_bursts = 32;

/// The process's memory as the cards see it: ranges with physical addresses, and gaps between them.
class HostMemory {
  public:
    std::uint64_t map(void* host, std::uint64_t bytes) {
        const std::lock_guard<std::mutex> lock(mutex_);
        const std::uint64_t address = next_;
        ranges_[address] = {static_cast<std::uint8_t*>(host), bytes};
        next_ += (bytes + 2 * card::page_bytes - 1) / card::page_bytes * card::page_bytes;
        return address;
    }
    bool unmap(std::uint64_t address) {
        const std::lock_guard<std::mutex> lock(mutex_);
        return ranges_.erase(address) != 0;
    }
    /// Words are moved whole, and a beat's last one last: so who sees it sees the others.
    bool load(std::uint64_t address, std::uint64_t (&beat)[8]) {
        const std::lock_guard<std::mutex> lock(mutex_);
        std::uint64_t* words = find(address);
        for (int i = 0; words != nullptr && i < 8; ++i) beat[i] = __atomic_load_n(words + i, __ATOMIC_ACQUIRE);
        return words != nullptr;
    }
    bool store(std::uint64_t address, const std::uint64_t (&beat)[8]) {
        const std::lock_guard<std::mutex> lock(mutex_);
        std::uint64_t* words = find(address);
        for (int i = 0; words != nullptr && i < 8; ++i) __atomic_store_n(words + i, beat[i], __ATOMIC_RELEASE);
        return words != nullptr;
    }

  private:
    struct Range {
        std::uint8_t* host;
        std::uint64_t bytes;
    };
    std::uint64_t* find(std::uint64_t address) {
        auto after = ranges_.upper_bound(address);
        if (address % card::beat_bytes != 0 || after == ranges_.begin()) return nullptr;
        const auto& range = *--after;
        const std::uint64_t offset = address - range.first;
        if (range.second.bytes < card::beat_bytes || offset > range.second.bytes - card::beat_bytes) return nullptr;
        return reinterpret_cast<std::uint64_t*>(range.second.host + offset);
    }
    std::mutex mutex_;
    std::map<std::uint64_t, Range> ranges_;
    std::uint64_t next_ = std::uint64_t{1} << 32;
};

enum class Fault : std::uint32_t { none = 0, read_hangs = 1, write_hangs = 2, read_fails = 3, write_fails = 4 };

/// Host memory at the other end of PCIM. Reads with different identifiers come back in any order, and mixed.
class HostPort {
  public:
    explicit HostPort(HostMemory& memory) : memory_(memory) {}

    Fault fault = Fault::none;
    unsigned stall_percent = 0;
    Random random{1};

    bool idle() const { return reads_.empty() && writes_.empty() && answers_.empty(); }

    /// Before the clock's rising edge: what the shell drives. What is offered stays until it is taken.
    void drive(Vcl& top, std::uint64_t cycle) {
        top.sh_cl_pcim_arready = open_ && reads_.size() < most_bursts && !stalls();
        if (read_taken_) top.sh_cl_pcim_rvalid = 0;
        if (!top.sh_cl_pcim_rvalid && open_ && fault != Fault::read_hangs && !stalls()) offer_beat(top, cycle);
        read_taken_ = false;
        top.sh_cl_pcim_awready = open_ && writes_.size() < most_bursts && fault != Fault::write_hangs && !stalls();
        top.sh_cl_pcim_wready = open_ && !writes_.empty() && fault != Fault::write_hangs && !stalls();
        if (answer_taken_) top.sh_cl_pcim_bvalid = 0;
        if (!top.sh_cl_pcim_bvalid && open_ && !answers_.empty() && answers_.front().due <= cycle && !stalls()) {
            top.sh_cl_pcim_bvalid = 1;
            top.sh_cl_pcim_bid = answers_.front().id;
            top.sh_cl_pcim_bresp = answers_.front().response;
            offered_answer_ = cycle;
        }
        answer_taken_ = false;
    }

    /// At the rising edge: what changes hands in this clock, and whose time is up.
    void take(Vcl& top, std::uint64_t cycle, Violations& violations) {
        take_read(top, cycle, violations);
        take_write(top, cycle, violations);
        check_times(top, cycle, violations);
    }

  private:
    struct Read {
        std::uint64_t address, beats, due;
        std::uint16_t id;
        std::uint64_t done;
    };
    struct Write {
        std::uint64_t address, beats, begun, stalled; // begun: when its address was first up; stalled: our own delays until then
        std::uint16_t id;
        std::uint64_t done;
        bool failed;
    };
    struct Answer {
        std::uint64_t due;
        std::uint16_t id;
        std::uint8_t response;
    };

    bool stalls() { return random.chance(stall_percent); }

    void offer_beat(Vcl& top, std::uint64_t cycle) {
        std::size_t ready = 0;
        while (ready < reads_.size() && reads_[ready].due <= cycle) ++ready;
        if (ready == 0) return;
        if (current_ >= ready || random.chance(5)) current_ = random.next() % ready;
        Read& read = reads_[current_];
        std::uint64_t beat[8] = {};
        const bool good = memory_.load(read.address + read.done * card::beat_bytes, beat);
        std::memcpy(&top.sh_cl_pcim_rdata[0], beat, sizeof beat);
        top.sh_cl_pcim_rresp = !good || fault == Fault::read_fails ? 2 : 0;
        top.sh_cl_pcim_rlast = read.done + 1 == read.beats;
        top.sh_cl_pcim_rid = read.id;
        top.sh_cl_pcim_rvalid = 1;
        offered_read_ = cycle;
    }

    static void check_attributes(std::uint64_t cycle, unsigned cache, unsigned lock, unsigned prot, unsigned qos, Violations& violations) {
        if (cache > 1 || lock != 0 || prot != 0 || qos != 0) violations.add(cycle, "an access has attributes that the shell does not know");
    }

    void take_read(Vcl& top, std::uint64_t cycle, Violations& violations) {
        const std::uint64_t address[] = {top.cl_sh_pcim_araddr, top.cl_sh_pcim_arlen | std::uint64_t{top.cl_sh_pcim_arid} << 8};
        read_address_.watch(cycle, top.cl_sh_pcim_arvalid, top.sh_cl_pcim_arready, address, "the read address did not stay", violations);
        if (top.cl_sh_pcim_arvalid && top.sh_cl_pcim_arready) {
            const Read read{top.cl_sh_pcim_araddr, top.cl_sh_pcim_arlen + std::uint64_t{1}, cycle + read_latency, top.cl_sh_pcim_arid, 0};
            card::check_burst(cycle, read.address, read.beats, top.cl_sh_pcim_arsize, top.cl_sh_pcim_arburst, violations);
            check_attributes(cycle, top.cl_sh_pcim_arcache, top.cl_sh_pcim_arlock, top.cl_sh_pcim_arprot, top.cl_sh_pcim_arqos, violations);
            for (const Read& other : reads_)
                if (other.id == read.id) violations.add(cycle, "two reads under way have one identifier");
            reads_.push_back(read);
        }
        if (top.sh_cl_pcim_rvalid && top.cl_sh_pcim_rready) {
            read_taken_ = true;
            if (++reads_[current_].done == reads_[current_].beats) {
                reads_.erase(reads_.begin() + static_cast<std::ptrdiff_t>(current_));
                current_ = 0;
            }
        }
    }

    void take_write(Vcl& top, std::uint64_t cycle, Violations& violations) {
        const std::uint64_t address[] = {top.cl_sh_pcim_awaddr, top.cl_sh_pcim_awlen | std::uint64_t{top.cl_sh_pcim_awid} << 8};
        write_address_.watch(cycle, top.cl_sh_pcim_awvalid, top.sh_cl_pcim_awready, address, "the write address did not stay", violations);
        std::uint64_t data[10] = {};
        std::memcpy(data, &top.cl_sh_pcim_wdata[0], card::beat_bytes);
        data[8] = top.cl_sh_pcim_wstrb;
        data[9] = top.cl_sh_pcim_wlast;
        write_data_.watch(cycle, top.cl_sh_pcim_wvalid, top.sh_cl_pcim_wready, data, "the write data did not stay", violations);
        if (top.cl_sh_pcim_wvalid && top.sh_cl_pcim_wready) store(top, cycle, violations);
        // Our own delays are not the custom logic's fault.
        if ((top.cl_sh_pcim_wvalid && !top.sh_cl_pcim_wready) || (top.cl_sh_pcim_awvalid && !top.sh_cl_pcim_awready)) ++stalled_;
        if (top.cl_sh_pcim_awvalid && address_up_ == 0) address_up_ = cycle, address_stalled_ = stalled_;
        if (top.cl_sh_pcim_awvalid && top.sh_cl_pcim_awready) {
            const Write write{top.cl_sh_pcim_awaddr, top.cl_sh_pcim_awlen + std::uint64_t{1}, address_up_, address_stalled_,
                              top.cl_sh_pcim_awid, 0, false};
            card::check_burst(cycle, write.address, write.beats, top.cl_sh_pcim_awsize, top.cl_sh_pcim_awburst, violations);
            check_attributes(cycle, top.cl_sh_pcim_awcache, top.cl_sh_pcim_awlock, top.cl_sh_pcim_awprot, top.cl_sh_pcim_awqos, violations);
            writes_.push_back(write);
            address_up_ = 0;
        }
        if (top.sh_cl_pcim_bvalid && top.cl_sh_pcim_bready) {
            answer_taken_ = true;
            answers_.pop_front();
        }
    }

    void store(Vcl& top, std::uint64_t cycle, Violations& violations) {
        Write& write = writes_.front();
        if (top.cl_sh_pcim_wstrb != ~std::uint64_t{0}) violations.add(cycle, "a beat of a write is not whole");
        std::uint64_t beat[8];
        std::memcpy(beat, &top.cl_sh_pcim_wdata[0], sizeof beat);
        if (fault != Fault::write_fails && !memory_.store(write.address + write.done * card::beat_bytes, beat)) write.failed = true;
        const bool last = ++write.done == write.beats;
        if (last != static_cast<bool>(top.cl_sh_pcim_wlast)) violations.add(cycle, "wlast stands at the wrong beat");
        if (!last) return;
        answers_.push_back({cycle + write_latency, write.id, static_cast<std::uint8_t>(write.failed || fault == Fault::write_fails ? 2 : 0)});
        writes_.pop_front();
    }

    void check_times(Vcl& top, std::uint64_t cycle, Violations& violations) {
        if (!open_) return;
        const char* what = nullptr;
        if (!writes_.empty() && late(cycle, writes_.front().begun + stalled_ - writes_.front().stalled))
            what = "the data of a write did not come within 8 us of its address";
        if (top.sh_cl_pcim_rvalid && !top.cl_sh_pcim_rready && late(cycle, offered_read_)) what = "rready did not come within 8 us";
        if (top.sh_cl_pcim_bvalid && !top.cl_sh_pcim_bready && late(cycle, offered_answer_)) what = "bready did not come within 8 us";
        if (what == nullptr) return;
        violations.add(cycle, what);
        open_ = false;
    }
    static bool late(std::uint64_t cycle, std::uint64_t since) { return cycle > since + time_limit; }

    HostMemory& memory_;
    std::deque<Read> reads_;
    std::deque<Write> writes_;
    std::deque<Answer> answers_;
    std::size_t current_ = 0;
    bool open_ = true, read_taken_ = true, answer_taken_ = true;
    std::uint64_t stalled_ = 0, address_up_ = 0, address_stalled_ = 0, offered_read_ = 0, offered_answer_ = 0;
    Channel<2> read_address_, write_address_;
    Channel<10> write_data_;
};

/// One loaded image. Used by one thread at a time.
class Shell {
  public:
    explicit Shell(HostMemory& memory) : host(memory), top_(&context_, "top") {
        top_.sh_cl_flr_assert = 0;
        top_.rst_main_n = 0;
        for (int i = 0; i < 16; ++i) clock();
        top_.rst_main_n = 1;
        for (int i = 0; i < 16; ++i) clock();
    }
    ~Shell() { top_.final(); }
    Shell(const Shell&) = delete;
    Shell& operator=(const Shell&) = delete;

    HostPort host;

    /// Whether time must go on without the host: something moves, or the custom logic's first lights say that it works or resets.
    bool busy() const { return !host.idle() || (top_.cl_sh_status_vled & 9) != 0 || cycle_ < linger_ || top_.cl_sh_pcim_awvalid || top_.cl_sh_pcim_arvalid; }

    void clock() {
        top_.sh_cl_apppf_irq_ack = irq_due_ == cycle_ ? 1 : 0;
        host.drive(top_, cycle_);
        top_.clk_main_a0 = 0;
        top_.eval();
        if (top_.rst_main_n) host.take(top_, cycle_, violations_);
        if (top_.rst_main_n && (top_.cl_sh_apppf_irq_req & 1)) {
            if (irq_due_ > cycle_) violations_.add(cycle_, "an interrupt was requested again before it was acknowledged");
            ++interrupts_;
            irq_due_ = cycle_ + 20;
            linger_ = std::max(linger_, irq_due_ + 2);
        }
        top_.clk_main_a0 = 1;
        top_.eval();
        ++cycle_;
    }

    /// OCL. Where no answer comes in time the shell gives one: all ones, and closes the port for a while.
    std::uint32_t read(std::uint64_t address) {
        std::uint32_t value = ~std::uint32_t{0};
        if (cycle_ < closed_until_) return value;
        top_.ocl_cl_araddr = static_cast<std::uint32_t>(address);
        top_.ocl_cl_arvalid = top_.ocl_cl_rready = 1;
        const bool answered = within_limit([&] {
            const bool taken = top_.cl_ocl_arready, valid = top_.cl_ocl_rvalid;
            if (valid) value = top_.cl_ocl_rdata;
            clock();
            if (taken) top_.ocl_cl_arvalid = 0;
            return valid;
        });
        top_.ocl_cl_arvalid = top_.ocl_cl_rready = 0;
        if (!answered) close("a register read was not answered within 8 us");
        linger_ = std::max(linger_, cycle_ + 16);
        return value;
    }
    void write(std::uint64_t address, std::uint32_t value) {
        if (cycle_ < closed_until_) return;
        top_.ocl_cl_awaddr = static_cast<std::uint32_t>(address);
        top_.ocl_cl_wdata = value;
        top_.ocl_cl_wstrb = 15;
        top_.ocl_cl_awvalid = top_.ocl_cl_wvalid = top_.ocl_cl_bready = 1;
        const bool answered = within_limit([&] {
            const bool address_taken = top_.cl_ocl_awready, data_taken = top_.cl_ocl_wready, valid = top_.cl_ocl_bvalid;
            clock();
            if (address_taken) top_.ocl_cl_awvalid = 0;
            if (data_taken) top_.ocl_cl_wvalid = 0;
            return valid;
        });
        top_.ocl_cl_awvalid = top_.ocl_cl_wvalid = top_.ocl_cl_bready = 0;
        if (!answered) close("a register write was not answered within 8 us");
        linger_ = std::max(linger_, cycle_ + 64);
    }

    /// PCIS, a beat each.
    std::uint32_t read_burst_port() {
        top_.sh_cl_dma_pcis_arvalid = top_.sh_cl_dma_pcis_rready = 1;
        top_.sh_cl_dma_pcis_arlen = 0;
        top_.sh_cl_dma_pcis_arid = 0x20;
        std::uint32_t value = ~std::uint32_t{0};
        const bool answered = within_limit([&] {
            const bool taken = top_.cl_sh_dma_pcis_arready, valid = top_.cl_sh_dma_pcis_rvalid;
            if (valid) value = top_.cl_sh_dma_pcis_rdata[0];
            clock();
            if (taken) top_.sh_cl_dma_pcis_arvalid = 0;
            return valid;
        });
        top_.sh_cl_dma_pcis_arvalid = top_.sh_cl_dma_pcis_rready = 0;
        if (!answered) close("a read at BAR4 was not answered within 8 us");
        return value;
    }
    void write_burst_port() {
        top_.sh_cl_dma_pcis_awvalid = top_.sh_cl_dma_pcis_wvalid = top_.sh_cl_dma_pcis_wlast = top_.sh_cl_dma_pcis_bready = 1;
        top_.sh_cl_dma_pcis_awid = 0x20;
        const bool answered = within_limit([&] {
            const bool address_taken = top_.cl_sh_dma_pcis_awready, data_taken = top_.cl_sh_dma_pcis_wready, valid = top_.cl_sh_dma_pcis_bvalid;
            clock();
            if (address_taken) top_.sh_cl_dma_pcis_awvalid = 0;
            if (data_taken) top_.sh_cl_dma_pcis_wvalid = 0;
            return valid;
        });
        top_.sh_cl_dma_pcis_awvalid = top_.sh_cl_dma_pcis_wvalid = top_.sh_cl_dma_pcis_bready = 0;
        if (!answered) close("a write at BAR4 was not answered within 8 us");
    }

    /// Clocks until the custom logic said that it is done, or `limit`.
    std::uint64_t function_level_reset(std::uint64_t limit) {
        top_.sh_cl_flr_assert = 1;
        std::uint64_t clocks = 0;
        for (; clocks < limit && !top_.cl_sh_flr_done; ++clocks) clock();
        top_.sh_cl_flr_assert = 0;
        for (int i = 0; i < 8; ++i) clock();
        return clocks;
    }

    std::uint64_t cycles() const { return cycle_; }
    std::uint64_t interrupts() const { return interrupts_; }
    std::uint16_t lights() const { return top_.cl_sh_status_vled; }
    const Violations& violations() const { return violations_; }

  private:
    /// Calls `step`, which ends in a clock, until it says that the answer came.
    template <class Step> bool within_limit(Step step) {
        for (std::uint64_t i = 0; i < time_limit; ++i) {
            top_.eval();
            if (step()) return true;
        }
        return false;
    }
    void close(const char* why) {
        violations_.add(cycle_, why);
        closed_until_ = cycle_ + closed_for;
    }

    VerilatedContext context_;
    Vcl top_;
    Violations violations_;
    std::uint64_t cycle_ = 0, linger_ = 0, closed_until_ = 0, irq_due_ = 0, interrupts_ = 0;
};

} // namespace f2
)cpp";

} // namespace gw::shell::f2
