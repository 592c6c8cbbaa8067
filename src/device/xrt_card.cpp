// A card behind XRT, simulated (hw_emu) or real: the same calls. A batch is one of XRT's runs: XRT's scheduler writes
// the arguments, starts the compute unit and says when it is done, so that several programs may share it. A run's
// arguments are set once for each pair of buffers. With XrtAccess::registers the driver does all of that itself.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <thread>
#include <tuple>

#include <fmt/format.h>

#include "device/card.hpp"
#include "device/engine.hpp"
#include "device/xrt_api.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::device {

namespace {

using Clock = std::chrono::steady_clock;

void require(bool good, const std::string& problem, const std::string& where) {
    if (!good)
        throw support::user_error(problem, where,
                                  "xbutil examine shows the cards; for a simulated one, read setup.sh of gatewright "
                                  "card's folder first");
}

/// One of XRT's devices with its xclbin; compute units share it.
class XrtDevice {
  public:
    XrtDevice(std::uint32_t index, const std::filesystem::path& xclbin)
        : file_(xclbin.string()), handle_(xrt().open(index), xrt().close) {
        require(handle_ != nullptr, "no card can be opened", fmt::format("card {}", index));
        load();
    }
    void load() {
        require(xrt().load(handle_.get(), file_.c_str()) == 0, "the xclbin cannot be loaded", file_);
        require(xrt().uuid(handle_.get(), uuid_) == 0, "the xclbin has no identity", file_);
    }
    XrtHandle open_kernel(const std::string& unit, XrtAccess access) const {
        const auto open = access == XrtAccess::shared ? xrt().open_kernel : xrt().open_kernel_exclusive;
        XrtHandle kernel(open(handle_.get(), uuid_, unit.c_str()), xrt().close_kernel);
        require(kernel != nullptr, fmt::format("the xclbin has no free compute unit {}", unit), file_);
        return kernel;
    }
    void* get() const { return handle_.get(); }
    const std::string& file() const { return file_; }

  private:
    std::string file_;
    XrtHandle handle_;
    unsigned char uuid_[16] = {};
};

/// One of XRT's buffer objects, mapped.
class XrtMemory {
  public:
    XrtMemory(const XrtDevice& device, std::size_t bytes, std::uint32_t group)
        : bytes_(std::max<std::size_t>((bytes + 4095) / 4096 * 4096, 4096)),
          handle_(xrt().allocate(device.get(), bytes_, 0, group), xrt().free) {
        require(handle_ != nullptr, fmt::format("no {} bytes of memory", bytes_), "card behind XRT");
        host_ = static_cast<std::byte*>(xrt().map(handle_.get()));
        require(host_ != nullptr, "a buffer cannot be mapped", "card behind XRT");
        address_ = xrt().address(handle_.get());
    }
    void* handle() const { return handle_.get(); }
    std::uint64_t address() const { return address_; }
    std::span<std::byte> host() const { return {host_, bytes_}; }
    /// @param direction 0: to the card, 1: from it (xclBOSyncDirection)
    void sync(int direction, std::size_t offset, std::size_t bytes) const {
        require(offset <= bytes_ && bytes <= bytes_ - offset,
                fmt::format("{} bytes at {} are beyond a buffer's end", bytes, offset), "card behind XRT");
        if (bytes != 0)
            require(xrt().sync(handle_.get(), direction, bytes, offset) == 0,
                    direction == 0 ? "data could not be sent" : "data could not be fetched", "card behind XRT");
    }

  private:
    std::size_t bytes_;
    XrtHandle handle_;
    std::byte* host_ = nullptr;
    std::uint64_t address_ = 0;
};

class XrtCard final : public Card {
  public:
    XrtCard(std::shared_ptr<XrtDevice> device, const std::string& unit, XrtAccess access)
        : device_(std::move(device)), unit_(unit), access_(access),
          emulated_(std::getenv("XCL_EMULATION_MODE") != nullptr) {
        open();
    }
    ~XrtCard() override { runs_.clear(); }

