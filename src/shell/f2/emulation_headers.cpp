// What stands in for AWS's kit where it is not: headers with the names and signatures of libfpga_mgmt that programs
// use, and the shell's port list for Verilator. All in our own words; on an F2 instance none of them is used.
#include "shell/f2/texts.hpp"

namespace gw::shell::f2 {

const char* const pci_header =
    R"cpp(// The part of AWS's fpga_pci.h that programs of this folder use, for builds where AWS's SDK is not installed. On an F2 instance the
// SDK's own header takes its place: names, arguments and values are the same. Functions return 0, or an error.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { FPGA_SLOT_MAX = 8 };
enum { FPGA_APP_PF = 0, FPGA_MGMT_PF = 1 };
enum { APP_PF_BAR0 = 0, APP_PF_BAR1 = 1, APP_PF_BAR4 = 4 };
enum { MGMT_PF_BAR0 = 0, MGMT_PF_BAR2 = 2, MGMT_PF_BAR4 = 4 };
enum { BURST_CAPABLE = 1 };

typedef int pci_bar_handle_t;
#define PCI_BAR_HANDLE_INIT (-1)

int fpga_pci_init(void);
int fpga_pci_attach(int slot_id, int pf_id, int bar_id, uint32_t flags, pci_bar_handle_t* handle);
int fpga_pci_detach(pci_bar_handle_t handle);
int fpga_pci_poke(pci_bar_handle_t handle, uint64_t offset, uint32_t value);
int fpga_pci_poke64(pci_bar_handle_t handle, uint64_t offset, uint64_t value);
int fpga_pci_write_burst(pci_bar_handle_t handle, uint64_t offset, uint32_t* datap, uint64_t dword_len);
int fpga_pci_peek(pci_bar_handle_t handle, uint64_t offset, uint32_t* value);
int fpga_pci_peek64(pci_bar_handle_t handle, uint64_t offset, uint64_t* value);
int fpga_pci_get_address(pci_bar_handle_t handle, uint64_t offset, uint64_t dword_len, void** ptr);
int fpga_pci_rescan_slot_app_pfs(int slot_id);

#ifdef __cplusplus
}
#endif
)cpp";

const char* const mgmt_header =
    R"cpp(// The part of AWS's fpga_mgmt.h that programs of this folder use; see fpga_pci.h beside it.
#pragma once

#include "fpga_pci.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FPGA_STATUS_LOADED = 0, FPGA_STATUS_CLEARED = 1, FPGA_STATUS_BUSY = 2, FPGA_STATUS_NOT_PROGRAMMED = 3, FPGA_STATUS_LOAD_FAILED = 7 };
enum { FPGA_ERR_OK = 0, FPGA_ERR_AFI_ID_INVALID = 5, FPGA_ERR_FAIL = 14 };

/// AWS's has more behind these members: identities, PCI resources, metrics. The emulation writes these only.
struct fpga_mgmt_image_info {
    int status;
    int status_q;
    int slot_id;
    char afi_id[64];
    uint8_t more[4096 - 76];
};

int fpga_mgmt_init(void);
int fpga_mgmt_close(void);
const char* fpga_mgmt_strerror(int err);
int fpga_mgmt_describe_local_image(int slot_id, struct fpga_mgmt_image_info* info, uint32_t flags);
int fpga_mgmt_get_status(int slot_id, int* status, int* status_q);
const char* fpga_mgmt_get_status_name(int status);
int fpga_mgmt_clear_local_image(int slot_id);
int fpga_mgmt_clear_local_image_sync(int slot_id, uint32_t timeout, uint32_t delay_msec, struct fpga_mgmt_image_info* info);
int fpga_mgmt_load_local_image(int slot_id, char* afi_id);
int fpga_mgmt_load_local_image_sync(int slot_id, char* afi_id, uint32_t timeout, uint32_t delay_msec, struct fpga_mgmt_image_info* info);
int fpga_mgmt_get_vLED_status(int slot_id, uint16_t* status);
int fpga_mgmt_set_vDIP(int slot_id, uint16_t value);
int fpga_mgmt_get_vDIP_status(int slot_id, uint16_t* value);

#ifdef __cplusplus
}
#endif
)cpp";

const char* const emulation_header =
    R"cpp(// What the emulated libfpga_mgmt has beyond AWS's: memory that the emulated card can reach, and a look into the card. A program that
// finds these functions in the library (dlsym, weak symbols) knows that it is emulated.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Gives `bytes` of this process's memory at `host` a physical address of the emulation, a multiple of 4096. 0, or an error.
int gw_f2_map(void* host, uint64_t bytes, uint64_t* physical);
int gw_f2_unmap(uint64_t physical);

