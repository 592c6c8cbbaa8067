// The modules of a board's design, one function a file. Inside this room only.
#pragma once

#include <string>

#include "shell/card.hpp"
#include "shell/ecp5/project.hpp"

namespace gw::shell {

/// A byte from the serial line, and one to it.
std::string uart_rx_verilog(const std::string& prefix);
std::string uart_tx_verilog(const std::string& prefix);
/// Frames from bytes, and bytes from frames.
std::string uart_receive_verilog(const std::string& prefix, std::uint32_t event_bytes);
std::string uart_send_verilog(const std::string& prefix, std::uint32_t payload_bytes);
/// The core between them.
std::string uart_core_verilog(const std::string& prefix, const CardDescription& card, const Ecp5Project& project);
/// The board's top module.
std::string ecp5_top_verilog(const std::string& prefix, const Ecp5Project& project);

/// Texts of the programs beside the hardware, with marks.
extern const char* const ecp5_host_text;       ///< host.py
extern const char* const ecp5_simulation_text; ///< sim/board.cpp

} // namespace gw::shell
