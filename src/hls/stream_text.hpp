// Streams in generated code: hls::stream of a beat, or several side by side where a beat is wider than one may be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "fixed/type.hpp"

namespace gw::hls {

/// Bits of a stream, internal or a port (UG1399, "AXI4-Stream Interfaces"; Vitis HLS refuses more).
inline constexpr std::uint32_t widest_stream = 4096;

/// A beat's type, and how many streams carry it (gw::Part in firmware/streams.h).
struct StreamType {
    std::string beat;
    std::uint32_t lanes = 1;
};

/// @param types of a beat's values; each takes whole bytes of a port
std::uint32_t lanes_of(std::span<const fixed::FixedType> types);
std::uint32_t lanes_of(std::size_t values, std::uint32_t bits);

/// "hls::stream<T>& x", or "hls::stream<gw::Part<T>::type> (&x)[3]"
std::string stream_parameter(const StreamType& type, const std::string& name);
/// The declaration of a variable, a line.
std::string stream_variable(const StreamType& type, const std::string& name);

} // namespace gw::hls
