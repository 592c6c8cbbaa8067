#include "shell/kernel.hpp"

#include <fmt/format.h>

#include "shell/card.hpp"
#include "shell/verilog.hpp"
#include "support/error.hpp"

namespace gw::shell {

namespace {

void require_contract(const rtl::Core& core) {
    const auto check = [&](const std::vector<rtl::Field>& fields, std::uint32_t bits, const char* side) {
        std::uint32_t at = 0;
        for (const rtl::Field& field : fields) {
            if (field.offset != at) {
                throw support::internal_error(
                    fmt::format("{} {} is at bit {} where {} was expected", side, field.name, field.offset, at),
                    core.module);
            }
            at += static_cast<std::uint32_t>(field.type.width);
        }
        if (at != bits) {
            throw support::internal_error(fmt::format("the {}s take {} bits, but the port has {}", side, at, bits),
                                          core.module);
        }
        if (bits == 0) {
            throw support::unsupported(fmt::format("the core has no {} bits", side), core.module,
                                       "a network whose inputs or outputs are all constant needs no card");
        }
    };
    check(core.inputs, core.input_bits, "input");
    check(core.outputs, core.output_bits, "output");
    if (core.latency == 0) {
        throw support::internal_error("the core's latency is 0", core.module);
    }
}

} // namespace

std::string to_string(Control control) {
    return control == Control::ap_ctrl_hs ? "ap_ctrl_hs" : "ap_ctrl_chain";
}

Control control_from(const std::string& text) {
    for (const Control control : {Control::ap_ctrl_hs, Control::ap_ctrl_chain})
        if (to_string(control) == text)
            return control;
    throw support::user_error("no control protocol is called " + text, {}, "ap_ctrl_hs or ap_ctrl_chain");
}

EventLayout layout_of(const std::vector<rtl::Field>& fields) {
    EventLayout layout;
    std::uint32_t at = 0;
    for (const rtl::Field& field : fields) {
        const std::uint32_t bytes = (static_cast<std::uint32_t>(field.type.width) + 7) / 8;
        layout.elements.push_back({field.name, field.type, at, bytes});
        at += bytes;
    }
    layout.bytes = at <= 64 ? std::uint32_t{1} << ceil_log2(at == 0 ? 1 : at) : (at + 63) / 64 * 64;
    return layout;
}

const std::vector<Register>& register_map() {
    using namespace registers;
    static const std::vector<Register> map{
        {"CTRL", control, 32, true, "bit 0 start, 1 done, 2 idle, 3 ready, 4 continue, 7 auto restart"},
        {"GIER", interrupt_enable, 32, true, "bit 0: interrupt pin enabled"},
        {"IP_IER", interrupt_mask, 32, true, "bit 0 on done, bit 1 on ready"},
        {"IP_ISR", interrupt_status, 32, true, "bit 0 done, bit 1 ready; writing 1 toggles"},
        {"input", input_address, 64, true, "address of the events"},
        {"output", output_address, 64, true, "address of the results"},
        {"events", events, 32, true, "events in the batch"},
        {"cycles", cycles, 64, false, "clocks of the last batch"},
        {"read_beats", read_beats, 32, false, "beats read"},
        {"write_beats", write_beats, 32, false, "beats written"},
        {"errors", errors, 32, false, "bit 0 read response, 1 write response, 2 misaligned address"},
        {"events_issued", events_issued, 32, false, "events that entered the core"},
        {"core_latency", core_latency, 32, false, "clocks through the core"},
        {"soft_reset", soft_reset, 32, true, "writing 1 drops all batches; 1 until that is done"},
        {"input_checksum", input_checksum, 32, false, "CRC-32C of the beats read; 0 in a kernel without"},
        {"output_checksum", output_checksum, 32, false, "CRC-32C of the beats written; 0 in a kernel without"},
    };
    return map;
}

Shell make_shell(const rtl::Core& core, const Options& options) {
    require_contract(core);
    const std::uint32_t beats = options.read_buffer_beats;
    if (beats < 64 || beats > 4096 || (beats & (beats - 1)) != 0) {
        throw support::user_error(fmt::format("a read buffer of {} beats is not a power of two from 64 to 4096", beats),
                                  core.module);
    }
    Shell shell;
    KernelInfo& info = shell.kernel;
    info = {core.module + "_kernel", layout_of(core.inputs), layout_of(core.outputs), core.clock_ns, core.latency,
            options.control,         options.checksums};
    const std::string& name = info.name;
    const auto put = [&](const std::string& part, std::string text) {
        shell.files["shell/kernel/" + name + part + ".v"] = std::move(text);
    };
    put("", top_verilog(info, core, options));
    put("_control", control_verilog(name, options));
    put("_reader", reader_verilog(name));
    put("_writer", writer_verilog(name));
    put("_fifo", fifo_verilog(name));
    if (info.checksums)
        put("_checksum", checksum_verilog(name));
    put("_unpack", unpack_verilog(name, core, info.input));
    put("_pack", pack_verilog(name, core, info.output));
    shell.files[card_description] = to_json({core, info});
    shell.files.merge(card_sources(info));
    return shell;
}

} // namespace gw::shell