    std::string kind() const override { return "card behind XRT"; }
    bool registers_readable() const override { return access_ != XrtAccess::shared; }

    std::uint64_t allocate(std::size_t bytes) override {
        const std::lock_guard lock(mutex_);
        auto memory = std::make_unique<XrtMemory>(*device_, bytes, group_);
        const std::uint64_t address = memory->address();
        known_.insert_or_assign(address, memory.get());
        owned_.insert_or_assign(address, std::move(memory));
        return address;
    }
    void release(std::uint64_t address) override {
        const std::lock_guard lock(mutex_);
        if (const auto found = owned_.find(address); found != owned_.end()) {
            forget(*found->second);
            owned_.erase(found);
        }
    }
    void write_memory(std::uint64_t address, std::span<const std::byte> data) override {
        const std::lock_guard lock(mutex_);
        const auto [memory, offset] = place(address, data.size());
        std::ranges::copy(data, memory->host().begin() + static_cast<std::ptrdiff_t>(offset));
        memory->sync(0, offset, data.size());
    }
    void read_memory(std::uint64_t address, std::span<std::byte> data) override {
        const std::lock_guard lock(mutex_);
        const auto [memory, offset] = place(address, data.size());
        memory->sync(1, offset, data.size());
        std::ranges::copy(memory->host().subspan(offset, data.size()), data.begin());
    }
    std::unique_ptr<Buffer> buffer(std::size_t bytes) override;

    std::uint32_t read_register(std::uint32_t offset) override {
        const std::lock_guard lock(mutex_);
        std::uint32_t value = 0;
        require(xrt().read_register(kernel_.get(), offset, &value) == 0,
                fmt::format("register {:#x} cannot be read", offset), kind());
        return value;
    }
    void write_register(std::uint32_t offset, std::uint32_t value) override {
        const std::lock_guard lock(mutex_);
        require(xrt().write_register(kernel_.get(), offset, value) == 0,
                fmt::format("register {:#x} cannot be written", offset), kind());
    }

    void start(const Batch& batch) override {
        if (access_ == XrtAccess::registers)
            return Card::start(batch);
        const std::lock_guard lock(mutex_);
        Run& run = run_of(batch);
        if (run.events != batch.events) {
            require(xrt().set_argument(run.handle.get(), 2, batch.events) == 0, "XRT does not take the events", kind());
            run.events = batch.events;
        }
        current_ = run.handle.get();
        if (xrt().start_run(current_) != 0)
            throw CardError(Failure::reported, support::user_error("XRT does not start the kernel", kind()));
    }
    /// Looked at without pause at first, as small batches take less than a sleep.
    bool wait(std::chrono::milliseconds slice) override {
        const auto begin = Clock::now();
        auto pause = std::chrono::microseconds(20);
        constexpr std::chrono::microseconds longest(500), busy(50);
        do {
            if (over())
                return true;
            if (Clock::now() - begin < busy)
                continue;
            if (!emulated_ && access_ != XrtAccess::registers) {
                xrt().wait_run_for(current_, 1); // by interrupt
                continue;
            }
            // In emulation there are no interrupts of user kernels, and XRT's wait sleeps whole seconds.
            std::this_thread::sleep_for(pause);
            pause = std::min(2 * pause, longest);
        } while (Clock::now() - begin < slice);
        return over();
    }
    KernelCounters finish(const Batch& batch) override {
        if (access_ == XrtAccess::registers)
            return Card::finish(batch);
        const int state = xrt().wait_run(current_); // is over: XRT takes note of it
        if (state != run_state::completed)
            throw CardError(Failure::reported,
                            support::user_error(fmt::format("XRT ended a run with state {} (ert_cmd_state)", state),
                                                kind(), "see the kernel log, and xbutil examine"));
        if (!registers_readable())
            return {.events = batch.events};
        return read_counters(batch);
    }
    /// The xclbin is loaded again.
    void reset() override {
        const std::lock_guard lock(mutex_);
        runs_.clear();
        current_ = nullptr;
        kernel_.reset();
        device_->load();
        open();
    }

