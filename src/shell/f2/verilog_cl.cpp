// The design's two tops: a plain Verilog module with all that is ours, and the module that AWS's kit asks for, which
// connects it to the shell's ports and gives the unused ones their quiet values.
#include "shell/f2/texts.hpp"

namespace gw::shell::f2 {

const char* const top_verilog =
    R"v(// Kernel @K@ behind the ports of AWS's small shell that it uses: OCL (registers), PCIM (host memory), one interrupt, and the
// function level reset. Registers: docs/f2.md.
module @K@_f2 (
    input  wire         clk,
    input  wire         rst_n,
    input  wire         flr_assert,
    output wire         flr_done,
    output wire [3:0]   lights,         // busy, ring on, ring stopped, in reset
    output wire         irq_request,
    input  wire         irq_ack,
    input  wire         ocl_awvalid,
    output wire         ocl_awready,
    input  wire [31:0]  ocl_awaddr,
    input  wire         ocl_wvalid,
    output wire         ocl_wready,
    input  wire [31:0]  ocl_wdata,
    input  wire [3:0]   ocl_wstrb,
    output wire         ocl_bvalid,
    input  wire         ocl_bready,
    input  wire         ocl_arvalid,
    output wire         ocl_arready,
    input  wire [31:0]  ocl_araddr,
    output wire         ocl_rvalid,
    input  wire         ocl_rready,
    output wire [31:0]  ocl_rdata,
    output wire         pcim_awvalid,
    input  wire         pcim_awready,
    output wire [63:0]  pcim_awaddr,
    output wire [7:0]   pcim_awlen,
    output wire [15:0]  pcim_awid,
    output wire         pcim_wvalid,
    input  wire         pcim_wready,
    output wire [511:0] pcim_wdata,
    output wire         pcim_wlast,
    input  wire         pcim_bvalid,
    output wire         pcim_bready,
    input  wire [15:0]  pcim_bid,
    input  wire [1:0]   pcim_bresp,
    output wire         pcim_arvalid,
    input  wire         pcim_arready,
    output wire [63:0]  pcim_araddr,
    output wire [7:0]   pcim_arlen,
    output wire [15:0]  pcim_arid,
    input  wire         pcim_rvalid,
    output wire         pcim_rready,
    input  wire [511:0] pcim_rdata,
    input  wire [15:0]  pcim_rid,
    input  wire         pcim_rlast,
    input  wire [1:0]   pcim_rresp
);
    // A reset of the kernel waits for the mover: what the shell has been asked for must be taken. FLUSH holds the kernel in reset and
    // begins nothing new; CLEAR empties mover and ring.
    localparam [1:0] RUN = 2'd0, FLUSH = 2'd1, CLEAR = 2'd2;
    localparam [11:0] FLR_LIMIT = 12'd2000;     // clocks: 8 us

    reg         reset;
    reg  [1:0]  state;
    reg         flr_seen, done;
    reg  [11:0] flr_clocks;
    reg         inner_reset, kernel_reset_n;
    wire        begin_reset;
    wire [4:0]  reads;
    wire [5:0]  writes;
    wire        quiet = reads == 5'd0 && writes == 6'd0 && !pcim_arvalid && !pcim_awvalid && !pcim_wvalid;
    wire        flr_begins = flr_assert && !flr_seen;
    assign flr_done = done;

    always @(posedge clk) begin
        reset          <= !rst_n;
        inner_reset    <= reset || state == CLEAR;
        kernel_reset_n <= !(reset || state != RUN || flr_begins || begin_reset);
        if (reset) begin
            state      <= RUN;
            flr_seen   <= 1'b0;
            done       <= 1'b0;
            flr_clocks <= 12'd0;
        end else begin
            case (state)
                RUN:     if (begin_reset || flr_begins) state <= FLUSH;
                FLUSH:   if (quiet) state <= CLEAR;
                default: state <= RUN;
            endcase
            flr_seen <= flr_assert;
            // Done is answered in any case: the host waits for it.
            if (!flr_assert) flr_clocks <= 12'd0;
            else if (flr_clocks != FLR_LIMIT) flr_clocks <= flr_clocks + 12'd1;
            done <= flr_assert && flr_seen && (state == RUN || flr_clocks == FLR_LIMIT);
        end
    end

