// Hands out ranges of a card's memory: first fit over a map of what is taken.
#pragma once

#include <cstdint>
#include <map>

namespace gw::device {

class AddressPool {
  public:
    /// Serves [0, bytes), in pages of 4096.
    explicit AddressPool(std::uint64_t bytes) : bytes_(bytes) {}

    /// Throws support::Error (user) when no gap is large enough.
    std::uint64_t allocate(std::uint64_t bytes);
    /// Throws support::Error (internal) for what was not allocated here.
    void release(std::uint64_t address);

  private:
    std::uint64_t bytes_;
    std::map<std::uint64_t, std::uint64_t> taken_; ///< address -> end
};

} // namespace gw::device
