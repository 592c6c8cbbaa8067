#include "shell/alveo/project.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "shell/alveo/texts.hpp"
#include "shell/template.hpp"
#include "support/error.hpp"

namespace gw::shell {

namespace {

/// What a register's bits are for, where they have names of their own (UG1393, "Control Requirements").
struct ControlField {
    const char* name;
    std::uint32_t bit;
    const char* access;
};
std::vector<ControlField> control_fields(Control control) {
    std::vector<ControlField> fields{{"AP_START", 0, "read-write"},
                                     {"AP_DONE", 1, "read-only"},
                                     {"AP_IDLE", 2, "read-only"},
                                     {"AP_READY", 3, "read-only"},
                                     {"AUTO_RESTART", 7, "read-write"}};
    if (control == Control::ap_ctrl_chain)
        fields.insert(fields.end() - 1, {"AP_CONTINUE", 4, "read-write"});
    return fields;
}

/// The master behind a pointer argument.
const char* master_of(const Register& entry) {
    return entry.offset == registers::input_address    ? "m_axi_in"
           : entry.offset == registers::output_address ? "m_axi_out"
                                                       : nullptr;
}

std::string registers_tcl(Control control) {
    std::string text;
    for (const Register& entry : register_map()) {
        text += fmt::format("set register [add_register $block {} {:#05x} {} {} {{{}}}]\n", entry.name, entry.offset,
                            entry.bits, entry.writable ? "read-write" : "read-only", entry.meaning);
        if (entry.offset == registers::control)
            for (const ControlField& field : control_fields(control))
                text += fmt::format("add_field $register {} {} {}\n", field.name, field.bit, field.access);
        if (const char* master = master_of(entry))
            text += fmt::format("point_to $register {}\n", master);
    }
    return text;
}

std::string kernel_xml(const KernelInfo& kernel) {
    std::string arguments;
    std::uint32_t id = 0;
    for (const Register& entry : register_map()) {
        if (entry.offset < registers::input_address || entry.offset > registers::events)
            continue;
        const char* master = master_of(entry);
        arguments += fmt::format(
            "      <arg name=\"{}\" addressQualifier=\"{}\" id=\"{}\" port=\"{}\" size=\"{:#x}\" offset=\"{:#x}\" "
            "hostOffset=\"0x0\" hostSize=\"{:#x}\" type=\"{}\"/>\n",
            entry.name, master != nullptr ? 1 : 0, id++, master != nullptr ? master : "s_axi_control", entry.bits / 8,
            entry.offset, entry.bits / 8, master != nullptr ? "void*" : "uint");
    }
    return fmt::format(R"(<?xml version="1.0" encoding="UTF-8"?>
<root versionMajor="1" versionMinor="6">
  <kernel name="{0}" language="ip_c" vlnv="gatewright:kernel:{0}:1.0" attributes="" preferredWorkGroupSizeMultiple="0" workGroupSize="1" interrupt="true" hwControlProtocol="{1}">
    <ports>
      <port name="s_axi_control" mode="slave" range="0x1000" dataWidth="32" portType="addressable" base="0x0"/>
      <port name="m_axi_in" mode="master" range="0xFFFFFFFFFFFFFFFF" dataWidth="512" portType="addressable" base="0x0"/>
      <port name="m_axi_out" mode="master" range="0xFFFFFFFFFFFFFFFF" dataWidth="512" portType="addressable" base="0x0"/>
    </ports>
    <args>
{2}    </args>
  </kernel>
</root>
)",
                       kernel.name, to_string(kernel.control), arguments);
}

/// The die of a unit: beside its bank.
std::uint32_t die_of(const AlveoOptions& options, std::uint32_t bank) {
    return options.memory == BankKind::hbm ? 0 : options.card.ddr_dies.at(bank);
}

std::string link_configuration(const KernelInfo& kernel, const CardLayout& layout, const AlveoOptions& options) {
    std::string names, banks, dies;
    for (const ComputeUnit& unit : layout.units) {
        names += (names.empty() ? "" : ".") + unit.name;
        banks += fmt::format("sp={0}.input:{1}\nsp={0}.output:{2}\n", unit.name, layout.banks[unit.input_bank].tag,
                             layout.banks[unit.output_bank].tag);
        dies += fmt::format("slr={}:SLR{}\n", unit.name, die_of(options, unit.input_bank));
    }
    return fmt::format("# {}: compute units, the memory bank of each, and the die (SLR) beside it.\n"
                       "[connectivity]\nnk={}:{}:{}\n{}{}\n[clock]\ndefaultFreqHz={:.0f}\n",
                       options.card.name, kernel.name, layout.units.size(), names, banks, dies,
                       options.kernel_mhz * 1e6);
}

std::string cards_table() {
    const auto mib = [](std::uint64_t bytes) {
        return bytes >> 30 != 0 ? fmt::format("{} GiB", bytes >> 30) : fmt::format("{} MiB", bytes >> 20);
    };
    std::string text;
    for (const AlveoCard& card : alveo_cards()) {
        std::string memory;
        if (card.hbm_banks != 0)
            memory += fmt::format("HBM[0:{}], {} each, at SLR0", card.hbm_banks - 1, mib(card.hbm_bank_bytes));
        for (std::size_t k = 0; k < card.ddr_dies.size(); ++k)
            memory += fmt::format("{}DDR[{}] at SLR{}", memory.empty() ? "" : ", ", k, card.ddr_dies[k]);
        if (!card.ddr_dies.empty())
            memory += fmt::format(", {} each DDR", mib(card.ddr_bank_bytes));
        text += fmt::format("| {} ({}) | {} | {} | {} |\n", card.name, card.part, card.platform, memory, card.dies);
    }
    return text;
}

std::uint32_t banks_of(const AlveoOptions& options) {
    const bool hbm = options.memory == BankKind::hbm;
    const auto there = hbm ? options.card.hbm_banks : static_cast<std::uint32_t>(options.card.ddr_dies.size());
    if (there == 0)
        throw support::user_error(fmt::format("an Alveo {} has no {}", options.card.name, hbm ? "HBM" : "DDR"), {},
                                  hbm ? "leave --hbm out" : "give --hbm");
    if (options.banks > there)
        throw support::user_error(
            fmt::format("an Alveo {} has {} banks, not {}", options.card.name, there, options.banks), {},
            "give fewer --banks");
    return options.banks != 0 ? options.banks : std::min(options.units, there);
}

} // namespace

