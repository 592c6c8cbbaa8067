// A card behind XRT, simulated (hw_emu) or real: the same calls. XRT is loaded when it is asked for, by its C interface
// (xrt/xrt_device.h, xrt_bo.h, xrt_kernel.h of XRT 2.13), so that nothing needs it to build or to start.
#include <algorithm>
#include <cstring>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "device/card.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/shared_library.hpp"

namespace gw::device {

namespace {

using Uuid = unsigned char[16];

/// XRT's own functions.
struct Xrt {
    void* (*open)(unsigned);
    int (*close)(void*);
    int (*load)(void*, const char*);
    int (*uuid)(void*, unsigned char*);
    void* (*open_kernel)(void*, const unsigned char*, const char*);
    int (*close_kernel)(void*);
    int (*group)(void*, int);
    int (*read_register)(void*, std::uint32_t, std::uint32_t*);
    int (*write_register)(void*, std::uint32_t, std::uint32_t);
    void* (*allocate)(void*, std::size_t, std::uint64_t, std::uint32_t);
    int (*free)(void*);
    std::uint64_t (*address)(void*);
    void* (*map)(void*);
    int (*sync)(void*, int, std::size_t, std::size_t);
};

constexpr const char* library_name = "libxrt_coreutil.so.2";

template <class Function> void find(void* library, const char* name, Function& function) {
    function = support::find_function<Function>(library, name);
    if (function == nullptr)
        throw support::user_error(fmt::format("XRT lacks the function {}", name), library_name,
                                  "install XRT 2.13 or later");
}

/// XRT stays loaded until the program ends: it has threads of its own.
const Xrt& xrt() {
    static const Xrt functions = [] {
        void* library =
            support::load_library(library_name, "XRT", "install XRT (Debian: libxrt1), and set its environment up",
                                  support::LibraryNames::global)
                .release();
        Xrt found{};
        find(library, "xrtDeviceOpen", found.open);
        find(library, "xrtDeviceClose", found.close);
        find(library, "xrtDeviceLoadXclbinFile", found.load);
        find(library, "xrtDeviceGetXclbinUUID", found.uuid);
        find(library, "xrtPLKernelOpenExclusive", found.open_kernel);
        find(library, "xrtKernelClose", found.close_kernel);
        find(library, "xrtKernelArgGroupId", found.group);
        find(library, "xrtKernelReadRegister", found.read_register);
        find(library, "xrtKernelWriteRegister", found.write_register);
        find(library, "xrtBOAlloc", found.allocate);
        find(library, "xrtBOFree", found.free);
        find(library, "xrtBOAddress", found.address);
        find(library, "xrtBOMap", found.map);
        find(library, "xrtBOSync", found.sync);
        return found;
    }();
    return functions;
}

/// One of XRT's handles, closed with its scope.
using Handle = std::unique_ptr<void, int (*)(void*)>;

class XrtCard final : public Card {
  public:
    XrtCard(const XrtOptions& options, const std::string& kernel)
        : options_(options),
          unit_(fmt::format("{}:{{{}}}", kernel, options.unit.empty() ? kernel + "_1" : options.unit)) {
        support::read_file(options.xclbin); // a good message where it is absent
        device_ = Handle(xrt().open(options.device), xrt().close);
        require(device_ != nullptr, "no card can be opened", fmt::format("card {}", options.device));
        load();
    }
    std::string kind() const override { return "card behind XRT"; }

