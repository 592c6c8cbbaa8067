// A streamed design: actors that pass beats to each other with ready and valid. A tensor of shape {positions..., C}
// travels as one beat a position, C values each, in row-major order; a tensor of one axis is one beat.
//
// Every actor takes and gives beats in an order that does not depend on their values or on time, so that what comes out
// never depends on who waits for whom (G. Kahn, "The semantics of a simple language for parallel programming", IFIP
// 1974); only whether all of it comes out does, which schedule.hpp sees to.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "datapath/graph.hpp"
#include "datapath/pipeline.hpp"
#include "fixed/type.hpp"
#include "network/network.hpp"

namespace gw::stream {

using fixed::FixedType;

enum class ChannelId : std::uint32_t {};

/// A stream from one actor to one other.
struct Channel {
    std::string name;             ///< an identifier, unique in the design
    std::vector<FixedType> types; ///< of the values of a beat; value 0 at bit 0, widths in a row
    std::uint64_t beats = 1;      ///< a frame
    /// Beats that a FIFO in the channel holds; 0: none, the ports are joined.
    std::uint32_t depth = 0;

    std::uint32_t bits() const {
        std::uint32_t sum = 0;
        for (const FixedType& type : types)
            sum += static_cast<std::uint32_t>(type.width);
        return sum;
    }
};

/// Computes outputs from inputs, beat by beat: a pipelined datapath, and FIFOs behind it that always have room for what
/// is in the pipeline.
struct Core {
    std::vector<ChannelId> inputs, outputs;
    network::Network network; ///< of one beat
    datapath::Graph graph;    ///< the same, lowered (lower_cores)
    datapath::Pipeline pipeline;
};

/// Gives, for each output position of a convolution or pool, all values under its window (row-major, channels last).
/// One step a clock over the padded image.
struct Window {
    ChannelId input, output;
    network::Window window; ///< two axes
    std::uint32_t height = 1, width = 1, out_height = 1, out_width = 1;
    std::vector<std::int64_t> padding; ///< mantissa of each channel's value outside the image
};

/// Puts beats in a row, as one beat: as many as the input has more of.
struct Gather {
    ChannelId input, output;
};

/// The same stream for several readers.
struct Fork {
    ChannelId input;
    std::vector<ChannelId> outputs;
};

/// Gives every beat groups * slices times: slice after slice of its values, all of that for every group, and behind the
/// values the number of the beat among these. A slice is ceil(values / slices) values; what the last one lacks is 0.
struct Scatter {
    ChannelId input, output;
    std::uint32_t groups = 1, slices = 1;
};

/// The sum of `count` beats, value by value, in the output's types (modulo their range).
struct Accumulate {
    ChannelId input, output;
    std::uint32_t count = 1;
};

using ActorBody = std::variant<Core, Window, Gather, Fork, Scatter, Accumulate>;

struct Actor {
    std::string name; ///< an identifier, unique in the design
    ActorBody body;
};

struct Design {
    std::string name;
    std::vector<Channel> channels;
    std::vector<ChannelId> inputs, outputs; ///< in the network's order
    std::vector<Actor> actors;              ///< writers before readers

    const Channel& channel(ChannelId id) const { return channels.at(static_cast<std::size_t>(id)); }
    Channel& channel(ChannelId id) { return channels.at(static_cast<std::size_t>(id)); }
};

/// A window's steps: it goes over all of the padded image, row by row.
std::uint64_t rows(const Window& window);
std::uint64_t columns(const Window& window);
/// Whether a step takes a beat of the image (else it is padding), and whether the window is then at an output position.
bool inside(const Window& window, std::uint64_t row, std::uint64_t column);
bool completes(const Window& window, std::uint64_t row, std::uint64_t column);

/// Bits of a counter up to `most`.
int counter_bits(std::uint64_t most);

/// What an actor reads and writes.
std::vector<ChannelId> inputs_of(const Actor& actor);
std::vector<ChannelId> outputs_of(const Actor& actor);

} // namespace gw::stream
