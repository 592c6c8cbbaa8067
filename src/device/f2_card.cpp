// The card of an AWS F2 instance: registers through libfpga_mgmt, and buffers in locked host memory that the custom
// logic reads and writes by itself. The library is loaded when it is asked for; AWS's and the emulated one are used
// alike, but for where a buffer's physical address comes from.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <map>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "device/card.hpp"
#include "shell/f2/f2.hpp"
#include "support/error.hpp"
#include "support/shared_library.hpp"

namespace gw::device {

namespace {

namespace reg = shell::f2::registers;

/// fpga_mgmt_describe_local_image fills AWS's structure, which grows from release to release: its beginning, and room.
struct ImageInfo {
    int status, status_q, slot;
    std::array<char, 64> image;
    std::array<std::byte, 8192> more;
};

/// libfpga_mgmt's functions, and what the emulated one has beside them (else null).
struct Library {
    int (*init)();
    int (*describe)(int, ImageInfo*, std::uint32_t);
    int (*load)(int, char*, std::uint32_t, std::uint32_t, ImageInfo*);
    int (*attach)(int, int, int, std::uint32_t, int*);
    int (*detach)(int);
    int (*peek)(int, std::uint64_t, std::uint32_t*);
    int (*poke)(int, std::uint64_t, std::uint32_t);
    int (*map)(void*, std::uint64_t, std::uint64_t*);
    int (*unmap)(std::uint64_t);
    std::uint64_t (*violations)(int, const char**);
};

template <class Function> void find(void* library, const char* name, Function& function, const std::string& where) {
    function = support::find_function<Function>(library, name);
    if (function == nullptr)
        throw support::user_error(fmt::format("this is no libfpga_mgmt: it lacks {}", name), where,
                                  "install the SDK of aws-fpga 2.0 or later");
}

Library library_of(void* handle, const std::string& where) {
    Library found{};
    find(handle, "fpga_mgmt_init", found.init, where);
    find(handle, "fpga_mgmt_describe_local_image", found.describe, where);
    find(handle, "fpga_mgmt_load_local_image_sync", found.load, where);
    find(handle, "fpga_pci_attach", found.attach, where);
    find(handle, "fpga_pci_detach", found.detach, where);
    find(handle, "fpga_pci_peek", found.peek, where);
    find(handle, "fpga_pci_poke", found.poke, where);
    found.map = support::find_function<decltype(found.map)>(handle, "gw_f2_map");
    found.unmap = support::find_function<decltype(found.unmap)>(handle, "gw_f2_unmap");
    found.violations = support::find_function<decltype(found.violations)>(handle, "gw_f2_violations");
    return found;
}

constexpr std::size_t huge_page = std::size_t{2} << 20;

/// Of this process, by /proc/self/pagemap (Linux's admin-guide/mm/pagemap.rst): bit 63 present, bits 0 to 54 the frame.
std::uint64_t physical_address(const std::byte* host) {
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    const auto at = reinterpret_cast<std::uintptr_t>(host);
    std::uint64_t entry = 0;
    const int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    const ssize_t got = file < 0 ? 0 : pread(file, &entry, sizeof entry, static_cast<off_t>(at / page * sizeof entry));
    if (file >= 0)
        close(file);
    const std::uint64_t frame = entry & ((std::uint64_t{1} << 55U) - 1);
    if (got != static_cast<ssize_t>(sizeof entry) || entry >> 63U == 0 || frame == 0)
        throw support::user_error("the kernel does not tell physical addresses", "/proc/self/pagemap",
                                  "start the program as root");
    return frame * page + at % page;
}

/// Locked memory and its physical address, given back with its scope.
class Pinned {
  public:
    Pinned(const Library& call, std::size_t bytes) : call_(&call) {
        const bool emulated = call.map != nullptr;
        bytes_ = (bytes + huge_page - 1) / huge_page * huge_page;
        const int kind =
            MAP_PRIVATE | MAP_ANONYMOUS | (emulated ? MAP_NORESERVE : MAP_HUGETLB | MAP_LOCKED | MAP_POPULATE);
        void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, kind, -1, 0);
        if (memory == MAP_FAILED)
            throw support::user_error(fmt::format("no {} bytes in huge pages of 2 MiB", bytes_), "the F2 card",
                                      "echo 64 | sudo tee /proc/sys/vm/nr_hugepages");
        host_ = static_cast<std::byte*>(memory);
        try {
            find_address(emulated);
        } catch (...) {
            munmap(memory, bytes_);
            throw;
        }
    }
    ~Pinned() {
        if (host_ == nullptr)
            return;
        if (call_->unmap != nullptr)
            call_->unmap(physical_);
        munmap(host_, bytes_);
    }
    Pinned(Pinned&& other) noexcept
        : call_(other.call_), host_(std::exchange(other.host_, nullptr)), bytes_(other.bytes_),
          physical_(other.physical_) {}
    Pinned& operator=(Pinned&&) = delete;

