// Texts of the simulated card's sources. Inside this room only.
#pragma once

namespace gw::shell {

extern const char* const card_simulation_text; ///< card/simulation.hpp
extern const char* const card_rules_text;      ///< card/rules.hpp
extern const char* const card_memory_text;     ///< card/memory.hpp
extern const char* const card_xrt_text;        ///< card/xrt_device.cpp

extern const char* const card_xrt_sleep_text; ///< card/xrt_sleep.cpp

} // namespace gw::shell
