// Vivado's hardware handoff (.hwh), as far as PYNQ's parsers read it, and the header of a .bit. Inside this room only.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "shell/kernel.hpp"

namespace gw::shell::handoff {

/// A REGISTER element per register; those of 64 bits appear as two, for PYNQ.remote carries 32. A register named CTRL
/// at offset 0 gets `control_fields`, each a name and a bit.
std::string registers(const std::vector<Register>& map, const std::vector<std::pair<const char*, int>>& control_fields);

std::string parameter(const std::string& name, const std::string& value);
/// @param type "MASTER" or "SLAVE"
std::string interface(const char* name, const char* type);
/// Where the slave port `slave` of `instance` lies on the processor's port `master`.
std::string range(std::uint64_t base, std::uint64_t bytes, const std::string& instance, const char* master,
                  const char* slave);
/// An AXI DMA 7.1 in simple mode without interrupts. @param width of its streams and its memory side, in bits
/// @param unaligned whether it has the realignment engine
std::string dma(const std::string& full_name, const std::string& instance, std::uint32_t width, bool unaligned);
/// An IP of ours with registers.
std::string kernel(const std::string& full_name, const std::string& instance, const std::string& type,
                   const std::string& register_elements);

/// A .bit whose payload is text and no bitstream. @param payload of whole words
std::string bit_file(const std::string& name, const std::string& part, const std::string& payload);
/// Text about a design, of whole words: it names the metadata's hash, since PYNQ keeps parsed metadata by the .bit.
std::string payload(const std::string& name, const std::string& hwh);

} // namespace gw::shell::handoff