    std::uint64_t allocate(std::size_t bytes) override {
        const std::lock_guard lock(mutex_);
        const std::size_t whole = std::max<std::size_t>((bytes + 4095) / 4096 * 4096, 4096);
        Handle handle(xrt().allocate(device_.get(), whole, 0, static_cast<std::uint32_t>(group_)), xrt().free);
        require(handle != nullptr, fmt::format("no {} bytes of memory", whole), kind());
        auto* host = static_cast<std::byte*>(xrt().map(handle.get()));
        require(host != nullptr, "a buffer cannot be mapped", kind());
        const std::uint64_t address = xrt().address(handle.get());
        buffers_.insert_or_assign(address, Buffer{std::move(handle), host, whole});
        return address;
    }
    void release(std::uint64_t address) override {
        const std::lock_guard lock(mutex_);
        buffers_.erase(address);
    }
    void write_memory(std::uint64_t address, std::span<const std::byte> data) override {
        const std::lock_guard lock(mutex_);
        const auto [buffer, offset] = place(address, data.size());
        if (data.empty())
            return;
        std::memcpy(buffer->host + offset, data.data(), data.size());
        constexpr int to_device = 0;
        require(xrt().sync(buffer->handle.get(), to_device, data.size(), offset) == 0, "data could not be sent",
                kind());
    }
    void read_memory(std::uint64_t address, std::span<std::byte> data) override {
        const std::lock_guard lock(mutex_);
        const auto [buffer, offset] = place(address, data.size());
        if (data.empty())
            return;
        constexpr int from_device = 1;
        require(xrt().sync(buffer->handle.get(), from_device, data.size(), offset) == 0, "data could not be fetched",
                kind());
        std::memcpy(data.data(), buffer->host + offset, data.size());
    }
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
    /// The interrupt's status is polled: emulation has no interrupts of user kernels.
    bool wait(std::chrono::milliseconds slice) override {
        const auto end = std::chrono::steady_clock::now() + slice;
        auto pause = std::chrono::microseconds(20);
        constexpr std::chrono::microseconds longest(500);
        do {
            if ((read_register(shell::registers::interrupt_status) & 1U) != 0)
                return true;
            std::this_thread::sleep_for(pause);
            pause = std::min(2 * pause, longest);
        } while (std::chrono::steady_clock::now() < end);
        return false;
    }
    /// The xclbin is loaded again.
    void reset() override {
        const std::lock_guard lock(mutex_);
        kernel_.reset();
        load();
    }

  private:
    struct Buffer {
        Handle handle;
        std::byte* host;
        std::size_t bytes;
    };

    void load() {
        const std::string file = options_.xclbin.string();
        require(xrt().load(device_.get(), file.c_str()) == 0, "the xclbin cannot be loaded", file);
        Uuid uuid{};
        require(xrt().uuid(device_.get(), uuid) == 0, "the xclbin has no identity", file);
        kernel_ = Handle(xrt().open_kernel(device_.get(), uuid, unit_.c_str()), xrt().close_kernel);
        require(kernel_ != nullptr, fmt::format("the xclbin has no free compute unit {}", unit_), file);
        group_ = xrt().group(kernel_.get(), 0);
        if (group_ < 0 || xrt().group(kernel_.get(), 1) != group_)
            throw support::unsupported("a compute unit whose input and output lie in different banks", file,
                                       "link both to one bank");
    }

    std::pair<const Buffer*, std::size_t> place(std::uint64_t address, std::size_t bytes) const {
        auto after = buffers_.upper_bound(address);
        require(after != buffers_.begin(), fmt::format("no buffer at {:#x}", address), kind());
        const auto& [first, buffer] = *--after;
        const std::uint64_t offset = address - first;
        require(offset <= buffer.bytes && bytes <= buffer.bytes - offset,
                fmt::format("{} bytes at {:#x} are beyond a buffer's end", bytes, address), kind());
        return {&buffer, static_cast<std::size_t>(offset)};
    }

    static void require(bool good, const std::string& problem, const std::string& where) {
        if (!good)
            throw support::user_error(problem, where,
                                      "xbutil examine shows the cards; for a simulated one, read setup.sh of "
                                      "gatewright card's folder first");
    }

    XrtOptions options_;
    std::string unit_;
    Handle device_{nullptr, nullptr}, kernel_{nullptr, nullptr}; ///< closed in the reverse order
    int group_ = 0;
    std::map<std::uint64_t, Buffer> buffers_;
    std::mutex mutex_;
};

} // namespace

std::unique_ptr<Card> open_xrt_card(const XrtOptions& options, const std::string& kernel) {
    return std::make_unique<XrtCard>(options, kernel);
}

} // namespace gw::device
