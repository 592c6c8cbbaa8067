#include <algorithm>
#include <cmath>

#include "emulate/transfer.hpp"

namespace gw::emulate {
namespace {

/// How a type is converted to; nothing if not by the short way.
std::optional<Entry> entry_for(const fixed::FixedType& type, Lane lane) {
    // From 0 fraction bits on, scaling can only be inexact by passing binary64's upper end.
    if (lane == Lane::i64 || type.width < 1 || type.width > 32 || type.fraction < 0 || type.fraction > 1000)
        return std::nullopt;
    Entry entry;
    entry.lane = lane;
    entry.scale = std::ldexp(1.0, type.fraction);
    entry.low = static_cast<double>(type.lowest());
    entry.high = static_cast<double>(type.highest());
    entry.width = type.width;
    entry.is_signed = type.is_signed;
    if (type.rounding == fixed::Rounding::trn)
        entry.rounding = Entry::Rounding::down;
    else
        entry.rounding =
            type.rounding == fixed::Rounding::rnd_conv ? Entry::Rounding::nearest_even : Entry::Rounding::none;
    switch (type.overflow) {
    case fixed::Overflow::wrap:
        entry.overflow = Entry::Overflow::wrap;
        return entry;
    case fixed::Overflow::sat:
    case fixed::Overflow::sat_sym:
        entry.overflow = Entry::Overflow::saturate;
        return entry;
    case fixed::Overflow::sat_zero:
        return std::nullopt;
    }
    return std::nullopt;
}

std::vector<Entry> entries(const network::Network& network, const Program& program) {
    std::vector<Entry> all;
    std::uint32_t before = 0;
    for (const network::TensorId id : network.inputs) {
        const network::Tensor& tensor = network.tensor(id);
        const Lane lane = program.lanes[static_cast<std::size_t>(id)];
        const std::size_t row = block * static_cast<std::size_t>(bits_of(lane) / 8);
        const auto size = static_cast<std::uint32_t>(tensor.size());
        for (std::uint32_t i = 0; i < size;) {
            auto entry = entry_for(tensor.type(i), lane);
            if (!entry)
                return {};
            std::uint32_t end = i + 1;
            while (end < size && end - i < entry_width && tensor.type(end) == tensor.type(i))
                ++end;
            entry->first = before + i;
            entry->count = end - i;
            entry->offset = program.offsets[static_cast<std::size_t>(id)] + i * row;
            all.push_back(*entry);
            i = end;
        }
        before += size;
    }
    return all;
}

std::vector<Exit> exits(const network::Network& network, const Program& program) {
    std::vector<Exit> all;
    for (const network::TensorId id : network.outputs) {
        const network::Tensor& tensor = network.tensor(id);
        const Lane lane = program.lanes[static_cast<std::size_t>(id)];
        const std::size_t row = block * static_cast<std::size_t>(bits_of(lane) / 8);
        for (std::size_t i = 0; i < tensor.size(); ++i) {
            if (std::abs(tensor.type(i).fraction) > 1000)
                return {}; // the step would pass binary64's ends
            all.push_back({program.offsets[static_cast<std::size_t>(id)] + i * row, lane,
                           std::ldexp(1.0, -tensor.type(i).fraction)});
        }
    }
    return all;
}

} // namespace

Transfer make_transfer(const network::Network& network, const Program& program) {
    return {entries(network, program), exits(network, program), network.input_size()};
}

} // namespace gw::emulate
