// The kernel's top module: the control port, the two masters and the core between them.
//
// The core cannot stall, so an event enters it only when the queue behind it is sure to have a place when it comes out:
// `reserved` counts the places taken or promised (a credit scheme). A shift register as long as the core's latency says
// when it comes out.
//
// A soft reset cannot cut a bus transaction short: the masters stop asking, take what was asked for, and only then is
// the rest flushed. With a memory that never answers it never ends, which its register says.
#include <fmt/format.h>

#include "shell/template.hpp"
#include "shell/verilog.hpp"

namespace gw::shell {

namespace {

constexpr const char* ports =
    R"v(// @CORE@ as an RTL kernel for Vitis, XRT and PYNQ: docs/card.md has its registers and the layout of events in memory.
// Input: @IN_WHAT@. Output: @OUT_WHAT@.
module @K@ (
    input  wire         ap_clk,
    input  wire         ap_rst_n,
    output wire         interrupt,
@CONTROL_PORTS@    // events in: AXI4 master, read only
    output wire         m_axi_in_arvalid,
    input  wire         m_axi_in_arready,
    output wire [63:0]  m_axi_in_araddr,
    output wire [7:0]   m_axi_in_arlen,
    output wire [0:0]   m_axi_in_arid,
    output wire [2:0]   m_axi_in_arsize,
    output wire [1:0]   m_axi_in_arburst,
    output wire [1:0]   m_axi_in_arlock,
    output wire [3:0]   m_axi_in_arcache,
    output wire [2:0]   m_axi_in_arprot,
    output wire [3:0]   m_axi_in_arqos,
    input  wire         m_axi_in_rvalid,
    output wire         m_axi_in_rready,
    input  wire [511:0] m_axi_in_rdata,
    input  wire         m_axi_in_rlast,
    input  wire [0:0]   m_axi_in_rid,
    input  wire [1:0]   m_axi_in_rresp,
    // results out: AXI4 master, write only
    output wire         m_axi_out_awvalid,
    input  wire         m_axi_out_awready,
    output wire [63:0]  m_axi_out_awaddr,
    output wire [7:0]   m_axi_out_awlen,
    output wire [0:0]   m_axi_out_awid,
    output wire [2:0]   m_axi_out_awsize,
    output wire [1:0]   m_axi_out_awburst,
    output wire [1:0]   m_axi_out_awlock,
    output wire [3:0]   m_axi_out_awcache,
    output wire [2:0]   m_axi_out_awprot,
    output wire [3:0]   m_axi_out_awqos,
    output wire         m_axi_out_wvalid,
    input  wire         m_axi_out_wready,
    output wire [511:0] m_axi_out_wdata,
    output wire [63:0]  m_axi_out_wstrb,
    output wire         m_axi_out_wlast,
    input  wire         m_axi_out_bvalid,
    output wire         m_axi_out_bready,
    input  wire [0:0]   m_axi_out_bid,
    input  wire [1:0]   m_axi_out_bresp
);
    // One transaction identifier, 64 bytes a beat, incrementing bursts, normal bufferable memory.
    assign m_axi_in_arid     = 1'b0;
    assign m_axi_in_arsize   = 3'd6;
    assign m_axi_in_arburst  = 2'b01;
    assign m_axi_in_arlock   = 2'b00;
    assign m_axi_in_arcache  = 4'b0011;
    assign m_axi_in_arprot   = 3'b000;
    assign m_axi_in_arqos    = 4'b0000;
    assign m_axi_out_awid    = 1'b0;
    assign m_axi_out_awsize  = 3'd6;
    assign m_axi_out_awburst = 2'b01;
    assign m_axi_out_awlock  = 2'b00;
    assign m_axi_out_awcache = 4'b0011;
    assign m_axi_out_awprot  = 3'b000;
    assign m_axi_out_awqos   = 4'b0000;
)v";

constexpr const char* sequencer = R"v(
    localparam [1:0] IDLE = 2'd0, PREPARE = 2'd1, GO = 2'd2, RUN = 2'd3;
    localparam       CHAIN = 1'b@CHAIN@; // @PROTOCOL@