/// How often the custom logic broke a rule of AXI or of the shell, and the first case in words; `first` is valid until the next
/// call for the slot.
uint64_t gw_f2_violations(int slot_id, const char** first);
/// Clocks of 4 ns since the image was loaded.
uint64_t gw_f2_clocks(int slot_id);
/// MSI-X vector 0: requests of the custom logic.
uint64_t gw_f2_interrupts(int slot_id);

/// For tests: what host memory does from now on (0 well, 1 reads hang, 2 writes hang, 3 reads fail, 4 writes fail), and how many percent of the
/// clocks each of its channels is busy in.
int gw_f2_disturb(int slot_id, uint32_t fault, uint32_t stall_percent, uint64_t seed);
/// A function level reset; `clocks` until the custom logic said that it is done. An error if it never does.
int gw_f2_function_level_reset(int slot_id, uint64_t* clocks);

#ifdef __cplusplus
}
#endif
)cpp";

const char* const ports_stub =
    R"v(// The ports of AWS's small shell that this design uses or gives a quiet value, for Verilator. On AWS the kit's own cl_ports.vh is
// included instead of this file: it is the interface's definition, this is our list of what we need of it.
    input  logic         clk_main_a0, rst_main_n,
    input  logic         sh_cl_flr_assert,
    output logic         cl_sh_flr_done,
    output logic [31:0]  cl_sh_status0, cl_sh_status1, cl_sh_status2, cl_sh_id0, cl_sh_id1,
    output logic [15:0]  cl_sh_status_vled,
    output logic         cl_sh_dma_wr_full, cl_sh_dma_rd_full,
    output logic [15:0]  cl_sh_apppf_irq_req,
    input  logic [15:0]  sh_cl_apppf_irq_ack,
    // host memory
    output logic [15:0]  cl_sh_pcim_awid, cl_sh_pcim_wid, cl_sh_pcim_arid,
    output logic [63:0]  cl_sh_pcim_awaddr, cl_sh_pcim_araddr,
    output logic [7:0]   cl_sh_pcim_awlen, cl_sh_pcim_arlen,
    output logic [2:0]   cl_sh_pcim_awsize, cl_sh_pcim_arsize, cl_sh_pcim_awprot, cl_sh_pcim_arprot,
    output logic [1:0]   cl_sh_pcim_awburst, cl_sh_pcim_arburst,
    output logic [3:0]   cl_sh_pcim_awcache, cl_sh_pcim_arcache, cl_sh_pcim_awqos, cl_sh_pcim_arqos,
    output logic [54:0]  cl_sh_pcim_awuser, cl_sh_pcim_aruser,
    output logic [63:0]  cl_sh_pcim_wuser, cl_sh_pcim_wstrb,
    output logic [511:0] cl_sh_pcim_wdata,
    output logic         cl_sh_pcim_awlock, cl_sh_pcim_arlock, cl_sh_pcim_awvalid, cl_sh_pcim_arvalid,
    output logic         cl_sh_pcim_wlast, cl_sh_pcim_wvalid, cl_sh_pcim_bready, cl_sh_pcim_rready,
    input  logic         sh_cl_pcim_awready, sh_cl_pcim_wready, sh_cl_pcim_arready, sh_cl_pcim_bvalid, sh_cl_pcim_rvalid,
    input  logic         sh_cl_pcim_rlast,
    input  logic [15:0]  sh_cl_pcim_bid, sh_cl_pcim_rid,
    input  logic [1:0]   sh_cl_pcim_bresp, sh_cl_pcim_rresp,
    input  logic [511:0] sh_cl_pcim_rdata,
    // burst accesses of the host
    input  logic         sh_cl_dma_pcis_awvalid, sh_cl_dma_pcis_wvalid, sh_cl_dma_pcis_wlast, sh_cl_dma_pcis_bready,
    input  logic         sh_cl_dma_pcis_arvalid, sh_cl_dma_pcis_rready,
    input  logic [15:0]  sh_cl_dma_pcis_awid, sh_cl_dma_pcis_arid,
    input  logic [7:0]   sh_cl_dma_pcis_arlen,
    output logic         cl_sh_dma_pcis_awready, cl_sh_dma_pcis_wready, cl_sh_dma_pcis_bvalid, cl_sh_dma_pcis_arready,
    output logic         cl_sh_dma_pcis_rvalid, cl_sh_dma_pcis_rlast,
    output logic [15:0]  cl_sh_dma_pcis_bid, cl_sh_dma_pcis_rid,
    output logic [1:0]   cl_sh_dma_pcis_bresp, cl_sh_dma_pcis_rresp,
    output logic [511:0] cl_sh_dma_pcis_rdata,
    output logic [63:0]  cl_sh_dma_pcis_ruser,
    // registers of the application function and of the management function
    input  logic [31:0]  ocl_cl_awaddr, ocl_cl_wdata, ocl_cl_araddr, sda_cl_awaddr, sda_cl_wdata, sda_cl_araddr,
    input  logic [3:0]   ocl_cl_wstrb, sda_cl_wstrb,
    input  logic         ocl_cl_awvalid, ocl_cl_wvalid, ocl_cl_bready, ocl_cl_arvalid, ocl_cl_rready,
    input  logic         sda_cl_awvalid, sda_cl_wvalid, sda_cl_bready, sda_cl_arvalid, sda_cl_rready,
    output logic         cl_ocl_awready, cl_ocl_wready, cl_ocl_bvalid, cl_ocl_arready, cl_ocl_rvalid,
    output logic         cl_sda_awready, cl_sda_wready, cl_sda_bvalid, cl_sda_arready, cl_sda_rvalid,
    output logic [1:0]   cl_ocl_bresp, cl_ocl_rresp, cl_sda_bresp, cl_sda_rresp,
    output logic [31:0]  cl_ocl_rdata, cl_sda_rdata,
    // on-board memory, high-bandwidth memory's monitor, debug bridge, links: tied
    input  logic         CLK_DIMM_DP, CLK_DIMM_DN,
    output logic         M_ACT_N, M_PAR, RST_DIMM_N,
    output logic [17:0]  M_MA,
    output logic [1:0]   M_BA, M_BG, M_CKE, M_ODT, M_CS_N, M_CLK_DN, M_CLK_DP,
    inout  wire  [63:0]  M_DQ,
    inout  wire  [7:0]   M_ECC,
    inout  wire  [17:0]  M_DQS_DP, M_DQS_DN,
    output logic         cl_sh_ddr_stat_ack,
    output logic [31:0]  cl_sh_ddr_stat_rdata,
    output logic [7:0]   cl_sh_ddr_stat_int,
    output logic [21:0]  hbm_apb_paddr_0, hbm_apb_paddr_1,
    output logic [2:0]   hbm_apb_pprot_0, hbm_apb_pprot_1,
    output logic         hbm_apb_psel_0, hbm_apb_penable_0, hbm_apb_pwrite_0, hbm_apb_pready_0, hbm_apb_pslverr_0,
    output logic         hbm_apb_psel_1, hbm_apb_penable_1, hbm_apb_pwrite_1, hbm_apb_pready_1, hbm_apb_pslverr_1,
    output logic [31:0]  hbm_apb_pwdata_0, hbm_apb_prdata_0, hbm_apb_pwdata_1, hbm_apb_prdata_1,
    output logic [3:0]   hbm_apb_pstrb_0, hbm_apb_pstrb_1,
    output logic         tdo,
    output logic [7:0]   PCIE_EP_TXP, PCIE_EP_TXN, PCIE_RP_TXP, PCIE_RP_TXN,
    output logic         PCIE_RP_PERSTN
)v";

