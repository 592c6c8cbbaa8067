// The C++ text of the emulated libfpga_mgmt: AWS's functions in front of the emulated shells of this process.
#include "shell/f2/texts.hpp"

namespace gw::shell::f2 {

const char* const library_source =
    R"cpp(// libfpga_mgmt without an FPGA: AWS's function names, the custom logic @CL@ in this process behind them. Every slot has a thread that
// lets the custom logic's clock run while it has work, so a host program may wait at its own memory. GW_F2_SLOTS: how many slots there
// are (1 to 8, default 1). Each starts with an image loaded; any name that begins with "agfi-" loads it afresh.
#include <cerrno>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <thread>
#include <vector>

#include "fpga_mgmt.h"
#include "gw_f2_emulation.h"
#include "shell.hpp"

double sc_time_stamp() { return 0; }

namespace {

using f2::HostMemory;
using f2::Shell;

class Slot {
  public:
    explicit Slot(HostMemory& memory) : memory_(memory), shell_(std::make_unique<Shell>(memory)), thread_([this] { work(); }) {}
    ~Slot() {
        {
            const Hold hold(*this);
            ending_ = true;
        }
        thread_.join();
    }

    /// Calls `use` with the shell; where no image is loaded it is not called. The clock stands meanwhile. @return 0 or an error
    template <class Use> int with(Use use) {
        const Hold hold(*this);
        if (shell_ == nullptr) return -EIO;
        use(*shell_);
        return 0;
    }
    void load(const char* name) {
        const Hold hold(*this);
        shell_.reset();
        shell_ = std::make_unique<Shell>(memory_);
        std::strncpy(afi_, name, sizeof afi_ - 1);
    }
    void clear() {
        const Hold hold(*this);
        shell_.reset();
        afi_[0] = 0;
    }
    void describe(int slot, fpga_mgmt_image_info& info) {
        const Hold hold(*this);
        info.status = shell_ == nullptr ? FPGA_STATUS_CLEARED : FPGA_STATUS_LOADED;
        info.status_q = 0;
        info.slot_id = slot;
        std::memcpy(info.afi_id, afi_, sizeof afi_);
    }
    std::uint16_t switches = 0;
    std::string words; ///< the first broken rule: it outlives the image

  private:
    /// The slot for one caller; the thread steps back for it.
    class Hold {
      public:
        explicit Hold(Slot& slot) : slot_(slot) {
            ++slot_.waiting_;
            slot_.mutex_.lock();
            --slot_.waiting_;
        }
        ~Hold() {
            slot_.mutex_.unlock();
            slot_.changed_.notify_one();
        }
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;

      private:
        Slot& slot_;
    };

    void work() {
        std::unique_lock<std::mutex> lock(mutex_);
        while (!ending_) {
            if (shell_ == nullptr || !shell_->busy()) {
                changed_.wait(lock);
                continue;
            }
            for (int i = 0; i < 256 && waiting_ == 0; ++i) shell_->clock();
            lock.unlock();
            while (waiting_ != 0) std::this_thread::yield();
            lock.lock();
        }
    }

    HostMemory& memory_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<int> waiting_{0};
    bool ending_ = false;
    std::unique_ptr<Shell> shell_;
    char afi_[64] = "agfi-emulated";
    std::thread thread_; // last: it uses the others
};

struct Bar {
    int slot, pf, bar;
};

class Library {
  public:
    Library() {
        const char* text = std::getenv("GW_F2_SLOTS");
        const int count = text == nullptr ? 1 : std::atoi(text);
        for (int i = 0; i < (count < 1 ? 1 : count > FPGA_SLOT_MAX ? FPGA_SLOT_MAX : count); ++i) slots_.push_back(std::make_unique<Slot>(memory));
    }
    Slot* slot(int id) { return id >= 0 && static_cast<std::size_t>(id) < slots_.size() ? slots_[static_cast<std::size_t>(id)].get() : nullptr; }

