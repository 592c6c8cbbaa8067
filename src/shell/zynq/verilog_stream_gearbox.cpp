// Beats of a stream to events and back, where an event may end anywhere within a beat. Both count in units: the largest
// number of bytes that divides an event and a beat. Where an event is whole beats nothing is ever shifted sideways.
//
// In: a new beat is turned around by the place where it goes (modulo a beat), so that each unit of `hold` ever takes
// one lane of the turned beat: a barrel shifter of one beat, whatever the event's size. Out: an event is put behind
// what is left of the one before. The packer keeps at least one unit back until the packet's end is known, so the last
// beat, whose TLAST ends the DMA's transfer, is never empty.
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "shell/template.hpp"
#include "shell/verilog.hpp"
#include "shell/zynq/verilog_stream.hpp"

namespace gw::shell {

namespace {

constexpr const char* unpack_text =
    R"v(// Beats to core inputs: an event is @EVENT@ bytes, a beat @BEAT@; units of @UNIT@.
module @K@_unpack (
    input  wire         clk,
    input  wire         reset,
    input  wire [@BEATTOP@:0] tdata,
    input  wire [@KEEPTOP@:0] tkeep,
    input  wire         tlast,
    input  wire         tvalid,
    output wire         tready,
    input  wire         room,        // the queue behind the core will have a place for one more entry
    output wire         issue,       // an entry for it leaves in this clock: an event, or the bare end of a packet
    output reg  [@X@:0] x,
    output reg          x_valid,
    output reg          x_event,
    output reg          x_last,
    output wire         idle,
    output wire [2:0]   errors       // in this clock
);
    localparam [@COUNTTOP@:0] EVENT = @E@, TWICE = @EE@;

    reg [@HOLDTOP@:0] hold;
    reg [@COUNTTOP@:0] have;             // units in `hold`
    reg         ending;              // the packet's last beat is in `hold`
    reg         begun;               // an event of this packet has left

    wire whole  = have >= EVENT;
    wire leaves = whole && room;
    wire last   = ending && have < TWICE;
    wire token  = ending && !whole && begun && room;
    wire over   = ending && (whole ? leaves && have < TWICE : !begun || room);
    wire [@COUNTTOP@:0] left = leaves ? have - EVENT : have;

    assign issue  = leaves || token;
    assign tready = !ending && left < EVENT;
    assign idle   = have == @COUNTZERO@ && !ending && !x_valid;
    wire   take   = tvalid && tready;

    // Which units of the beat are there, and how many.
    wire [@MASKTOP@:0] kept;
    genvar u;
    generate
        for (u = 0; u < @W@; u = u + 1) begin : units
            assign kept[u] = &tkeep[u * @UNIT@ +: @UNIT@];
        end
    endgenerate
    integer k;
    reg [@COUNTTOP@:0] count;
    reg  torn;                       // a unit of which only some bytes are there
    always @* begin
        count = @COUNTZERO@;
        torn  = 1'b0;
        for (k = 0; k < @W@; k = k + 1) begin
            if (kept[k]) count = count + @COUNTONE@;
            if (|tkeep[k * @UNIT@ +: @UNIT@] && !kept[k]) torn = 1'b1;
        end
    end
    wire hole = (tkeep & (tkeep + @KEEPONE@)) != @KEEPZERO@;
    assign errors = {over && !whole && !begun, take && hole,
                     (take && torn) || (over && (whole ? have != EVENT : have != @COUNTZERO@))};

@TURN@    wire [@HOLDTOP@:0] below = @BELOW@;
    genvar i;
    generate
        for (i = 0; i < @C@; i = i + 1) begin : places
            localparam [@COUNTTOP@:0] PLACE = i;
            always @(posedge clk) begin
                if (take && PLACE >= left) hold[i * @UNITBITS@ +: @UNITBITS@] <= turned[(i % @W@) * @UNITBITS@ +: @UNITBITS@];
                else if (leaves)           hold[i * @UNITBITS@ +: @UNITBITS@] <= below[i * @UNITBITS@ +: @UNITBITS@];
            end
        end
    endgenerate

