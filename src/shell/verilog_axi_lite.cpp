// An AXI4-Lite slave (Arm IHI 0022, B1) as kernels have it: their own registers stand beside it in the same module.
#include "shell/verilog.hpp"

namespace gw::shell {

const char* const axi_lite_ports =
    R"v(    input  wire         clk,
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
)v";

const char* const axi_lite_slave =
    R"v(    reg        have_address, have_data;
    reg [9:0]  write_word;
    reg [31:0] write_data;
    reg [3:0]  write_strobe;

    // Address and data come in either order; the write happens once both are here.
    assign awready = !have_address;
    assign wready  = !have_data;
    assign bresp   = 2'b00;
    assign rresp   = 2'b00;
    assign arready = !rvalid;

    wire write = have_address && have_data && !bvalid;
    wire take  = arvalid && arready;

    always @(posedge clk) begin
        if (reset) begin
            have_address <= 1'b0;
            have_data    <= 1'b0;
            bvalid       <= 1'b0;
        end else begin
            if (awvalid && awready) have_address <= 1'b1;
            else if (write)         have_address <= 1'b0;
            if (wvalid && wready)   have_data    <= 1'b1;
            else if (write)         have_data    <= 1'b0;
            if (write)              bvalid <= 1'b1;
            else if (bready)        bvalid <= 1'b0;
        end
        if (awvalid && awready) write_word <= awaddr[11:2];
        if (wvalid && wready) begin
            write_data   <= wdata;
            write_strobe <= wstrb;
        end
    end

    always @(posedge clk) begin
        if (reset)       rvalid <= 1'b0;
        else if (take)   rvalid <= 1'b1;
        else if (rready) rvalid <= 1'b0;
    end

)v";

const char* const control_ports =
    R"v(    // control: AXI4-Lite slave
    input  wire         s_axi_control_awvalid,
    output wire         s_axi_control_awready,
    input  wire [11:0]  s_axi_control_awaddr,
    input  wire         s_axi_control_wvalid,
    output wire         s_axi_control_wready,
    input  wire [31:0]  s_axi_control_wdata,
    input  wire [3:0]   s_axi_control_wstrb,
    output wire         s_axi_control_bvalid,
    input  wire         s_axi_control_bready,
    output wire [1:0]   s_axi_control_bresp,
    input  wire         s_axi_control_arvalid,
    output wire         s_axi_control_arready,
    input  wire [11:0]  s_axi_control_araddr,
    output wire         s_axi_control_rvalid,
    input  wire         s_axi_control_rready,
    output wire [31:0]  s_axi_control_rdata,
    output wire [1:0]   s_axi_control_rresp,
)v";

const char* const control_connections =
    R"v(        .awvalid(s_axi_control_awvalid), .awready(s_axi_control_awready), .awaddr(s_axi_control_awaddr),
        .wvalid(s_axi_control_wvalid), .wready(s_axi_control_wready), .wdata(s_axi_control_wdata), .wstrb(s_axi_control_wstrb),
        .bvalid(s_axi_control_bvalid), .bready(s_axi_control_bready), .bresp(s_axi_control_bresp),
        .arvalid(s_axi_control_arvalid), .arready(s_axi_control_arready), .araddr(s_axi_control_araddr),
        .rvalid(s_axi_control_rvalid), .rready(s_axi_control_rready), .rdata(s_axi_control_rdata), .rresp(s_axi_control_rresp),
)v";

} // namespace gw::shell
