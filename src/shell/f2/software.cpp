// The texts of software/: a host program that needs nothing of Gatewright, only libfpga_mgmt, AWS's or the emulated
// one.
#include "shell/f2/texts.hpp"

namespace gw::shell::f2 {

const char* const pinned_header =
    R"cpp(// Host memory that the card can reach: physical addresses that stay. On an F2 instance these are huge pages, locked, whose addresses
// /proc/self/pagemap tells to root; in emulation the library gives any memory an address.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>

extern "C" __attribute__((weak)) int gw_f2_map(void* host, std::uint64_t bytes, std::uint64_t* physical);
extern "C" __attribute__((weak)) int gw_f2_unmap(std::uint64_t physical);

namespace f2 {

class PinnedMemory {
  public:
    /// Whole huge pages of 2 MiB where the card is real; several must happen to lie in a row. Throws std::runtime_error.
    explicit PinnedMemory(std::size_t bytes) : bytes_((bytes + huge - 1) / huge * huge) {
        const bool emulated = gw_f2_map != nullptr;
        const int kind = MAP_PRIVATE | MAP_ANONYMOUS | (emulated ? 0 : MAP_HUGETLB | MAP_LOCKED | MAP_POPULATE);
        void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, kind, -1, 0);
        if (memory == MAP_FAILED)
            throw std::runtime_error("no huge pages for " + std::to_string(bytes_) + " bytes: echo 64 | sudo tee /proc/sys/vm/nr_hugepages");
        host_ = static_cast<std::uint8_t*>(memory);
        try {
            if (emulated) {
                if (gw_f2_map(memory, bytes_, &physical_) != 0) throw std::runtime_error("the emulation gives memory no address");
            } else {
                physical_ = address_of(host_);
                for (std::size_t at = huge; at < bytes_; at += huge)
                    if (address_of(host_ + at) != physical_ + at)
                        throw std::runtime_error("huge pages do not lie in a row: take smaller batches, or boot with hugepagesz=1G");
            }
        } catch (...) {
            munmap(memory, bytes_);
            throw;
        }
    }
    ~PinnedMemory() {
        if (gw_f2_unmap != nullptr) gw_f2_unmap(physical_);
        munmap(host_, bytes_);
    }
    PinnedMemory(const PinnedMemory&) = delete;
    PinnedMemory& operator=(const PinnedMemory&) = delete;

    std::uint8_t* data() const { return host_; }
    std::uint64_t physical() const { return physical_; }
    std::size_t size() const { return bytes_; }

  private:
    static constexpr std::size_t huge = std::size_t{2} << 20;

    static std::uint64_t address_of(const void* host) {
        const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
        const auto at = reinterpret_cast<std::uintptr_t>(host);
        std::FILE* file = std::fopen("/proc/self/pagemap", "rb");
        std::uint64_t entry = 0;
        const bool good = file != nullptr && std::fseek(file, static_cast<long>(at / page * 8), SEEK_SET) == 0 &&
                          std::fread(&entry, sizeof entry, 1, file) == 1;
        if (file != nullptr) std::fclose(file);
        const std::uint64_t frame = entry & ((std::uint64_t{1} << 55) - 1);
        if (!good || entry >> 63 == 0 || frame == 0) throw std::runtime_error("no physical addresses: start the program as root");
        return frame * page + at % page;
    }

    std::uint8_t* host_ = nullptr;
    std::size_t bytes_;
    std::uint64_t physical_ = 0;
};

} // namespace f2
)cpp";

const char* const ring_header =
    R"cpp(// The descriptor ring of kernel @K@: batches are queued by a write to memory and one register write, and completions read from memory.
#pragma once

#include <atomic>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>

#include "fpga_mgmt.h"
#include "fpga_pci.h"
#include "pinned.hpp"