    // Registers: below 0x1000 the kernel's, from there on the ring's.
    wire        access, write, host_ack, ring_ack, bus_ack;
    wire [12:0] address;
    wire [31:0] data, ring_answer, bus_answer;
    wire [3:0]  strobe;
    assign host_ack = address[12] ? ring_ack : bus_ack;
    @K@_f2_port port (
        .clk(clk), .reset(reset),
        .awvalid(ocl_awvalid), .awready(ocl_awready), .awaddr(ocl_awaddr),
        .wvalid(ocl_wvalid), .wready(ocl_wready), .wdata(ocl_wdata), .wstrb(ocl_wstrb),
        .bvalid(ocl_bvalid), .bready(ocl_bready),
        .arvalid(ocl_arvalid), .arready(ocl_arready), .araddr(ocl_araddr),
        .rvalid(ocl_rvalid), .rready(ocl_rready), .rdata(ocl_rdata),
        .access(access), .write(write), .address(address), .data(data), .strobe(strobe),
        .ack(host_ack), .answer(address[12] ? ring_answer : bus_answer)
    );

    wire        b_access, b_write, b_ack, interrupt, fetch, fetched, fetch_fail, put, put_done, put_fail;
    wire        busy, enabled, stopped;
    wire [11:0] b_address;
    wire [31:0] b_data;
    wire [63:0] fetch_address, put_address;
    wire [511:0] fetch_data, put_data;
    @K@_f2_ring ring (
        .clk(clk), .reset(inner_reset), .resetting(state != RUN), .begin_reset(begin_reset),
        .access(access && address[12]), .write(write), .address(address[11:0]), .data(data), .ack(ring_ack), .answer(ring_answer),
        .reads_outstanding(reads), .writes_outstanding(writes),
        .b_access(b_access), .b_write(b_write), .b_address(b_address), .b_data(b_data), .b_ack(b_ack), .b_answer(bus_answer),
        .kernel_interrupt(interrupt),
        .fetch(fetch), .fetch_address(fetch_address), .fetched(fetched), .fetch_fail(fetch_fail), .fetch_data(fetch_data),
        .put(put), .put_address(put_address), .put_data(put_data), .put_done(put_done), .put_fail(put_fail),
        .irq_request(irq_request), .irq_ack(irq_ack), .busy(busy), .enabled(enabled), .stopped(stopped)
    );

    wire        c_awvalid, c_awready, c_wvalid, c_wready, c_bvalid, c_arvalid, c_arready, c_rvalid;
    wire [11:0] c_address;
    wire [31:0] c_data, c_rdata;
    wire [3:0]  c_strobe;
    wire [1:0]  c_bresp, c_rresp;
    @K@_f2_bus bus (
        .clk(clk), .reset(!kernel_reset_n),
        .a_access(access && !address[12]), .a_write(write), .a_address(address[11:0]), .a_data(data), .a_strobe(strobe),
        .a_ack(bus_ack),
        .b_access(b_access), .b_write(b_write), .b_address(b_address), .b_data(b_data), .b_ack(b_ack), .answer(bus_answer),
        .awvalid(c_awvalid), .awready(c_awready), .wvalid(c_wvalid), .wready(c_wready), .bvalid(c_bvalid),
        .arvalid(c_arvalid), .arready(c_arready), .rvalid(c_rvalid), .rdata(c_rdata),
        .address(c_address), .data(c_data), .strobe(c_strobe)
    );

