// A simulated Zynq board as a test sees it: the C interface of libboard.so.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "shell/zynq/simulation.hpp"
#include "support/shared_library.hpp"

namespace gw::test {

class BoardLibrary {
  public:
    static constexpr std::uint64_t base = 0x10000000, bytes = std::uint64_t{16} << 20U;

    /// @param memory of the caller's, `bytes` of them, or null for memory of its own
    BoardLibrary(const std::filesystem::path& library, const shell::BoardAddresses& where, std::uint64_t seed,
                 std::uint32_t stall_percent, void* memory = nullptr)
        : where_(where), library_(support::load_library(library, "the board", "")) {
        const auto attach =
            find<void* (*)(void*, std::uint64_t, std::uint64_t, std::uint64_t, std::uint32_t)>("gw_zynq_attach");
        board_ = {attach(memory, bytes, base, seed, stall_percent), find<void (*)(void*)>("gw_zynq_close")};
        memory_ = find<std::uint8_t* (*)(void*)>("gw_zynq_memory")(board_.get());
    }

    std::uint32_t read(std::uint64_t address) {
        std::uint32_t value = 0;
        if (find<int (*)(void*, std::uint64_t, std::uint32_t*)>("gw_zynq_read")(board_.get(), address, &value) != 0)
            throw std::runtime_error("nothing there");
        return value;
    }
    void write(std::uint64_t address, std::uint32_t value) {
        if (find<int (*)(void*, std::uint64_t, std::uint32_t)>("gw_zynq_write")(board_.get(), address, value) != 0)
            throw std::runtime_error("nothing there");
    }
    std::uint32_t dma(std::uint32_t offset) { return read(where_.dma + offset); }
    std::uint32_t kernel(std::uint32_t offset) { return read(where_.kernel + offset); }
    void kernel_write(std::uint32_t offset, std::uint32_t value) { write(where_.kernel + offset, value); }

    void dma_write(std::uint32_t offset, std::uint32_t value) { write(where_.dma + offset, value); }

    void start_dma() {
        write(where_.dma, 4);
        write(where_.dma, 1);
        write(where_.dma + 0x30, 1);
    }
    /// One packet in; as many bytes as came out, or none where they did not come.
    std::vector<std::byte> packet(const std::vector<std::byte>& in, std::uint32_t room, int patience = 60) {
        constexpr std::uint32_t in_at = 0, out_at = bytes / 2;
        std::memcpy(memory_ + in_at, in.data(), in.size());
        transfer(0x30, base + out_at, room);
        transfer(0x00, base + in_at, static_cast<std::uint32_t>(in.size()));
        constexpr std::uint32_t idle = 2;
        for (int k = 0; k < patience; ++k)
            if ((dma(0x34) & idle) != 0) {
                std::vector<std::byte> out(dma(0x58));
                std::memcpy(out.data(), memory_ + out_at, out.size());
                return out;
            }
        return {};
    }
    void transfer(std::uint32_t channel, std::uint64_t address, std::uint32_t length) {
        write(where_.dma + channel + 0x18, static_cast<std::uint32_t>(address));
        write(where_.dma + channel + 0x1c, static_cast<std::uint32_t>(address >> 32U));
        write(where_.dma + channel + 0x28, length);
    }
    std::string complaint() {
        const char* first = nullptr;
        const auto count = find<std::uint64_t (*)(void*, const char**)>("gw_zynq_violations")(board_.get(), &first);
        return count == 0 ? "" : std::to_string(count) + " violations, the first: " + first;
    }
    void set_fault(std::uint32_t fault) {
        find<void (*)(void*, std::uint32_t)>("gw_zynq_set_fault")(board_.get(), fault);
    }

  private:
    template <class Function> Function find(const char* name) {
        return support::find_function<Function>(library_.get(), name);
    }

    shell::BoardAddresses where_;
    support::SharedLibrary library_;
    std::unique_ptr<void, void (*)(void*)> board_{nullptr, nullptr};
    std::uint8_t* memory_ = nullptr;
};

} // namespace gw::test
