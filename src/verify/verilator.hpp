// Verilog and a C++ harness into one program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gw::verify {

/// Below this many 32-bit words Verilator's ports are plain integers, from here on arrays of words, which is all that
/// the harnesses know.
constexpr std::size_t fewest_port_words = 3;

enum class Speed : std::uint8_t {
    compiles_fast, ///< for short runs
    runs_fast
};

/// Compiles TOP.v, the other sources and harness.cpp, all in `directory`, to `directory`/obj/VTOP.
/// @return seconds that it took. Throws support::Error if Verilator or the compiler is absent or fails.
double verilate(const std::filesystem::path& directory, const std::string& top, const std::vector<std::string>& sources,
                Speed speed);

} // namespace gw::verify
