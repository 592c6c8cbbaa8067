// F2 folders around trivial cores, with their emulated library compiled, each made once; and the library's functions.
#pragma once

#include <sys/mman.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <thread>

#include "device/card_fixture.hpp"
#include "shell/f2/f2.hpp"
#include "support/error.hpp"
#include "support/process.hpp"
#include "support/shared_library.hpp"

namespace gw::tests {

struct F2Design {
    TrivialCard card; ///< with the bundle; its simulated card is not compiled
    std::filesystem::path folder;

    std::filesystem::path library() const { return folder / shell::f2::emulated_library; }
};

inline F2Design f2_folder(const std::string& name, const std::vector<fixed::FixedType>& types, std::uint32_t latency) {
    const std::filesystem::path place = std::filesystem::path(GW_BINARY_DIR) / "tests" / "f2" / name;
    std::filesystem::remove_all(place);
    F2Design design{{place / "bundle", trivial_core(name, types, latency), {}}, {}};
    design.card.kernel =
        write_card(design.card.bundle, design.card.core.core, {{name + ".v", design.card.core.verilog}});
    const shell::CardDescription description = shell::read_card(design.card.bundle);
    design.folder = place / shell::f2::design_name(description);
    support::write_files(design.folder,
                         shell::f2::folder_files(description, shell::f2::bundle_verilog(design.card.bundle)));
    return design;
}

/// A text of the folder with `from`, which must be there, made `to`.
inline void change(const F2Design& design, const std::string& file, const std::string& from, const std::string& to) {
    std::string text = support::read_file(design.folder / file);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << file << " has no " << from;
    support::write_file(design.folder / file, text.replace(at, from.size(), to));
}

/// One element of a byte, an event a clock: the kernel's slowest bursts. Compiled at the first call.
inline const F2Design& byte_design() {
    static const F2Design made = [] {
        F2Design design = f2_folder("f2_byte", {fixed::ap_ufixed(8, 8)}, 3);
        shell::f2::compile_emulation(design.folder);
        return design;
    }();
    return made;
}

/// The functions of an emulated library; its slot 0 is loaded afresh.
class Emulation {
  public:
    explicit Emulation(const F2Design& design)
        : handle_(support::load_library(design.library(), "the emulation", "compile it")) {
        find("fpga_mgmt_init", init);
        find("fpga_mgmt_load_local_image", load);
        find("fpga_pci_attach", attach);
        find("fpga_pci_detach", detach);
        find("fpga_pci_peek", peek);
        find("fpga_pci_poke", poke);
        find("fpga_pci_peek64", peek64);
        find("fpga_pci_poke64", poke64);
        find("fpga_pci_write_burst", write_burst);
        find("gw_f2_map", map);
        find("gw_f2_unmap", unmap);
        find("gw_f2_violations", violations);
        find("gw_f2_clocks", clocks);
        find("gw_f2_interrupts", interrupts);
        find("gw_f2_disturb", disturb);
        find("gw_f2_function_level_reset", function_level_reset);
        EXPECT_EQ(init(), 0);
        reload();
        EXPECT_EQ(attach(0, 0, 0, 0, &bar), 0);
    }
    ~Emulation() { detach(bar); }
    Emulation(const Emulation&) = delete;
    Emulation& operator=(const Emulation&) = delete;

    void reload() {
        std::string image = "agfi-test";
        EXPECT_EQ(load(0, image.data()), 0);
    }
    std::uint32_t read(std::uint64_t offset) {
        std::uint32_t value = 0;
        EXPECT_EQ(peek(bar, offset, &value), 0);
        return value;
    }
    void write(std::uint64_t offset, std::uint32_t value) { EXPECT_EQ(poke(bar, offset, value), 0); }
    /// The first broken rule, or "".
    std::string complaint() {
        const char* first = "";
        return violations(0, &first) == 0 ? "" : first;
    }

