// Bytes from and to the serial line: eight bits, no parity, one stop bit.
#include "shell/ecp5/verilog.hpp"
#include "shell/template.hpp"

namespace gw::shell {

namespace {

constexpr const char* rx_text =
    R"v(// A byte from the serial line: 8 data bits, no parity, 1 stop bit, each sampled in its middle.
module @K@_rx #(
    parameter [15:0] CLOCKS_PER_BIT = 16'd25 // at least 4
) (
    input  wire       clk,
    input  wire       reset,
    input  wire       pin,
    output reg  [7:0] data,
    output reg        valid,  // for one clock
    output reg        broken  // for one clock, instead of valid: there was no stop bit
);
    localparam [15:0] WHOLE = CLOCKS_PER_BIT - 16'd1, HALF = (CLOCKS_PER_BIT >> 1) - 16'd1;

    reg [2:0]  line;
    reg [15:0] count;
    reg [3:0]  left;          // samples still to take: start, data, stop
    reg [7:0]  shift;
    reg        silent;        // after a missing stop bit: until the line is high again, nothing is a start bit

    wire idle   = left == 4'd0;
    wire sample = !idle && count == 16'd0;
    wire last   = sample && left == 4'd1;

    always @(posedge clk) begin
        if (reset) begin
            line   <= 3'b111;
            left   <= 4'd0;
            valid  <= 1'b0;
            broken <= 1'b0;
            silent <= 1'b0;
        end else begin
            line   <= {line[1:0], pin};
            valid  <= last && line[2];
            broken <= last && !line[2];
            if (line[2]) silent <= 1'b0;
            else if (last) silent <= 1'b1;
            if (idle) begin
                if (!line[2] && !silent) left <= 4'd10;
            end else if (sample) begin
                left <= (left == 4'd10 && line[2]) ? 4'd0 : left - 4'd1; // a glitch is no start bit
            end
        end
        count <= idle ? HALF : sample ? WHOLE : count - 16'd1;
        if (sample) shift <= {line[2], shift[7:1]};
        if (last) data <= shift;
    end
endmodule
)v";

constexpr const char* tx_text = R"v(// A byte to the serial line.
module @K@_tx #(
    parameter [15:0] CLOCKS_PER_BIT = 16'd25
) (
    input  wire       clk,
    input  wire       reset,
    input  wire [7:0] data,
    input  wire       valid,
    output wire       ready,
    output reg        pin
);
    localparam [15:0] WHOLE = CLOCKS_PER_BIT - 16'd1;

    reg [9:0]  shift;
    reg [3:0]  left;
    reg [15:0] count;

    assign ready = left == 4'd0;

    always @(posedge clk) begin
        if (reset) begin
            left <= 4'd0;
            pin  <= 1'b1;
        end else begin
            pin <= ready || shift[0];
            if (ready) begin
                if (valid) left <= 4'd10;
            end else if (count == 16'd0) begin
                left <= left - 4'd1;
            end
        end
        if (ready) shift <= {1'b1, data, 1'b0};
        else if (count == 16'd0) shift <= {1'b1, shift[9:1]};
        count <= (ready || count == 16'd0) ? WHOLE : count - 16'd1;
    end
endmodule
)v";

} // namespace

std::string uart_rx_verilog(const std::string& prefix) {
    return fill(rx_text, {{"K", prefix}});
}
std::string uart_tx_verilog(const std::string& prefix) {
    return fill(tx_text, {{"K", prefix}});
}

} // namespace gw::shell
