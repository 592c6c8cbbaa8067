// The control port: an AXI4-Lite slave with the register block of ap_ctrl_hs or ap_ctrl_chain (XRT's "Supported Kernel
// Execution Models"), in the offsets of shell::registers.
#include "shell/template.hpp"
#include "shell/verilog.hpp"

namespace gw::shell {

namespace {
constexpr const char* text =
    R"v(// AXI4-Lite slave with the registers of an @PROTOCOL@ kernel (docs/card.md lists them).
module @K@_control (
@AXI_LITE_PORTS@    output wire         interrupt,
    // to and from the kernel
    output reg          start,
    output wire         proceed,     // ap_continue: the host has seen `held`
    output reg          stop,        // soft reset: asked for until `flush`
    input  wire         flush,
    input  wire         ready,       // for one clock: the arguments may change
    input  wire         done,        // for one clock
    input  wire         held,        // ap_ctrl_chain: done, until proceed
    input  wire         idle,
    output reg  [63:0]  input_address,
    output reg  [63:0]  output_address,
    output reg  [31:0]  events,
    input  wire [63:0]  cycles,
    input  wire [31:0]  read_beats,
    input  wire [31:0]  write_beats,
    input  wire [2:0]   errors,
    input  wire [31:0]  events_issued,
    input  wire [31:0]  core_latency@CHECKSUM_PORTS@
);
    reg        restart, done_seen, ready_seen, interrupt_enable;
    reg [1:0]  interrupt_mask, interrupt_status;
@AXI_LITE@    assign interrupt = interrupt_enable && interrupt_status != 2'b00;

    wire [31:0] mask    = {{8{write_strobe[3]}}, {8{write_strobe[2]}}, {8{write_strobe[1]}}, {8{write_strobe[0]}}};
    wire [31:0] bits    = write_data & mask;
    wire        control_write = write && write_word == 10'h000;

    assign proceed = restart || (control_write && bits[4]);

    always @(posedge clk) begin
        if (reset) begin
            start            <= 1'b0;
            stop             <= 1'b0;
            restart          <= 1'b0;
            done_seen        <= 1'b0;
            ready_seen       <= 1'b0;
            interrupt_enable <= 1'b0;
            interrupt_mask   <= 2'b00;
            interrupt_status <= 2'b00;
            input_address    <= 64'd0;
            output_address   <= 64'd0;
            events           <= 32'd0;
        end else begin
            if (flush)                    start <= 1'b0;
            else if (control_write && bits[0]) start <= 1'b1;
            else if (ready)               start <= restart;
            if (flush)                    stop <= 1'b0;
            else if (write && write_word == 10'h017 && bits[0]) stop <= 1'b1;
            if (flush)                    restart <= 1'b0;
            else if (control_write && write_strobe[0]) restart <= write_data[7];
            // Done and ready clear when they are read; a batch that ends in that very clock is not lost.
            if (flush)                                 done_seen <= 1'b0;
            else if (done)                             done_seen <= 1'b1;
            else if (take && araddr[11:2] == 10'h000)  done_seen <= 1'b0;
            if (flush)                                 ready_seen <= 1'b0;
            else if (ready)                            ready_seen <= 1'b1;
            else if (take && araddr[11:2] == 10'h000)  ready_seen <= 1'b0;
            interrupt_status <= ((interrupt_status ^ ((write && write_word == 10'h003) ? bits[1:0] : 2'b00))
                              | ({ready, done} & interrupt_mask)) & {2{!flush}};
            if (write) begin
                case (write_word)
                    10'h001: if (write_strobe[0]) interrupt_enable <= write_data[0];
                    10'h002: if (write_strobe[0]) interrupt_mask   <= write_data[1:0];
                    10'h004: input_address[31:0]   <= (input_address[31:0]   & ~mask) | bits;
                    10'h005: input_address[63:32]  <= (input_address[63:32]  & ~mask) | bits;
                    10'h007: output_address[31:0]  <= (output_address[31:0]  & ~mask) | bits;
                    10'h008: output_address[63:32] <= (output_address[63:32] & ~mask) | bits;
                    10'h00a: events                <= (events & ~mask) | bits;
                    default: ;
                endcase
            end
        end
    end

    always @(posedge clk) begin
        if (take) begin
            case (araddr[11:2])
                10'h000: rdata <= {24'd0, restart, 3'd0, ready_seen, idle, @DONE@, start};
                10'h001: rdata <= {31'd0, interrupt_enable};
                10'h002: rdata <= {30'd0, interrupt_mask};
                10'h003: rdata <= {30'd0, interrupt_status};
                10'h004: rdata <= input_address[31:0];
                10'h005: rdata <= input_address[63:32];
                10'h007: rdata <= output_address[31:0];
                10'h008: rdata <= output_address[63:32];
                10'h00a: rdata <= events;
                10'h010: rdata <= cycles[31:0];
                10'h011: rdata <= cycles[63:32];
                10'h012: rdata <= read_beats;
                10'h013: rdata <= write_beats;
                10'h014: rdata <= {29'd0, errors};
                10'h015: rdata <= events_issued;
                10'h016: rdata <= core_latency;
                10'h017: rdata <= {31'd0, stop};
@CHECKSUM_READS@                default: rdata <= 32'd0;
            endcase
        end
    end

    // Registers are whole words: the byte within one does not matter.
    wire unused = &{1'b0, awaddr[1:0], araddr[1:0], @UNUSED@};
endmodule
)v";
}

std::string control_verilog(const std::string& kernel, const Options& options) {
    const bool chain = options.control == Control::ap_ctrl_chain, sums = options.checksums;
    // ap_ctrl_chain holds done until the host says continue; ap_ctrl_hs, until it is read.
    return fill(text,
                {{"K", kernel},
                 {"AXI_LITE_PORTS", axi_lite_ports},
                 {"AXI_LITE", axi_lite_slave},
                 {"PROTOCOL", to_string(options.control)},
                 {"DONE", chain ? "held" : "done_seen"},
                 {"UNUSED", chain ? "done_seen" : "held"},
                 {"CHECKSUM_PORTS",
                  sums ? ",\n    input  wire [31:0]  input_checksum,\n    input  wire [31:0]  output_checksum" : ""},
                 {"CHECKSUM_READS", sums ? "                10'h01a: rdata <= input_checksum;\n"
                                           "                10'h01b: rdata <= output_checksum;\n"
                                         : ""}});
}

} // namespace gw::shell
