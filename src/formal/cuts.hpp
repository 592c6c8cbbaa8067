// Words of the netlist that are known to be nodes of the meaning.
#pragma once

#include <span>
#include <vector>

#include "formal/meaning.hpp"
#include "formal/netlist.hpp"

namespace gw::formal {

/// node's mantissa * 2^-places = the word's number, for every input of the network.
struct Cut {
    NodeId node = 0;
    Bits bits;
    bool is_signed = false;
    int places = 0;
};

/// Where a bit stands in something.
struct Place {
    std::uint32_t index = 0, bit = 0;
};

class Cuts {
  public:
    Cuts(std::size_t bits, std::size_t nodes) : places_(bits), is_cut_(nodes, false) {}

    void add(Cut cut) {
        for (std::uint32_t i = 0; i < cut.bits.size(); ++i)
            if (cut.bits[i] >= first_net)
                places_[cut.bits[i]].push_back({static_cast<std::uint32_t>(all_.size()), i});
        is_cut_[cut.node] = true;
        all_.push_back(std::move(cut));
    }
    const Cut& operator[](std::size_t index) const { return all_[index]; }
    std::span<const Place> at(Bit bit) const { return places_[bit]; }
    bool has(NodeId node) const { return is_cut_[node]; }
    std::size_t size() const { return all_.size(); }

  private:
    std::vector<Cut> all_;
    std::vector<std::vector<Place>> places_;
    std::vector<bool> is_cut_;
};

} // namespace gw::formal