  private:
    friend class XrtBuffer;
    struct Run {
        XrtHandle handle{nullptr, nullptr}, input_part{nullptr, nullptr}, output_part{nullptr, nullptr};
        std::optional<std::uint32_t> events; ///< the argument as it stands
    };
    using RunKey = std::tuple<void*, std::size_t, void*, std::size_t>; ///< memory and offset, twice

    void open() {
        kernel_ = device_->open_kernel(unit_, access_);
        const int group = xrt().group(kernel_.get(), 0);
        if (group < 0 || xrt().group(kernel_.get(), 1) != group)
            throw support::unsupported("a compute unit whose input and output lie in different banks", device_->file(),
                                       "link both to one bank");
        group_ = static_cast<std::uint32_t>(group);
    }
    bool over() {
        if (access_ == XrtAccess::registers)
            return (read_register(shell::registers::interrupt_status) & 1U) != 0;
        return run_state::is_end(xrt().run_state(current_));
    }

    Run& run_of(const Batch& batch);
    void* argument(XrtHandle& part, void* memory, std::size_t offset, std::size_t bytes) const {
        if (offset == 0)
            return memory;
        part = XrtHandle(xrt().part(memory, bytes - offset, offset), xrt().free);
        require(part != nullptr, "XRT gives no part of a buffer", kind());
        return part.get();
    }
    /// No run may keep a buffer that is gone.
    void forget(const XrtMemory& memory) {
        std::erase_if(runs_, [&](const auto& entry) {
            return std::get<0>(entry.first) == memory.handle() || std::get<2>(entry.first) == memory.handle();
        });
        if (const auto found = known_.find(memory.address()); found != known_.end() && found->second == &memory)
            known_.erase(found);
    }
    std::pair<const XrtMemory*, std::size_t> place(std::uint64_t address, std::size_t bytes) const {
        auto after = known_.upper_bound(address);
        require(after != known_.begin(), fmt::format("no buffer at {:#x}", address), kind());
        const auto& [first, memory] = *--after;
        const std::uint64_t offset = address - first;
        require(offset <= memory->host().size() && bytes <= memory->host().size() - offset,
                fmt::format("{} bytes at {:#x} are beyond a buffer's end", bytes, address), kind());
        return {memory, static_cast<std::size_t>(offset)};
    }

    std::shared_ptr<XrtDevice> device_;
    std::string unit_;
    XrtAccess access_;
    bool emulated_;
    XrtHandle kernel_{nullptr, nullptr};
    std::uint32_t group_ = 0;
    std::map<std::uint64_t, std::unique_ptr<XrtMemory>> owned_; ///< of allocate
    std::map<std::uint64_t, const XrtMemory*> known_;           ///< by address; buffers too
    std::map<RunKey, Run> runs_;
    void* current_ = nullptr; ///< the run under way, of whoever holds batch_mutex
    std::mutex mutex_;
};

/// XRT's mapping is the host's side: nothing is copied but by XRT itself.
class XrtBuffer final : public Buffer {
  public:
    XrtBuffer(XrtCard& card, std::size_t bytes) : card_(card), memory_(*card.device_, bytes, card.group_) {
        std::ranges::fill(memory_.host(), std::byte{0});
        const std::lock_guard lock(card_.mutex_);
        card_.known_.insert_or_assign(memory_.address(), &memory_);
    }
    ~XrtBuffer() override {
        const std::lock_guard lock(card_.mutex_);
        card_.forget(memory_);
    }
    std::uint64_t address() const override { return memory_.address(); }
    std::span<std::byte> host() override { return memory_.host(); }
    void to_card(std::size_t offset, std::size_t bytes) override { memory_.sync(0, offset, bytes); }
    void from_card(std::size_t offset, std::size_t bytes) override { memory_.sync(1, offset, bytes); }
    const XrtMemory& memory() const { return memory_; }

