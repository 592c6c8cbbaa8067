// Numbers to a card's bytes and back: quantisation of float64 (fixed::from_double, to the bit) and the event layout of
// shell/kernel.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "device/packing_kernels.hpp"
#include "shell/kernel.hpp"

namespace gw::device {

/// One event's raw mantissas from and to its bytes. `bytes` may be longer than the event.
void load_raw(const shell::EventLayout& layout, std::span<const std::byte> bytes, std::span<std::int64_t> raw);
void store_raw(const shell::EventLayout& layout, std::span<const std::int64_t> raw, std::span<std::byte> bytes);

/// Packs and unpacks whole batches. Elements that follow each other and are quantised alike are handled as one run.
class Packer {
  public:
    explicit Packer(const shell::EventLayout& layout);

    std::size_t elements() const { return types_.size(); }
    std::size_t event_bytes() const { return event_bytes_; }
    /// Whether rows of integers of so many bytes (mantissas) lie as the card has them: no padding, no odd sizes.
    bool is_native(std::size_t element_bytes) const;

    /// @param values  events x elements, row-major
    /// @param bytes   events x event_bytes; padding is left as it is
    /// @param first_event number of the first event, for messages
    /// Throws support::Error (user) naming event and element for NaN, and for an infinity that the type does not
    /// saturate.
    void pack(std::span<const double> values, std::span<std::byte> bytes, std::size_t first_event = 0) const;
    void pack(std::span<const float> values, std::span<std::byte> bytes, std::size_t first_event = 0) const;
    /// The reverse, exact to binary64's 53 bits.
    void unpack(std::span<const std::byte> bytes, std::span<double> values) const;

  private:
    enum class Unpack : std::uint8_t { vector, exact, with_care }; ///< exact: a product of doubles is
    struct Run {
        std::size_t element = 0, count = 0; ///< first element and number of elements
        std::size_t byte = 0, bytes = 0;    ///< of the first element, and of each
        bool fast = false;                  ///< narrow enough for the vector path
        bool uniform = true;                ///< all of one type
        Unpack unpack = Unpack::with_care;
    };
    PackJob job_of(const Run& run) const;
    void unpack_run(const Run& run, const std::byte* from, double* to, std::size_t events) const;
    template <class Value>
    void pack_seamless(std::span<const Value> values, std::span<std::byte> bytes, std::size_t first_event) const;
    template <class Value>
    void pack_all(std::span<const Value> values, std::span<std::byte> bytes, std::size_t first_event) const;

    std::vector<Run> runs_;
    std::vector<fixed::FixedType> types_;                 ///< of each element, and what follows from it:
    std::vector<double> scale_, unit_, lowest_, highest_; ///< 2^fraction, 2^-fraction, mantissas
    std::size_t event_bytes_ = 0;
    bool seamless_ = false;
};

} // namespace gw::device
