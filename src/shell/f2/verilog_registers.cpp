// Registers on the shell's AXI4-Lite ports, and the way from there and from the ring to the kernel's own.
#include "shell/f2/texts.hpp"

namespace gw::shell::f2 {

const char* const port_verilog =
    R"v(// An AXI4-Lite slave as one access at a time, which is held until it is answered. The shell gives up on a port after 8 us, so
// every address must answer: those beyond 8 KiB do so here, with 0.
module @K@_f2_port (
    input  wire        clk,
    input  wire        reset,
    input  wire        awvalid,
    output wire        awready,
    input  wire [31:0] awaddr,
    input  wire        wvalid,
    output wire        wready,
    input  wire [31:0] wdata,
    input  wire [3:0]  wstrb,
    output reg         bvalid,
    input  wire        bready,
    input  wire        arvalid,
    output wire        arready,
    input  wire [31:0] araddr,
    output reg         rvalid,
    input  wire        rready,
    output reg  [31:0] rdata,
    output reg         access,
    output reg         write,
    output reg  [12:0] address,
    output wire [31:0] data,
    output wire [3:0]  strobe,
    input  wire        ack,
    input  wire [31:0] answer
);
    reg        have_waddress, have_data, have_raddress;
    reg [31:0] waddress, raddress, write_data;
    reg [3:0]  write_strobe;

    assign awready = !have_waddress;
    assign wready  = !have_data;
    assign arready = !have_raddress;
    assign data    = write_data;
    assign strobe  = write_strobe;

    // BAR0 is 64 MiB: the shell gives 26 bits of address.
    wire write_here = waddress[25:13] == 13'd0, read_here = raddress[25:13] == 13'd0;
    wire write_next = have_waddress && have_data && !access && !bvalid;
    wire read_next  = have_raddress && !access && !rvalid && !write_next;
    wire written    = (access && write && ack) || (write_next && !write_here);
    wire was_read   = (access && !write && ack) || (read_next && !read_here);

    always @(posedge clk) begin
        if (reset) begin
            have_waddress <= 1'b0;
            have_data     <= 1'b0;
            have_raddress <= 1'b0;
            access        <= 1'b0;
            bvalid        <= 1'b0;
            rvalid        <= 1'b0;
        end else begin
            if (awvalid && awready) have_waddress <= 1'b1;
            else if (written)       have_waddress <= 1'b0;
            if (wvalid && wready)   have_data <= 1'b1;
            else if (written)       have_data <= 1'b0;
            if (arvalid && arready) have_raddress <= 1'b1;
            else if (was_read)      have_raddress <= 1'b0;
            if (access && ack)                                            access <= 1'b0;
            else if ((write_next && write_here) || (read_next && read_here)) access <= 1'b1;
            if (written)     bvalid <= 1'b1;
            else if (bready) bvalid <= 1'b0;
            if (was_read)    rvalid <= 1'b1;
            else if (rready) rvalid <= 1'b0;
        end
        if (awvalid && awready) waddress <= awaddr;
        if (arvalid && arready) raddress <= araddr;
        if (wvalid && wready) begin
            write_data   <= wdata;
            write_strobe <= wstrb;
        end
        if (!access) begin
            write   <= write_next;
            address <= write_next ? waddress[12:0] : raddress[12:0];
        end
        if (was_read) rdata <= access ? answer : 32'd0;
    end

    wire unused = &{1'b0, waddress[31:26], raddress[31:26]};
endmodule
)v";

const char* const bus_verilog =
    R"v(// The kernel's control port for two: the host (a), who goes first, and the ring (b). While the kernel is in reset every access is
// answered at once, with 0.
module @K@_f2_bus (
    input  wire        clk,
    input  wire        reset,
    input  wire        a_access,
    input  wire        a_write,
    input  wire [11:0] a_address,
    input  wire [31:0] a_data,
    input  wire [3:0]  a_strobe,
    output wire        a_ack,
    input  wire        b_access,
    input  wire        b_write,
    input  wire [11:0] b_address,
    input  wire [31:0] b_data,
    output wire        b_ack,
    output reg  [31:0] answer,
    output reg         awvalid,
    input  wire        awready,
    output reg         wvalid,
    input  wire        wready,
    input  wire        bvalid,
    output reg         arvalid,
    input  wire        arready,
    input  wire        rvalid,
    input  wire [31:0] rdata,
    output reg  [11:0] address,
    output reg  [31:0] data,
    output reg  [3:0]  strobe
);
    reg busy, owner, ack;
    assign a_ack = ack && !owner;
    assign b_ack = ack && owner;
    wire take = !busy && !ack && (a_access || b_access);
    wire done = busy && (bvalid || rvalid);

    always @(posedge clk) begin
        if (reset) begin
            busy    <= 1'b0;
            awvalid <= 1'b0;
            wvalid  <= 1'b0;
            arvalid <= 1'b0;
            ack     <= !ack && (a_access || b_access);
            answer  <= 32'd0;
            owner   <= !a_access;
        end else begin
            ack <= done;
            if (done) begin
                busy   <= 1'b0;
                answer <= rdata;
            end
            if (take) begin
                busy    <= 1'b1;
                owner   <= !a_access;
                address <= a_access ? a_address : b_address;
                data    <= a_access ? a_data : b_data;
                strobe  <= a_access ? a_strobe : 4'hf;
                awvalid <= a_access ? a_write : b_write;
                wvalid  <= a_access ? a_write : b_write;
                arvalid <= a_access ? !a_write : !b_write;
            end else begin
                if (awready) awvalid <= 1'b0;
                if (wready)  wvalid  <= 1'b0;
                if (arready) arvalid <= 1'b0;
            end
        end
    end
endmodule
)v";

} // namespace gw::shell::f2