  private:
    XrtCard& card_;
    XrtMemory memory_;
};

std::unique_ptr<Buffer> XrtCard::buffer(std::size_t bytes) {
    return std::make_unique<XrtBuffer>(*this, bytes);
}

XrtCard::Run& XrtCard::run_of(const Batch& batch) {
    const auto find = [&](Buffer* buffer, std::uint64_t address) -> std::pair<const XrtMemory*, std::size_t> {
        if (const auto* own = dynamic_cast<const XrtBuffer*>(buffer))
            return {&own->memory(), address - own->address()};
        return place(address, 1);
    };
    const auto [input, input_offset] = find(batch.input, batch.input_address);
    const auto [output, output_offset] = find(batch.output, batch.output_address);
    const RunKey key{input->handle(), input_offset, output->handle(), output_offset};
    if (const auto found = runs_.find(key); found != runs_.end())
        return found->second;
    constexpr std::size_t most = 64; // programs with buffers of their own may use ever new places
    if (runs_.size() >= most)
        runs_.clear();
    Run run;
    run.handle = XrtHandle(xrt().open_run(kernel_.get()), xrt().close_run);
    require(run.handle != nullptr, "XRT gives no run", kind());
    void* from = argument(run.input_part, input->handle(), input_offset, input->host().size());
    void* to = argument(run.output_part, output->handle(), output_offset, output->host().size());
    require(xrt().set_argument(run.handle.get(), 0, from) == 0 && xrt().set_argument(run.handle.get(), 1, to) == 0,
            "XRT does not take the buffers", kind());
    return runs_.emplace(key, std::move(run)).first->second;
}

} // namespace

XrtAccess parse_access(std::string_view text) {
    if (text == "exclusive")
        return XrtAccess::exclusive;
    if (text == "shared")
        return XrtAccess::shared;
    if (text == "registers")
        return XrtAccess::registers;
    throw support::user_error(fmt::format("a compute unit cannot be had '{}'", text), "--access",
                              "the ways are exclusive, shared and registers");
}

XrtUnit parse_unit(const std::string& text, std::uint32_t device) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos)
        return {device, text};
    const std::string number = text.substr(0, colon);
    const bool good = !number.empty() && number.size() < 9 &&
                      number.find_first_not_of("0123456789") == std::string::npos && colon + 1 < text.size();
    if (!good)
        throw support::user_error(fmt::format("'{}' names no compute unit", text), "--compute-unit",
                                  "give UNIT or CARD:UNIT, such as 1:net_kernel_2");
    return {static_cast<std::uint32_t>(std::stoul(number)), text.substr(colon + 1)};
}

std::vector<std::unique_ptr<Card>> open_xrt_cards(const XrtOptions& options, const std::vector<XrtUnit>& units,
                                                  const std::string& kernel) {
    support::read_file(options.xclbin); // a good message where it is absent
    std::map<std::uint32_t, std::shared_ptr<XrtDevice>> devices;
    std::vector<std::unique_ptr<Card>> cards;
    for (const XrtUnit& unit : units) {
        std::shared_ptr<XrtDevice>& device = devices[unit.device];
        if (!device)
            device = std::make_shared<XrtDevice>(unit.device, options.xclbin);
        cards.push_back(std::make_unique<XrtCard>(
            device, fmt::format("{}:{{{}}}", kernel, unit.unit.empty() ? kernel + "_1" : unit.unit), options.access));
    }
    return cards;
}

std::unique_ptr<Card> open_xrt_card(const XrtOptions& options, const std::string& kernel) {
    return std::move(open_xrt_cards(options, {{options.device, options.unit}}, kernel).front());
}

} // namespace gw::device
