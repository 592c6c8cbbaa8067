// The C++ text of the simulated card's memory and protocol checker. It depends on the C++ library only, so that a
// bundle can be compiled where Gatewright is not.
#include "shell/card_source.hpp"

namespace gw::shell {

const char* const card_rules_text =
    R"cpp(// The rules that the kernel's AXI4 masters must keep (Arm IHI 0022), and a checker of them: what is valid stays, unchanged, until it is
// taken; bursts are of 64-byte beats, 64 at most, and stay inside a 4 KiB page; the last beat is marked, and no other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "simulation.hpp"

namespace card {

constexpr std::uint64_t beat_bytes = 64, page_bytes = 4096;

/// Watches one channel whose source is the kernel; the payload is what must not change while it waits.
template <std::size_t Words> class Channel {
  public:
    void watch(std::uint64_t cycle, bool valid, bool ready, const std::uint64_t (&payload)[Words], const char* what,
               Violations& violations) {
        if (waiting_ && (!valid || std::memcmp(payload, last_, sizeof payload) != 0)) violations.add(cycle, what);
        waiting_ = valid && !ready;
        if (waiting_) std::memcpy(last_, payload, sizeof payload);
    }
    void reset() { waiting_ = false; }

  private:
    std::uint64_t last_[Words] = {};
    bool waiting_ = false;
};

inline void check_burst(std::uint64_t cycle, std::uint64_t address, std::uint64_t beats, unsigned size, unsigned kind,
                        Violations& violations) {
    if (size != 6 || kind != 1) violations.add(cycle, "a burst is not of 64-byte beats at rising addresses");
    if (address % beat_bytes != 0) violations.add(cycle, "a burst starts off a beat boundary");
    if (beats > 64) violations.add(cycle, "a burst has more than 64 beats");
    if (address % page_bytes + beats * beat_bytes > page_bytes) violations.add(cycle, "a burst crosses a 4 KiB boundary");
}

} // namespace card
)cpp";

const char* const card_memory_text =
    R"cpp(// The card's memory at the other end of the kernel's two AXI4 masters, with latency, optional random back-pressure and, for tests, faults.
#pragma once

#include <deque>
#include <vector>

#include "rules.hpp"

namespace card {

constexpr std::uint64_t read_latency = 40, write_latency = 12; // clocks, of the order of on-board memory at 250 MHz
constexpr std::size_t most_bursts = 32;

enum class Fault : std::uint32_t {
    none = 0, read_hangs = 1, write_hangs = 2, read_fails = 3, write_fails = 4,
    read_flips = 5, write_flips = 6 // one bit of every beat
};

class Memory {
  public:
    Memory(std::uint64_t bytes, std::uint64_t seed, unsigned stall_percent)
        : own_(bytes), bytes_(own_.data()), size_(bytes), random_(seed), stall_(stall_percent) {}
    /// Memory of the caller's, whose first byte has the address `base`: kernels may share it.
    Memory(void* bytes, std::uint64_t size, std::uint64_t base, std::uint64_t seed, unsigned stall_percent)
        : bytes_(static_cast<std::uint8_t*>(bytes)), size_(size), base_(base), random_(seed), stall_(stall_percent) {}

    void reset() {
        reads_.clear();
        writes_.clear();
        answers_.clear();
        read_beat_ = write_beat_ = 0;
        read_taken_ = answer_taken_ = true;
        write_failed_ = false;
        read_address_.reset();
        write_address_.reset();
        write_data_.reset();
    }

    /// Before the clock's rising edge: what the memory drives. A beat or answer once offered stays until it is taken.
    template <class Top> void drive(Top& top, std::uint64_t cycle) {
        top.m_axi_in_arready = reads_.size() < most_bursts && !random_.chance(stall_);
        if (read_taken_) top.m_axi_in_rvalid = 0;
        if (!top.m_axi_in_rvalid && !reads_.empty() && reads_.front().due <= cycle && fault != Fault::read_hangs &&
            !random_.chance(stall_)) {
            offer_beat(top);
        }
        read_taken_ = false;
        top.m_axi_out_awready = writes_.size() < most_bursts && !random_.chance(stall_);
        top.m_axi_out_wready = !writes_.empty() && fault != Fault::write_hangs && !random_.chance(stall_);
        if (answer_taken_) top.m_axi_out_bvalid = 0;
        if (!top.m_axi_out_bvalid && !answers_.empty() && answers_.front().due <= cycle && !random_.chance(stall_)) {
            top.m_axi_out_bvalid = 1;
            top.m_axi_out_bid = 0;
            top.m_axi_out_bresp = answers_.front().response;
        }
        answer_taken_ = false;
    }

    /// At the rising edge: what changes hands in this clock.
    template <class Top> void take(Top& top, std::uint64_t cycle, Violations& violations) {
        take_read(top, cycle, violations);
        take_write(top, cycle, violations);
    }

    std::uint8_t* data() { return bytes_; }
    std::uint64_t size() const { return size_; }
    Fault fault = Fault::none;

