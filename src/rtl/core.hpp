// The generated core, as everything around it sees it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fixed/type.hpp"

namespace gw::rtl {

/// One element of the packed input or output word: bits [offset, offset + type.width). Widths 0 take no bits.
struct Field {
    std::string name; ///< tensor name and element, for comments: "features[3]"
    fixed::FixedType type;
    std::uint32_t offset = 0;
};

/// module NAME (input wire clk, input wire [input_bits-1:0] x, output wire [output_bits-1:0] y);
/// Fully pipelined, initiation interval 1, no reset, no enable: y belongs to the x of `latency` rising edges before.
struct Core {
    std::string module;
    std::vector<Field> inputs, outputs; ///< in network order, element 0 at bit 0
    std::uint32_t input_bits = 0, output_bits = 0;
    std::uint32_t latency = 1; ///< clock cycles, >= 1
    double clock_ns = 0;
};

/// File name -> contents, relative to the folder they are for.
using Files = std::map<std::string, std::string>;

} // namespace gw::rtl
