// The stream kernel's top module. As in the kernel with AXI masters, the core cannot stall, so what enters it has a
// place promised in the queue behind it (`reserved`), and a slow reader stops the stream in, never the core.
#include <fmt/format.h>

#include "shell/template.hpp"
#include "shell/verilog.hpp"
#include "shell/zynq/verilog_stream.hpp"

namespace gw::shell {

namespace {

constexpr const char* ports =
    R"v(// @CORE@ between two AXI4-Streams of @WIDTH@ bits, for AXI DMA: docs/zynq.md. A packet of events in gives one packet of results.
module @K@ (
    input  wire         ap_clk,
    input  wire         ap_rst_n,
@CONTROL_PORTS@    // events in: @IN_WHAT@
    input  wire [@BEATTOP@:0] s_axis_events_tdata,
    input  wire [@KEEPTOP@:0] s_axis_events_tkeep,
    input  wire         s_axis_events_tlast,
    input  wire         s_axis_events_tvalid,
    output wire         s_axis_events_tready,
    // results out: @OUT_WHAT@
    output wire [@BEATTOP@:0] m_axis_results_tdata,
    output wire [@KEEPTOP@:0] m_axis_results_tkeep,
    output wire         m_axis_results_tlast,
    output wire         m_axis_results_tvalid,
    input  wire         m_axis_results_tready
);
)v";

constexpr const char* path = R"v(    reg  reset;
    wire clear;
    wire path_reset = reset || clear;
    always @(posedge ap_clk) reset <= !ap_rst_n;

    // Places in the queue behind the core that are taken or promised.
    reg  [@DEPTH_BITS@:0] reserved;
    wire room = !reserved[@DEPTH_BITS@];
    wire issue, unpack_idle, pack_idle;
    wire [2:0] broken;

    wire [@X@:0] x;
    wire x_valid, x_event, x_last, event_ready;
    assign s_axis_events_tready = event_ready && !path_reset;
    @K@_unpack unpack (
        .clk(ap_clk), .reset(path_reset),
        .tdata(s_axis_events_tdata), .tkeep(s_axis_events_tkeep), .tlast(s_axis_events_tlast),
        .tvalid(s_axis_events_tvalid && !path_reset), .tready(event_ready),
        .room(room), .issue(issue), .x(x), .x_valid(x_valid), .x_event(x_event), .x_last(x_last),
        .idle(unpack_idle), .errors(broken)
    );

    // The core, and beside it the marks that say which of its outputs are events, and which of those end a packet.
    wire [@Y@:0] y;
    @CORE@ core (.clk(ap_clk), .x(x), .y(y));
@MARKS@
    wire [@Y@:0] result;
    wire result_event, result_last, result_valid, result_ready, never_full;
    wire result_leaves = result_valid && result_ready;
    @K@_fifo #(.WIDTH(@ENTRY@), .DEPTH_BITS(@DEPTH_BITS@)) results (
        .clk(ap_clk), .reset(path_reset),
        .in_data({y_event, y_last, y}), .in_valid(y_valid), .in_ready(never_full),
        .out_data({result_event, result_last, result}), .out_valid(result_valid), .out_ready(result_ready)
    );
    always @(posedge ap_clk) begin
        if (path_reset) reserved <= @DEPTH_ZERO@;
        else reserved <= reserved + {@DEPTH_BITS@'d0, issue} - {@DEPTH_BITS@'d0, result_leaves};
    end

    @K@_pack pack (
        .clk(ap_clk), .reset(path_reset),
        .y(result), .y_valid(result_valid), .y_event(result_event), .y_last(result_last), .y_ready(result_ready),
        .tdata(m_axis_results_tdata), .tkeep(m_axis_results_tkeep), .tlast(m_axis_results_tlast),
        .tvalid(m_axis_results_tvalid), .tready(m_axis_results_tready), .idle(pack_idle)
    );

    @K@_control control (
        .clk(ap_clk), .reset(reset),
@CONTROL_CONNECTIONS@        .clear(clear), .idle(unpack_idle && reserved == @DEPTH_ZERO@ && pack_idle),
        .in_valid(s_axis_events_tvalid), .in_ready(s_axis_events_tready), .in_last(s_axis_events_tlast),
        .out_valid(m_axis_results_tvalid), .out_ready(m_axis_results_tready), .out_last(m_axis_results_tlast),
        .event_in(x_valid && x_event), .event_out(result_leaves && result_event), .broken(broken)
    );

    wire unused = &{1'b0, never_full};
endmodule
)v";

/// Shift registers of `latency` marks: whether there is an entry, an event, the last one.
std::string marks_of(std::uint32_t latency) {
    std::string text;
    for (const char* mark : {"valid", "event", "last"})
        text += latency == 1
                    ? fmt::format("    reg y_{0};\n    always @(posedge ap_clk) y_{0} <= x_{0} && !path_reset;\n", mark)
                    : fmt::format("    reg [{1}:0] marks_{0};\n    wire y_{0} = marks_{0}[{1}];\n"
                                  "    always @(posedge ap_clk) marks_{0} <= path_reset ? {2}'d0 : "
                                  "{{marks_{0}[{3}:0], x_{0}}};\n",
                                  mark, latency - 1, latency, latency - 2);
    return text;
}

std::string in_words(const EventLayout& layout) {
    return fmt::format("{} elements in a row, {} bytes an event", layout.elements.size(), layout.bytes);
}

} // namespace

std::string stream_top_verilog(const StreamKernel& kernel, const rtl::Core& core) {
    // The queue must hold what the core, its input register and the queue's own two ranks have under way, or it would
    // throttle.
    const std::uint32_t depth_bits = ceil_log2(core.latency + 16);
    const Marks marks{{"K", kernel.name},
                      {"CONTROL_PORTS", control_ports},
                      {"CONTROL_CONNECTIONS", control_connections},
                      {"CORE", core.module},
                      {"WIDTH", std::to_string(kernel.width)},
                      {"BEATTOP", std::to_string(kernel.width - 1)},
                      {"KEEPTOP", std::to_string(kernel.beat_bytes() - 1)},
                      {"IN_WHAT", in_words(kernel.input)},
                      {"OUT_WHAT", in_words(kernel.output)},
                      {"DEPTH_BITS", std::to_string(depth_bits)},
                      {"DEPTH_ZERO", fmt::format("{}'d0", depth_bits + 1)},
                      {"X", std::to_string(core.input_bits - 1)},
                      {"Y", std::to_string(core.output_bits - 1)},
                      {"ENTRY", std::to_string(core.output_bits + 2)},
                      {"MARKS", marks_of(core.latency)}};
    return fill(ports, marks) + fill(path, marks);
}

} // namespace gw::shell