namespace f2 {

constexpr std::uint32_t input_bytes = @IN_BYTES@, output_bytes = @OUT_BYTES@; // of an event

struct Batch {
    std::uint64_t input, output; // physical addresses, multiples of 64; both buffers are whole beats of 64 bytes
    std::uint32_t events;
    bool interrupt = false; // MSI-X vector 0, once it is done
    std::uint64_t tag = 0;  // comes back with the completion
};

struct Completion {
    std::uint64_t tag, clocks; // of 4 ns
    std::uint32_t events, errors, read_beats, write_beats; // errors: 1 read, 2 write, 4 address off a beat, 8 descriptor not readable
};

/// One thread at a time.
class Ring {
  public:
    /// @param entries_log2 0 to 15: 2^n batches may be queued. Throws std::runtime_error where the slot holds another design.
    Ring(int slot, unsigned entries_log2) : mask_((1U << entries_log2) - 1), descriptors_(64U << entries_log2), completions_(64U << entries_log2) {
        require(fpga_mgmt_init() == 0, "libfpga_mgmt does not start: are you root on an F2 instance?");
        require(fpga_pci_attach(slot, FPGA_APP_PF, APP_PF_BAR0, 0, &handle_) == 0, "the slot's BAR0 cannot be attached");
        require(read(0x1000) == 0x47574632 && read(0x1004) == 1 && read(0x1034) == 0x@DESIGN@, "the slot holds another design: fpga-load-local-image");
        reset();
        write_wide(0x1010, descriptors_.physical());
        write_wide(0x1018, completions_.physical());
        write(0x1020, entries_log2);
        write(0x1008, 1);
    }
    ~Ring() {
        // The card must not touch this memory any more, nor that of batches under way.
        try {
            reset();
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s\n", error.what());
        }
        fpga_pci_detach(handle_);
    }
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    bool full() const { return produced_ - completed_ > mask_; }
    std::uint32_t under_way() const { return produced_ - completed_; }

    /// Not while full(). Several batches may be added before they are rung for.
    void add(const Batch& batch) {
        std::uint8_t* entry = descriptors_.data() + 64U * (produced_ & mask_);
        const std::uint32_t flags = batch.interrupt ? 1 : 0;
        std::memset(entry, 0, 64);
        std::memcpy(entry, &batch.input, 8);
        std::memcpy(entry + 8, &batch.output, 8);
        std::memcpy(entry + 16, &batch.events, 4);
        std::memcpy(entry + 20, &flags, 4);
        std::memcpy(entry + 24, &batch.tag, 8);
        ++produced_;
    }
    /// Tells the card how far the ring is filled: the only register access.
    void ring() {
        std::atomic_thread_fence(std::memory_order_release);
        write(0x1024, produced_);
    }
    /// The next completion, in the order of the batches, or none yet.
    std::optional<Completion> poll() {
        const std::uint8_t* entry = completions_.data() + 64U * (completed_ & mask_);
        const auto* last_word = reinterpret_cast<const std::uint64_t*>(entry + 56);
        if (completed_ == produced_ || __atomic_load_n(last_word, __ATOMIC_ACQUIRE) >> 32 != completed_ + 1) return std::nullopt;
        Completion completion{};
        std::memcpy(&completion.tag, entry, 8);
        std::memcpy(&completion.clocks, entry + 8, 8);
        std::memcpy(&completion.events, entry + 16, 4);
        std::memcpy(&completion.errors, entry + 20, 4);
        std::memcpy(&completion.read_beats, entry + 24, 4);
        std::memcpy(&completion.write_beats, entry + 28, 4);
        ++completed_;
        return completion;
    }
    /// Throws std::runtime_error with the registers when `limit` passes.
    Completion wait(std::chrono::milliseconds limit = std::chrono::seconds(60)) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (true) {
            if (const auto completion = poll()) return *completion;
            if (std::chrono::steady_clock::now() > end) throw std::runtime_error("no completion; registers:\n" + registers());
            std::this_thread::sleep_for(std::chrono::microseconds(5));
        }
    }
    std::string registers() {
        std::string text;
        for (std::uint64_t at = 0; at <= 0x1034; at = at == 0x58 ? 0x1000 : at + 4) {
            char line[32];
            std::snprintf(line, sizeof line, "  0x%04x 0x%08x\n", static_cast<unsigned>(at), read(at));
            text += line;
        }
        return text;
    }
    std::uint32_t read(std::uint64_t at) {
        std::uint32_t value = 0;
        require(fpga_pci_peek(handle_, at, &value) == 0, "a register cannot be read");
        return value;
    }
    void write(std::uint64_t at, std::uint32_t value) { require(fpga_pci_poke(handle_, at, value) == 0, "a register cannot be written"); }

  private:
    void reset() {
        write(0x1008, 2);
        for (int i = 0; i < 1000 && (read(0x100c) & 2) != 0; ++i) std::this_thread::sleep_for(std::chrono::microseconds(100));
        require((read(0x100c) & 2) == 0, "the card does not come out of its reset: load the image again (fpga-load-local-image)");
    }
    void write_wide(std::uint64_t at, std::uint64_t value) {
        write(at, static_cast<std::uint32_t>(value));
        write(at + 4, static_cast<std::uint32_t>(value >> 32));
    }
    static void require(bool good, const char* what) {
        if (!good) throw std::runtime_error(what);
    }

    std::uint32_t mask_, produced_ = 0, completed_ = 0;
    PinnedMemory descriptors_, completions_;
    pci_bar_handle_t handle_ = PCI_BAR_HANDLE_INIT;
};

} // namespace f2
)cpp";

