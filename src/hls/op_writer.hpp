// One op as C++: its configuration, its constants and the call of its template.
#pragma once

#include <map>
#include <string>

#include "hls/firmware.hpp"
#include "hls/options.hpp"
#include "network/network.hpp"
#include "network/range.hpp"
#include "plan/plan.hpp"

namespace gw::hls {

/// A network, or a part of one, that becomes statements on arrays.
struct Piece {
    const network::Network& network;
    const network::Ranges& ranges;
    std::map<network::TensorId, std::string> arrays; ///< names of those that are there; writers add the others
    std::map<network::TensorId, std::string> types;  ///< of the same arrays' elements
};

/// Whether layers stand in the function itself, or each has one of its own (as a dataflow region wants it).
enum class Layers : std::uint8_t { inlined, functions };

/// The clocks from one event to the next: what the slowest layer takes.
std::uint32_t slowest(const network::Network& network, const plan::Plan& plan);

/// Writes the ops of one project.
class OpWriter {
  public:
    OpWriter(Firmware& firmware, const plan::Plan& plan, const Options& options, Layers layers)
        : firmware_(firmware), plan_(plan), options_(options), layers_(layers) {}

    /// Declares arrays and calls layers, one statement a line; configurations and constants go to the firmware.
    std::string body(Piece& piece);

  private:
    std::string function(const Piece& piece, const network::Op& op, const std::string& statements);

    Firmware& firmware_;
    const plan::Plan& plan_;
    const Options& options_;
    Layers layers_;
};

} // namespace gw::hls