    int (*init)() = nullptr;
    int (*load)(int, char*) = nullptr;
    int (*attach)(int, int, int, std::uint32_t, int*) = nullptr;
    int (*detach)(int) = nullptr;
    int (*peek)(int, std::uint64_t, std::uint32_t*) = nullptr;
    int (*poke)(int, std::uint64_t, std::uint32_t) = nullptr;
    int (*peek64)(int, std::uint64_t, std::uint64_t*) = nullptr;
    int (*poke64)(int, std::uint64_t, std::uint64_t) = nullptr;
    int (*write_burst)(int, std::uint64_t, std::uint32_t*, std::uint64_t) = nullptr;
    int (*map)(void*, std::uint64_t, std::uint64_t*) = nullptr;
    int (*unmap)(std::uint64_t) = nullptr;
    std::uint64_t (*violations)(int, const char**) = nullptr;
    std::uint64_t (*clocks)(int) = nullptr;
    std::uint64_t (*interrupts)(int) = nullptr;
    int (*disturb)(int, std::uint32_t, std::uint32_t, std::uint64_t) = nullptr;
    int (*function_level_reset)(int, std::uint64_t*) = nullptr;
    int bar = 0;

  private:
    template <class Function> void find(const char* name, Function& function) {
        function = support::find_function<Function>(handle_.get(), name);
        ASSERT_NE(function, nullptr) << name;
    }
    support::SharedLibrary handle_;
};

/// Memory that the emulated card reaches.
class HostBuffer {
  public:
    HostBuffer(Emulation& emulation, std::size_t bytes) : emulation_(emulation), bytes_(bytes) {
        host = static_cast<std::uint8_t*>(
            mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        EXPECT_EQ(emulation.map(host, bytes, &physical), 0);
    }
    ~HostBuffer() {
        emulation_.unmap(physical);
        munmap(host, bytes_);
    }
    HostBuffer(const HostBuffer&) = delete;
    HostBuffer& operator=(const HostBuffer&) = delete;

    std::uint8_t* host = nullptr;
    std::uint64_t physical = 0;

  private:
    Emulation& emulation_;
    std::size_t bytes_;
};

constexpr std::uint32_t ring_entries_log2 = 2, ring_entries = 1U << ring_entries_log2;

/// A ring of four, as a host program would keep it.
struct Ring {
    explicit Ring(Emulation& of) : emulation(of), descriptors(of, 4096), completions(of, 4096) { start(); }
    void start() {
        std::memset(completions.host, 0, 4096);
        produced = completed = 0;
        emulation.write(shell::f2::registers::control, 2);
        for (int i = 0; i < 1000 && (emulation.read(shell::f2::registers::status) & 2U) != 0; ++i)
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        emulation.poke64(emulation.bar, shell::f2::registers::descriptors, descriptors.physical);
        emulation.poke64(emulation.bar, shell::f2::registers::completions, completions.physical);
        emulation.write(shell::f2::registers::entries_log2, ring_entries_log2);
        emulation.write(shell::f2::registers::control, 1);
    }
    void add(std::uint64_t input, std::uint64_t output, std::uint32_t events, std::uint32_t flags, std::uint64_t tag) {
        std::uint8_t* entry = descriptors.host + std::size_t{64} * (produced++ % ring_entries);
        std::memcpy(entry, &input, 8);
        std::memcpy(entry + 8, &output, 8);
        std::memcpy(entry + 16, &events, 4);
        std::memcpy(entry + 20, &flags, 4);
        std::memcpy(entry + 24, &tag, 8);
    }
    void ring() const { emulation.write(shell::f2::registers::produced, produced); }
    /// Whether the next completion came within a time that is long for the emulation.
    bool wait() const {
        const auto* count = reinterpret_cast<const std::uint64_t*>(completion() + 56);
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        while (__atomic_load_n(count, __ATOMIC_ACQUIRE) >> 32U != completed + 1) {
            if (std::chrono::steady_clock::now() > end)
                return false;
            std::this_thread::yield();
        }
        return true;
    }
    const std::uint8_t* completion() const { return completions.host + std::size_t{64} * (completed % ring_entries); }
    template <class Number> Number field(std::size_t at) const {
        Number value = 0;
        std::memcpy(&value, completion() + at, sizeof value);
        return value;
    }

    Emulation& emulation;
    HostBuffer descriptors, completions;
    std::uint32_t produced = 0, completed = 0;
};

} // namespace gw::tests
