// Beats to events and back. Events are a power of two of bytes, or whole beats, so a shift by one event is all the
// gearbox there is, and one event a clock or one beat a clock, whichever is fewer, is sustained.
#include <fmt/format.h>

#include "shell/template.hpp"
#include "shell/verilog.hpp"

namespace gw::shell {

namespace {

constexpr const char* unpack_head = R"v(// Memory beats to core inputs: @WHAT@.
module @K@_unpack (
    input  wire         clk,
    input  wire         reset,
    input  wire         start,
    input  wire [31:0]  events,
    input  wire [511:0] beat,
    input  wire         beat_valid,
    output wire         beat_ready,
    input  wire         room,        // the queue behind the core will have a place for one more event
    output wire         issue,       // an event leaves `hold` in this clock
    output reg  [@BITS@:0] x,
    output reg          x_valid
);
)v";

// Several events a beat, or exactly one: `hold` is shifted down by an event each time one leaves.
constexpr const char* unpack_many = R"v(    reg [511:0] hold;
    reg [@LOG@:0]   left;            // events in `hold`
    reg [31:0]  events_left;         // the last beat may be part full

    assign issue      = left != @ZERO@ && events_left != 32'd0 && room;
    assign beat_ready = left == @ZERO@ || (left == @ONE@ && issue);
    wire   take       = beat_valid && beat_ready;

    always @(posedge clk) begin
        if (reset || start) left <= @ZERO@;
        else if (take)      left <= @FULL@;
        else if (issue)     left <= left - @ONE@;
        if (reset)          events_left <= 32'd0;
        else if (start)     events_left <= events;
        else if (issue)     events_left <= events_left - 32'd1;
        if (take)           hold <= beat;
@SHIFT@    end
)v";

// Several beats an event: they enter at the top and have all moved to their places when the last one is in.
constexpr const char* unpack_wide = R"v(    reg [@HOLD@:0] hold;
    reg [@LOG@:0] have;               // beats in `hold`

    wire   full       = have == @FULL@;
    assign issue      = full && room;
    assign beat_ready = !full || issue;
    wire   take       = beat_valid && beat_ready;

    always @(posedge clk) begin
        if (reset || start) have <= @ZERO@;
        else if (issue)     have <= take ? @ONE@ : @ZERO@;
        else if (take)      have <= have + @ONE@;
        if (take)           hold <= {beat, hold[@HOLD@:512]};
    end
)v";

constexpr const char* unpack_tail = R"v(
    always @(posedge clk) begin
        x_valid <= issue && !reset;
@FIELDS@    end

    wire unused = &{1'b0, hold@EVENTS@};
endmodule
)v";

constexpr const char* pack_head = R"v(// Core outputs to memory beats: @WHAT@.
module @K@_pack (
    input  wire         clk,
    input  wire         reset,
    input  wire         start,
    input  wire [31:0]  events,
    input  wire [@BITS@:0] y,
    input  wire         y_valid,
    output wire         y_ready,
    output wire [511:0] beat,
    output wire [63:0]  strobe,
    output wire         beat_valid,
    input  wire         beat_ready
);
    // The event as it lies in memory.
    wire [@EVENT@:0] event_bits;
@FIELDS@
)v";

constexpr const char* pack_many = R"v(    reg [511:0] data;
    reg [@TOP@:0]  filled;              // events of `data` that are of this beat
    reg [@SLOT@:0]   slot;               // where the next one goes
    reg         full;
    reg [31:0]  events_left;

    assign y_ready    = !full || beat_ready;
    assign beat       = data;
    assign beat_valid = full;
    wire   take       = y_valid && y_ready;
    wire   last       = slot == @LAST@ || events_left == 32'd1;

    genvar i;
    generate
        for (i = 0; i < @COUNT@; i = i + 1) begin : strobes
            assign strobe[i * @BYTES@ +: @BYTES@] = {@BYTES@{filled[i]}};
        end
    endgenerate

    integer n;
    always @(posedge clk) begin
        if (reset || start) begin
            full <= 1'b0;
            slot <= @SLOT0@;
        end else if (take) begin
            full <= last;
            slot <= last ? @SLOT0@ : slot + @SLOT1@;
        end else if (beat_ready) begin
            full <= 1'b0;
        end
        if (reset)      events_left <= 32'd0;
        else if (start) events_left <= events;
        else if (take)  events_left <= events_left - 32'd1;
        if (take) begin
            for (n = 0; n < @COUNT@; n = n + 1) begin
                if (slot == n[@SLOT@:0]) begin
                    data[n * @EVENTBITS@ +: @EVENTBITS@] <= event_bits;
                    filled[n] <= 1'b1;
                end else if (slot == @SLOT0@) begin
                    filled[n] <= 1'b0;
                end
            end
        end
    end

    wire unused = &{1'b0, n[31:@SLOTBITS@]@Y@};
endmodule
)v";