    wire         k_arvalid, k_arready, k_rvalid, k_rready, k_rlast, k_rfail;
    wire         k_awvalid, k_awready, k_wvalid, k_wready, k_wlast, k_bvalid, k_bready, k_bfail;
    wire [63:0]  k_araddr, k_awaddr, k_wstrb;
    wire [7:0]   k_arlen, k_awlen;
    wire [511:0] k_rdata, k_wdata;
    wire [0:0]   k_arid, k_awid;
    wire [2:0]   k_arsize, k_awsize, k_arprot, k_awprot;
    wire [1:0]   k_arburst, k_awburst, k_arlock, k_awlock;
    wire [3:0]   k_arcache, k_awcache, k_arqos, k_awqos;
    @K@ kernel (
        .ap_clk(clk), .ap_rst_n(kernel_reset_n), .interrupt(interrupt),
        .s_axi_control_awvalid(c_awvalid), .s_axi_control_awready(c_awready), .s_axi_control_awaddr(c_address),
        .s_axi_control_wvalid(c_wvalid), .s_axi_control_wready(c_wready), .s_axi_control_wdata(c_data),
        .s_axi_control_wstrb(c_strobe),
        .s_axi_control_bvalid(c_bvalid), .s_axi_control_bready(1'b1), .s_axi_control_bresp(c_bresp),
        .s_axi_control_arvalid(c_arvalid), .s_axi_control_arready(c_arready), .s_axi_control_araddr(c_address),
        .s_axi_control_rvalid(c_rvalid), .s_axi_control_rready(1'b1), .s_axi_control_rdata(c_rdata), .s_axi_control_rresp(c_rresp),
        .m_axi_in_arvalid(k_arvalid), .m_axi_in_arready(k_arready), .m_axi_in_araddr(k_araddr), .m_axi_in_arlen(k_arlen),
        .m_axi_in_arid(k_arid), .m_axi_in_arsize(k_arsize), .m_axi_in_arburst(k_arburst), .m_axi_in_arlock(k_arlock),
        .m_axi_in_arcache(k_arcache), .m_axi_in_arprot(k_arprot), .m_axi_in_arqos(k_arqos),
        .m_axi_in_rvalid(k_rvalid), .m_axi_in_rready(k_rready), .m_axi_in_rdata(k_rdata), .m_axi_in_rlast(k_rlast),
        .m_axi_in_rid(1'b0), .m_axi_in_rresp({k_rfail, 1'b0}),
        .m_axi_out_awvalid(k_awvalid), .m_axi_out_awready(k_awready), .m_axi_out_awaddr(k_awaddr), .m_axi_out_awlen(k_awlen),
        .m_axi_out_awid(k_awid), .m_axi_out_awsize(k_awsize), .m_axi_out_awburst(k_awburst), .m_axi_out_awlock(k_awlock),
        .m_axi_out_awcache(k_awcache), .m_axi_out_awprot(k_awprot), .m_axi_out_awqos(k_awqos),
        .m_axi_out_wvalid(k_wvalid), .m_axi_out_wready(k_wready), .m_axi_out_wdata(k_wdata), .m_axi_out_wstrb(k_wstrb),
        .m_axi_out_wlast(k_wlast),
        .m_axi_out_bvalid(k_bvalid), .m_axi_out_bready(k_bready), .m_axi_out_bid(1'b0), .m_axi_out_bresp({k_bfail, 1'b0})
    );

    @K@_f2_reads mover_reads (
        .clk(clk), .reset(inner_reset), .flush(state != RUN), .outstanding(reads),
        .k_arvalid(k_arvalid), .k_arready(k_arready), .k_araddr(k_araddr), .k_arlen(k_arlen),
        .k_rvalid(k_rvalid), .k_rready(k_rready), .k_rdata(k_rdata), .k_rlast(k_rlast), .k_rfail(k_rfail),
        .fetch(fetch), .fetch_address(fetch_address), .fetched(fetched), .fetch_fail(fetch_fail), .fetch_data(fetch_data),
        .arvalid(pcim_arvalid), .arready(pcim_arready), .araddr(pcim_araddr), .arlen(pcim_arlen), .arid(pcim_arid),
        .rvalid(pcim_rvalid), .rready(pcim_rready), .rdata(pcim_rdata), .rid(pcim_rid), .rlast(pcim_rlast), .rfail(pcim_rresp[1])
    );
    @K@_f2_writes mover_writes (
        .clk(clk), .reset(inner_reset), .flush(state != RUN), .outstanding(writes),
        .k_awvalid(k_awvalid), .k_awready(k_awready), .k_awaddr(k_awaddr), .k_awlen(k_awlen),
        .k_wvalid(k_wvalid), .k_wready(k_wready), .k_wdata(k_wdata), .k_wlast(k_wlast), .k_bvalid(k_bvalid), .k_bfail(k_bfail),
        .put(put), .put_address(put_address), .put_data(put_data), .done(put_done), .put_fail(put_fail),
        .awvalid(pcim_awvalid), .awready(pcim_awready), .awaddr(pcim_awaddr), .awlen(pcim_awlen), .awid(pcim_awid),
        .wvalid(pcim_wvalid), .wready(pcim_wready), .wdata(pcim_wdata), .wlast(pcim_wlast),
        .bvalid(pcim_bvalid), .bready(pcim_bready), .bid(pcim_bid), .bfail(pcim_bresp[1])
    );

