// The queue, the read master and the write master.
//
// A burst is 64 beats of 64 bytes at most, which is exactly the 4 KiB page that AXI4 forbids a burst to cross: so every
// burst ends at the end of a page or of the batch, and neither master needs a list of its bursts.
#include "shell/template.hpp"
#include "shell/verilog.hpp"

namespace gw::shell {

namespace {
constexpr const char* fifo_text =
    R"v(// First in, first out: 2^DEPTH_BITS words in memory and one more in the output register.
module @K@_fifo #(
    parameter WIDTH = 8,
    parameter DEPTH_BITS = 4
) (
    input  wire             clk,
    input  wire             reset,
    input  wire [WIDTH-1:0] in_data,
    input  wire             in_valid,
    output wire             in_ready,
    output wire [WIDTH-1:0] out_data,
    output wire             out_valid,
    input  wire             out_ready
);
    reg [WIDTH-1:0]    memory [0:(1 << DEPTH_BITS) - 1];
    reg [WIDTH-1:0]    head;
    reg                head_valid;
    // One bit more than an address has: it tells full from empty.
    reg [DEPTH_BITS:0] write_at, read_at;

    wire empty = write_at == read_at;
    wire full  = write_at == {~read_at[DEPTH_BITS], read_at[DEPTH_BITS-1:0]};
    wire push  = in_valid && !full;
    wire fetch = !empty && (!head_valid || out_ready);

    assign in_ready  = !full;
    assign out_data  = head;
    assign out_valid = head_valid;

