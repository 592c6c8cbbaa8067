// The core between a receiver and a sender of frames, and the board's top module.
//
// Every frame that ends leaves a ticket (what to answer, and the tag) in a queue; an event also enters the core, whose
// output waits in a second queue for the answer that names it. Both queues have the same depth and no output is without
// a ticket, so the second cannot overflow. A frame that finds no place for its ticket is dropped and counted: a host
// that keeps no more than 2^queue_log2 requests under way never sees that.
#include <algorithm>

#include <fmt/format.h>

#include "shell/ecp5/pll.hpp"
#include "shell/ecp5/verilog.hpp"
#include "shell/template.hpp"
#include "shell/verilog.hpp"

namespace gw::shell {

namespace {

constexpr const char* core_text =
    R"v(// @CORE@ behind a serial line: requests in, answers out (docs/open-boards.md has the protocol).
module @K@ #(
    parameter [15:0] CLOCKS_PER_BIT = 16'd@BIT@
) (
    input  wire clk,
    input  wire steady, // the clock is
    input  wire rx,
    output wire tx,
    output reg  active  // changes with each event
);
    localparam [7:0] INFO = 8'h01, EVENT = 8'h02;

    reg [1:0] locked = 2'b00;
    reg [3:0] starting = 4'd0;
    wire reset = !starting[3];
    always @(posedge clk) begin
        locked <= {locked[0], steady};
        if (!locked[1]) starting <= 4'd0;
        else if (reset) starting <= starting + 4'd1;
    end

    wire [7:0] in_byte, out_byte, code, tag;
    wire       in_valid, in_broken, out_valid, out_ready, closed;
    wire [@HOLD@:0] hold;        // an event as it came, first byte at the bottom
    @K@_rx #(.CLOCKS_PER_BIT(CLOCKS_PER_BIT)) receiver (
        .clk(clk), .reset(reset), .pin(rx), .data(in_byte), .valid(in_valid), .broken(in_broken)
    );
    @K@_receive requests (
        .clk(clk), .reset(reset), .data(in_byte), .valid(in_valid), .broken(in_broken),
        .closed(closed), .code(code), .tag(tag), .payload(hold)
    );

    wire [15:0] ticket;
    wire        ticket_room, ticket_valid;
    wire        accept = closed && ticket_room;
    wire        enters = accept && code == EVENT;
    wire        of_event = ticket[15:8] == EVENT;
    wire        result_room, result_valid, idle;
    wire        answer = ticket_valid && (!of_event || result_valid);
    wire        leaves = answer && idle;
    @K@_fifo #(.WIDTH(16), .DEPTH_BITS(@QUEUE@)) tickets (
        .clk(clk), .reset(reset), .in_data({code, tag}), .in_valid(accept), .in_ready(ticket_room),
        .out_data(ticket), .out_valid(ticket_valid), .out_ready(leaves)
    );

    reg [7:0] dropped;
    always @(posedge clk) begin
        if (reset) begin
            dropped <= 8'd0;
            active  <= 1'b0;
        end else begin
            if (closed && !ticket_room && dropped != 8'hff) dropped <= dropped + 8'd1;
            if (enters) active <= !active;
        end
    end

    reg [@X@:0] x;
    reg x_valid;
    always @(posedge clk) begin
        x_valid <= enters && !reset;
        if (enters) begin
@FIELDS@        end
    end
    wire [@Y@:0] core_y;
    @CORE@ core (.clk(clk), .x(x), .y(core_y));
@MARKS@
    wire [@Y@:0] y;
    @K@_fifo #(.WIDTH(@YBITS@), .DEPTH_BITS(@QUEUE@)) results (
        .clk(clk), .reset(reset), .in_data(core_y), .in_valid(y_valid), .in_ready(result_room),
        .out_data(y), .out_valid(result_valid), .out_ready(leaves && of_event)
    );
    wire [@EVENTTOP@:0] event_bits; // the outputs as they go
