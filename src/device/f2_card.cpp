// The card of an AWS F2 instance: registers through libfpga_mgmt, and buffers in locked host memory that the custom
// logic reads and writes by itself. The library is loaded when it is asked for; AWS's and the emulated one are used
// alike, but for where a buffer's physical address comes from.
#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "device/card.hpp"
#include "device/f2_library.hpp"
#include "shell/f2/f2.hpp"
#include "support/error.hpp"
#include "support/shared_library.hpp"

namespace gw::device {

namespace {

namespace reg = shell::f2::registers;

/// What the card says of a batch that has ended.
struct Report {
    KernelCounters counters;
    std::uint32_t errors = 0; ///< as Card::require_no_errors has them
};

/// The descriptor ring (docs/f2.md) in one page of memory. One batch at a time is under way here, but a ring of one
/// entry could not tell a completion from the last lap's.
class Ring {
  public:
    explicit Ring(const F2Library& call) : memory_(call, 2 * page) {}

    /// For an empty ring, as the card has it after a reset. @return registers to write, in this order
    std::array<std::pair<std::uint64_t, std::uint32_t>, 6> restart() {
        std::memset(memory_.bytes().data(), 0, 2 * page);
        produced_ = 0;
        const std::uint64_t descriptors = memory_.physical(), completions = descriptors + page;
        return {{{reg::descriptors, static_cast<std::uint32_t>(descriptors)},
                 {reg::descriptors + 4, static_cast<std::uint32_t>(descriptors >> 32U)},
                 {reg::completions, static_cast<std::uint32_t>(completions)},
                 {reg::completions + 4, static_cast<std::uint32_t>(completions >> 32U)},
                 {reg::entries_log2, entries_log2},
                 {reg::control, 1}}};
    }
    /// @return what the register `produced` must hold
    std::uint32_t add(const Batch& batch) {
        std::byte* entry = memory_.bytes().data() + place(produced_);
        std::memset(entry, 0, descriptor_bytes);
        std::memcpy(entry, &batch.input_address, 8);
        std::memcpy(entry + 8, &batch.output_address, 8);
        std::memcpy(entry + 16, &batch.events, 4);
        std::atomic_thread_fence(std::memory_order_release);
        return ++produced_;
    }
    /// Of the batch that was added last, once it is there.
    std::optional<Report> completion() const {
        const std::byte* entry = memory_.bytes().data() + page + place(produced_ - 1);
        const auto* last = reinterpret_cast<const std::uint64_t*>(entry + 56);
        if (__atomic_load_n(last, __ATOMIC_ACQUIRE) >> 32U != produced_)
            return std::nullopt;
        const auto word = [entry](std::size_t at) {
            std::uint32_t value = 0;
            std::memcpy(&value, entry + at, sizeof value);
            return value;
        };
        Report report;
        std::memcpy(&report.counters.cycles, entry + 8, 8);
        report.counters.events = word(16);
        report.errors = word(20);
        report.counters.read_beats = word(24);
        report.counters.write_beats = word(28);
        return report;
    }

  private:
    static constexpr std::size_t page = 4096, descriptor_bytes = 64;
    static constexpr std::uint32_t entries_log2 = 3;
    static std::size_t place(std::uint32_t index) { return descriptor_bytes * (index % (1U << entries_log2)); }

