// The stream kernel's control port: an AXI4-Lite slave with the registers of shell::stream_registers.
#include "shell/template.hpp"
#include "shell/zynq/verilog_stream.hpp"

namespace gw::shell {

namespace {
constexpr const char* text =
    R"v(// AXI4-Lite slave: status, errors and counters of the streams (docs/zynq.md lists them).
module @K@_control (
    input  wire         clk,
    input  wire         reset,
    input  wire         awvalid,
    output wire         awready,
    input  wire [11:0]  awaddr,
    input  wire         wvalid,
    output wire         wready,
    input  wire [31:0]  wdata,
    input  wire [3:0]   wstrb,
    output reg          bvalid,
    input  wire         bready,
    output wire [1:0]   bresp,
    input  wire         arvalid,
    output wire         arready,
    input  wire [11:0]  araddr,
    output reg          rvalid,
    input  wire         rready,
    output reg  [31:0]  rdata,
    output wire [1:0]   rresp,
    // to and from the streams
    output reg          clear,
    input  wire         idle,
    input  wire         in_valid,
    input  wire         in_ready,
    input  wire         in_last,
    input  wire         out_valid,
    input  wire         out_ready,
    input  wire         out_last,
    input  wire         event_in,
    input  wire         event_out,
    input  wire [2:0]   broken
);
    reg        have_address, have_data;
    reg [9:0]  write_word;
    reg [31:0] write_data;
    reg [3:0]  write_strobe;

    // Address and data come in either order; the write happens once both are here.
    assign awready = !have_address;
    assign wready  = !have_data;
    assign bresp   = 2'b00;
    assign rresp   = 2'b00;
    assign arready = !rvalid;

    wire       write = have_address && have_data && !bvalid && write_strobe[0];
    wire       done  = have_address && have_data && !bvalid;
    wire       take  = arvalid && arready;

    always @(posedge clk) begin
        if (reset) begin
            have_address <= 1'b0;
            have_data    <= 1'b0;
            bvalid       <= 1'b0;
            clear        <= 1'b0;
        end else begin
            if (awvalid && awready) have_address <= 1'b1;
            else if (done)          have_address <= 1'b0;
            if (wvalid && wready)   have_data    <= 1'b1;
            else if (done)          have_data    <= 1'b0;
            if (done)               bvalid <= 1'b1;
            else if (bready)        bvalid <= 1'b0;
            clear <= write && write_word == 10'h000 && write_data[0];
        end
        if (awvalid && awready) write_word <= awaddr[11:2];
        if (wvalid && wready) begin
            write_data   <= wdata;
            write_strobe <= wstrb;
        end
    end

    reg [2:0]  errors;
    reg [31:0] packets_in, packets_out, events_in, events_out, beats_in, beats_out, stalls_in, stalls_out, cycles;
    wire beat_in  = in_valid && in_ready;
    wire beat_out = out_valid && out_ready;
    always @(posedge clk) begin
        if (reset || clear) begin
            errors      <= 3'd0;
            packets_in  <= 32'd0;
            packets_out <= 32'd0;
            events_in   <= 32'd0;
            events_out  <= 32'd0;
            beats_in    <= 32'd0;
            beats_out   <= 32'd0;
            stalls_in   <= 32'd0;
            stalls_out  <= 32'd0;
            cycles      <= 32'd0;
        end else begin
            errors <= ((write && write_word == 10'h002) ? errors & ~write_data[2:0] : errors) | broken;
            if (beat_in && in_last)   packets_in  <= packets_in + 32'd1;
            if (beat_out && out_last) packets_out <= packets_out + 32'd1;
            if (event_in)             events_in   <= events_in + 32'd1;
            if (event_out)            events_out  <= events_out + 32'd1;
            if (beat_in)              beats_in    <= beats_in + 32'd1;
            if (beat_out)             beats_out   <= beats_out + 32'd1;
            if (in_valid && !in_ready)   stalls_in  <= stalls_in + 32'd1;
            if (out_valid && !out_ready) stalls_out <= stalls_out + 32'd1;
            if (idle && beat_in) cycles <= 32'd1;
            else if (!idle)      cycles <= cycles + 32'd1;
        end
    end

    always @(posedge clk) begin
        if (reset)       rvalid <= 1'b0;
        else if (take)   rvalid <= 1'b1;
        else if (rready) rvalid <= 1'b0;
        if (take) begin
            case (araddr[11:2])
                10'h001: rdata <= {29'd0, out_valid && !out_ready, in_valid && !in_ready, idle};
                10'h002: rdata <= {29'd0, errors};
                10'h003: rdata <= 32'd@IDENTITY@;
                10'h004: rdata <= packets_in;
                10'h005: rdata <= packets_out;
                10'h006: rdata <= events_in;
                10'h007: rdata <= events_out;
                10'h008: rdata <= beats_in;
                10'h009: rdata <= beats_out;
                10'h00a: rdata <= stalls_in;
                10'h00b: rdata <= stalls_out;
                10'h00c: rdata <= cycles;
                10'h00d: rdata <= 32'd@LATENCY@;
                10'h00e: rdata <= 32'd@INBYTES@;
                10'h00f: rdata <= 32'd@OUTBYTES@;
                default: rdata <= 32'd0;
            endcase
        end
    end

    // Registers are whole words whose upper bits mean nothing yet.
    wire unused = &{1'b0, awaddr[1:0], araddr[1:0], write_data[31:3], write_strobe[3:1]};
endmodule
)v";
}

std::string stream_control_verilog(const StreamKernel& kernel) {
    return fill(text, {{"K", kernel.name},
                       {"IDENTITY", std::to_string(stream_identity)},
                       {"LATENCY", std::to_string(kernel.core_latency)},
                       {"INBYTES", std::to_string(kernel.input.bytes)},
                       {"OUTBYTES", std::to_string(kernel.output.bytes)}});
}

} // namespace gw::shell
