// One op as C++: its configuration, its constants and the call of its template.
#pragma once

#include <map>
#include <string>

#include "hls/dataflow.hpp"
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

/// The clocks from one event to the next: what the slowest layer takes.
std::uint32_t slowest(const network::Network& network, const plan::Plan& plan);

/// Writes the ops of one project. Configurations and constants go to the firmware.
class OpWriter {
  public:
    OpWriter(Firmware& firmware, const plan::Plan& plan, const Options& options)
        : firmware_(firmware), plan_(plan), options_(options) {}

    /// Declares arrays and calls layers, one statement a line.
    std::string inlined(Piece& piece);

    /// A function a layer, and its call: the body of a dataflow region.
    /// @param sinks arrays that the piece's outputs are to be in
    std::string dataflow(Piece& piece, const Sinks& sinks);

  private:
    std::string declared(Piece& piece, network::TensorId id, std::string& text);
    std::string statements(const Piece& piece, const network::Op& op, std::vector<std::string> inputs);
    std::string function(const Piece& piece, const network::Op& op, const std::vector<std::string>& inputs);

    Firmware& firmware_;
    const plan::Plan& plan_;
    const Options& options_;
};

} // namespace gw::hls
