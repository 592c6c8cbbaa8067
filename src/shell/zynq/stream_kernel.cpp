#include "shell/zynq/stream_kernel.hpp"

#include <fmt/format.h>

#include "shell/verilog.hpp"
#include "shell/zynq/verilog_stream.hpp"
#include "support/error.hpp"

namespace gw::shell {

EventLayout stream_layout(const std::vector<rtl::Field>& fields) {
    EventLayout layout = layout_of(fields);
    layout.bytes = 0;
    for (const Element& element : layout.elements)
        layout.bytes += element.bytes;
    return layout;
}

const std::vector<Register>& stream_register_map() {
    using namespace stream_registers;
    static const std::vector<Register> map{
        {"CTRL", control, 32, true, "writing bit 0 drops what is under way and zeroes counters and errors"},
        {"status", status, 32, false, "bit 0 idle, 1 a beat waits to come in, 2 a beat waits to go out"},
        {"errors", errors, 32, true, "bit 0 a packet was not whole events, 1 holes in TKEEP, 2 no event in a packet"},
        {"identity", identity, 32, false, "0x47575301"},
        {"packets_in", packets_in, 32, false, "packets that came in"},
        {"packets_out", packets_out, 32, false, "packets that went out"},
        {"events_in", events_in, 32, false, "events that entered the core"},
        {"events_out", events_out, 32, false, "events that left the core"},
        {"beats_in", beats_in, 32, false, "beats that came in"},
        {"beats_out", beats_out, 32, false, "beats that went out"},
        {"stalls_in", stalls_in, 32, false, "clocks in which a beat waited to come in"},
        {"stalls_out", stalls_out, 32, false, "clocks in which a beat waited to go out"},
        {"cycles", cycles, 32, false, "clocks from idle to idle of the last packets"},
        {"core_latency", core_latency, 32, false, "clocks through the core"},
        {"input_event_bytes", input_event_bytes, 32, false, "bytes of an event in"},
        {"output_event_bytes", output_event_bytes, 32, false, "bytes of an event out"},
    };
    return map;
}

StreamKernel stream_kernel(const rtl::Core& core, std::uint32_t width) {
    if (width != 32 && width != 64 && width != 128)
        throw support::user_error(fmt::format("a stream of {} bits is not possible", width), "--stream-width",
                                  "choose 32, 64 or 128");
    StreamKernel kernel{core.module + "_stream",
                        stream_layout(core.inputs),
                        stream_layout(core.outputs),
                        width,
                        core.clock_ns,
                        core.latency};
    if (kernel.input.bytes == 0 || kernel.output.bytes == 0)
        throw support::unsupported("a core without inputs or outputs", core.module,
                                   "a network whose inputs or outputs are all constant needs no card");
    return kernel;
}

rtl::Files stream_verilog(const StreamKernel& kernel, const rtl::Core& core) {
    return {{kernel.name + ".v", stream_top_verilog(kernel, core)},
            {kernel.name + "_control.v", stream_control_verilog(kernel)},
            {kernel.name + "_unpack.v", stream_unpack_verilog(kernel, core)},
            {kernel.name + "_pack.v", stream_pack_verilog(kernel, core)},
            {kernel.name + "_fifo.v", fifo_verilog(kernel.name)}};
}

} // namespace gw::shell