    int attach(const Bar& bar) {
        const std::lock_guard<std::mutex> lock(mutex_);
        bars_[next_] = bar;
        return next_++;
    }
    bool detach(int handle) {
        const std::lock_guard<std::mutex> lock(mutex_);
        return bars_.erase(handle) != 0;
    }
    /// slot -1: no such handle
    Bar bar(int handle) {
        const std::lock_guard<std::mutex> lock(mutex_);
        const auto found = bars_.find(handle);
        return found == bars_.end() ? Bar{-1, 0, 0} : found->second;
    }
    HostMemory memory;

  private:
    std::mutex mutex_;
    std::map<int, Bar> bars_;
    int next_ = 1;
    std::vector<std::unique_ptr<Slot>> slots_;
};

/// It is made at the first call and ends with the library, as AWS's.
Library& library() {
    static Library made;
    return made;
}

/// A failure inside the emulation is an error of the call: no exception leaves a C function.
template <class Work> int guarded(Work work) {
    try {
        return work();
    } catch (const std::exception&) {
        return -ENOMEM;
    }
}

constexpr std::uint64_t bar0_bytes = std::uint64_t{64} << 20, bar4_bytes = std::uint64_t{128} << 30;

/// Calls `use(shell, whether it is BAR4)` for an access of `bytes` that lies in the BAR and on its own size.
template <class Use> int access(int handle, std::uint64_t offset, std::uint64_t bytes, std::uint64_t unit, Use use) {
    return guarded([&]() -> int {
        const Bar bar = library().bar(handle);
        if (bar.slot < 0 || bar.pf != FPGA_APP_PF) return -EINVAL;
        const std::uint64_t size = bar.bar == APP_PF_BAR0 ? bar0_bytes : bar4_bytes;
        if (offset % unit != 0 || offset > size || bytes > size - offset) return -EINVAL;
        return library().slot(bar.slot)->with([&](Shell& shell) { use(shell, bar.bar == APP_PF_BAR4); });
    });
}

void poke(Shell& shell, bool burst_port, std::uint64_t offset, std::uint32_t value) {
    if (burst_port) shell.write_burst_port();
    else shell.write(offset, value);
}
std::uint32_t peek(Shell& shell, bool burst_port, std::uint64_t offset) { return burst_port ? shell.read_burst_port() : shell.read(offset); }

} // namespace

#define GW_EXPORT extern "C" __attribute__((visibility("default")))

GW_EXPORT int fpga_pci_init(void) {
    return guarded([] { return library().slot(0) == nullptr ? -ENODEV : 0; });
}
GW_EXPORT int fpga_mgmt_init(void) { return fpga_pci_init(); }
GW_EXPORT int fpga_mgmt_close(void) { return 0; }
GW_EXPORT const char* fpga_mgmt_strerror(int err) {
    return err == 0 ? "ok" : err == FPGA_ERR_AFI_ID_INVALID ? "invalid-afi-id" : err < 0 ? std::strerror(-err) : "unspecified-error";
}
GW_EXPORT const char* fpga_mgmt_get_status_name(int status) {
    return status == FPGA_STATUS_LOADED ? "loaded" : status == FPGA_STATUS_CLEARED ? "cleared" : "internal-error";
}
GW_EXPORT int fpga_mgmt_describe_local_image(int slot_id, fpga_mgmt_image_info* info, uint32_t) {
    return guarded([&]() -> int {
        Slot* slot = library().slot(slot_id);
        if (slot == nullptr || info == nullptr) return -EINVAL;
        slot->describe(slot_id, *info);
        return 0;
    });
}
GW_EXPORT int fpga_mgmt_get_status(int slot_id, int* status, int* status_q) {
    fpga_mgmt_image_info info{};
    const int error = fpga_mgmt_describe_local_image(slot_id, &info, 0);
    if (error == 0) *status = info.status, *status_q = info.status_q;
    return error;
}
GW_EXPORT int fpga_mgmt_clear_local_image(int slot_id) {
    return guarded([&]() -> int {
        Slot* slot = library().slot(slot_id);
        if (slot == nullptr) return -EINVAL;
        slot->clear();
        return 0;
    });
}
GW_EXPORT int fpga_mgmt_clear_local_image_sync(int slot_id, uint32_t, uint32_t, fpga_mgmt_image_info* info) {
    const int error = fpga_mgmt_clear_local_image(slot_id);
    return error != 0 || info == nullptr ? error : fpga_mgmt_describe_local_image(slot_id, info, 0);
}
GW_EXPORT int fpga_mgmt_load_local_image(int slot_id, char* afi_id) {
    return guarded([&]() -> int {
        Slot* slot = library().slot(slot_id);
        if (slot == nullptr || afi_id == nullptr) return -EINVAL;
        if (std::strncmp(afi_id, "agfi-", 5) != 0) return FPGA_ERR_AFI_ID_INVALID;
        slot->load(afi_id);
        return 0;
    });
}
GW_EXPORT int fpga_mgmt_load_local_image_sync(int slot_id, char* afi_id, uint32_t, uint32_t, fpga_mgmt_image_info* info) {
    const int error = fpga_mgmt_load_local_image(slot_id, afi_id);
    return error != 0 || info == nullptr ? error : fpga_mgmt_describe_local_image(slot_id, info, 0);
}
GW_EXPORT int fpga_mgmt_get_vLED_status(int slot_id, uint16_t* status) {
    return guarded([&]() -> int {
        Slot* slot = library().slot(slot_id);
        return slot == nullptr ? -EINVAL : slot->with([&](Shell& shell) { *status = shell.lights(); });
    });
}
GW_EXPORT int fpga_mgmt_set_vDIP(int slot_id, uint16_t value) {
    return guarded([&]() -> int {
        Slot* slot = library().slot(slot_id);
        return slot == nullptr ? -EINVAL : slot->with([&](Shell&) { slot->switches = value; });
    });
}
GW_EXPORT int fpga_mgmt_get_vDIP_status(int slot_id, uint16_t* value) {
    return guarded([&]() -> int {
        Slot* slot = library().slot(slot_id);
        return slot == nullptr ? -EINVAL : slot->with([&](Shell&) { *value = slot->switches; });
    });
}

/// BAR0 is the custom logic's registers, BAR4 its burst port; nothing of this design lies behind the others.
GW_EXPORT int fpga_pci_attach(int slot_id, int pf_id, int bar_id, uint32_t, pci_bar_handle_t* handle) {
    return guarded([&]() -> int {
        if (library().slot(slot_id) == nullptr || handle == nullptr || pf_id != FPGA_APP_PF) return -EINVAL;
        if (bar_id != APP_PF_BAR0 && bar_id != APP_PF_BAR4) return -EINVAL;
        *handle = library().attach({slot_id, pf_id, bar_id});
        return 0;
    });
}
GW_EXPORT int fpga_pci_detach(pci_bar_handle_t handle) {
    return guarded([&] { return library().detach(handle) ? 0 : -EINVAL; });
}
GW_EXPORT int fpga_pci_poke(pci_bar_handle_t handle, uint64_t offset, uint32_t value) {
    return access(handle, offset, 4, 4, [&](Shell& shell, bool burst_port) { poke(shell, burst_port, offset, value); });
}
/// The shell makes two accesses of 32 bits of it.
GW_EXPORT int fpga_pci_poke64(pci_bar_handle_t handle, uint64_t offset, uint64_t value) {
    return access(handle, offset, 8, 8, [&](Shell& shell, bool burst_port) {
        poke(shell, burst_port, offset, static_cast<std::uint32_t>(value));
        poke(shell, burst_port, offset + 4, static_cast<std::uint32_t>(value >> 32));
    });
}
GW_EXPORT int fpga_pci_peek(pci_bar_handle_t handle, uint64_t offset, uint32_t* value) {
    return access(handle, offset, 4, 4, [&](Shell& shell, bool burst_port) { *value = peek(shell, burst_port, offset); });
}
GW_EXPORT int fpga_pci_peek64(pci_bar_handle_t handle, uint64_t offset, uint64_t* value) {
    return access(handle, offset, 8, 8, [&](Shell& shell, bool burst_port) {
        const std::uint64_t low = peek(shell, burst_port, offset);
        *value = low | std::uint64_t{peek(shell, burst_port, offset + 4)} << 32;
    });
}
GW_EXPORT int fpga_pci_write_burst(pci_bar_handle_t handle, uint64_t offset, uint32_t* datap, uint64_t dword_len) {
    return access(handle, offset, 4 * dword_len, 4, [&](Shell& shell, bool burst_port) {
        for (std::uint64_t i = 0; i < dword_len; ++i) poke(shell, burst_port, offset + 4 * i, datap[i]);
    });
}
/// A pointer into a BAR would be read and written past this library, so the emulation has none.
GW_EXPORT int fpga_pci_get_address(pci_bar_handle_t, uint64_t, uint64_t, void**) { return -ENOTSUP; }
GW_EXPORT int fpga_pci_rescan_slot_app_pfs(int slot_id) {
    return guarded([&] { return library().slot(slot_id) == nullptr ? -EINVAL : 0; });
}

GW_EXPORT int gw_f2_map(void* host, uint64_t bytes, uint64_t* physical) {
    return guarded([&]() -> int {
        if (host == nullptr || bytes == 0 || reinterpret_cast<std::uintptr_t>(host) % 4096 != 0) return -EINVAL;
        *physical = library().memory.map(host, bytes);
        return 0;
    });
}
GW_EXPORT int gw_f2_unmap(uint64_t physical) {
    return guarded([&] { return library().memory.unmap(physical) ? 0 : -EINVAL; });
}
GW_EXPORT uint64_t gw_f2_violations(int slot_id, const char** first) {
    std::uint64_t count = 0;
    *first = "";
    if (Slot* slot = library().slot(slot_id))
        slot->with([&](Shell& shell) {
            count = shell.violations().count;
            slot->words = shell.violations().first;
            *first = slot->words.c_str();
        });
    return count;
}
GW_EXPORT uint64_t gw_f2_clocks(int slot_id) {
    std::uint64_t count = 0;
    if (Slot* slot = library().slot(slot_id)) slot->with([&](Shell& shell) { count = shell.cycles(); });
    return count;
}
GW_EXPORT uint64_t gw_f2_interrupts(int slot_id) {
    std::uint64_t count = 0;
    if (Slot* slot = library().slot(slot_id)) slot->with([&](Shell& shell) { count = shell.interrupts(); });
    return count;
}
GW_EXPORT int gw_f2_disturb(int slot_id, uint32_t fault, uint32_t stall_percent, uint64_t seed) {
    Slot* slot = library().slot(slot_id);
    if (slot == nullptr || fault > 4 || stall_percent > 99) return -EINVAL;
    return slot->with([&](Shell& shell) {
        shell.host.fault = static_cast<f2::Fault>(fault);
        shell.host.stall_percent = stall_percent;
        shell.host.random = f2::Random(seed);
    });
}
GW_EXPORT int gw_f2_function_level_reset(int slot_id, uint64_t* clocks) {
    constexpr std::uint64_t limit = 100000;
    Slot* slot = library().slot(slot_id);
    if (slot == nullptr) return -EINVAL;
    const int error = slot->with([&](Shell& shell) { *clocks = shell.function_level_reset(limit); });
    return error == 0 && *clocks == limit ? -ETIMEDOUT : error;
}
)cpp";

const char* const emulation_makefile =
    R"mk(# libfpga_mgmt.so without an FPGA: the custom logic by Verilator behind AWS's function names.
VERILATOR ?= verilator
DESIGN    := $(wildcard ../design/*.v) ../design/@CL@.sv sh_ddr.sv

libfpga_mgmt.so: $(DESIGN) $(wildcard *.cpp *.hpp include/*.h) cl_ports.vh
	$(VERILATOR) --cc --exe --build -j 2 -O3 --x-assign fast --x-initial fast --noassert -Wno-fatal \
	    --top-module @CL@ --prefix Vcl --Mdir obj +incdir+. +incdir+../design \
	    -CFLAGS "-std=c++17 -fPIC -fvisibility=hidden -fvisibility-inlines-hidden -I.. -I../include" \
	    -LDFLAGS "-shared -pthread -Wl,-Bsymbolic -Wl,--exclude-libs,ALL" \
	    -MAKEFLAGS "OPT_FAST=-O2 OPT_SLOW=-O1 OPT_GLOBAL=-O2" \
	    -o ../$@ $(DESIGN) library.cpp
	rm -rf obj

clean:
	rm -rf obj libfpga_mgmt.so
.PHONY: clean
)mk";

} // namespace gw::shell::f2
