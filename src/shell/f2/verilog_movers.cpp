// The PCIM data mover: the kernel's two masters and the ring's own accesses on the shell's one port to host memory.
//
// Three rules of the shell shape it. No two reads under way may share an identifier, and answers to different ones come
// in any order: so every read burst has a slot of a buffer, whose number is its identifier, and slots are handed on in
// order. Once a write's address is up its data must come within 8 us, but the kernel gives addresses ahead of its data:
// so a burst is stored whole before its address goes out. And RREADY and BREADY must not wait: a read is asked for
// only when its slot is free.
#include "shell/f2/texts.hpp"

namespace gw::shell::f2 {

const char* const reads_verilog =
    R"v(// Reads of host memory: bursts of the kernel, identifiers 0 to 15, and one beat at a time for the ring, identifier 16.
module @K@_f2_reads (
    input  wire         clk,
    input  wire         reset,
    input  wire         flush,          // begin no more reads
    output reg  [4:0]   outstanding,
    // the kernel
    input  wire         k_arvalid,
    output wire         k_arready,
    input  wire [63:0]  k_araddr,
    input  wire [7:0]   k_arlen,
    output wire         k_rvalid,
    input  wire         k_rready,
    output wire [511:0] k_rdata,
    output wire         k_rlast,
    output wire         k_rfail,
    // the ring: `fetch` stays until `fetched`
    input  wire         fetch,
    input  wire [63:0]  fetch_address,
    output reg          fetched,
    output reg          fetch_fail,
    output reg  [511:0] fetch_data,
    // the shell
    output reg          arvalid,
    input  wire         arready,
    output reg  [63:0]  araddr,
    output reg  [7:0]   arlen,
    output reg  [15:0]  arid,
    input  wire         rvalid,
    output wire         rready,
    input  wire [511:0] rdata,
    input  wire [15:0]  rid,
    input  wire         rlast,
    input  wire         rfail
);
    reg [512:0] buffer [0:1023];
    reg [6:0]   received [0:15];        // beats that came for a slot
    reg [5:0]   last [0:15];            // number of its last beat
    reg [3:0]   newest, oldest;
    reg [4:0]   used;
    reg         fetching;

    wire free_port  = !arvalid || arready;
    wire take_fetch = free_port && !flush && fetch && !fetching && !fetched;
    assign k_arready = free_port && !flush && !take_fetch && !used[4];
    wire take_burst = k_arvalid && k_arready;

    // The shell to the buffer.
    wire       ours = rvalid && !rid[4];
    wire [3:0] slot = rid[3:0];
    assign rready = 1'b1;

    // The buffer to the kernel: its memory answers after a clock.
    reg [512:0] head;
    reg         head_valid, head_last;
    reg [5:0]   beat;
    wire here  = used != 5'd0 && received[oldest] != {1'b0, beat};
    wire move  = here && (!head_valid || k_rready);
    wire ended = move && beat == last[oldest];
    assign k_rvalid = head_valid;
    assign k_rdata  = head[511:0];
    assign k_rfail  = head[512];
    assign k_rlast  = head_last;

    always @(posedge clk) begin
        if (reset) begin
            arvalid     <= 1'b0;
            newest      <= 4'd0;
            oldest      <= 4'd0;
            used        <= 5'd0;
            outstanding <= 5'd0;
            fetching    <= 1'b0;
            fetched     <= 1'b0;
            head_valid  <= 1'b0;
            beat        <= 6'd0;
        end else begin
            if (take_fetch || take_burst) arvalid <= 1'b1;
            else if (arready)             arvalid <= 1'b0;
            outstanding <= outstanding + {4'd0, take_fetch || take_burst} - {4'd0, rvalid && rlast};
            used        <= used + {4'd0, take_burst} - {4'd0, ended};
            if (take_burst) newest <= newest + 4'd1;
            if (ended)      oldest <= oldest + 4'd1;
            if (ended)      beat <= 6'd0;
            else if (move)  beat <= beat + 6'd1;
            if (move)          head_valid <= 1'b1;
            else if (k_rready) head_valid <= 1'b0;
            if (take_fetch)           fetching <= 1'b1;
            else if (rvalid && !ours) fetching <= 1'b0;
            fetched <= rvalid && !ours;
        end
        if (take_fetch || take_burst) begin
            araddr <= take_fetch ? fetch_address : k_araddr;
            arlen  <= take_fetch ? 8'd0 : k_arlen;
            arid   <= take_fetch ? 16'd16 : {12'd0, newest};
        end
        if (rvalid && !ours) begin
            fetch_data <= rdata;
            fetch_fail <= rfail;
        end
        if (ours) buffer[{slot, received[slot][5:0]}] <= {rfail, rdata};
        if (ours) received[slot] <= received[slot] + 7'd1;
        if (take_burst) begin
            received[newest] <= 7'd0;
            last[newest]     <= k_arlen[5:0];
        end
        if (move) begin
            head      <= buffer[{oldest, beat}];
            head_last <= beat == last[oldest];
        end
    end

    wire unused = &{1'b0, rid[15:5], k_arlen[7:6]};
endmodule
)v";