const char* const ddr_stub =
    R"v(// Stands in for the kit's sh_ddr, without its memory controller: quiet pins. On AWS the kit's own module is used.
module sh_ddr #(
    parameter DDR_PRESENT = 0
) (
    input  wire        clk, rst_n, stat_clk, stat_rst_n, CLK_DIMM_DP, CLK_DIMM_DN,
    output wire        M_ACT_N, M_PAR, cl_RST_DIMM_N,
    output wire [17:0] M_MA,
    output wire [1:0]  M_BA, M_BG, M_CKE, M_ODT, M_CS_N, M_CLK_DN, M_CLK_DP,
    inout  wire [63:0] M_DQ,
    inout  wire [7:0]  M_ECC,
    inout  wire [17:0] M_DQS_DP, M_DQS_DN
);
    assign {M_ACT_N, M_PAR, cl_RST_DIMM_N} = 3'b100;
    assign M_MA = 18'd0;
    assign {M_BA, M_BG, M_CKE, M_ODT, M_CS_N, M_CLK_DN, M_CLK_DP} = 14'd0;
    wire unused = &{1'b0, DDR_PRESENT != 0, clk, rst_n, stat_clk, stat_rst_n, CLK_DIMM_DP, CLK_DIMM_DN, M_DQ, M_ECC, M_DQS_DP, M_DQS_DN};
endmodule
)v";

} // namespace gw::shell::f2
