// The stream kernel's control port: an AXI4-Lite slave with the registers of shell::stream_registers.
#include "shell/template.hpp"
#include "shell/verilog.hpp"
#include "shell/zynq/verilog_stream.hpp"

namespace gw::shell {

namespace {
constexpr const char* text =
    R"v(// AXI4-Lite slave: status, errors and counters of the streams (docs/zynq.md lists them).
module @K@_control (
@AXI_LITE_PORTS@    // to and from the streams
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
@AXI_LITE@    wire low = write && write_strobe[0];

    always @(posedge clk) clear <= !reset && low && write_word == 10'h000 && write_data[0];

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
            errors <= ((low && write_word == 10'h002) ? errors & ~write_data[2:0] : errors) | broken;
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
                       {"AXI_LITE_PORTS", axi_lite_ports},
                       {"AXI_LITE", axi_lite_slave},
                       {"IDENTITY", std::to_string(stream_identity)},
                       {"LATENCY", std::to_string(kernel.core_latency)},
                       {"INBYTES", std::to_string(kernel.input.bytes)},
                       {"OUTBYTES", std::to_string(kernel.output.bytes)}});
}

} // namespace gw::shell
