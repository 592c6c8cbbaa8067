// Words of the network file that its writer and its reader share.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "network/network.hpp"

namespace gw::network {

inline constexpr const char* format_name = "gatewright-network";
inline constexpr int format_version = 1;

template <typename Kind, std::size_t size> using Words = std::array<std::pair<Kind, const char*>, size>;

inline constexpr Words<Accumulator::Products, 2> product_words{
    {{Accumulator::Products::exact, "exact"}, {Accumulator::Products::converted, "converted"}}};
inline constexpr Words<Pool::Kind, 2> pool_words{{{Pool::Kind::maximum, "maximum"}, {Pool::Kind::sum, "sum"}}};
inline constexpr Words<Reduce::Kind, 3> reduce_words{
    {{Reduce::Kind::sum, "sum"}, {Reduce::Kind::maximum, "maximum"}, {Reduce::Kind::minimum, "minimum"}}};
inline constexpr Words<Reduce::Order, 2> order_words{
    {{Reduce::Order::sequential, "sequential"}, {Reduce::Order::tree, "tree"}}};
inline constexpr Words<Merge::Kind, 5> merge_words{{{Merge::Kind::sum, "sum"},
                                                    {Merge::Kind::difference, "difference"},
                                                    {Merge::Kind::product, "product"},
                                                    {Merge::Kind::maximum, "maximum"},
                                                    {Merge::Kind::minimum, "minimum"}}};

template <typename Kind, std::size_t size> const char* word_of(const Words<Kind, size>& words, Kind kind) {
    for (const auto& [each, word] : words)
        if (each == kind)
            return word;
    return "";
}

} // namespace gw::network
