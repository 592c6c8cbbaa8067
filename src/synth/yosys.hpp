// synth: resources of a core by Yosys, module by module.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "rtl/core.hpp"

namespace gw::synth {

/// Cells of a mapped netlist, by what they occupy.
struct Resources {
    std::uint64_t lut = 0; ///< LUT sites: logic, inverters, and shift registers in LUTs
    std::uint64_t srl = 0; ///< of those, the shift registers
    std::uint64_t ff = 0;
    std::uint64_t carry = 0; ///< CARRY4 (xcup maps to it too; two fit a CARRY8), CCU2C on ECP5
    std::uint64_t muxf = 0;  ///< wide multiplexers behind LUTs
    std::uint64_t dsp = 0;
    std::uint64_t bram = 0;

    Resources& operator+=(const Resources& other);
    friend bool operator==(const Resources&, const Resources&) = default;
};

enum class Dsp : std::uint8_t { forbidden, allowed };
/// Whether the top's ports are those of a chip, with pad and clock buffers, or of a block inside one.
enum class Ports : std::uint8_t { inner, pads };

struct SynthOptions {
    std::string family = "xcup"; ///< xcup, xcu, xc7 or ecp5
    Dsp dsp = Dsp::forbidden;    ///< constant products are adder graphs: nothing of ours wants a DSP
    Ports ports = Ports::inner;
    bool flatten = false; ///< one module; no table by module then, but logic is shared across layers
    std::optional<std::filesystem::path> netlist; ///< where Yosys' JSON netlist is to go
};

struct SynthResult {
    std::string tool, family, script;
    std::map<std::string, Resources> modules; ///< each module's own cells, once per instance
    Resources total;
    double seconds = 0;
};

/// @param files  Verilog sources by name; others and test benches are left out
/// @param top    the module that counts
/// Throws support::Error: a missing tool, a family we do not know, or Yosys' own complaint.
SynthResult synthesise(const std::string& top, const rtl::Files& files, const SynthOptions& options);

/// "xcu250-figd2104-2L-e" -> "xcup", "xc7z020clg400-1" -> "xc7". Throws support::Error (user) for a
/// part of no known family.
std::string family_of(const std::string& part);

nlohmann::ordered_json to_json(const Resources& resources);
nlohmann::ordered_json to_json(const SynthResult& result);

} // namespace gw::synth
