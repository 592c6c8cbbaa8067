// A pipelined datapath graph as Verilog-2001: one module (and file) per layer, and the core that connects them.
#pragma once

#include <cstdint>
#include <string>

#include "datapath/graph.hpp"
#include "datapath/pipeline.hpp"
#include "rtl/core.hpp"

namespace gw::rtl {

struct Rtl {
    Core core;
    Files files;                     ///< NAME.v and one NAME_II_LAYER.v per layer that computes or stores anything
    std::uint64_t register_bits = 0; ///< flip-flops written in them
};

/// Instances name every carry chain, so that a synthesiser neither fuses nor splits them; the file NAME_adders.v holds
/// them as plain Verilog and, where the macro GATEWRIGHT_ULTRASCALE is defined, as UltraScale+ primitives.
enum class Adders : std::uint8_t { expressions, instances };

/// @param name     of the core's module, a Verilog identifier; every other module's name starts with it
/// @param clock_ns the clock that the pipeline was cut for; noted in the core and its comments
/// The core's fields are called x[i] and y[i]: who knows the tensors' names may put them there.
/// Throws support::Error: user for a bad name, unsupported for a core without input or output bits.
Rtl emit(const datapath::Graph& graph, const datapath::Pipeline& pipeline, const std::string& name, double clock_ns,
         Adders adders = Adders::expressions);

/// Throws support::Error (user) unless `name` is a plain Verilog identifier (letters, digits, _) and no keyword.
void require_identifier(const std::string& name);
/// The text with _ for all that no Verilog identifier may hold; a part of one, since it may begin with a digit.
std::string identifier_part(const std::string& text);

} // namespace gw::rtl