const char* const writes_verilog =
    R"v(// Writes of host memory: bursts of the kernel, identifier 0, and one beat at a time for the ring, identifier 1. Whole beats only:
// the bytes after the last event of a batch's last beat are written too.
module @K@_f2_writes (
    input  wire         clk,
    input  wire         reset,
    input  wire         flush,          // begin no more writes
    output reg  [5:0]   outstanding,
    // the kernel
    input  wire         k_awvalid,
    output wire         k_awready,
    input  wire [63:0]  k_awaddr,
    input  wire [7:0]   k_awlen,
    input  wire         k_wvalid,
    output wire         k_wready,
    input  wire [511:0] k_wdata,
    input  wire         k_wlast,
    output reg          k_bvalid,
    output reg          k_bfail,
    // the ring: `put` stays until `done`
    input  wire         put,
    input  wire [63:0]  put_address,
    input  wire [511:0] put_data,
    output reg          done,
    output reg          put_fail,
    // the shell
    output reg          awvalid,
    input  wire         awready,
    output reg  [63:0]  awaddr,
    output reg  [7:0]   awlen,
    output reg  [15:0]  awid,
    output wire         wvalid,
    input  wire         wready,
    output wire [511:0] wdata,
    output wire         wlast,
    input  wire         bvalid,
    output wire         bready,
    input  wire [15:0]  bid,
    input  wire         bfail
);
    wire [71:0]  burst;
    wire         burst_valid, burst_taken;
    wire [512:0] beat;
    wire         beat_valid, beat_taken;
    @K@_fifo #(.WIDTH(72), .DEPTH_BITS(4)) bursts (
        .clk(clk), .reset(reset), .in_data({k_awlen, k_awaddr}), .in_valid(k_awvalid), .in_ready(k_awready),
        .out_data(burst), .out_valid(burst_valid), .out_ready(burst_taken)
    );
    @K@_fifo #(.WIDTH(513), .DEPTH_BITS(7)) beats (
        .clk(clk), .reset(reset), .in_data({k_wlast, k_wdata}), .in_valid(k_wvalid), .in_ready(k_wready),
        .out_data(beat), .out_valid(beat_valid), .out_ready(beat_taken)
    );

    reg [4:0] whole;                    // bursts whose beats are all in the queue
    reg       sending, putting;         // data of a burst, data of the ring
    reg       put_under_way;

    wire free_port  = (!awvalid || awready) && !sending && !putting;
    wire take_burst = free_port && !flush && burst_valid && whole != 5'd0;
    wire take_put   = free_port && !flush && put && !put_under_way && !done && !take_burst;
    assign burst_taken = take_burst;
    assign beat_taken  = sending && wready;
    assign wvalid = putting || (sending && beat_valid);
    assign wdata  = putting ? put_data : beat[511:0];
    assign wlast  = putting || beat[512];
    assign bready = 1'b1;

    always @(posedge clk) begin
        if (reset) begin
            whole         <= 5'd0;
            awvalid       <= 1'b0;
            sending       <= 1'b0;
            putting       <= 1'b0;
            put_under_way <= 1'b0;
            outstanding   <= 6'd0;
            k_bvalid      <= 1'b0;
            done          <= 1'b0;
        end else begin
            whole <= whole + {4'd0, k_wvalid && k_wready && k_wlast} - {4'd0, take_burst};
            if (take_burst || take_put) awvalid <= 1'b1;
            else if (awready)           awvalid <= 1'b0;
            if (take_burst)                                     sending <= 1'b1;
            else if (sending && wvalid && wready && beat[512])  sending <= 1'b0;
            if (take_put)                putting <= 1'b1;
            else if (putting && wready)  putting <= 1'b0;
            if (take_put)                put_under_way <= 1'b1;
            else if (bvalid && bid[0])   put_under_way <= 1'b0;
            outstanding <= outstanding + {5'd0, take_burst || take_put} - {5'd0, bvalid};
            k_bvalid <= bvalid && !bid[0];
            done     <= bvalid && bid[0];
        end
        if (take_burst || take_put) begin
            awaddr <= take_burst ? burst[63:0] : put_address;
            awlen  <= take_burst ? burst[71:64] : 8'd0;
            awid   <= take_burst ? 16'd0 : 16'd1;
        end
        k_bfail  <= bfail;
        put_fail <= bfail;
    end

    wire unused = &{1'b0, bid[15:1]};
endmodule
)v";

} // namespace gw::shell::f2