    // A soft reset first lets the bus masters end what they have begun, then flushes everything else in one clock.
    reg  restart_all;
    wire stop, flush, reader_stopped, writer_stopped;
    wire reset = restart_all || flush;
    assign flush = stop && reader_stopped && writer_stopped && !restart_all;
    always @(posedge ap_clk) restart_all <= !ap_rst_n;

    // The input side reads events and puts them through the core; the output side writes what comes out. Under
    // ap_ctrl_chain the input side may take the next batch while the output side is at the one before.
    wire        start, proceed, writer_idle, read_error, write_error, issue, result_leaves;
    wire [63:0] input_address, output_address;
    wire [31:0] events;
    reg  [1:0]  state;                // of the input side
    reg  [31:0] batch, in_left;       // events of the batch; those that have not entered the core
    reg  [57:0] in_at, out_at, next_at; // addresses, in beats of 64 bytes
    reg  [47:0] in_beats, out_beats, next_beats;
    reg  [31:0] out_batch, out_left;  // as batch and in_left, of the output side
    reg         handed;               // a batch (batch, next_at, next_beats) waits for the output side
    reg         out_go, out_run;
    reg         held;                 // the host has not yet acknowledged the last batch that is done
    reg         misaligned;
    reg  [63:0] cycles;
    reg  [31:0] read_beats, write_beats, events_issued;

    wire busy   = state != IDLE || handed || out_go || out_run;
    wire begins = state == IDLE && start && !stop && (CHAIN ? !handed : !busy);
    wire fresh  = begins && !busy && !held; // nothing of an earlier batch is left
    wire go     = state == GO;
    wire done   = out_run && writer_idle && out_left == 32'd0 && !held;
    wire fed    = state == RUN && in_left == 32'd0;
    wire ready  = CHAIN ? begins : done; // the arguments have been taken, and may change

    always @(posedge ap_clk) begin
        if (reset) begin
            state      <= IDLE;
            handed     <= 1'b0;
            out_go     <= 1'b0;
            out_run    <= 1'b0;
            held       <= 1'b0;
            misaligned <= 1'b0;
        end else begin
            case (state)
                IDLE:    if (begins) state <= PREPARE;
                PREPARE: state <= GO;
                GO:      state <= RUN;
                RUN:     if (CHAIN ? fed : done) state <= IDLE;
            endcase
            if (begins)
                misaligned <= (misaligned && !fresh) || input_address[5:0] != 6'd0 || output_address[5:0] != 6'd0;
            if (go) handed <= 1'b1;
            else if (out_go) handed <= 1'b0;
            out_go <= handed && !out_go && !out_run;
            if (out_go) out_run <= 1'b1;
            else if (done) out_run <= 1'b0;
            if (CHAIN && done) held <= 1'b1;
            else if (proceed) held <= 1'b0;
        end
        if (begins) begin
            batch   <= events;
            in_at   <= input_address[63:6];
            next_at <= output_address[63:6];
        end
        in_beats   <= @IN_BEATS@;
        next_beats <= @OUT_BEATS@;
        if (go) in_left <= batch;
        else if (issue) in_left <= in_left - 32'd1;
        if (handed && !out_go && !out_run) begin
            out_at    <= next_at;
            out_beats <= next_beats;
            out_batch <= batch;
        end
        if (out_go) out_left <= out_batch;
        else if (result_leaves) out_left <= out_left - 32'd1;
    end

