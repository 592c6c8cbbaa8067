// A card, as every driver sees it: registers, memory, and a wait. One small interface behind which the CPU, the
// simulated card and real cards stand; everything above it is the same code for all of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "network/network.hpp"
#include "shell/card.hpp"
#include "shell/zynq/stream_kernel.hpp"

namespace gw::device {

/// A range of a card's memory with its side in the host's memory. Nothing moves but by to_card and from_card; where
/// host and card share memory, those cost nothing. Its card must outlive it.
class Buffer {
  public:
    virtual ~Buffer() = default;
    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    /// On the card, a multiple of 4096.
    virtual std::uint64_t address() const = 0;
    /// The host's side, all of it.
    virtual std::span<std::byte> host() = 0;
    /// Bytes [offset, offset + bytes) of the host's side to the card, or back. Throws support::Error where they lie
    /// beyond the end or the card does not take them.
    virtual void to_card(std::size_t offset, std::size_t bytes) = 0;
    virtual void from_card(std::size_t offset, std::size_t bytes) = 0;
    /// Gives the card's room back before the host's, where they are apart. Nothing may be moved afterwards.
    virtual void release() {}
};

/// What lies where in the card's memory.
struct Batch {
    std::uint64_t input_address = 0, output_address = 0;
    std::uint32_t events = 0;
    /// The card's own buffers that begin at these addresses, where they are known: a card may be quicker with them.
    Buffer *input = nullptr, *output = nullptr;
    bool checksums = false; ///< wanted; only of kernels that have them (shell::KernelInfo)
};

/// CRC-32C of the beats that a kernel read and wrote in a batch; a byte that it left alone counts as 0.
struct KernelChecksums {
    std::uint32_t input = 0, output = 0;
};

/// What a kernel's counters said after a batch; of the emulator, events only.
struct KernelCounters {
    std::uint64_t cycles = 0; ///< kernel clocks from start to done
    std::uint64_t events = 0;
    std::uint64_t read_beats = 0, write_beats = 0; ///< of 64 bytes
    std::optional<KernelChecksums> checksums = {}; ///< if the batch wanted them
};

/// Safe to call from several threads; a batch (start, wait, finish) belongs to who holds `batch_mutex`.
class Card {
  public:
    virtual ~Card() = default;
    Card() = default;
    Card(const Card&) = delete;
    Card& operator=(const Card&) = delete;

    /// "simulated card", "emulator": for messages.
    virtual std::string kind() const = 0;

    /// Room in the card's memory. Throws support::Error (user) when there is none left.
    /// @return device address, a multiple of 4096
    virtual std::uint64_t allocate(std::size_t bytes) = 0;
    virtual void release(std::uint64_t address) = 0;
    virtual void write_memory(std::uint64_t address, std::span<const std::byte> data) = 0;
    virtual void read_memory(std::uint64_t address, std::span<std::byte> data) = 0;
    /// Room with a side in the host's memory, zeroed. Unless a card knows better: bytes of the host's own that
    /// write_memory and read_memory move. Throws as allocate.
    virtual std::unique_ptr<Buffer> buffer(std::size_t bytes);

    /// @param offset in bytes, a multiple of 4 (shell::registers)
    virtual std::uint32_t read_register(std::uint32_t offset) = 0;
    virtual void write_register(std::uint32_t offset, std::uint32_t value) = 0;
    /// False where the card is shared such that its registers are nobody's: then a batch has no counters or checksums.
    virtual bool registers_readable() const { return true; }
    /// False once the card answers nothing any more (a card that has left the bus reads as ones everywhere).
    virtual bool alive();
    /// Throws CardError (Failure::lost) if it is not alive.
    void require_alive();

    /// Begins a batch: by registers, unless a card knows better. Throws CardError (engine.hpp) where the kernel runs
    /// already, as another program's may.
    virtual void start(const Batch& batch);
    /// Waits up to `slice` for the end of a batch. @return whether it came
    virtual bool wait(std::chrono::milliseconds slice) = 0;
    /// After its end: acknowledges it, and throws CardError for what the kernel or the card has to complain of, or if
    /// the registers are no longer those of `batch`. @return what the kernel counted; nothing where registers cannot be
    /// read
    virtual KernelCounters finish(const Batch& batch);
    /// Brings a kernel that hangs back to its state after power-up. Memory stays, as far as the card can.
    virtual void reset() = 0;
    /// What the card knows to be wrong with its kernel, such as a broken bus rule; empty if nothing.
    virtual std::string complaint() { return {}; }
    /// What a card has beside the kernel's registers, a line each; for people.
    virtual std::string more_registers() { return {}; }

    std::mutex batch_mutex;