const char* const host_source =
    R"cpp(// Events through kernel @K@ on an F2 instance: usage: @CL@_host SLOT EVENTS.bin RESULTS.bin [EVENTS_A_BATCH [ENTRIES_LOG2]]
// Events are @IN_BYTES@ bytes each, results @OUT_BYTES@; shell/card.json of the bundle says where each element lies.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "ring.hpp"

namespace {

std::vector<char> contents(const char* file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error(std::string(file) + ": cannot be read");
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::size_t whole_beats(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

int run(int slot, const char* input, const char* output, std::uint32_t batch_events, unsigned entries_log2) {
    const std::vector<char> events = contents(input);
    const std::size_t count = events.size() / f2::input_bytes;
    std::vector<char> results(count * f2::output_bytes);
    const std::size_t entries = std::size_t{1} << entries_log2;
    const std::size_t in_room = whole_beats(std::size_t{batch_events} * f2::input_bytes), out_room = whole_beats(std::size_t{batch_events} * f2::output_bytes);
    // The ring is declared last, so it is closed before its buffers' memory goes.
    f2::PinnedMemory in(entries * in_room), out(entries * out_room);
    f2::Ring ring(slot, entries_log2);
    std::size_t queued = 0, done = 0;
    std::uint64_t clocks = 0, batches = 0;
    const auto begin = std::chrono::steady_clock::now();
    while (done < count) {
        const std::size_t before = queued;
        for (; queued < count && !ring.full(); ++batches) {
            const std::size_t place = batches % entries;
            const auto now = static_cast<std::uint32_t>(std::min<std::size_t>(batch_events, count - queued));
            std::memcpy(in.data() + place * in_room, events.data() + queued * f2::input_bytes, std::size_t{now} * f2::input_bytes);
            ring.add({in.physical() + place * in_room, out.physical() + place * out_room, now, false, queued});
            queued += now;
        }
        if (queued != before) ring.ring();
        const f2::Completion completion = ring.wait();
        const std::size_t expected = std::min<std::size_t>(batch_events, count - done);
        if (completion.errors != 0 || completion.events != expected || completion.tag != done)
            throw std::runtime_error("a batch failed: errors " + std::to_string(completion.errors));
        const std::size_t place = done / batch_events % entries;
        std::memcpy(results.data() + done * f2::output_bytes, out.data() + place * out_room, expected * f2::output_bytes);
        done += expected;
        clocks += completion.clocks;
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    std::ofstream(output, std::ios::binary).write(results.data(), static_cast<std::streamsize>(results.size()));
    std::printf("%zu events in %llu batches, %.3g s, %.3f clocks an event\n", count, static_cast<unsigned long long>(batches), seconds.count(),
                static_cast<double>(clocks) / static_cast<double>(count == 0 ? 1 : count));
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    if (count < 4) {
        std::fprintf(stderr, "usage: %s SLOT EVENTS.bin RESULTS.bin [EVENTS_A_BATCH [ENTRIES_LOG2]]\n", arguments[0]);
        return 2;
    }
    const long batch = count > 4 ? std::atol(arguments[4]) : 16384, entries = count > 5 ? std::atol(arguments[5]) : 3;
    if (batch < 1 || batch > 0x7fffffff || entries < 0 || entries > 15) {
        std::fprintf(stderr, "%s: a batch has 1 to 2147483647 events, a ring 2^0 to 2^15 entries\n", arguments[0]);
        return 2;
    }
    try {
        return run(std::atoi(arguments[1]), arguments[2], arguments[3], static_cast<std::uint32_t>(batch), static_cast<unsigned>(entries));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", arguments[0], error.what());
        return 1;
    }
}
)cpp";

const char* const host_makefile =
    R"mk(# The host program. On an F2 instance AWS's SDK is found where sdk_setup.sh put it; EMULATED=1 takes the emulated library instead.
CXX      ?= g++
CXXFLAGS ?= -O2
ifeq ($(EMULATED),1)
INCLUDE := -I../emulation/include
LIBRARY := -L../emulation -lfpga_mgmt -Wl,-rpath,'$$ORIGIN/../emulation'
else
INCLUDE := $(if $(SDK_DIR),-I$(SDK_DIR)/userspace/include)
LIBRARY := -lfpga_mgmt
endif

@CL@_host: host.cpp ring.hpp pinned.hpp
	$(CXX) -std=c++17 $(CXXFLAGS) -Wall -Wextra $(INCLUDE) host.cpp -o $@ $(LIBRARY) -pthread

clean:
	rm -f @CL@_host
.PHONY: clean
)mk";

} // namespace gw::shell::f2