    // What was done since the kernel began from rest: counters that the host reads.
    wire read_beat  = m_axi_in_rvalid && m_axi_in_rready;
    wire write_beat = m_axi_out_wvalid && m_axi_out_wready;
    always @(posedge ap_clk) begin
        if (reset || fresh) begin
            cycles        <= 64'd0;
            read_beats    <= 32'd0;
            write_beats   <= 32'd0;
            events_issued <= 32'd0;
        end else begin
            if (busy) cycles <= cycles + 64'd1;
            if (read_beat)  read_beats    <= read_beats + 32'd1;
            if (write_beat) write_beats   <= write_beats + 32'd1;
            if (issue)      events_issued <= events_issued + 32'd1;
        end
    end

@CHECKSUMS@    @K@_control control (
        .clk(ap_clk), .reset(restart_all),
@CONTROL_CONNECTIONS@        .interrupt(interrupt), .start(start), .proceed(proceed), .stop(stop), .flush(flush),
        .ready(ready), .done(done), .held(held), .idle(!busy && !start),
        .input_address(input_address), .output_address(output_address), .events(events),
        .cycles(cycles), .read_beats(read_beats), .write_beats(write_beats),
        .errors({misaligned, write_error, read_error}), .events_issued(events_issued), .core_latency(32'd@LATENCY@)@CHECKSUM_PORTS@
    );
)v";

constexpr const char* checksums = R"v(    // What was read and written, for hosts that compare.
    wire [31:0] input_checksum, output_checksum;
    @K@_checksum read_sum (
        .clk(ap_clk), .restart(reset || fresh), .beat(m_axi_in_rdata), .strobe({64{1'b1}}), .valid(read_beat), .sum(input_checksum)
    );
    @K@_checksum write_sum (
        .clk(ap_clk), .restart(reset || fresh), .beat(m_axi_out_wdata), .strobe(m_axi_out_wstrb), .valid(write_beat), .sum(output_checksum)
    );

)v";

constexpr const char* path = R"v(
    wire [511:0] in_beat;
    wire         in_beat_valid, in_beat_ready;
    @K@_reader #(.DEPTH_BITS(@READ_BITS@)) reader (
        .clk(ap_clk), .reset(reset), .start(go), .clear(fresh), .stop(stop), .stopped(reader_stopped),
        .address(in_at), .beats(in_beats),
        .arvalid(m_axi_in_arvalid), .arready(m_axi_in_arready), .araddr(m_axi_in_araddr), .arlen(m_axi_in_arlen),
        .rvalid(m_axi_in_rvalid), .rready(m_axi_in_rready), .rdata(m_axi_in_rdata), .rfail(m_axi_in_rresp[1]),
        .beat(in_beat), .beat_valid(in_beat_valid), .beat_ready(in_beat_ready), .error(read_error)
    );

    // Places in the queue behind the core that are taken or promised.
    reg  [@DEPTH_BITS@:0] reserved;
    wire room = !reserved[@DEPTH_BITS@];

    wire [@X@:0] x;
    wire x_valid;
    @K@_unpack unpack (
        .clk(ap_clk), .reset(reset), .start(go), .events(batch),
        .beat(in_beat), .beat_valid(in_beat_valid), .beat_ready(in_beat_ready),
        .room(room), .issue(issue), .x(x), .x_valid(x_valid)
    );

    // The core, and beside it the mark that says which of its outputs are events.
    wire [@Y@:0] y;
    @CORE@ core (.clk(ap_clk), .x(x), .y(y));
@MARKS@
    wire [@Y@:0] result;
    wire result_valid, pack_ready, never_full;
    wire result_mine = result_valid && out_left != 32'd0; // the next batch's results wait
    assign result_leaves = result_mine && pack_ready;
    @K@_fifo #(.WIDTH(@YBITS@), .DEPTH_BITS(@DEPTH_BITS@)) results (
        .clk(ap_clk), .reset(reset),
        .in_data(y), .in_valid(y_valid), .in_ready(never_full),
        .out_data(result), .out_valid(result_valid), .out_ready(result_leaves)
    );
    always @(posedge ap_clk) begin
        if (reset) reserved <= @DEPTH_ZERO@;
        else reserved <= reserved + {@DEPTH_PAD@'d0, issue} - {@DEPTH_PAD@'d0, result_leaves};
    end

