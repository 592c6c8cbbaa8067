// A board as files: a tree with sysfs's folders, two files of registers and one of memory, and a thread that plays the
// programmable logic between them with the Verilated kernel. It sees a write as a register that is not as it left it,
// so a driver must not write what stands there already; and it takes its time, so a driver that trusts an old status
// fails.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "board_library.hpp"
#include "device/uio.hpp"
#include "support/atomic_file.hpp"

namespace gw::test {

class FileBoard {
  public:
    FileBoard(const std::filesystem::path& root, const std::filesystem::path& library,
              const shell::BoardAddresses& where, const std::string& kernel)
        : dma_(uio(root, 0, "dma"), range), kernel_(uio(root, 1, kernel), range), memory_(buffer(root), memory_bytes),
          board_(library, where, 11, 10, memory_.data()) {
        serve_once(); // so that a driver finds what a board has after power-up
        thread_ = std::thread([this] {
            while (!ending_) {
                serve_once();
                std::this_thread::sleep_for(std::chrono::microseconds(50));
            }
        });
    }
    ~FileBoard() {
        ending_ = true;
        thread_.join();
    }
    FileBoard(const FileBoard&) = delete;
    FileBoard& operator=(const FileBoard&) = delete;

    void set_fault(std::uint32_t fault) {
        const std::lock_guard lock(mutex_);
        board_.set_fault(fault);
    }
    std::string complaint() {
        const std::lock_guard lock(mutex_);
        return board_.complaint();
    }

  private:
    static constexpr std::size_t range = 0x10000, memory_bytes = BoardLibrary::bytes;
    static constexpr std::uint32_t complete = 0x1000, idle_or_halted = 3;

    static std::filesystem::path empty_file(const std::filesystem::path& file, std::size_t bytes) {
        support::write_files(file.parent_path(), {{file.filename().string(), ""}});
        std::filesystem::resize_file(file, bytes);
        return file;
    }
    static std::filesystem::path uio(const std::filesystem::path& root, int number, const std::string& name) {
        const std::string device = fmt::format("uio{}", number);
        support::write_files(root / "sys/class/uio" / device,
                             {{"name", name + "\n"}, {"maps/map0/size", fmt::format("{:#x}\n", range)}});
        return empty_file(root / "dev" / device, range);
    }
    static std::filesystem::path buffer(const std::filesystem::path& root) {
        support::write_files(root / "sys/class/u-dma-buf/udmabuf0",
                             {{"phys_addr", fmt::format("{:#x}\n", BoardLibrary::base)},
                              {"size", fmt::format("{}\n", memory_bytes)},
                              {"sync_mode", "1\n"}});
        return empty_file(root / "dev/udmabuf0", memory_bytes);
    }

    using Word = std::atomic_ref<std::uint32_t>;
    static Word word(const device::MappedFile& file, std::uint32_t offset) {
        return Word(*reinterpret_cast<std::uint32_t*>(file.data() + offset));
    }

    void serve_once() {
        const std::lock_guard lock(mutex_);
        take(0x00);
        take(0x30);
        const std::uint32_t in = board_.dma(0x04), out = board_.dma(0x34); // the board's time goes on
        show_kernel();
        show(0x00, in); // last, as who sees the end of a transfer reads counters next
        show(0x30, out);
    }

    /// The driver's write, if there was one; it is then what we know of the register.
    bool written(std::map<std::uint32_t, std::uint32_t>& known, const device::MappedFile& file, std::uint32_t offset,
                 std::uint32_t& value) {
        value = word(file, offset).load();
        const bool is_new = value != known[offset];
        known[offset] = value;
        return is_new;
    }
    /// Unless the driver has just written: then its write comes first.
    void publish(std::map<std::uint32_t, std::uint32_t>& known, const device::MappedFile& file, std::uint32_t offset,
                 std::uint32_t value) {
        std::uint32_t expected = known[offset];
        if (word(file, offset).compare_exchange_strong(expected, value))
            known[offset] = value;
    }

    void take(std::uint32_t channel) {
        std::uint32_t value = 0;
        for (const std::uint32_t offset : {0x00U, 0x04U}) // control, status
            if (written(dma_known_, dma_, channel + offset, value))
                board_.dma_write(channel + offset, value);
        if (written(dma_known_, dma_, channel + 0x28, value)) {
            for (const std::uint32_t offset : {0x18U, 0x1cU})
                board_.dma_write(channel + offset, word(dma_, channel + offset).load());
            board_.dma_write(channel + 0x28, value);
        }
        if (channel == 0 && written(kernel_known_, kernel_, 0x00, value))
            board_.kernel_write(0x00, value);
    }
    void show(std::uint32_t channel, std::uint32_t status) {
        // The length before the status: who sees completion cleared may write the length at once. It is 0 between
        // transfers, so that the same length again is seen as a write.
        if ((status & complete) != 0)
            publish(dma_known_, dma_, channel + 0x28, board_.dma(channel + 0x28));
        else if ((status & idle_or_halted) != 0)
            publish(dma_known_, dma_, channel + 0x28, 0);
        publish(dma_known_, dma_, channel + 0x04, status);
        publish(dma_known_, dma_, channel + 0x00, board_.dma(channel + 0x00));
    }
    void show_kernel() {
        for (std::uint32_t offset = 0x3c; offset > 0; offset -= 4)
            publish(kernel_known_, kernel_, offset, board_.kernel(offset));
        publish(kernel_known_, kernel_, 0x00, 0);
    }

    device::MappedFile dma_, kernel_, memory_;
    BoardLibrary board_;
    std::map<std::uint32_t, std::uint32_t> dma_known_, kernel_known_;
    std::mutex mutex_;
    std::atomic<bool> ending_ = false;
    std::thread thread_;
};

} // namespace gw::test
