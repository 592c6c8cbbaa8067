// A counterexample once more, by tools that know nothing of the proof.
#pragma once

#include <string>

#include "formal/prove.hpp"

namespace gw::formal {

/// What Icarus Verilog makes of the event, against the emulator: "confirmed by ..." or why it was not.
struct Replay {
    bool confirmed = false;
    std::string text;
};
Replay replay(const rtl::Core& core, rtl::Files files, const network::Network& network,
              const Counterexample& counterexample);

} // namespace gw::formal
