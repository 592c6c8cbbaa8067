// A layer's hardware as synthesis sees it before it maps LUTs: gates of two inputs, registers, carry chains. Equal
// gates are one gate and constants fold, so that what a synthesiser merges or removes is merged or gone here.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace gw::estimate {

/// A bit: a gate's output or its inverse.
struct Net {
    std::uint32_t code = 0;

    std::uint32_t gate() const { return code >> 1U; }
    bool inverted() const { return (code & 1U) != 0; }
    Net operator~() const { return {code ^ 1U}; }
    Net plain() const { return {code & ~1U}; }
    bool is_constant() const { return code < 2; }
    friend auto operator<=>(const Net&, const Net&) = default;
};
constexpr Net zero{0}, one{1};

/// What a LUT is for; each kind has a coefficient of its own.
enum class Role : std::uint8_t { sum, conversion, choice, product, table };
constexpr std::size_t role_count = 5;

struct Gate {
    enum class Kind : std::uint8_t {
        constant, ///< gate 0
        source,   ///< an input of the module
        both,     ///< a and b
        differ,   ///< a xor b
        reg,      ///< a flip-flop: a one cycle later, or `set` where b was 1
        chain     ///< bit `bit` of carry chain `chain`
    };
    Kind kind = Kind::source;
    Role role = Role::sum;
    bool set = false;
    std::uint32_t bit = 0;
    Net a{}, b{};
    std::uint32_t chain = 0;
};

/// What a gate is of at most eight inputs of logic (sources, registers, bits of chains), where it is that.
struct Function {
    static constexpr std::size_t most = 8;
    std::array<std::uint32_t, most> inputs{}; ///< gates, ascending
    std::uint32_t size = 0;
    bool known = false;
    std::array<std::uint64_t, 4> table{}; ///< the value for each value of the inputs, the first one's bit lowest

    bool at(std::uint32_t place) const { return ((table[place >> 6U] >> (place & 63U)) & 1U) != 0; }
    void invert();
    friend bool operator==(const Function&, const Function&) = default;
};

/// A carry chain: bit i of its result depends on the inputs of bits 0 to i. Or a block memory, whose inputs are its
/// addresses' bits in any order, and which is used as a whole.
struct Chain {
    std::vector<std::array<Net, 3>> inputs; ///< what enters at each bit
    bool carries = true;                    ///< no memory
    std::uint32_t luts_per_bit = 0;         ///< LUTs that are part of it, whatever enters
    bool trimmed = true;                    ///< whether synthesis drops the bits above the last one used
    std::uint32_t used = 0;                 ///< bits in use; set by Logic::mark_used
};

class Logic {
  public:
    Logic();

    /// Of the gates made from now on.
    void set_role(Role role) { role_ = role; }

    Net source();
    Net both(Net a, Net b);
    Net either(Net a, Net b) { return ~both(~a, ~b); }
    Net differ(Net a, Net b);
    Net choose(Net when, Net a, Net b);
    Net any(std::span<const Net> nets);
    /// @param reset where 1, the register takes `set` instead of `data`
    Net reg(Net data, Net reset = zero, bool set = false);
    /// The results of a new chain, one a bit.
    std::vector<Net> chain(Chain chain);

    /// Finds what the module's outputs need. @param outputs nets that leave the module
    void mark_used(std::span<const Net> outputs);

    const std::vector<Gate>& gates() const { return gates_; }
    const std::vector<Chain>& chains() const { return chains_; }
    const Function& function(std::uint32_t gate) const { return functions_[gate]; }
    bool used(std::uint32_t gate) const { return used_[gate]; }
    /// Nets that mapping must provide: inputs of registers and chains, and the outputs. Without constants.
    std::vector<Net> required(std::span<const Net> outputs) const;

  private:
    struct Key {
        std::uint64_t operands = 0;
        std::uint32_t kind = 0;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const {
            std::uint64_t mixed = (key.operands ^ (std::uint64_t{key.kind} << 29U)) * 0x9e3779b97f4a7c15ULL;
            return static_cast<std::size_t>(mixed ^ (mixed >> 31U));
        }
    };
    struct FunctionHash {
        std::size_t operator()(const Function& function) const;
    };
    std::uint32_t append(const Gate& gate, const Function& function);
    Net intern(Gate gate);
    Net logic_gate(Gate gate);

    std::vector<Gate> gates_;
    std::vector<Function> functions_;
    std::vector<Chain> chains_;
    std::vector<bool> used_;
    std::unordered_map<Key, Net, Hash> known_;
    std::unordered_map<Function, std::uint32_t, FunctionHash> by_function_;
    Role role_ = Role::sum;
};

} // namespace gw::estimate
