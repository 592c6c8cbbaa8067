// Text with @NAME@ marks: generated Verilog and C++ are full of braces, so fmt's marks would not do.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace gw::shell {

using Marks = std::map<std::string, std::string, std::less<>>;

/// `text` with each @NAME@ replaced. Throws support::Error (internal) for a mark without a value.
std::string fill(std::string_view text, const Marks& marks);

} // namespace gw::shell