@PACK@
    wire [95:0] description = {dropped, 16'd@LATENCY@, 16'd@OUTBYTES@, 16'd@INBYTES@, 8'd@VERSION@, 32'h@IDENTITY@};
    wire        of_info = ticket[15:8] == INFO;
    wire [@PAYTOP@:0] payload = of_event ? @EVENTPAY@ : @INFOPAY@;
    wire [@C@:0] count = of_event ? @EVENTCOUNT@ : of_info ? @INFOCOUNT@ : @ERRORCOUNT@;
    @K@_send answers (
        .clk(clk), .reset(reset), .valid(answer), .ready(idle), .code(ticket[15:8]), .tag(ticket[7:0]),
        .payload(payload), .count(count), .data(out_byte), .data_valid(out_valid), .data_ready(out_ready)
    );
    @K@_tx #(.CLOCKS_PER_BIT(CLOCKS_PER_BIT)) sender (
        .clk(clk), .reset(reset), .data(out_byte), .valid(out_valid), .ready(out_ready), .pin(tx)
    );

    wire unused = &{1'b0, hold, result_room}; // padding of the event; a queue that is never full
endmodule
)v";

constexpr const char* top_text = R"v(// @BOARD@ (@PART@): @CORE@ at @MHZ@ MHz, @BAUD@ baud.
module top #(
    parameter [15:0] CLOCKS_PER_BIT = 16'd@BIT@
) (
    input  wire clk_in,
    input  wire uart_rx,
    output wire uart_tx,@HIGHPORT@
    output wire led
);
    wire clk, steady;
@CLOCK@
    @K@ #(.CLOCKS_PER_BIT(CLOCKS_PER_BIT)) board (
        .clk(clk), .steady(steady), .rx(uart_rx), .tx(uart_tx), .active(led)
    );
@HIGH@endmodule
)v";

constexpr const char* direct_clock = R"v(    assign clk    = clk_in;
    assign steady = 1'b1;
)v";

// Simulators have no model of the loop.
constexpr const char* pll_clock = R"v(`ifdef GATEWRIGHT_SIMULATION
    assign clk    = clk_in;
    assign steady = 1'b1;
`else
    (* FREQUENCY_PIN_CLKI="@IN@" *) (* FREQUENCY_PIN_CLKOP="@OUT@" *)
    (* ICP_CURRENT="12" *) (* LPF_RESISTOR="8" *) (* MFG_ENABLE_FILTEROPAMP="1" *) (* MFG_GMCREF_SEL="2" *)
    EHXPLLL #(
        .CLKI_DIV(@REFERENCE@), .CLKFB_DIV(@FEEDBACK@), .CLKOP_DIV(@DIVISOR@), .CLKOP_ENABLE("ENABLED"), .FEEDBK_PATH("CLKOP"),
        .CLKOP_CPHASE(@PHASE@), .CLKOP_FPHASE(0),
        .PLLRST_ENA("DISABLED"), .INTFB_WAKE("DISABLED"), .STDBY_ENABLE("DISABLED"), .DPHASE_SOURCE("DISABLED"),
        .OUTDIVIDER_MUXA("DIVA"), .OUTDIVIDER_MUXB("DIVB"), .OUTDIVIDER_MUXC("DIVC"), .OUTDIVIDER_MUXD("DIVD")
    ) pll (
        .CLKI(clk_in), .CLKOP(clk), .CLKFB(clk), .LOCK(steady), .RST(1'b0), .STDBY(1'b0), .CLKINTFB(),
        .PHASESEL0(1'b0), .PHASESEL1(1'b0), .PHASEDIR(1'b1), .PHASESTEP(1'b1), .PHASELOADREG(1'b1),
        .PLLWAKESYNC(1'b0), .ENCLKOP(1'b0)
    );
`endif
)v";

