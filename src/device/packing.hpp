// Numbers to a card's bytes and back: quantisation of float64 (fixed::from_double, to the bit) and the event layout of
// shell/kernel.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "shell/kernel.hpp"

namespace gw::device {

/// One event's raw mantissas from and to its bytes. `bytes` may be longer than the event.
void load_raw(const shell::EventLayout& layout, std::span<const std::byte> bytes, std::span<std::int64_t> raw);
void store_raw(const shell::EventLayout& layout, std::span<const std::int64_t> raw, std::span<std::byte> bytes);

/// Packs and unpacks whole batches. Elements that follow each other with the same type are handled as one run.
class Packer {
  public:
    explicit Packer(const shell::EventLayout& layout);

    std::size_t elements() const { return elements_; }
    std::size_t event_bytes() const { return event_bytes_; }

    /// @param values  events x elements, row-major
    /// @param bytes   events x event_bytes; padding is left as it is
    /// @param first_event number of the first event, for messages
    /// Throws support::Error (user) naming event and element for NaN, and for an infinity that the type does not
    /// saturate.
    void pack(std::span<const double> values, std::span<std::byte> bytes, std::size_t first_event = 0) const;
    /// The reverse, exact to binary64's 53 bits.
    void unpack(std::span<const std::byte> bytes, std::span<double> values) const;

  private:
    struct Run {
        fixed::FixedType type;
        std::size_t element = 0, count = 0; ///< first element and number of elements
        std::size_t byte = 0, bytes = 0;    ///< of the first element, and of each
        double scale = 1, unit = 1;         ///< 2^fraction and 2^-fraction
        double lowest = 0, highest = 0;     ///< mantissas
        bool fast = false;                  ///< narrow enough for the vector path
    };
    void pack_run(const Run& run, const double* values, std::byte* bytes, std::size_t event) const;

    std::vector<Run> runs_;
    std::size_t elements_ = 0, event_bytes_ = 0;
};

} // namespace gw::device