    std::span<std::byte> bytes() const { return {host_, bytes_}; }
    std::uint64_t physical() const { return physical_; }

  private:
    void find_address(bool emulated) {
        if (emulated) {
            if (call_->map(host_, bytes_, &physical_) != 0)
                throw support::internal_error("the emulation gives a buffer no address", "the F2 card");
            return;
        }
        physical_ = physical_address(host_);
        for (std::size_t at = huge_page; at < bytes_; at += huge_page)
            if (physical_address(host_ + at) != physical_ + at)
                throw support::user_error("huge pages of a buffer do not lie in a row", "the F2 card",
                                          "use smaller batches, or reserve huge pages right after the system's start");
    }

    const Library* call_;
    std::byte* host_ = nullptr;
    std::size_t bytes_ = 0;
    std::uint64_t physical_ = 0;
};

class F2Card final : public Card {
  public:
    F2Card(const F2Options& options, std::string kernel, std::uint32_t design)
        : options_(options), kernel_(std::move(kernel)), design_(design),
          handle_(support::load_library(options.library, "libfpga_mgmt",
                                        "on an F2 instance, install the SDK of aws-fpga; elsewhere, make the emulated "
                                        "library: gatewright card BUNDLE --platform f2 -o DIR")),
          call_(library_of(handle_.get(), options.library.string())) {
        require(call_.init() == 0, "libfpga_mgmt does not start", "start the program as root on an F2 instance");
        if (!options_.image.empty())
            load(options_.image);
        attach();
        reset();
    }
    ~F2Card() override {
        // Its buffers are about to go: the custom logic must have done with them.
        try {
            leave_reset();
        } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): nobody is left to hear it
        }
        call_.detach(bar_);
    }

    std::string kind() const override { return fmt::format("F2 card in slot {}", options_.slot); }

    std::uint64_t allocate(std::size_t bytes) override {
        const std::lock_guard lock(mutex_);
        Pinned made(call_, std::max<std::size_t>(bytes, 1));
        const std::uint64_t address = made.physical();
        buffers_.emplace(address, std::move(made));
        return address;
    }
    void release(std::uint64_t address) override {
        const std::lock_guard lock(mutex_);
        buffers_.erase(address);
    }
    void write_memory(std::uint64_t address, std::span<const std::byte> data) override {
        const std::span<std::byte> place = find_buffer(address, data.size());
        if (!data.empty())
            std::memcpy(place.data(), data.data(), data.size());
    }
    void read_memory(std::uint64_t address, std::span<std::byte> data) override {
        const std::span<std::byte> place = find_buffer(address, data.size());
        if (!data.empty())
            std::memcpy(data.data(), place.data(), data.size());
    }
    std::uint32_t read_register(std::uint32_t offset) override { return peek(reg::kernel + offset); }
    void write_register(std::uint32_t offset, std::uint32_t value) override { poke(reg::kernel + offset, value); }

    bool wait(std::chrono::milliseconds slice) override {
        const auto end = std::chrono::steady_clock::now() + slice;
        auto pause = std::chrono::microseconds(5);
        constexpr std::chrono::microseconds longest(200);
        do {
            if ((read_register(shell::registers::interrupt_status) & 1U) != 0)
                return true;
            std::this_thread::sleep_for(pause);
            pause = std::min(2 * pause, longest);
        } while (std::chrono::steady_clock::now() < end);
        return false;
    }

    /// By the design's own reset, which waits for what is under way in the shell; where that never ends, the image is
    /// loaded again.
    void reset() override {
        if (leave_reset())
            return;
        const std::string image = describe();
        call_.detach(bar_);
        load(image);
        attach();
        require(leave_reset(), "the custom logic stays in its reset", "clear the slot: sudo fpga-clear-local-image");
    }

    std::string complaint() override {
        if (call_.violations == nullptr)
            return {};
        const char* first = "";
        const std::uint64_t count = call_.violations(slot(), &first);
        return count == 0
                   ? ""
                   : fmt::format("the custom logic broke the shell's rules {} times; first, at {}", count, first);
    }

  private:
    int slot() const { return static_cast<int>(options_.slot); }

    std::uint32_t peek(std::uint64_t offset) const {
        std::uint32_t value = 0;
        require(call_.peek(bar_, offset, &value) == 0, fmt::format("register {:#x} cannot be read", offset), restart);
        return value;
    }
    void poke(std::uint64_t offset, std::uint32_t value) const {
        require(call_.poke(bar_, offset, value) == 0, fmt::format("register {:#x} cannot be written", offset), restart);
    }

    /// The name of the slot's image. Throws where there is none.
    std::string describe() const {
        ImageInfo info{};
        require(call_.describe(slot(), &info, 0) == 0, "the slot does not exist",
                "sudo fpga-describe-local-image-slots lists them");
        constexpr int loaded = 0;
        require(info.status == loaded, "the slot holds no image", "name one: --image agfi-...");
        info.image.back() = '\0';
        return info.image.data();
    }
    void load(const std::string& image) const {
        ImageInfo info{};
        std::string name = image;
        constexpr std::uint32_t tries = 300, pause_ms = 200;
        require(call_.load(slot(), name.data(), tries, pause_ms, &info) == 0,
                fmt::format("the image '{}' cannot be loaded", image),
                "aws ec2 describe-fpga-images says whether it is available to this account");
    }
    void attach() {
        describe();
        constexpr int application = 0, bar0 = 0;
        require(call_.attach(slot(), application, bar0, 0, &bar_) == 0, "the slot's registers cannot be attached",
                "start the program as root");
        const std::uint32_t identity = peek(reg::identity), version = peek(reg::version), design = peek(reg::design);
        require(identity == shell::f2::identity_value && version == shell::f2::version_value && design == design_,
                fmt::format("the slot holds another design (identity {:#x}, version {}, of the bundle {:#x}; expected "
                            "{:#x}, {}, {:#x})",
                            identity, version, design, shell::f2::identity_value, shell::f2::version_value, design_),
                "load the image that was made of this bundle: gatewright card BUNDLE --platform f2 -o DIR");
    }

    /// @return whether the reset came to its end in time
    bool leave_reset() const {
        constexpr std::uint32_t do_reset = 2, in_reset = 2;
        poke(reg::control, do_reset);
        const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
        do {
            // All ones is the shell's answer where the custom logic gives none.
            const std::uint32_t status = peek(reg::status);
            if ((status & in_reset) == 0)
                return true;
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        } while (std::chrono::steady_clock::now() < end);
        return false;
    }

    std::span<std::byte> find_buffer(std::uint64_t address, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        auto after = buffers_.upper_bound(address);
        require(after != buffers_.begin(), fmt::format("no buffer at {:#x}", address), restart);
        const auto& [first, buffer] = *--after;
        const std::uint64_t offset = address - first;
        const std::span<std::byte> all = buffer.bytes();
        require(offset <= all.size() && bytes <= all.size() - offset,
                fmt::format("{} bytes at {:#x} are beyond a buffer's end", bytes, address), restart);
        return all.subspan(offset, bytes);
    }

    void require(bool good, const std::string& problem, const char* remedy) const {
        if (!good)
            throw support::user_error(problem, fmt::format("F2 slot {}, kernel {}", options_.slot, kernel_), remedy);
    }
    static constexpr const char* restart = "load the image again: sudo fpga-load-local-image -S SLOT -I agfi-...";

    F2Options options_;
    std::string kernel_;
    std::uint32_t design_;
    support::SharedLibrary handle_;
    Library call_;
    int bar_ = 0; ///< the library's handle of BAR0
    std::map<std::uint64_t, Pinned> buffers_;
    std::mutex mutex_; ///< of the buffers; libfpga_mgmt's accesses are single loads and stores
};

} // namespace

std::unique_ptr<Card> open_f2_card(const F2Options& options, const std::string& kernel, std::uint32_t design) {
    return std::make_unique<F2Card>(options, kernel, design);
}

} // namespace gw::device