constexpr const char* pack_wide = R"v(    reg [@EVENT@:0] data;
    reg [@LOG@:0] left;                // beats of `data` still to go

    assign y_ready    = left == @ZERO@ || (left == @ONE@ && beat_ready);
    assign beat       = data[511:0];
    assign strobe     = {64{1'b1}};
    assign beat_valid = left != @ZERO@;
    wire   take       = y_valid && y_ready;

    always @(posedge clk) begin
        if (reset || start)                left <= @ZERO@;
        else if (take)                     left <= @FULL@;
        else if (beat_valid && beat_ready) left <= left - @ONE@;
        if (take) data <= event_bits;
@SHIFT@    end

    wire unused = &{1'b0, events@Y@};
endmodule
)v";

std::string literal(std::uint32_t bits, std::uint32_t value) {
    return fmt::format("{}'d{}", bits, value);
}

std::string describe(const EventLayout& layout) {
    if (layout.bytes > 64) {
        return fmt::format("an event is {} bytes, {} beats", layout.bytes, layout.beats_per_event());
    }
    return fmt::format("an event is {} byte{}, {} in a beat", layout.bytes, layout.bytes == 1 ? "" : "s",
                       layout.events_per_beat());
}

} // namespace

std::string unpack_fields(const rtl::Core& core, const EventLayout& layout) {
    std::string lines;
    for (std::size_t i = 0; i < core.inputs.size(); ++i) {
        const auto width = static_cast<std::uint32_t>(core.inputs[i].type.width);
        if (width > 0) {
            const std::uint32_t low = 8 * layout.elements[i].byte;
            lines += fmt::format("        x[{}:{}] <= hold[{}:{}]; // {}\n", core.inputs[i].offset + width - 1,
                                 core.inputs[i].offset, low + width - 1, low, core.inputs[i].name);
        }
    }
    return lines;
}

std::string pack_fields(const rtl::Core& core, const EventLayout& layout) {
    std::string lines;
    std::uint32_t used = 0;
    for (std::size_t i = 0; i < core.outputs.size(); ++i) {
        const auto width = static_cast<std::uint32_t>(core.outputs[i].type.width);
        if (width == 0) {
            continue;
        }
        const std::uint32_t low = layout.elements[i].byte, bits = 8 * layout.elements[i].bytes;
        const std::uint32_t top = core.outputs[i].offset + width - 1;
        const std::string sign = core.outputs[i].type.is_signed ? fmt::format("y[{}]", top) : "1'b0";
        const std::string extension = bits > width ? fmt::format("{{{}{{{}}}}}, ", bits - width, sign) : "";
        lines += fmt::format("    assign event_bits[{}:{}] = {{{}y[{}:{}]}}; // {}\n", 8 * low + bits - 1, 8 * low,
                             extension, top, core.outputs[i].offset, core.outputs[i].name);
        used = 8 * low + bits;
    }
    if (used < 8 * layout.bytes) {
        lines += fmt::format("    assign event_bits[{}:{}] = {}'d0; // padding\n", 8 * layout.bytes - 1, used,
                             8 * layout.bytes - used);
    }
    return lines;
}

std::uint32_t ceil_log2(std::uint64_t value) {
    std::uint32_t bits = 0;
    while ((std::uint64_t{1} << bits) < value) {
        ++bits;
    }
    return bits;
}

std::string unpack_verilog(const std::string& kernel, const rtl::Core& core, const EventLayout& layout) {
    const bool wide = layout.bytes > 64;
    const std::uint32_t count = wide ? layout.beats_per_event() : layout.events_per_beat();
    const std::uint32_t bits = ceil_log2(count + 1), event_bits = 8 * layout.bytes;
    Marks marks{{"K", kernel},
                {"WHAT", describe(layout)},
                {"BITS", std::to_string(core.input_bits - 1)},
                {"LOG", std::to_string(bits - 1)},
                {"ZERO", literal(bits, 0)},
                {"ONE", literal(bits, 1)},
                {"FULL", literal(bits, count)},
                {"HOLD", std::to_string(event_bits - 1)},
                {"SHIFT", ""},
                {"EVENTS", wide ? ", events" : ""},
                {"FIELDS", unpack_fields(core, layout)}};
    if (!wide && count > 1) {
        marks["SHIFT"] =
            fmt::format("        else if (issue)     hold <= {{{}'d0, hold[511:{}]}};\n", event_bits, event_bits);
    }
    return fill(unpack_head, marks) + fill(wide ? unpack_wide : unpack_many, marks) + fill(unpack_tail, marks);
}

std::string pack_verilog(const std::string& kernel, const rtl::Core& core, const EventLayout& layout) {
    const bool wide = layout.bytes > 64;
    const std::uint32_t count = wide ? layout.beats_per_event() : layout.events_per_beat();
    const std::uint32_t bits = ceil_log2(count + 1), slot_bits = count == 1 ? 1 : ceil_log2(count);
    const std::uint32_t event_bits = 8 * layout.bytes;
    Marks marks{{"K", kernel},
                {"WHAT", describe(layout)},
                {"BITS", std::to_string(core.output_bits - 1)},
                {"EVENT", std::to_string(event_bits - 1)},
                {"EVENTBITS", std::to_string(event_bits)},
                {"FIELDS", pack_fields(core, layout)},
                {"BYTES", std::to_string(layout.bytes)},
                {"COUNT", std::to_string(count)},
                {"TOP", std::to_string(count - 1)},
                {"SLOT", std::to_string(slot_bits - 1)},
                {"SLOTBITS", std::to_string(slot_bits)},
                {"SLOT0", literal(slot_bits, 0)},
                {"SLOT1", literal(slot_bits, 1)},
                {"LAST", literal(slot_bits, count - 1)},
                {"LOG", std::to_string(bits - 1)},
                {"ZERO", literal(bits, 0)},
                {"ONE", literal(bits, 1)},
                {"FULL", literal(bits, count)},
                {"SHIFT", ""},
                {"Y", ""}};
    if (wide) {
        marks["SHIFT"] =
            fmt::format("        else if (beat_ready) data <= {{512'd0, data[{}:512]}};\n", event_bits - 1);
    }
    return fill(pack_head, marks) + fill(wide ? pack_wide : pack_many, marks);
}

} // namespace gw::shell