  private:
    struct Burst {
        std::uint64_t address, beats, due;
    };
    struct Answer {
        std::uint64_t due;
        std::uint8_t response;
    };

    bool inside(std::uint64_t address) const {
        return size_ >= beat_bytes && address >= base_ && address - base_ <= size_ - beat_bytes;
    }

    template <class Top> void offer_beat(Top& top) {
        const Burst& burst = reads_.front();
        const std::uint64_t address = burst.address + read_beat_ * beat_bytes;
        const bool good = inside(address);
        if (good) std::memcpy(&top.m_axi_in_rdata[0], &bytes_[address - base_], beat_bytes);
        if (fault == Fault::read_flips) top.m_axi_in_rdata[0] ^= 1;
        top.m_axi_in_rresp = !good ? 3 : fault == Fault::read_fails ? 2 : 0;
        top.m_axi_in_rlast = read_beat_ + 1 == burst.beats;
        top.m_axi_in_rid = 0;
        top.m_axi_in_rvalid = 1;
    }

    template <class Top> void take_read(Top& top, std::uint64_t cycle, Violations& violations) {
        const std::uint64_t address[] = {top.m_axi_in_araddr, top.m_axi_in_arlen};
        read_address_.watch(cycle, top.m_axi_in_arvalid, top.m_axi_in_arready, address, "the read address did not stay", violations);
        if (top.m_axi_in_arvalid && top.m_axi_in_arready) {
            const Burst burst{top.m_axi_in_araddr, top.m_axi_in_arlen + std::uint64_t{1}, cycle + read_latency};
            check_burst(cycle, burst.address, burst.beats, top.m_axi_in_arsize, top.m_axi_in_arburst, violations);
            reads_.push_back(burst);
        }
        if (top.m_axi_in_rvalid && top.m_axi_in_rready) {
            read_taken_ = true;
            if (++read_beat_ == reads_.front().beats) {
                reads_.pop_front();
                read_beat_ = 0;
            }
        }
    }

    template <class Top> void take_write(Top& top, std::uint64_t cycle, Violations& violations) {
        const std::uint64_t address[] = {top.m_axi_out_awaddr, top.m_axi_out_awlen};
        write_address_.watch(cycle, top.m_axi_out_awvalid, top.m_axi_out_awready, address, "the write address did not stay",
                             violations);
        std::uint64_t data[10] = {};
        std::memcpy(data, &top.m_axi_out_wdata[0], beat_bytes);
        data[8] = top.m_axi_out_wstrb;
        data[9] = top.m_axi_out_wlast;
        write_data_.watch(cycle, top.m_axi_out_wvalid, top.m_axi_out_wready, data, "the write data did not stay", violations);
        if (top.m_axi_out_wvalid && top.m_axi_out_wready) store(top, cycle, violations);
        if (top.m_axi_out_awvalid && top.m_axi_out_awready) {
            const Burst burst{top.m_axi_out_awaddr, top.m_axi_out_awlen + std::uint64_t{1}, 0};
            check_burst(cycle, burst.address, burst.beats, top.m_axi_out_awsize, top.m_axi_out_awburst, violations);
            writes_.push_back(burst);
        }
        if (top.m_axi_out_bvalid && top.m_axi_out_bready) {
            answer_taken_ = true;
            answers_.pop_front();
        }
    }

    template <class Top> void store(Top& top, std::uint64_t cycle, Violations& violations) {
        const Burst& burst = writes_.front();
        const std::uint64_t address = burst.address + write_beat_ * beat_bytes, strobe = top.m_axi_out_wstrb;
        const auto* data = reinterpret_cast<const std::uint8_t*>(&top.m_axi_out_wdata[0]);
        if (!inside(address)) {
            write_failed_ = true;
        } else {
            for (std::uint64_t i = 0; i < beat_bytes; ++i) {
                if (strobe >> i & 1) bytes_[address - base_ + i] = data[i];
            }
        }
        if (fault == Fault::write_flips && inside(address)) bytes_[address - base_] ^= 1;
        const bool last = ++write_beat_ == burst.beats;
        if (last != static_cast<bool>(top.m_axi_out_wlast)) violations.add(cycle, "wlast stands at the wrong beat");
        if (last) {
            const int response = write_failed_ ? 3 : fault == Fault::write_fails ? 2 : 0;
            answers_.push_back({cycle + write_latency, static_cast<std::uint8_t>(response)});
            writes_.pop_front();
            write_beat_ = 0;
            write_failed_ = false;
        }
    }

    std::vector<std::uint8_t> own_;
    std::uint8_t* bytes_;
    std::uint64_t size_, base_ = 0;
    Random random_;
    unsigned stall_;
    std::deque<Burst> reads_, writes_;
    std::deque<Answer> answers_;
    std::uint64_t read_beat_ = 0, write_beat_ = 0;
    bool read_taken_ = true, answer_taken_ = true, write_failed_ = false;
    Channel<2> read_address_, write_address_;
    Channel<10> write_data_;
};

} // namespace card
)cpp";

} // namespace gw::shell