    PinnedMemory memory_;
    std::uint32_t produced_ = 0;
};

class F2Card final : public Card {
  public:
    F2Card(const F2Options& options, std::string kernel, std::uint32_t design)
        : options_(options), kernel_(std::move(kernel)), design_(design),
          handle_(support::load_library(options.library, "libfpga_mgmt",
                                        "on an F2 instance, install the SDK of aws-fpga; elsewhere, make the emulated "
                                        "library: gatewright card BUNDLE --platform f2 -o DIR")),
          call_(f2_library(handle_.get(), options.library.string())) {
        require(call_.init() == 0, "libfpga_mgmt does not start", "start the program as root on an F2 instance");
        if (!options_.image.empty())
            load(options_.image);
        attach();
        ring_.emplace(call_);
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
        PinnedMemory made(call_, std::max<std::size_t>(bytes, 1));
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

    void start(const Batch& batch) override {
        report_.reset();
        poke(reg::produced, ring_->add(batch));
    }
    bool wait(std::chrono::milliseconds slice) override {
        // Looking into memory is cheap and most batches are short: sleep, which takes 50 us at the least, comes later.
        const auto begin = std::chrono::steady_clock::now();
        constexpr std::chrono::microseconds awake(200), pause(50);
        while (true) {
            report_ = ring_->completion();
            if (report_)
                return true;
            const auto waited = std::chrono::steady_clock::now() - begin;
            if (waited > slice) {
                report_ = stopped();
                return report_.has_value();
            }
            if (waited < awake)
                std::this_thread::yield();
            else
                std::this_thread::sleep_for(pause);
        }
    }
    KernelCounters finish(const Batch& batch) override {
        constexpr std::uint32_t queue_stands = 24;
        Report report = report_.value();
        if ((report.errors & queue_stands) != 0)
            reset(); // or it takes nothing more
        require_no_errors(report.errors);
        require_all_events(batch, report.counters);
        if (batch.checksums)
            report.counters.checksums = KernelChecksums{read_register(shell::registers::input_checksum),
                                                        read_register(shell::registers::output_checksum)};
        return report.counters;
    }

    /// By the design's own reset, which waits for what is under way in the shell; where that never ends, the image is
    /// loaded again.
    void reset() override {
        if (!leave_reset())
            load_again();
        for (const auto& [offset, value] : ring_->restart())
            poke(offset, value);
    }

    std::string more_registers() override {
        return fmt::format(
            "  of the shell: status {:#x}, descriptors written {}, done {}, PCIM reads under way {}, writes {}\n",
            peek(reg::status), peek(reg::produced), peek(reg::completed), peek(reg::reads_outstanding),
            peek(reg::writes_outstanding));
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
        F2ImageInfo info{};
        require(call_.describe(slot(), &info, 0) == 0, "the slot does not exist",
                "sudo fpga-describe-local-image-slots lists them");
        constexpr int loaded = 0;
        require(info.status == loaded, "the slot holds no image", "name one: --image agfi-...");
        info.image.back() = '\0';
        return info.image.data();
    }
    void load(const std::string& image) const {
        F2ImageInfo info{};
        std::string name = image;
        constexpr std::uint32_t tries = 300, pause_ms = 200;
        require(call_.load(slot(), name.data(), tries, pause_ms, &info) == 0,
                fmt::format("the image '{}' cannot be loaded", image),
                "aws ec2 describe-fpga-images says whether it is available to this account");
    }
    /// A report, where the ring has stopped without a completion. A register's value comes after what the card wrote
    /// before it, so a completion on its way is here by then.
    std::optional<Report> stopped() const {
        constexpr std::uint32_t ring_stopped = 4, unwritten = 16;
        if ((peek(reg::status) & ring_stopped) == 0)
            return std::nullopt;
        auto report = ring_->completion();
        return report ? report : Report{{}, unwritten};
    }
    void load_again() {
        const std::string image = describe();
        call_.detach(bar_);
        load(image);
        attach();
        require(leave_reset(), "the custom logic stays in its reset", "clear the slot: sudo fpga-clear-local-image");
    }
    void attach() {
        describe();
        constexpr int application = 0, bar0 = 0;
        require(call_.attach(slot(), application, bar0, 0, &bar_) == 0, "the slot's registers cannot be attached",
                "start the program as root");
        const std::uint32_t identity = peek(reg::identity), version = peek(reg::version), design = peek(reg::design);
        const bool ours =
            identity == shell::f2::identity_value && version == shell::f2::version_value && design == design_;
        if (!ours)
            call_.detach(bar_);
        require(ours,
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
    F2Library call_;
    int bar_ = 0; ///< the library's handle of BAR0
    std::optional<Ring> ring_;
    std::optional<Report> report_; ///< of the batch that ended last
    std::map<std::uint64_t, PinnedMemory> buffers_;
    std::mutex mutex_; ///< of the buffers; libfpga_mgmt's accesses are single loads and stores
};

} // namespace

std::unique_ptr<Card> open_f2_card(const F2Options& options, const std::string& kernel, std::uint32_t design) {
    return std::make_unique<F2Card>(options, kernel, design);
}

} // namespace gw::device