    wire [511:0] packed_beat, out_beat;
    wire [63:0]  packed_strobe, out_strobe;
    wire         packed_valid, packed_ready, out_valid, out_ready;
    @K@_pack pack (
        .clk(ap_clk), .reset(reset), .start(out_go), .events(out_batch),
        .y(result), .y_valid(result_mine), .y_ready(pack_ready),
        .beat(packed_beat), .strobe(packed_strobe), .beat_valid(packed_valid), .beat_ready(packed_ready)
    );
    @K@_fifo #(.WIDTH(576), .DEPTH_BITS(4)) beats_out (
        .clk(ap_clk), .reset(reset),
        .in_data({packed_strobe, packed_beat}), .in_valid(packed_valid && !stop), .in_ready(packed_ready),
        .out_data({out_strobe, out_beat}), .out_valid(out_valid), .out_ready(out_ready)
    );

    assign m_axi_out_wdata = out_beat;
    wire   blank;
    assign m_axi_out_wstrb = blank ? 64'd0 : out_strobe;
    @K@_writer writer (
        .clk(ap_clk), .reset(reset), .start(out_go), .clear(fresh), .stop(stop), .stopped(writer_stopped), .blank(blank),
        .address(out_at), .beats(out_beats),
        .awvalid(m_axi_out_awvalid), .awready(m_axi_out_awready), .awaddr(m_axi_out_awaddr), .awlen(m_axi_out_awlen),
        .wvalid(m_axi_out_wvalid), .wready(m_axi_out_wready), .wlast(m_axi_out_wlast),
        .bvalid(m_axi_out_bvalid), .bready(m_axi_out_bready), .bfail(m_axi_out_bresp[1]),
        .beat_valid(out_valid), .beat_ready(out_ready), .idle(writer_idle), .error(write_error)
    );

    // One identifier and known lengths: nothing to learn from these.
    wire unused = &{1'b0, m_axi_in_rlast, m_axi_in_rid, m_axi_in_rresp[0], m_axi_out_bid, m_axi_out_bresp[0], never_full};
endmodule
)v";

/// Beats of `batch` events as a 48-bit expression.
std::string beats_of(const EventLayout& layout) {
    if (layout.bytes > 64) {
        return fmt::format("{{16'd0, batch}} * 48'd{}", layout.beats_per_event());
    }
    const std::uint32_t shift = ceil_log2(layout.events_per_beat());
    return shift == 0 ? "{16'd0, batch}"
                      : fmt::format("({{16'd0, batch}} + 48'd{}) >> {}", layout.events_per_beat() - 1, shift);
}

/// The shift register of `latency` marks.
std::string marks_of(std::uint32_t latency) {
    if (latency == 1) {
        return "    reg y_valid;\n    always @(posedge ap_clk) y_valid <= x_valid && !reset;\n";
    }
    return fmt::format("    reg [{0}:0] marks;\n"
                       "    wire y_valid = marks[{0}];\n"
                       "    always @(posedge ap_clk) marks <= reset ? {1}'d0 : {{marks[{2}:0], x_valid}};\n",
                       latency - 1, latency, latency - 2);
}

std::string in_words(const EventLayout& layout) {
    return fmt::format("{} elements, {} bytes an event", layout.elements.size(), layout.bytes);
}

} // namespace

std::string top_verilog(const KernelInfo& info, const rtl::Core& core, const Options& options) {
    // The queue must hold what the core, its input register and the queue's own two ranks have under way, or it would
    // throttle.
    const std::uint32_t depth_bits = ceil_log2(core.latency + 16);
    const Marks marks{{"K", info.name},
                      {"CONTROL_PORTS", control_ports},
                      {"CONTROL_CONNECTIONS", control_connections},
                      {"CORE", core.module},
                      {"IN_WHAT", in_words(info.input)},
                      {"OUT_WHAT", in_words(info.output)},
                      {"IN_BEATS", beats_of(info.input)},
                      {"OUT_BEATS", beats_of(info.output)},
                      {"CHAIN", info.control == Control::ap_ctrl_chain ? "1" : "0"},
                      {"PROTOCOL", to_string(info.control)},
                      {"LATENCY", std::to_string(core.latency)},
                      {"READ_BITS", std::to_string(ceil_log2(options.read_buffer_beats))},
                      {"DEPTH_BITS", std::to_string(depth_bits)},
                      {"DEPTH_PAD", std::to_string(depth_bits)},
                      {"DEPTH_ZERO", fmt::format("{}'d0", depth_bits + 1)},
                      {"X", std::to_string(core.input_bits - 1)},
                      {"Y", std::to_string(core.output_bits - 1)},
                      {"YBITS", std::to_string(core.output_bits)},
                      {"MARKS", marks_of(core.latency)},
                      {"CHECKSUM_PORTS", info.checksums ? ",\n        .input_checksum(input_checksum), "
                                                          ".output_checksum(output_checksum)"
                                                        : ""},
                      {"CHECKSUMS", info.checksums ? fill(checksums, {{"K", info.name}}) : ""}};
    return fill(ports, marks) + fill(sequencer, marks) + fill(path, marks);
}

} // namespace gw::shell