    // The kernel is at work while data move; its own state is behind its registers.
    reg  working;
    wire start_seen = c_wvalid && c_address == 12'h000 && c_data[0];
    always @(posedge clk) working <= kernel_reset_n && !interrupt && (working || start_seen);
    assign lights = {state != RUN, stopped, enabled, busy || working || reads != 5'd0 || writes != 6'd0};

    wire unused = &{1'b0, c_bresp, c_rresp, k_arid, k_awid, k_arsize, k_awsize, k_arprot, k_awprot, k_arburst, k_awburst, k_arlock,
                    k_awlock, k_arcache, k_awcache, k_arqos, k_awqos, k_wstrb, k_bready, pcim_bresp[0], pcim_rresp[0]};
endmodule
)v";

const char* const cl_verilog =
    R"v(// The custom logic for AWS's small shell. cl_ports.vh and sh_ddr come with AWS's kit (HDK_DIR); they are not part of this folder. In
// emulation/ stand substitutes of ours with the same names.
module @CL@ (
    `include "cl_ports.vh"
);
`include "cl_id_defines.vh"
`include "@CL@_defines.vh"

    logic [3:0] lights;
    logic       kernel_irq;

    assign cl_sh_id0         = `CL_SH_ID0;
    assign cl_sh_id1         = `CL_SH_ID1;
    assign cl_sh_status0     = 32'd0;
    assign cl_sh_status1     = 32'd0;
    assign cl_sh_status2     = 32'd0;
    assign cl_sh_status_vled = {12'd0, lights};
    assign cl_sh_dma_wr_full = 1'b0;
    assign cl_sh_dma_rd_full = 1'b0;
    assign cl_sh_apppf_irq_req = {15'd0, kernel_irq};

    @K@_f2 gatewright (
        .clk(clk_main_a0), .rst_n(rst_main_n), .flr_assert(sh_cl_flr_assert), .flr_done(cl_sh_flr_done), .lights(lights),
        .irq_request(kernel_irq), .irq_ack(sh_cl_apppf_irq_ack[0]),
        .ocl_awvalid(ocl_cl_awvalid), .ocl_awready(cl_ocl_awready), .ocl_awaddr(ocl_cl_awaddr),
        .ocl_wvalid(ocl_cl_wvalid), .ocl_wready(cl_ocl_wready), .ocl_wdata(ocl_cl_wdata), .ocl_wstrb(ocl_cl_wstrb),
        .ocl_bvalid(cl_ocl_bvalid), .ocl_bready(ocl_cl_bready),
        .ocl_arvalid(ocl_cl_arvalid), .ocl_arready(cl_ocl_arready), .ocl_araddr(ocl_cl_araddr),
        .ocl_rvalid(cl_ocl_rvalid), .ocl_rready(ocl_cl_rready), .ocl_rdata(cl_ocl_rdata),
        .pcim_awvalid(cl_sh_pcim_awvalid), .pcim_awready(sh_cl_pcim_awready), .pcim_awaddr(cl_sh_pcim_awaddr),
        .pcim_awlen(cl_sh_pcim_awlen), .pcim_awid(cl_sh_pcim_awid),
        .pcim_wvalid(cl_sh_pcim_wvalid), .pcim_wready(sh_cl_pcim_wready), .pcim_wdata(cl_sh_pcim_wdata),
        .pcim_wlast(cl_sh_pcim_wlast),
        .pcim_bvalid(sh_cl_pcim_bvalid), .pcim_bready(cl_sh_pcim_bready), .pcim_bid(sh_cl_pcim_bid), .pcim_bresp(sh_cl_pcim_bresp),
        .pcim_arvalid(cl_sh_pcim_arvalid), .pcim_arready(sh_cl_pcim_arready), .pcim_araddr(cl_sh_pcim_araddr),
        .pcim_arlen(cl_sh_pcim_arlen), .pcim_arid(cl_sh_pcim_arid),
        .pcim_rvalid(sh_cl_pcim_rvalid), .pcim_rready(cl_sh_pcim_rready), .pcim_rdata(sh_cl_pcim_rdata), .pcim_rid(sh_cl_pcim_rid),
        .pcim_rlast(sh_cl_pcim_rlast), .pcim_rresp(sh_cl_pcim_rresp)
    );
    assign cl_ocl_bresp = 2'b00;
    assign cl_ocl_rresp = 2'b00;

    // Host memory: 64 bytes a beat, rising addresses, whole beats; the rest at the values that the shell asks for.
    assign cl_sh_pcim_awsize  = 3'b110;
    assign cl_sh_pcim_awburst = 2'b01;
    assign cl_sh_pcim_awcache = 4'b0000;
    assign cl_sh_pcim_awlock  = 1'b0;
    assign cl_sh_pcim_awprot  = 3'b000;
    assign cl_sh_pcim_awqos   = 4'b0000;
    assign cl_sh_pcim_awuser  = 55'd0;
    assign cl_sh_pcim_wid     = 16'd0;
    assign cl_sh_pcim_wuser   = 64'd0;
    assign cl_sh_pcim_wstrb   = {64{1'b1}};
    assign cl_sh_pcim_arsize  = 3'b110;
    assign cl_sh_pcim_arburst = 2'b01;
    assign cl_sh_pcim_arcache = 4'b0000;
    assign cl_sh_pcim_arlock  = 1'b0;
    assign cl_sh_pcim_arprot  = 3'b000;
    assign cl_sh_pcim_arqos   = 4'b0000;
    assign cl_sh_pcim_aruser  = 55'd0;

    logic quiet_reset;
    always_ff @(posedge clk_main_a0) quiet_reset <= !rst_main_n;

    // Burst writes of the host: not used, but answered.
    @K@_f2_sink pcis (
        .clk(clk_main_a0), .reset(quiet_reset),
        .awvalid(sh_cl_dma_pcis_awvalid), .awready(cl_sh_dma_pcis_awready), .awid(sh_cl_dma_pcis_awid),
        .wvalid(sh_cl_dma_pcis_wvalid), .wready(cl_sh_dma_pcis_wready), .wlast(sh_cl_dma_pcis_wlast),
        .bvalid(cl_sh_dma_pcis_bvalid), .bready(sh_cl_dma_pcis_bready), .bid(cl_sh_dma_pcis_bid),
        .arvalid(sh_cl_dma_pcis_arvalid), .arready(cl_sh_dma_pcis_arready), .arid(sh_cl_dma_pcis_arid),
        .arlen(sh_cl_dma_pcis_arlen),
        .rvalid(cl_sh_dma_pcis_rvalid), .rready(sh_cl_dma_pcis_rready), .rid(cl_sh_dma_pcis_rid), .rlast(cl_sh_dma_pcis_rlast)
    );
    assign cl_sh_dma_pcis_bresp = 2'b11;
    assign cl_sh_dma_pcis_rresp = 2'b11;
    assign cl_sh_dma_pcis_rdata = 512'd0;
    assign cl_sh_dma_pcis_ruser = 64'd0;

    // The management function's registers: not used, but answered.
    logic        sda_access, sda_write;
    logic [12:0] sda_address;
    logic [31:0] sda_data;
    logic [3:0]  sda_strobe;
    @K@_f2_port sda (
        .clk(clk_main_a0), .reset(quiet_reset),
        .awvalid(sda_cl_awvalid), .awready(cl_sda_awready), .awaddr(sda_cl_awaddr),
        .wvalid(sda_cl_wvalid), .wready(cl_sda_wready), .wdata(sda_cl_wdata), .wstrb(sda_cl_wstrb),
        .bvalid(cl_sda_bvalid), .bready(sda_cl_bready),
        .arvalid(sda_cl_arvalid), .arready(cl_sda_arready), .araddr(sda_cl_araddr),
        .rvalid(cl_sda_rvalid), .rready(sda_cl_rready), .rdata(cl_sda_rdata),
        .access(sda_access), .write(sda_write), .address(sda_address), .data(sda_data), .strobe(sda_strobe), .ack(sda_access),
        .answer(32'd0)
    );
    assign cl_sda_bresp = 2'b00;
    assign cl_sda_rresp = 2'b00;

    // The shell wants this module even where a design has no use for the card's DDR4.
    sh_ddr #(.DDR_PRESENT(0)) ddr (
        .clk(clk_main_a0), .rst_n(rst_main_n), .stat_clk(clk_main_a0), .stat_rst_n(rst_main_n),
        .CLK_DIMM_DP(CLK_DIMM_DP), .CLK_DIMM_DN(CLK_DIMM_DN), .M_ACT_N(M_ACT_N), .M_MA(M_MA), .M_BA(M_BA), .M_BG(M_BG),
        .M_CKE(M_CKE), .M_ODT(M_ODT), .M_CS_N(M_CS_N), .M_CLK_DN(M_CLK_DN), .M_CLK_DP(M_CLK_DP), .M_PAR(M_PAR), .M_DQ(M_DQ),
        .M_ECC(M_ECC), .M_DQS_DP(M_DQS_DP), .M_DQS_DN(M_DQS_DN), .cl_RST_DIMM_N(RST_DIMM_N)
    );
    assign cl_sh_ddr_stat_ack   = 1'b1;
    assign cl_sh_ddr_stat_rdata = 32'd0;
    assign cl_sh_ddr_stat_int   = 8'd0;

    // Neither high-bandwidth memory, nor a debug bridge, nor links to other cards.
    assign hbm_apb_paddr_0   = 22'd0;
    assign hbm_apb_pprot_0   = 3'd0;
    assign hbm_apb_psel_0    = 1'b0;
    assign hbm_apb_penable_0 = 1'b0;
    assign hbm_apb_pwrite_0  = 1'b0;
    assign hbm_apb_pwdata_0  = 32'd0;
    assign hbm_apb_pstrb_0   = 4'd0;
    assign hbm_apb_pready_0  = 1'b0;
    assign hbm_apb_prdata_0  = 32'd0;
    assign hbm_apb_pslverr_0 = 1'b0;
    assign hbm_apb_paddr_1   = 22'd0;
    assign hbm_apb_pprot_1   = 3'd0;
    assign hbm_apb_psel_1    = 1'b0;
    assign hbm_apb_penable_1 = 1'b0;
    assign hbm_apb_pwrite_1  = 1'b0;
    assign hbm_apb_pwdata_1  = 32'd0;
    assign hbm_apb_pstrb_1   = 4'd0;
    assign hbm_apb_pready_1  = 1'b0;
    assign hbm_apb_prdata_1  = 32'd0;
    assign hbm_apb_pslverr_1 = 1'b0;
    assign tdo               = 1'b0;
    assign PCIE_EP_TXP       = 8'd0;
    assign PCIE_EP_TXN       = 8'd0;
    assign PCIE_RP_PERSTN    = 1'b0;
    assign PCIE_RP_TXP       = 8'd0;
    assign PCIE_RP_TXN       = 8'd0;
endmodule
)v";

} // namespace gw::shell::f2
