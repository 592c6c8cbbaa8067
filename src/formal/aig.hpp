// Logic as a graph of two-input ANDs with inverters on its edges; equal gates are one gate.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace gw::formal {

/// Twice a gate's number, plus one where it is inverted. Gate 0 is constantly false.
using Literal = std::uint32_t;
constexpr Literal always_false = 0, always_true = 1;
constexpr Literal inverted(Literal a) {
    return a ^ 1U;
}

class Aig {
  public:
    Aig() : gates_(1) {}

    Literal input();
    Literal both(Literal a, Literal b);
    Literal either(Literal a, Literal b) { return inverted(both(inverted(a), inverted(b))); }
    Literal differ(Literal a, Literal b);
    Literal choose(Literal when, Literal a, Literal b);

    struct Gate {
        Literal a = 0, b = 0; ///< a == b == 0 for inputs and gate 0
    };
    const std::vector<Gate>& gates() const { return gates_; }
    bool is_input(std::uint32_t gate) const { return gate != 0 && gates_[gate].a == 0 && gates_[gate].b == 0; }
    const std::vector<std::uint32_t>& inputs() const { return inputs_; } ///< gates

  private:
    std::vector<Gate> gates_;
    std::vector<std::uint32_t> inputs_;
    std::unordered_map<std::uint64_t, std::uint32_t> known_;
};

/// 64 cases at once: `words` has one word a gate, those of inputs are set.
void simulate(const Aig& aig, std::span<std::uint64_t> words);
inline std::uint64_t word_of(std::span<const std::uint64_t> words, Literal a) {
    return words[a >> 1] ^ ((a & 1U) != 0 ? ~std::uint64_t{0} : 0);
}

} // namespace gw::formal