    always @(posedge clk) begin
        if (push)  memory[write_at[DEPTH_BITS-1:0]] <= in_data;
        if (fetch) head <= memory[read_at[DEPTH_BITS-1:0]];
        if (reset) begin
            write_at   <= {(DEPTH_BITS + 1){1'b0}};
            read_at    <= {(DEPTH_BITS + 1){1'b0}};
            head_valid <= 1'b0;
        end else begin
            if (push)  write_at <= write_at + 1'b1;
            if (fetch) read_at  <= read_at + 1'b1;
            if (fetch)          head_valid <= 1'b1;
            else if (out_ready) head_valid <= 1'b0;
        end
    end
endmodule
)v";

constexpr const char* reader_text =
    R"v(// AXI4 read master: asks for `beats` beats from `address` on, in bursts, and hands them on in order. A burst is asked for only when
// the queue has room for all of it, so the data channel never waits for us.
module @K@_reader #(
    parameter DEPTH_BITS = 9
) (
    input  wire         clk,
    input  wire         reset,
    input  wire         start,
    input  wire         clear,       // forget `error`
    input  wire         stop,        // ask for no more; `stopped` once all that was asked for has come
    output wire         stopped,
    input  wire [57:0]  address,     // in beats of 64 bytes
    input  wire [47:0]  beats,
    output reg          arvalid,
    input  wire         arready,
    output reg  [63:0]  araddr,
    output reg  [7:0]   arlen,
    input  wire         rvalid,
    output wire         rready,
    input  wire [511:0] rdata,
    input  wire         rfail,
    output wire [511:0] beat,
    output wire         beat_valid,
    input  wire         beat_ready,
    output reg          error
);
    reg [57:0]         next;
    reg [47:0]         left;
    reg [6:0]          length;
    reg                planned;      // `length` is that of the next burst
    reg [DEPTH_BITS:0] room;
    reg [DEPTH_BITS:0] under_way;    // beats asked for and not yet here

    wire [6:0] to_page_end = 7'd64 - {1'b0, next[5:0]};
    wire       roomy = room >= {{(DEPTH_BITS - 6){1'b0}}, length};
    wire       issue = planned && roomy && !stop && (!arvalid || arready);
    wire       come  = rvalid && rready;
    wire       pop   = beat_valid && beat_ready;
    wire [DEPTH_BITS:0] asked = issue ? {{(DEPTH_BITS - 6){1'b0}}, length} : {(DEPTH_BITS + 1){1'b0}};

    assign stopped = !arvalid && under_way == {(DEPTH_BITS + 1){1'b0}};

    always @(posedge clk) begin
        if (reset) begin
            left    <= 48'd0;
            planned <= 1'b0;
            arvalid <= 1'b0;
            error   <= 1'b0;
            under_way <= {(DEPTH_BITS + 1){1'b0}};
            room    <= {1'b1, {DEPTH_BITS{1'b0}}};
        end else begin
            if (start) left <= beats;
            else if (issue) left <= left - {41'd0, length};
            if (issue) planned <= 1'b0;
            else if (left != 48'd0) planned <= 1'b1;
            if (issue) arvalid <= 1'b1;
            else if (arready) arvalid <= 1'b0;
            room      <= room - asked + {{DEPTH_BITS{1'b0}}, pop};
            under_way <= under_way + asked - {{DEPTH_BITS{1'b0}}, come};
            if (clear) error <= 1'b0;
            else if (come && rfail) error <= 1'b1;
        end
        if (start) next <= address;
        else if (issue) next <= next + {51'd0, length};
        if (!planned) length <= (left < {41'd0, to_page_end}) ? left[6:0] : to_page_end;
        if (issue) begin
            araddr <= {next, 6'd0};
            arlen  <= {1'b0, length} - 8'd1;
        end
    end

    @K@_fifo #(.WIDTH(512), .DEPTH_BITS(DEPTH_BITS)) queue (
        .clk(clk), .reset(reset),
        .in_data(rdata), .in_valid(rvalid), .in_ready(rready),
        .out_data(beat), .out_valid(beat_valid), .out_ready(beat_ready)
    );
endmodule
)v";

constexpr const char* writer_text =
    R"v(// AXI4 write master: writes `beats` beats from `address` on as they come. `idle` once every burst has been answered.
// Told to stop, it fills the bursts that it has asked for with beats that write nothing (AXI4 knows no other way out).
module @K@_writer (
    input  wire         clk,
    input  wire         reset,
    input  wire         start,
    input  wire         clear,       // forget `error`
    input  wire         stop,
    output wire         stopped,     // all bursts are filled and answered
    output wire         blank,       // the beats are to write nothing
    input  wire [57:0]  address,     // in beats of 64 bytes
    input  wire [47:0]  beats,
    output reg          awvalid,
    input  wire         awready,
    output reg  [63:0]  awaddr,
    output reg  [7:0]   awlen,
    output wire         wvalid,
    input  wire         wready,
    output wire         wlast,
    input  wire         bvalid,
    output wire         bready,
    input  wire         bfail,
    input  wire         beat_valid,
    output wire         beat_ready,
    output wire         idle,
    output reg          error
);
    // Addresses may run this many bursts ahead of the answers.
    localparam [4:0] MOST = 5'd16;

    reg [57:0] next;
    reg [47:0] left;                 // beats not yet in a burst
    reg [6:0]  length;
    reg        planned;              // `length` is that of the next burst
    reg [4:0]  unanswered;           // bursts issued, without their response
    reg [4:0]  unfilled;             // bursts issued, without their last beat
    reg [5:0]  page_beat;            // of the next data beat
    reg [47:0] data_left;

    wire [6:0] to_page_end = 7'd64 - {1'b0, next[5:0]};
    wire       issue  = planned && !stop && unanswered != MOST && (!awvalid || awready);
    wire       sent   = wvalid && wready;
    wire       answer = bvalid && bready;

    // A beat that waits at the port must stay as it is; then, for some clocks, none, in which the queue before us settles.
    reg  [1:0] stopping;
    wire       ours = stopping == 2'd0;
    assign     blank   = stopping == 2'd3;
    assign     stopped = !awvalid && unfilled == 5'd0 && unanswered == 5'd0;
    always @(posedge clk) begin
        if (reset || !stop) stopping <= 2'd0;
        else if (ours ? !(wvalid && !wready) : !blank) stopping <= stopping + 2'd1;
    end

    // AXI forbids to wait for awready here: data may go once the address stands at the port.
    assign wvalid     = unfilled != 5'd0 && (ours ? beat_valid : blank);
    assign wlast      = page_beat == 6'd63 || data_left == 48'd1;
    assign beat_ready = wready && unfilled != 5'd0 && ours;
    assign bready     = 1'b1;
    assign idle       = left == 48'd0 && !planned && data_left == 48'd0 && unanswered == 5'd0;

    always @(posedge clk) begin
        if (reset) begin
            left       <= 48'd0;
            data_left  <= 48'd0;
            planned    <= 1'b0;
            awvalid    <= 1'b0;
            unanswered <= 5'd0;
            unfilled   <= 5'd0;
            error      <= 1'b0;
        end else begin
            if (start) left <= beats;
            else if (issue) left <= left - {41'd0, length};
            if (issue) planned <= 1'b0;
            else if (left != 48'd0) planned <= 1'b1;
            if (issue) awvalid <= 1'b1;
            else if (awready) awvalid <= 1'b0;
            unanswered <= unanswered + {4'd0, issue} - {4'd0, answer};
            unfilled   <= unfilled + {4'd0, issue} - {4'd0, sent && wlast};
            if (start) data_left <= beats;
            else if (sent) data_left <= data_left - 48'd1;
            if (clear) error <= 1'b0;
            else if (answer && bfail) error <= 1'b1;
        end
        if (start) next <= address;
        else if (issue) next <= next + {51'd0, length};
        if (start) page_beat <= address[5:0];
        else if (sent) page_beat <= page_beat + 6'd1;
        if (!planned) length <= (left < {41'd0, to_page_end}) ? left[6:0] : to_page_end;
        if (issue) begin
            awaddr <= {next, 6'd0};
            awlen  <= {1'b0, length} - 8'd1;
        end
    end
endmodule
)v";
} // namespace

std::string fifo_verilog(const std::string& kernel) {
    return fill(fifo_text, {{"K", kernel}});
}
std::string reader_verilog(const std::string& kernel) {
    return fill(reader_text, {{"K", kernel}});
}
std::string writer_verilog(const std::string& kernel) {
    return fill(writer_text, {{"K", kernel}});
}

} // namespace gw::shell