    always @(posedge clk) begin
        if (reset || over) have <= @COUNTZERO@;
        else               have <= take ? left + count : left;
        if (reset || over)      ending <= 1'b0;
        else if (take && tlast) ending <= 1'b1;
        if (reset || over) begun <= 1'b0;
        else if (leaves)   begun <= 1'b1;
        x_valid <= issue && !reset;
        x_event <= leaves;
        x_last  <= leaves ? last : token;
@FIELDS@    end

    wire unused = &{1'b0, hold, k};
endmodule
)v";

constexpr const char* pack_text =
    R"v(// Core outputs to beats: an event is @EVENT@ bytes, a beat @BEAT@; units of @UNIT@.
module @K@_pack (
    input  wire         clk,
    input  wire         reset,
    input  wire [@Y@:0] y,
    input  wire         y_valid,
    input  wire         y_event,     // or else the bare end of a packet
    input  wire         y_last,
    output wire         y_ready,
    output wire [@BEATTOP@:0] tdata,
    output wire [@KEEPTOP@:0] tkeep,
    output wire         tlast,
    output wire         tvalid,
    input  wire         tready,
    output wire         idle
);
    localparam [@COUNTTOP@:0] BEAT = @W@, EVENT = @E@;

    // The event as it lies in the stream.
    wire [@EVENTTOP@:0] event_bits;
@FIELDS@
    reg [@DATATOP@:0] data;
    reg [@COUNTTOP@:0] filled;           // units of `data` that are of this packet
    reg         closing;             // nothing of this packet is still to come

    wire more = filled > BEAT;       // a beat that is not the last one
    wire sent = tvalid && tready;
    wire [@COUNTTOP@:0] rest = !sent ? filled : more ? filled - BEAT : @COUNTZERO@;

    assign tvalid  = more || closing;
    assign tlast   = !more;
    assign tdata   = data[@BEATTOP@:0];
    assign y_ready = !closing && rest <= BEAT;
    assign idle    = filled == @COUNTZERO@ && !closing;
    wire   take    = y_valid && y_ready;

    wire [@DATATOP@:0] kept   = sent ? {@BEATBITS@'d0, data[@DATATOP@:@BEATBITS@]} : data;
    wire [@DATATOP@:0] placed = {@BEATBITS@'d0, event_bits} << {rest, @UNITLOG@'d0};
    genvar i;
    generate
        for (i = 0; i < @W@; i = i + 1) begin : keeps
            localparam [@COUNTTOP@:0] UNIT = i;
            assign tkeep[i * @UNIT@ +: @UNIT@] = {@UNIT@{more || UNIT < filled}};
        end
        for (i = 0; i < @C@; i = i + 1) begin : places
            localparam [@COUNTTOP@:0] PLACE = i;
            always @(posedge clk)
                if (sent || take)
                    data[i * @UNITBITS@ +: @UNITBITS@] <= take && PLACE >= rest ? placed[i * @UNITBITS@ +: @UNITBITS@]
                                                                    : kept[i * @UNITBITS@ +: @UNITBITS@];
        end
    endgenerate

    always @(posedge clk) begin
        if (reset) filled <= @COUNTZERO@;
        else       filled <= take && y_event ? rest + EVENT : rest;
        if (reset)              closing <= 1'b0;
        else if (take)          closing <= y_last;
        else if (sent && !more) closing <= 1'b0;
    end
endmodule
)v";

/// Sizes of a gearbox between beats and events, in units.
struct Gear {
    std::uint32_t unit = 1;            ///< bytes, a power of two
    std::uint32_t beat = 4, event = 1; ///< units