/// The mark that says which of the core's outputs are events.
std::string marks_of(std::uint32_t latency) {
    if (latency == 1)
        return "    reg y_valid;\n    always @(posedge clk) y_valid <= x_valid && !reset;\n";
    return fmt::format("    reg [{0}:0] marks;\n"
                       "    wire y_valid = marks[{0}];\n"
                       "    always @(posedge clk) marks <= reset ? {1}'d0 : {{marks[{2}:0], x_valid}};\n",
                       latency - 1, latency, latency - 2);
}

std::string padded(const std::string& text, std::uint32_t bits, std::uint32_t to) {
    return bits == to ? text : fmt::format("{{{}'d0, {}}}", to - bits, text);
}

} // namespace

std::string uart_core_verilog(const std::string& prefix, const CardDescription& card, const Ecp5Project& project) {
    const std::uint32_t in = card.kernel.input.bytes, out = card.kernel.output.bytes;
    const std::uint32_t most = std::max(out, serial::info_bytes), bits = ceil_log2(most + 3);
    const auto count = [&](std::uint32_t payload) { return fmt::format("{}'d{}", bits, payload + 2); };
    return fill(core_text, {{"K", prefix},
                            {"CORE", card.core.module},
                            {"BIT", std::to_string(project.clocks_per_bit)},
                            {"HOLD", std::to_string(8 * in - 1)},
                            {"QUEUE", std::to_string(serial::queue_log2)},
                            {"X", std::to_string(card.core.input_bits - 1)},
                            {"Y", std::to_string(card.core.output_bits - 1)},
                            {"YBITS", std::to_string(card.core.output_bits)},
                            {"FIELDS", unpack_fields(card.core, card.kernel.input)},
                            {"PACK", pack_fields(card.core, card.kernel.output)},
                            {"MARKS", marks_of(card.core.latency)},
                            {"EVENTTOP", std::to_string(8 * out - 1)},
                            {"PAYTOP", std::to_string(8 * most - 1)},
                            {"EVENTPAY", padded("event_bits", 8 * out, 8 * most)},
                            {"INFOPAY", padded("description", 8 * serial::info_bytes, 8 * most)},
                            {"C", std::to_string(bits - 1)},
                            {"EVENTCOUNT", count(out)},
                            {"INFOCOUNT", count(serial::info_bytes)},
                            {"ERRORCOUNT", count(0)},
                            {"LATENCY", std::to_string(card.core.latency)},
                            {"INBYTES", std::to_string(in)},
                            {"OUTBYTES", std::to_string(out)},
                            {"VERSION", std::to_string(serial::version)},
                            {"IDENTITY", fmt::format("{:08x}", project.identity)}});
}

std::string ecp5_top_verilog(const std::string& prefix, const Ecp5Project& project) {
    const Ecp5Board& board = project.options.board;
    std::string clock = direct_clock;
    if (project.options.clock_mhz != 0) {
        const Ecp5Pll pll = ecp5_pll(board.clock_mhz, project.options.clock_mhz);
        clock = fill(pll_clock, {{"IN", fmt::format("{}", board.clock_mhz)},
                                 {"OUT", fmt::format("{}", pll.output_mhz)},
                                 {"REFERENCE", std::to_string(pll.reference)},
                                 {"FEEDBACK", std::to_string(pll.feedback)},
                                 {"DIVISOR", std::to_string(pll.output_divisor)},
                                 {"PHASE", std::to_string((pll.output_divisor - 1) / 2)}});
    }
    const bool high = !board.high_pin.empty();
    return fill(top_text, {{"BOARD", board.name},
                           {"PART", board.part},
                           {"CORE", project.card.core.module},
                           {"K", prefix},
                           {"MHZ", fmt::format("{:.6g}", project.clock_mhz)},
                           {"BAUD", std::to_string(project.options.baud)},
                           {"BIT", std::to_string(project.clocks_per_bit)},
                           {"CLOCK", clock},
                           {"HIGHPORT", high ? "\n    output wire keep_high," : ""},
                           {"HIGH", high ? "    assign keep_high = 1'b1;\n" : ""}});
}

} // namespace gw::shell
