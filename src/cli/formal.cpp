#include "cli/formal.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "bundle/bundle.hpp"
#include "bundle/files.hpp"
#include "formal/replay.hpp"
#include "support/error.hpp"

namespace gw::cli {
namespace {

void print(const formal::Proof& proof) {
    for (const formal::OpProof& op : proof.ops)
        if (op.proved + op.timed_out + op.inside > 0)
            fmt::print("{:<28} {:<10} {:>6} proved {:>6} not proved (time limit) {:>6} inside later pieces\n", op.name,
                       op.kind, op.proved, op.timed_out, op.inside);
    std::uint64_t algebra = 0, logic = 0;
    for (const formal::OutputProof& output : proof.outputs) {
        algebra += output.method == formal::Method::algebra ? 1 : 0;
        logic += output.method == formal::Method::logic && output.verdict == formal::Verdict::proved ? 1 : 0;
        if (output.verdict != formal::Verdict::proved)
            fmt::print("{:<28} {} ({})\n", output.name, text_of(output.verdict), output.reason);
    }
    if (algebra + logic > 0)
        fmt::print("{:<28} {:>17} proved: {} by algebra, {} by logic\n", "outputs", algebra + logic, algebra, logic);
    for (const std::string& problem : proof.timing_problems)
        fmt::print("{:<28} DIFFERENT: {}\n", "registers", problem);
    if (proof.timing_problems.empty())
        fmt::print("{:<28} {:>17} bits, the stated latency on every path\n", "registers", proof.register_bits);
    if (proof.counterexample)
        fmt::print("inputs   {}\nexpected {}\nVerilog  {}   (raw mantissas)\n",
                   fmt::join(proof.counterexample->inputs, " "), fmt::join(proof.counterexample->expected, " "),
                   fmt::join(proof.counterexample->actual, " "));
    fmt::print("{}: {} pieces proved, {} not proved, {} different, {:.1f} s\n", text_of(proof.verdict),
               proof.pieces(formal::Verdict::proved), proof.pieces(formal::Verdict::not_proved),
               proof.pieces(formal::Verdict::different), proof.seconds);
}

} // namespace

void prove_bundle(const std::filesystem::path& directory, formal::Settings settings, bool json) {
    // the Verilog as it stands, whatever its checksum: that is what is to be proved
    const bundle::Bundle bundle = bundle::open(directory, bundle::Check::network);
    if (!json && ::isatty(STDERR_FILENO) == 1)
        settings.on_step = [](std::string_view step) { fmt::print(stderr, "  {}\n", step); };
    const rtl::Files files = bundle::read_folder(directory / "rtl");
    const formal::Proof proof = formal::prove(bundle.manifest.core, files, bundle.network, settings);
    bundle::Json report = to_json(proof);
    formal::Replay replayed;
    if (proof.counterexample) {
        replayed = formal::replay(bundle.manifest.core, files, bundle.network, *proof.counterexample);
        report["counterexample"]["replay"] = replayed.text;
    }
    bundle::write_report_section(directory, "formal", report);
    if (json)
        fmt::print("{}\n", report.dump(2));
    else
        print(proof);
    if (!json && proof.counterexample)
        fmt::print("{}\n", replayed.text);
    if (proof.verdict == formal::Verdict::different)
        throw support::user_error("the Verilog is not the network", directory.string(),
                                  "build the bundle again; if it is as it was built, please report it with the bundle");
    if (proof.verdict == formal::Verdict::not_proved)
        throw support::user_error("not all of it was proved: that is no difference, and no proof", directory.string(),
                                  "give it more --time and --piece-time, or compare by simulation: gatewright verify");
}

} // namespace gw::cli
