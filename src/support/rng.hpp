// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the same numbers on every machine and compiler, unlike <random>'s
// distributions.
#pragma once

#include <cstdint>

namespace gw::support {

class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    /// The next 64 uniform bits.
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31);
    }
    /// Uniform in [0, 1), 53 bits.
    double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    /// Uniform in [0, bound); the bias is below bound / 2^64.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    /// Uniform in [low, high], both ends included.
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
    }
    /// An independent stream for worker or event `index`.
    Random split(std::uint64_t index) const {
        Random mixed(state_ ^ (index * 0xD1342543DE82EF95ULL + 0x2545F4914F6CDD1DULL));
        return Random(mixed.next());
    }

  private:
    std::uint64_t state_;
};

} // namespace gw::support