    Gear(std::uint32_t beat_bytes, std::uint32_t event_bytes)
        : unit(std::gcd(beat_bytes, event_bytes)), beat(beat_bytes / unit), event(event_bytes / unit) {}
};

std::string literal(std::uint32_t bits, std::uint32_t value) {
    return fmt::format("{}'d{}", bits, value);
}

/// What both directions need. @param places units that the register holds, @param most what its counter reaches
Marks common_marks(const StreamKernel& kernel, const Gear& gear, std::uint32_t places, std::uint32_t most) {
    const std::uint32_t bits = ceil_log2(std::uint64_t{most} + 1), unit_bits = 8 * gear.unit;
    return {{"K", kernel.name},
            {"BEAT", std::to_string(kernel.beat_bytes())},
            {"BEATBITS", std::to_string(kernel.width)},
            {"BEATTOP", std::to_string(kernel.width - 1)},
            {"KEEPTOP", std::to_string(kernel.beat_bytes() - 1)},
            {"KEEPONE", literal(kernel.beat_bytes(), 1)},
            {"KEEPZERO", literal(kernel.beat_bytes(), 0)},
            {"UNIT", std::to_string(gear.unit)},
            {"UNITBITS", std::to_string(unit_bits)},
            {"UNITLOG", std::to_string(ceil_log2(unit_bits))},
            {"W", std::to_string(gear.beat)},
            {"E", std::to_string(gear.event)},
            {"EE", std::to_string(2 * gear.event)},
            {"C", std::to_string(places)},
            {"MASKTOP", std::to_string(gear.beat - 1)},
            {"COUNTTOP", std::to_string(bits - 1)},
            {"COUNTZERO", literal(bits, 0)},
            {"COUNTONE", literal(bits, 1)}};
}

/// The beat turned by `left` modulo a beat.
std::string turn(const StreamKernel& kernel, const Gear& gear) {
    if (gear.beat == 1)
        return fmt::format("    wire [{}:0] turned = tdata;\n", kernel.width - 1);
    return fmt::format("    wire [{0}:0] twice  = {{tdata, tdata}} << {{left[{1}:0], {2}'d0}};\n"
                       "    wire [{3}:0] turned = twice[{0}:{4}];\n"
                       "    wire unused_lanes = &{{1'b0, twice[{3}:0]}};\n",
                       2 * kernel.width - 1, ceil_log2(gear.beat) - 1, ceil_log2(8 * gear.unit), kernel.width - 1,
                       kernel.width);
}

} // namespace

std::string stream_unpack_verilog(const StreamKernel& kernel, const rtl::Core& core) {
    const Gear gear(kernel.beat_bytes(), kernel.input.bytes);
    const std::uint32_t places = gear.event + gear.beat - 1;
    Marks marks = common_marks(kernel, gear, places, std::max(places, 2 * gear.event));
    const std::uint32_t hold = 8 * gear.unit * places, event = 8 * kernel.input.bytes;
    marks["EVENT"] = std::to_string(kernel.input.bytes);
    marks["X"] = std::to_string(core.input_bits - 1);
    marks["HOLDTOP"] = std::to_string(hold - 1);
    marks["TURN"] = turn(kernel, gear);
    marks["BELOW"] =
        hold > event ? fmt::format("{{{}'d0, hold[{}:{}]}}", event, hold - 1, event) : fmt::format("{}'d0", hold);
    marks["FIELDS"] = unpack_fields(core, kernel.input);
    return fill(unpack_text, marks);
}

std::string stream_pack_verilog(const StreamKernel& kernel, const rtl::Core& core) {
    const Gear gear(kernel.beat_bytes(), kernel.output.bytes);
    const std::uint32_t places = gear.event + gear.beat;
    Marks marks = common_marks(kernel, gear, places, places);
    marks["EVENT"] = std::to_string(kernel.output.bytes);
    marks["EVENTTOP"] = std::to_string(8 * kernel.output.bytes - 1);
    marks["Y"] = std::to_string(core.output_bits - 1);
    marks["DATATOP"] = std::to_string(8 * gear.unit * places - 1);
    marks["FIELDS"] = pack_fields(core, kernel.output);
    return fill(pack_text, marks);
}

} // namespace gw::shell
