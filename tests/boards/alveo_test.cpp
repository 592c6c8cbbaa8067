// The Alveo projects, as far as no tool of AMD's is needed: the packaging script against a stand-in for Vivado that
// refuses what it does not know; kernel.xml, the script's registers, the kernel's own and an xclbin's metadata against
// each other; v++'s configuration against the card.
#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "shell/alveo/project.hpp"
#include "shell/trivial_core.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/need.hpp"
#include "support/process.hpp"
#include "support/scratch.hpp"

namespace gw::shell {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

struct Made {
    CardDescription card;
    AlveoProject project;
};

Made make(const AlveoOptions& options, Control control = Control::ap_ctrl_hs) {
    const auto core = tests::trivial_core("net", {fixed::ap_fixed(5, 2), fixed::ap_fixed(16, 6)}, 3);
    const Shell shell = make_shell(core.core, {.control = control});
    rtl::Files sources{{"net.v", core.verilog}, {"net_tb.v", "no source"}};
    for (const auto& [name, text] : shell.files)
        if (name.starts_with("shell/kernel/"))
            sources[std::filesystem::path(name).filename()] = text;
    Made made{card_from_json(shell.files.at(card_description), "here"), {}};
    made.project = alveo_project(made.card, sources, options);
    return made;
}
AlveoOptions on(const std::string& card, std::uint32_t units = 1, std::uint32_t banks = 0,
                BankKind memory = BankKind::hbm) {
    return {alveo_card(card), units, banks, memory, 300};
}

support::ProcessResult package(const test::Scratch& folder) {
    support::ProcessOptions options;
    options.directory = folder.path();
    options.check = false;
    return support::run_process(
        {"tclsh", GW_SOURCE_DIR "/tests/boards/vivado_stub.tcl", "package_kernel.tcl", "build/net_kernel.xo"}, options);
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

/// Of the first element of `tag` with name="`name`" in XML that we write ourselves: its attributes.
std::map<std::string, std::string> attributes(const std::string& xml, const std::string& tag, const std::string& name) {
    static const std::regex one(R"re(([A-Za-z]+)="([^"]*)")re");
    for (std::size_t at = xml.find("<" + tag + " "); at != std::string::npos; at = xml.find("<" + tag + " ", at + 1)) {
        const std::string element = xml.substr(at, xml.find('>', at) - at);
        std::map<std::string, std::string> found;
        for (std::sregex_iterator it(element.begin(), element.end(), one), end; it != end; ++it)
            found[(*it)[1]] = (*it)[2];
        if (found["name"] == name)
            return found;
    }
    ADD_FAILURE() << "no " << tag << " " << name;
    return {};
}
std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

TEST(Alveo, ThePackagingScriptDescribesTheKernelsRegisters) {
    GW_NEED(support::program_exists("tclsh"), "tclsh is not installed");
    const Made made = make(on("u50"));
    const test::Scratch folder;
    support::write_files(folder.path(), made.project.files);
    const auto result = package(folder);
    ASSERT_EQ(result.exit_code, 0) << result.output;
    const auto lines = lines_of(result.output);
    std::size_t registers_said = 0;
    for (const std::string& line : lines)
        registers_said += line.starts_with("register ") ? 1 : 0;
    EXPECT_EQ(registers_said, register_map().size());
    for (const Register& entry : register_map())
        EXPECT_THAT(lines, Contains(fmt::format("register {} {} {} {}", entry.name, entry.offset, entry.bits,
                                                entry.writable ? "read-write" : "read-only")));
    for (const char* line : {"parameter input ASSOCIATED_BUSIF m_axi_in", "parameter output ASSOCIATED_BUSIF m_axi_out",
                             "clock s_axi_control ap_clk", "clock m_axi_in ap_clk", "clock m_axi_out ap_clk",
                             "map s_axi_control s_axi_control", "field CTRL AP_START 0 1", "field CTRL AP_DONE 1 1",
                             "field CTRL AP_IDLE 2 1", "field CTRL AP_READY 3 1", "top net_kernel",
                             "kernel true rtl ctrl_protocol ap_ctrl_hs", "xo build/net_kernel.xo net_kernel"})
        EXPECT_THAT(lines, Contains(line));
    EXPECT_THAT(lines, Contains("file src/net.v"));
    EXPECT_EQ(made.project.files.count("src/net_tb.v"), 0U);
}

TEST(Alveo, AKernelOfChainedBatchesSaysSoEverywhere) {
    GW_NEED(support::program_exists("tclsh"), "tclsh is not installed");
    const Made made = make(on("u50"), Control::ap_ctrl_chain);
    const test::Scratch folder;
    support::write_files(folder.path(), made.project.files);
    const auto result = package(folder);
    ASSERT_EQ(result.exit_code, 0) << result.output;
    EXPECT_THAT(lines_of(result.output), Contains("field CTRL AP_CONTINUE 4 1"));
    EXPECT_THAT(lines_of(result.output), Contains("kernel true rtl ctrl_protocol ap_ctrl_chain"));
    EXPECT_EQ(attributes(made.project.files.at("kernel.xml"), "kernel", "net_kernel").at("hwControlProtocol"),
              "ap_ctrl_chain");
    const Xclbin xclbin = describe(made.card.kernel, made.project.layout, XclbinMode::hardware, "");
    EXPECT_EQ(attributes(xclbin.sections.at(XclbinSection::embedded_metadata), "kernel", "net_kernel")
                  .at("hwControlProtocol"),
              "ap_ctrl_chain");
    // IP_LAYOUT (xclbin.h): a count in 8 bytes, then for each unit type, properties, address, name; in properties bit 0
    // is the interrupt, bits 8 to 15 the protocol: 1 for AP_CTRL_CHAIN.
    const auto properties = [](const Xclbin& of) {
        const std::string& section = of.sections.at(XclbinSection::ip_layout);
        return std::vector<unsigned char>(section.begin() + 12, section.begin() + 16);
    };
    EXPECT_EQ(properties(xclbin), (std::vector<unsigned char>{1, 1, 0, 0}));
    const Made plain = make(on("u50"));
    EXPECT_EQ(properties(describe(plain.card.kernel, plain.project.layout, XclbinMode::hardware, "")),
              (std::vector<unsigned char>{1, 0, 0, 0}));
    EXPECT_EQ(card_from_json(made.project.files.at("card.json"), "here").kernel.control, Control::ap_ctrl_chain);
}

TEST(Alveo, TheStandInForVivadoRefusesWhatItDoesNotKnow) {
    GW_NEED(support::program_exists("tclsh"), "tclsh is not installed");
    const Made made = make(on("u50"));
    const std::string& script = made.project.files.at("package_kernel.tcl");
    const auto refused = [&](const std::string& from, const std::string& to, const char* part) {
        const test::Scratch folder;
        support::write_files(folder.path(), made.project.files);
        std::string changed = script;
        ASSERT_NE(changed.find(from), std::string::npos) << from;
        changed.replace(changed.find(from), from.size(), to);
        support::write_file(folder / "package_kernel.tcl", changed);
        const auto result = package(folder);
        EXPECT_NE(result.exit_code, 0) << from << " -> " << to;
        EXPECT_THAT(result.output, HasSubstr(part));
    };
    refused("ipx::save_core $core", "ipx::store_core $core", "ipx::store_core");
    refused("ipx::save_core $core\n", "", "not saved");
    refused("-busif $interface", "-bus $interface", "has no option -bus");
    refused("{s_axi_control m_axi_in m_axi_out}", "{s_axi_control m_axi_in m_axi_gmem}", "m_axi_gmem");
    refused("set_property sdx_kernel true", "set_property kernel true", "no property kernel");
    refused("src/*.v", "sources/*.v", "no files matched");
    refused("-kernel_xml kernel.xml", "-kernel_xml core.xml", "no kernel.xml");
}

TEST(Alveo, KernelXmlAgreesWithTheRegistersAndTheXclbinsMetadata) {
    const Made made = make(on("u280", 2, 2));
    const std::string& xml = made.project.files.at("kernel.xml");
    const Xclbin xclbin = describe(made.card.kernel, made.project.layout, XclbinMode::hardware, "");
    const std::string& metadata = xclbin.sections.at(XclbinSection::embedded_metadata);
    for (const char* name : {"input", "output", "events"}) {
        const auto said = attributes(xml, "arg", name), known = attributes(metadata, "arg", name);
        for (const char* key : {"addressQualifier", "id", "size", "offset", "hostOffset", "hostSize", "type"})
            EXPECT_EQ(said.at(key), known.at(key)) << name << " " << key;
        EXPECT_EQ(said.at("port"), lower(known.at("port")));
        const auto entry = std::find_if(register_map().begin(), register_map().end(),
                                        [&](const Register& one) { return one.name == name; });
        ASSERT_NE(entry, register_map().end());
        EXPECT_EQ(std::stoul(said.at("offset"), nullptr, 16), entry->offset);
        EXPECT_EQ(8 * std::stoul(said.at("size"), nullptr, 16), entry->bits);
    }
    for (const char* name : {"s_axi_control", "m_axi_in", "m_axi_out"}) {
        std::string upper = name;
        std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
        const auto said = attributes(xml, "port", name), known = attributes(metadata, "port", upper);
        for (const char* key : {"mode", "range", "dataWidth", "portType", "base"})
            EXPECT_EQ(said.at(key), known.at(key)) << name << " " << key;
    }
    const auto said = attributes(xml, "kernel", "net_kernel"), known = attributes(metadata, "kernel", "net_kernel");
    for (const char* key : {"vlnv", "language", "interrupt", "hwControlProtocol"})
        EXPECT_EQ(said.at(key), known.at(key)) << key;
}

TEST(Alveo, UnitsAreLinkedToBanksThatTheCardHas) {
    const std::string hbm = make(on("u50", 3)).project.files.at("link.cfg");
    for (const char* line : {"nk=net_kernel:3:net_kernel_1.net_kernel_2.net_kernel_3", "sp=net_kernel_1.input:HBM[0]",
                             "sp=net_kernel_3.output:HBM[2]", "slr=net_kernel_3:SLR0", "defaultFreqHz=300000000"})
        EXPECT_THAT(lines_of(hbm), Contains(line));
    const std::string ddr = make(on("u250", 6, 4, BankKind::ddr4)).project.files.at("link.cfg");
    for (const char* line : {"sp=net_kernel_6.input:DDR[1]", "slr=net_kernel_6:SLR1", "slr=net_kernel_4:SLR3"})
        EXPECT_THAT(lines_of(ddr), Contains(line));
    EXPECT_THROW(make(on("u50", 1, 0, BankKind::ddr4)), support::Error);
    EXPECT_THROW(make(on("u200", 1, 0, BankKind::hbm)), support::Error);
    EXPECT_THROW(make(on("u200", 8, 5, BankKind::ddr4)), support::Error);
    EXPECT_THROW(alveo_card("u30"), support::Error);
    for (const AlveoCard& card : alveo_cards())
        for (const std::uint32_t die : card.ddr_dies)
            EXPECT_LT(die, card.dies) << card.name;
}

TEST(Alveo, TheSourcesAreWholeAndMakeKnowsItsTargets) {
    const Made made = make(on("u55c"));
    const test::Scratch folder;
    support::write_files(folder.path(), made.project.files);
    support::ProcessOptions here;
    here.directory = folder.path();
    here.check = false;
    EXPECT_EQ(support::run_process({"bash", "-c",
                                    "verilator --lint-only -Wall -Wno-SYMRSVDWORD --language 1364-2001 "
                                    "--top-module net_kernel src/*.v"},
                                   here)
                  .output,
              "");
    const auto plan = support::run_process({"make", "-n", "TARGET=hw_emu"}, here);
    EXPECT_EQ(plan.exit_code, 0) << plan.output;
    for (const char* part :
         {"vivado -mode batch", "package_kernel.tcl -tclargs build/net_kernel.xo",
          "v++ --link --target hw_emu --platform xilinx_u55c_gen3x16_xdma_3_202210_1", "emconfigutil --platform"})
        EXPECT_THAT(plan.output, HasSubstr(part));
    EXPECT_NE(support::run_process({"make", "-n", "TARGET=sw"}, here).exit_code, 0);
}

} // namespace
} // namespace gw::shell
