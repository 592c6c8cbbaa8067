// Compiled simulated cards around trivial cores, each made once per test program.
#pragma once

#include <functional>
#include <map>

#include "device/device.hpp"
#include "shell/trivial_core.hpp"
#include "support/error.hpp"
#include "support/rng.hpp"

namespace gw::tests {

struct TrivialCard {
    std::filesystem::path bundle;
    TrivialCore core;
    shell::KernelInfo kernel;
};

/// The bundle (as far as a card needs one) of a trivial core, compiled at the first call for its name.
inline const TrivialCard& trivial_card(const std::string& name, const std::vector<fixed::FixedType>& types,
                                       std::uint32_t latency, const shell::Options& options = {}) {
    static std::map<std::string, TrivialCard> made;
    const auto found = made.find(name);
    if (found != made.end()) {
        return found->second;
    }
    TrivialCard card{
        std::filesystem::path(GW_BINARY_DIR) / "tests" / "device" / name, trivial_core(name, types, latency), {}};
    std::filesystem::remove_all(card.bundle);
    card.kernel = write_card(card.bundle, card.core.core, {{name + ".v", card.core.verilog}}, options);
    shell::compile_card(card.bundle, card.kernel);
    return made.emplace(name, std::move(card)).first->second;
}

inline const TrivialCard& narrow_card() {
    return trivial_card("narrow", {fixed::ap_fixed(7, 3), fixed::ap_ufixed(12, 2), fixed::ap_fixed(20, 9)}, 5);
}
/// With checksums; an event of 5 elements and 15 bytes, padded to 16.
inline const TrivialCard& checked_card() {
    return trivial_card("checked", std::vector<fixed::FixedType>(5, fixed::ap_fixed(18, 9)), 3, {.checksums = true});
}
inline const TrivialCard& byte_card() {
    return trivial_card("byte_core", {fixed::ap_ufixed(8, 8)}, 1);
}
inline const TrivialCard& beat_card() {
    return trivial_card("beat_core", std::vector<fixed::FixedType>(32, fixed::ap_fixed(16, 6)), 17);
}
inline const TrivialCard& chain_card() {
    return trivial_card("chain", {fixed::ap_fixed(7, 3), fixed::ap_ufixed(12, 2), fixed::ap_fixed(20, 9)}, 5,
                        {.control = shell::Control::ap_ctrl_chain});
}
inline const TrivialCard& wide_card() {
    return trivial_card("wide_core", std::vector<fixed::FixedType>(90, fixed::ap_fixed(16, 6)), 5);
}

/// Random doubles that are exact values of the inputs' types, and what the card makes of them.
struct Vectors {
    std::vector<double> inputs, outputs;
};
inline Vectors vectors(const TrivialCard& card, std::size_t events, std::uint64_t seed) {
    Vectors made;
    support::Random random(seed);
    for (std::size_t i = 0; i < events; ++i) {
        for (std::size_t k = 0; k < card.core.core.inputs.size(); ++k) {
            const fixed::FixedType& type = card.core.core.inputs[k].type;
            const auto raw =
                random.between(static_cast<std::int64_t>(type.lowest()), static_cast<std::int64_t>(type.highest()));
            made.inputs.push_back(fixed::to_double(raw, type.fraction));
            made.outputs.push_back(fixed::to_double(card.core.expected(k, raw), type.fraction));
        }
    }
    return made;
}

inline std::size_t mismatches(const std::vector<double>& a, const std::vector<double>& b) {
    std::size_t count = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        count += a[i] != b[i] ? 1 : 0;
    }
    return count;
}

/// What an action that fails says.
inline std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const support::Error& error) {
        return error.what();
    }
    return "no error";
}

} // namespace gw::tests
