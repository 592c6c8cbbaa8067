// The descriptor ring: the host writes descriptors into its own memory and one count into a register; the card fetches
// them, runs the kernel on each, and writes a completion for each into the host's memory. No register is read.
#include "shell/f2/texts.hpp"

namespace gw::shell::f2 {

const char* const ring_verilog =
    R"v(// The shell's part of the registers, and the ring's sequencer.
// Descriptor, 64 bytes: input address (64 bit), output address (64), events (32), flags (32; bit 0: interrupt), tag (64).
// Completion, 64 bytes: tag (64), clocks (64), events that entered the core (32), errors (32), beats read (32), beats written (32),
// zeros, and in the last 32 bits how many descriptors are done with this one. Errors: the kernel's bits 0 to 2, and bit 3: the
// descriptor could not be read. After that, or where a completion could not be written, the ring stops until a reset.
module @K@_f2_ring (
    input  wire         clk,
    input  wire         reset,          // of all but the registers that begin a reset
    input  wire         resetting,
    output reg          begin_reset,
    // registers from 0x1000 on
    input  wire         access,
    input  wire         write,
    input  wire [11:0]  address,
    input  wire [31:0]  data,
    output reg          ack,
    output reg  [31:0]  answer,
    input  wire [4:0]   reads_outstanding,
    input  wire [5:0]   writes_outstanding,
    // the kernel's registers
    output reg          b_access,
    output reg          b_write,
    output reg  [11:0]  b_address,
    output reg  [31:0]  b_data,
    input  wire         b_ack,
    input  wire [31:0]  b_answer,
    input  wire         kernel_interrupt,
    // the mover
    output reg          fetch,
    output wire [63:0]  fetch_address,
    input  wire         fetched,
    input  wire         fetch_fail,
    input  wire [511:0] fetch_data,
    output reg          put,
    output wire [63:0]  put_address,
    output wire [511:0] put_data,
    input  wire         put_done,
    input  wire         put_fail,
    // to the host
    output reg          irq_request,
    input  wire         irq_ack,
    output wire         busy,
    output reg          enabled,
    output reg          stopped
);
    localparam [2:0] WAIT = 3'd0, PROGRAM = 3'd1, RUN = 3'd2, COLLECT = 3'd3, COMPLETE = 3'd4;

