// The formal check of a core: its Verilog against the network's meaning, for every input.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "network/network.hpp"
#include "rtl/core.hpp"

namespace gw::formal {

struct Settings {
    double seconds = 600;       ///< in all
    double piece_seconds = 20;  ///< for one piece
    std::uint64_t seed = 1;     ///< of the events that guess which word is what
    std::size_t events = 16384; ///< run before any proof: most differences show at once
    /// Told at the beginning of each step, and of each op, for people.
    std::function<void(std::string_view step)> on_step = [](std::string_view) {};
};

enum class Verdict : std::uint8_t { proved, not_proved, different };
const char* text_of(Verdict verdict);

/// How a piece was decided.
enum class Method : std::uint8_t {
    algebra, ///< by linear forms alone
    logic,   ///< by SAT
    none
};

/// One element of an output.
struct OutputProof {
    std::string name; ///< "y[3]"
    Verdict verdict = Verdict::not_proved;
    Method method = Method::none;
    std::string reason; ///< where it is not proved
};

/// One op: the values that it computes other than by adding, which words of the Verilog are to hold.
struct OpProof {
    std::string name, kind;
    std::uint64_t proved = 0;    ///< of which a word was proved to hold them
    std::uint64_t timed_out = 0; ///< for which a word was found, and the time ended before the proof
    std::uint64_t inside = 0;    ///< without a word of their own: proved as part of what reads them
};

/// An event on which the Verilog and the network differ.
struct Counterexample {
    std::vector<std::int64_t> inputs, expected, actual; ///< raw mantissas
};

struct Proof {
    Verdict verdict = Verdict::not_proved;
    std::vector<OpProof> ops;
    std::vector<OutputProof> outputs;
    std::vector<std::string> timing_problems; ///< of registers; then nothing else was looked at
    std::optional<Counterexample> counterexample;
    std::uint64_t register_bits = 0, cells = 0;
    double seconds = 0;

    std::uint64_t pieces(Verdict verdict) const;
};

/// Throws support::Error (user) where Yosys is absent or refuses the files, or the core's ports are not the network's.
Proof prove(const rtl::Core& core, const rtl::Files& files, const network::Network& network, const Settings& settings);

nlohmann::ordered_json to_json(const Proof& proof);

} // namespace gw::formal
