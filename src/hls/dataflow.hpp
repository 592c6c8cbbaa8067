// A dataflow region's rule: an array has one writer and one reader (UG1399, "Dataflow Optimization: single-producer,
// single-consumer"). A tensor that several layers read, or a layer and a port, is copied by a function of its own.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hls/firmware.hpp"
#include "network/network.hpp"

namespace gw::hls {

/// Arrays of the top function that a tensor's values are to be in.
using Sinks = std::map<network::TensorId, std::vector<std::string>>;

/// Which array each reader of a tensor reads.
class Readers {
  public:
    /// @param sinks ports that outputs go to
    Readers(Firmware& firmware, const network::Network& network, Sinks sinks);

    /// The array that a tensor's one writer fills: a sink where it alone wants the tensor, else `fresh`.
    /// @param fresh makes and declares an array; not called where there is a sink
    template <typename Fresh> std::string written(network::TensorId id, const Fresh& fresh) const {
        const auto sink = sinks_.find(id);
        const bool alone = sink != sinks_.end() && sink->second.size() == 1 && reads_of(id) == 0;
        return alone ? sink->second.front() : fresh();
    }

    /// Statements that copy `array`, which holds the tensor now, to sinks and for all readers, where one array would
    /// not do; its functions go to the firmware.
    /// @param type of an element
    std::string spread(network::TensorId id, const std::string& array, const std::string& type);

    /// The array of the next op that reads the tensor; each op asks once.
    std::string next(network::TensorId id);

  private:
    std::size_t reads_of(network::TensorId id) const;

    Firmware& firmware_;
    const network::Network& network_;
    Sinks sinks_;
    std::map<network::TensorId, std::size_t> reads_;
    std::map<network::TensorId, std::vector<std::string>> waiting_; ///< for readers, the next one last
};

} // namespace gw::hls