    reg [63:0] descriptors, completions;
    reg [4:0]  entries_log2;
    reg [31:0] produced, completed, taken;
    wire [31:0] mask = ~(32'hffffffff << entries_log2);
    wire [31:0] fetch_at = taken & mask, put_at = completed & mask;
    assign fetch_address = descriptors + {26'd0, fetch_at, 6'd0};
    assign put_address   = completions + {26'd0, put_at, 6'd0};

    // Registers.
    wire store = access && write && !ack;
    always @(posedge clk) begin
        ack         <= access && !ack;
        begin_reset <= store && address == 12'h008 && data[1];
        if (reset) begin
            enabled <= 1'b0;
        end else if (store) begin
            case (address)
                12'h008: enabled <= data[0] && !data[1];
                12'h010: descriptors[31:0]  <= {data[31:6], 6'd0};
                12'h014: descriptors[63:32] <= data;
                12'h018: completions[31:0]  <= {data[31:6], 6'd0};
                12'h01c: completions[63:32] <= data;
                12'h020: entries_log2       <= data[4:0] > 5'd16 ? 5'd16 : data[4:0];
                default: ;
            endcase
        end
        if (reset) produced <= 32'd0;
        else if (store && address == 12'h024) produced <= data;
        case (address)
            12'h000: answer <= 32'h47574632;
            12'h004: answer <= 32'd1;
            12'h008: answer <= {31'd0, enabled};
            12'h00c: answer <= {29'd0, stopped, resetting, busy};
            12'h010: answer <= descriptors[31:0];
            12'h014: answer <= descriptors[63:32];
            12'h018: answer <= completions[31:0];
            12'h01c: answer <= completions[63:32];
            12'h020: answer <= {27'd0, entries_log2};
            12'h024: answer <= produced;
            12'h028: answer <= completed;
            12'h02c: answer <= {27'd0, reads_outstanding};
            12'h030: answer <= {26'd0, writes_outstanding};
            12'h034: answer <= 32'h@DESIGN@;
            default: answer <= 32'd0;
        endcase
    end

    // The next descriptor is fetched while the kernel works on this one.
    reg         have_next, next_failed;
    reg [255:0] next;
    reg [2:0]   state;
    wire take_next = state == WAIT && have_next;
    always @(posedge clk) begin
        if (reset) begin
            fetch     <= 1'b0;
            have_next <= 1'b0;
            taken     <= 32'd0;
        end else begin
            if (fetched) begin
                fetch <= 1'b0;
                taken <= taken + 32'd1;
            end else if (enabled && !stopped && taken != produced && !have_next) fetch <= 1'b1;
            if (fetched)        have_next <= 1'b1;
            else if (take_next) have_next <= 1'b0;
        end
        if (fetched) begin
            next        <= fetch_data[255:0];
            next_failed <= fetch_fail;
        end
    end

    // A batch: write the arguments, start, wait for the interrupt, read what the kernel counted, report.
    reg [31:0]  events, flags;
    reg [63:0]  tag, in_address, out_address, clocks;
    reg [31:0]  issued, read_beats, write_beats;
    reg [3:0]   errors, step;
    reg         irq_waits;
    wire last_write = step == 4'd7, last_read = step == 4'd7;
    assign busy     = state != WAIT || have_next || fetch;
    assign put_data = {completed + 32'd1, 224'd0, write_beats, read_beats, {28'd0, errors}, issued, clocks, tag};

    always @(posedge clk) begin
        if (reset) begin
            state       <= WAIT;
            completed   <= 32'd0;
            stopped     <= 1'b0;
            b_access    <= 1'b0;
            put         <= 1'b0;
            irq_request <= 1'b0;
            irq_waits   <= 1'b0;
        end else begin
            irq_request <= 1'b0;
            if (irq_ack) irq_waits <= 1'b0;
            case (state)
                WAIT: if (have_next) begin
                    state <= next_failed ? COMPLETE : PROGRAM;
                    if (next_failed) stopped <= 1'b1;
                end
                PROGRAM: if (b_access && b_ack) begin
                    b_access <= 1'b0;
                    if (last_write) state <= RUN;
                end else b_access <= 1'b1;
                RUN: if (kernel_interrupt) state <= COLLECT;
                COLLECT: if (b_access && b_ack) begin
                    b_access <= 1'b0;
                    if (last_read) state <= COMPLETE;
                end else b_access <= 1'b1;
                COMPLETE: begin
                    put <= !put_done;
                    if (put_done) begin
                        completed <= completed + 32'd1;
                        state     <= WAIT;
                        if (put_fail) stopped <= 1'b1;
                        // One interrupt until the shell has taken it; the host's count of completions tells the rest.
                        if (flags[0] && !irq_waits) begin
                            irq_request <= 1'b1;
                            irq_waits   <= 1'b1;
                        end
                    end
                end
                default: state <= WAIT;
            endcase
        end
        if (take_next) begin
            {tag, flags, events, out_address, in_address} <= next;
            errors      <= {next_failed, 3'd0};
            clocks      <= 64'd0;
            issued      <= 32'd0;
            read_beats  <= 32'd0;
            write_beats <= 32'd0;
        end
        if (state == WAIT || state == RUN) step <= 4'd0;
        else if (b_access && b_ack)        step <= step + 4'd1;
        if (!b_access) begin
            b_write <= state == PROGRAM || step == 4'd0;
            if (state == PROGRAM) begin
                case (step)
                    4'd0:    {b_address, b_data} <= {12'h010, in_address[31:0]};
                    4'd1:    {b_address, b_data} <= {12'h014, in_address[63:32]};
                    4'd2:    {b_address, b_data} <= {12'h01c, out_address[31:0]};
                    4'd3:    {b_address, b_data} <= {12'h020, out_address[63:32]};
                    4'd4:    {b_address, b_data} <= {12'h028, events};
                    4'd5:    {b_address, b_data} <= {12'h008, 32'd1};
                    4'd6:    {b_address, b_data} <= {12'h004, 32'd1};
                    default: {b_address, b_data} <= {12'h000, 32'd1};
                endcase
            end else begin
                case (step)
                    4'd0:    {b_address, b_data} <= {12'h00c, 32'd1};   // clears the interrupt
                    4'd1:    {b_address, b_data} <= {12'h000, 32'd0};   // clears done
                    4'd2:    {b_address, b_data} <= {12'h040, 32'd0};
                    4'd3:    {b_address, b_data} <= {12'h044, 32'd0};
                    4'd4:    {b_address, b_data} <= {12'h048, 32'd0};
                    4'd5:    {b_address, b_data} <= {12'h04c, 32'd0};
                    4'd6:    {b_address, b_data} <= {12'h050, 32'd0};
                    default: {b_address, b_data} <= {12'h054, 32'd0};
                endcase
            end
        end
        if (state == COLLECT && b_access && b_ack) begin
            case (step)
                4'd2: clocks[31:0]  <= b_answer;
                4'd3: clocks[63:32] <= b_answer;
                4'd4: read_beats    <= b_answer;
                4'd5: write_beats   <= b_answer;
                4'd6: errors        <= b_answer[3:0];
                4'd7: issued        <= b_answer;
                default: ;
            endcase
        end
    end

    wire unused = &{1'b0, fetch_data[511:256], flags[31:1]};
endmodule
)v";

const char* const sink_verilog =
    R"v(// An AXI4 slave at the port of the host's burst writes, which this design does not use: it takes and answers everything, with a
// decode error and zeros, since an access without an answer would cost the host the port until the image is loaded again.
module @K@_f2_sink (
    input  wire        clk,
    input  wire        reset,
    input  wire        awvalid,
    output wire        awready,
    input  wire [15:0] awid,
    input  wire        wvalid,
    output wire        wready,
    input  wire        wlast,
    output reg         bvalid,
    input  wire        bready,
    output reg  [15:0] bid,
    input  wire        arvalid,
    output wire        arready,
    input  wire [15:0] arid,
    input  wire [7:0]  arlen,
    output wire        rvalid,
    input  wire        rready,
    output reg  [15:0] rid,
    output wire        rlast
);
    reg       writing, reading;
    reg [7:0] left;
    assign awready = !writing && !bvalid;
    assign wready  = writing;
    assign arready = !reading;
    assign rvalid  = reading;
    assign rlast   = left == 8'd0;

    always @(posedge clk) begin
        if (reset) begin
            writing <= 1'b0;
            bvalid  <= 1'b0;
            reading <= 1'b0;
        end else begin
            if (awvalid && awready)              writing <= 1'b1;
            else if (wvalid && wready && wlast)  writing <= 1'b0;
            if (wvalid && wready && wlast)       bvalid <= 1'b1;
            else if (bready)                     bvalid <= 1'b0;
            if (arvalid && arready)              reading <= 1'b1;
            else if (rready && rlast)            reading <= 1'b0;
        end
        if (awvalid && awready) bid <= awid;
        if (arvalid && arready) rid <= arid;
        if (arvalid && arready)     left <= arlen;
        else if (reading && rready) left <= left - 8'd1;
    end
endmodule
)v";

} // namespace gw::shell::f2
