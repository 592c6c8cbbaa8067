#include "formal/replay.hpp"

#include "emulate/emulator.hpp"
#include "rtl/test_bench.hpp"
#include "support/process.hpp"
#include "verify/rtl.hpp"

namespace gw::formal {

Replay replay(const rtl::Core& core, rtl::Files files, const network::Network& network,
              const Counterexample& counterexample) {
    if (!support::program_exists("iverilog"))
        return {false, "not replayed in simulation: iverilog is not installed"};
    std::vector<std::int64_t> expected(network.output_size());
    emulate::Emulator(network).run(counterexample.inputs, expected);
    for (const auto& [name, text] : rtl::test_bench(core, counterexample.inputs, expected))
        files[name] = text;
    const bool agrees = verify::verify_icarus(core, files).passed;
    if (agrees)
        return {false, "not confirmed: in Icarus' simulation this event agrees; please report this with the bundle"};
    return {true, "confirmed: emulator and Icarus' simulation differ on this event"};
}

} // namespace gw::formal