  protected:
    /// The part of finish that comes after the acknowledgement.
    KernelCounters read_counters(const Batch& batch);
    /// Throws CardError for what a kernel's errors and the card's own complaint say.
    /// @param errors shell::registers::errors; of a card with a queue of batches also bit 3, an entry could not be
    /// read, and bit 4, its report not be written
    void require_no_errors(std::uint32_t errors);
    /// Throws CardError where the kernel counted other events than the batch has.
    void require_all_events(const Batch& batch, const KernelCounters& counters) const;
};

/// Of the simulated card.
struct SimulationOptions {
    std::uint64_t memory_bytes = std::uint64_t{64} << 20;
    std::uint32_t stall_percent = 0; ///< chance in each clock that a memory channel is busy
    std::uint64_t seed = 1;          ///< of those chances
};

/// How a compute unit behind XRT is had and driven.
enum class XrtAccess : std::uint8_t {
    exclusive, ///< ours alone; arguments, start and end by XRT's run objects, counters by registers
    shared,    ///< beside other programs, by run objects alone: no counters, no kernel errors, no checksums
    registers  ///< ours alone, and everything by registers, past XRT's scheduler
};
/// "exclusive", "shared", "registers". Throws support::Error (user) naming them.
XrtAccess parse_access(std::string_view text);

/// Of a card behind XRT.
struct XrtOptions {
    std::filesystem::path xclbin;
    std::uint32_t device = 0;
    std::string unit; ///< the compute unit's name; empty: the kernel's name and _1
    XrtAccess access = XrtAccess::exclusive;
};

/// Of a Zynq board, from a program on its own processor.
struct ZynqOptions {
    std::filesystem::path root = "/"; ///< of the file system; another one in tests
    std::string dma = "dma";          ///< the AXI DMA's name as a UIO device
    std::string kernel;               ///< the kernel's; empty: as its module is called
    std::string buffer = "udmabuf0";  ///< the DMA's memory
};

/// One of several compute units.
struct XrtUnit {
    std::uint32_t device = 0;
    std::string unit; ///< as XrtOptions
};

/// "UNIT" on `device`, or "DEVICE:UNIT". Throws support::Error (user).
XrtUnit parse_unit(const std::string& text, std::uint32_t device);

/// Of an AWS F2 instance.
struct F2Options {
    std::filesystem::path library =
        "libfpga_mgmt.so"; ///< AWS's, or the emulated one of `gatewright card --platform f2`
    std::uint32_t slot = 0;
    std::string image; ///< agfi-...: loaded first; empty: the slot holds the design already
};

/// For tests of drivers: what the simulated card's memory does from now on. A flip is of one bit in every beat.
enum class Fault : std::uint32_t {
    none = 0,
    read_hangs = 1,
    write_hangs = 2,
    read_fails = 3,
    write_fails = 4,
    read_flips = 5,
    write_flips = 6
};

class SimulatedCard : public Card {
  public:
    virtual void set_fault(Fault fault) = 0;
    /// Clocks since it was opened.
    virtual std::uint64_t cycles() = 0;
};

/// Loads card/libcard.so. Throws support::Error (user) where it is absent, damaged or of another version.
std::unique_ptr<SimulatedCard> open_simulated_card(const std::filesystem::path& library,
                                                   const SimulationOptions& options = {});

/// The network on the CPU behind a card's registers and memory: what a card must do, without its clocks.
std::unique_ptr<Card> open_emulated_card(const network::Network& network, const shell::KernelInfo& kernel);

/// A compute unit of `kernel`. Several units of one of XRT's devices share what XRT has of it in this process. Throws
/// support::Error (user) where XRT, the card, the xclbin or the compute unit is not there, or not free.
std::unique_ptr<Card> open_xrt_card(const XrtOptions& options, const std::string& kernel);
/// The same of several; all with the xclbin and the access of `options`. `units` says which: device and unit.
std::vector<std::unique_ptr<Card>> open_xrt_cards(const XrtOptions& options, const std::vector<XrtUnit>& units,
                                                  const std::string& kernel);

/// The stream kernel behind AXI DMA. Throws support::Error (user) where a device is not there or the programmable logic
/// has another kernel. Events in its memory lie as in its stream, without padding.
std::unique_ptr<Card> open_zynq_card(const ZynqOptions& options, const shell::StreamKernel& kernel);

/// The slot's custom logic around `kernel` (docs/f2.md). Its batches go by the design's descriptor ring: one register
/// write each, and no read. Throws support::Error (user) where the library or the slot is not there, or the slot holds
/// another design.
/// @param design shell::f2::design_identity of the bundle
std::unique_ptr<Card> open_f2_card(const F2Options& options, const std::string& kernel, std::uint32_t design);

} // namespace gw::device
