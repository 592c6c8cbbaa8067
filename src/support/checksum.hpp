// FNV-1a, 64 bit (Fowler, Noll, Vo; draft-eastlake-fnv): against damage and mistakes, not against malice.
#pragma once

#include <cstdint>
#include <string_view>

namespace gw::support {

/// A running sum. Another start than FNV's own gives a sum that has little to do with the usual one.
class Fnv1a64 {
  public:
    explicit Fnv1a64(std::uint64_t start = 0xcbf29ce484222325ULL) : value_(start) {}
    void add(std::string_view bytes) {
        for (const char byte : bytes)
            value_ = (value_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
    }
    std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_;
};

inline std::uint64_t fnv1a64(std::string_view bytes) {
    Fnv1a64 sum;
    sum.add(bytes);
    return sum.value();
}

} // namespace gw::support