AlveoProject alveo_project(const CardDescription& card, const rtl::Files& sources, const AlveoOptions& options) {
    const bool hbm = options.memory == BankKind::hbm;
    AlveoProject project;
    project.layout = card_layout(card.kernel, options.units, banks_of(options),
                                 hbm ? options.card.hbm_bank_bytes : options.card.ddr_bank_bytes, options.memory);
    for (const auto& [name, text] : sources)
        if (name.ends_with(".v") && !name.ends_with("_tb.v"))
            project.files["src/" + name] = text;
    const Marks marks{{"K", card.kernel.name},
                      {"CARD", options.card.name},
                      {"PLATFORM", options.card.platform},
                      {"PROTOCOL", to_string(card.kernel.control)},
                      {"UNITS", std::to_string(options.units)},
                      {"MEMORY", fmt::format("{} banks of {}", project.layout.banks.size(), hbm ? "HBM" : "DDR4")},
                      {"CARDS", cards_table()},
                      {"REGISTERS", registers_tcl(card.kernel.control)}};
    project.files["package_kernel.tcl"] = fill(alveo_package_text, marks);
    project.files["kernel.xml"] = kernel_xml(card.kernel);
    project.files["link.cfg"] = link_configuration(card.kernel, project.layout, options);
    project.files["Makefile"] = fill(alveo_makefile_text, marks);
    project.files["README.md"] = fill(alveo_readme_text, marks);
    project.files["card.json"] = to_json(card);
    return project;
}

} // namespace gw::shell
