// Events run through the netlist, many at once: to find differences early, and to guess which words are which nodes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "formal/meaning.hpp"
#include "formal/netlist.hpp"
#include "formal/vector_logic.hpp"
#include "rtl/core.hpp"

namespace gw::formal {

/// The whole netlist as logic.
class NetlistRun {
  public:
    explicit NetlistRun(const Netlist& netlist);

    /// Numbers of words for each of `count` events, at most 64 bits wide.
    /// @param fields where each input element stands in x
    std::vector<std::vector<std::int64_t>> numbers(std::span<const Word> words, std::span<const rtl::Field> fields,
                                                   std::span<const std::int64_t> events, std::size_t count) const;

  private:
    const Netlist& netlist_;
    Aig aig_;
    Literals bits_; ///< of the netlist
};

/// A word that may be a node: node's mantissa * 2^-places = the word's number for all events so far.
struct Candidate {
    std::uint32_t word = 0; ///< of netlist.words
    int places = 0;
};
/// For each node, narrow words first. None for a node that was the same for all events.
std::vector<std::vector<Candidate>> candidates(const Netlist& netlist, const Meaning& meaning,
                                               std::span<const rtl::Field> fields, std::span<const std::int64_t> events,
                                               std::size_t count);

/// Corner events and random ones, `count` in all or a few more.
std::vector<std::int64_t> drawn_events(const network::Network& network, std::size_t count, std::uint64_t seed);

} // namespace gw::formal
