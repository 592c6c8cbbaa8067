// The simulated card: a bundle's own shared library, loaded so that none of its names meet those of another card.
#include <fmt/format.h>

#include "device/address_pool.hpp"
#include "device/card.hpp"
#include "support/error.hpp"
#include "support/shared_library.hpp"

namespace gw::device {

namespace {

/// The library's C interface; the declarations stand in its own card.cpp, and the version says that they are these.
struct Interface {
    static constexpr std::uint32_t version = 1;
    std::uint32_t (*version_of)();
    void* (*open)(std::uint64_t, std::uint64_t, std::uint32_t);
    void (*close)(void*);
    void (*reset)(void*);
    int (*write_register)(void*, std::uint32_t, std::uint32_t);
    int (*read_register)(void*, std::uint32_t, std::uint32_t*);
    int (*write_memory)(void*, std::uint64_t, const void*, std::uint64_t);
    int (*read_memory)(void*, std::uint64_t, void*, std::uint64_t);
    int (*run)(void*, std::uint64_t);
    std::uint64_t (*cycles)(const void*);
    std::uint64_t (*violations)(const void*, const char**);
    void (*set_fault)(void*, std::uint32_t);
};

template <class Function> void find(void* library, const char* name, Function& function, const std::string& where) {
    function = support::find_function<Function>(library, name);
    if (function == nullptr) {
        throw support::user_error(fmt::format("the simulated card lacks the function {}", name), where,
                                  "build the bundle again");
    }
}

Interface interface_of(void* library, const std::string& where) {
    Interface card{};
    find(library, "gw_card_version", card.version_of, where);
    if (card.version_of() != Interface::version) {
        throw support::user_error(
            fmt::format("the simulated card speaks version {} of its interface, this program version {}",
                        card.version_of(), Interface::version),
            where, "build the bundle again with this program");
    }
    find(library, "gw_card_open", card.open, where);
    find(library, "gw_card_close", card.close, where);
    find(library, "gw_card_reset", card.reset, where);
    find(library, "gw_card_write_register", card.write_register, where);
    find(library, "gw_card_read_register", card.read_register, where);
    find(library, "gw_card_write_memory", card.write_memory, where);
    find(library, "gw_card_read_memory", card.read_memory, where);
    find(library, "gw_card_run", card.run, where);
    find(library, "gw_card_cycles", card.cycles, where);
    find(library, "gw_card_violations", card.violations, where);
    find(library, "gw_card_set_fault", card.set_fault, where);
    return card;
}

class LoadedCard final : public SimulatedCard {
  public:
    LoadedCard(support::SharedLibrary library, const Interface& call, const SimulationOptions& options,
               const std::string& where)
        : library_(std::move(library)), call_(call), addresses_(options.memory_bytes),
          card_(call.open(options.memory_bytes, options.seed, options.stall_percent), call.close) {
        if (card_ == nullptr) {
            throw support::user_error(fmt::format("no {} bytes of memory for the simulated card", options.memory_bytes),
                                      where);
        }
    }

    std::string kind() const override { return "simulated card"; }

    std::uint64_t allocate(std::size_t bytes) override {
        const std::lock_guard lock(mutex_);
        return addresses_.allocate(bytes);
    }
    void release(std::uint64_t address) override {
        const std::lock_guard lock(mutex_);
        addresses_.release(address);
    }
    void write_memory(std::uint64_t address, std::span<const std::byte> data) override {
        const std::lock_guard lock(mutex_);
        require(call_.write_memory(card_.get(), address, data.data(), data.size()) == 0, "memory", address);
    }
    void read_memory(std::uint64_t address, std::span<std::byte> data) override {
        const std::lock_guard lock(mutex_);
        require(call_.read_memory(card_.get(), address, data.data(), data.size()) == 0, "memory", address);
    }
    std::uint32_t read_register(std::uint32_t offset) override {
        const std::lock_guard lock(mutex_);
        std::uint32_t value = 0;
        require(call_.read_register(card_.get(), offset, &value) == 0, "register", offset);
        return value;
    }
    void write_register(std::uint32_t offset, std::uint32_t value) override {
        const std::lock_guard lock(mutex_);
        require(call_.write_register(card_.get(), offset, value) == 0, "register", offset);
    }
    bool wait(std::chrono::milliseconds slice) override {
        const auto end = std::chrono::steady_clock::now() + slice;
        constexpr std::uint64_t clocks = 20'000; // some milliseconds for a large core
        do {
            const std::lock_guard lock(mutex_);
            if (call_.run(card_.get(), clocks) != 0) {
                return true;
            }
        } while (std::chrono::steady_clock::now() < end);
        return false;
    }
    void reset() override {
        const std::lock_guard lock(mutex_);
        call_.reset(card_.get());
    }
    std::string complaint() override {
        const std::lock_guard lock(mutex_);
        const char* first = nullptr;
        const std::uint64_t count = call_.violations(card_.get(), &first);
        return count == 0 ? "" : fmt::format("the kernel broke AXI's rules {} times; first, at {}", count, first);
    }
    void set_fault(Fault fault) override {
        const std::lock_guard lock(mutex_);
        call_.set_fault(card_.get(), static_cast<std::uint32_t>(fault));
    }
    std::uint64_t cycles() override {
        const std::lock_guard lock(mutex_);
        return call_.cycles(card_.get());
    }

  private:
    static void require(bool good, const char* what, std::uint64_t address) {
        if (!good) {
            throw support::internal_error(
                fmt::format("the simulated card does not answer at {} address {:#x}", what, address));
        }
    }

    std::mutex mutex_;
    support::SharedLibrary library_;
    Interface call_;
    AddressPool addresses_;
    std::unique_ptr<void, void (*)(void*)> card_;
};

} // namespace

std::unique_ptr<SimulatedCard> open_simulated_card(const std::filesystem::path& library,
                                                   const SimulationOptions& options) {
    const std::string path = std::filesystem::absolute(library).string();
    support::SharedLibrary handle =
        support::load_library(path, "the simulated card", "build the bundle with its card (gatewright build)");
    const Interface call = interface_of(handle.get(), path);
    return std::make_unique<LoadedCard>(std::move(handle), call, options, path);
}

} // namespace gw::device
