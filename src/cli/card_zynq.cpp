// gatewright card --platform zynq: a Vivado project for a Zynq board, its driver, and the board simulated.
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bundle/bundle.hpp"
#include "cli/card_platforms.hpp"
#include "shell/named.hpp"
#include "shell/zynq/folder.hpp"
#include "support/atomic_file.hpp"

namespace gw::cli {

namespace {

struct Options {
    std::optional<std::uint32_t> stream_width; ///< bits
};

void make(const CardRequest& request, const Options& options) {
    const shell::ZynqBoard& board = shell::zynq_board(request.board.value_or(shell::zynq_boards().front().name));
    const bundle::Bundle bundle = bundle::open(request.bundle, bundle::Check::everything);
    const shell::CardDescription card = shell::read_card(bundle.directory);
    const shell::ZynqDesign design = shell::zynq_design(card.core, board, options.stream_width);
    support::write_directory(request.output, request.force ? support::IfExists::replace : support::IfExists::refuse,
                             [&](const std::filesystem::path& directory) {
                                 shell::write_zynq_folder(bundle.directory, card, design, directory,
                                                          request.sources_only ? shell::ZynqSimulation::sources_only
                                                                               : shell::ZynqSimulation::compile);
                             });
    const std::string name = design.kernel.name, folder = request.output.string();
    if (request.json)
        fmt::print("{}\n", nlohmann::ordered_json{{"folder", folder},
                                                  {"design", name},
                                                  {"board", board.name},
                                                  {"part", board.part},
                                                  {"stream_bits", design.kernel.width},
                                                  {"clock_mhz", design.clock_mhz}}
                               .dump(2));
    else
        fmt::print("{}: {} on a {} ({}), streams of {} bits, {:g} MHz\n"
                   "cd {} && vivado -mode batch -source build.tcl, then driver.py on the board; or\n"
                   "python -m gatewright.zynq {}/simulation SCRIPT.py, with PYNQ 3.0.1 and no board\n",
                   folder, name, board.name, board.part, design.kernel.width, design.clock_mhz, folder, folder);
}

MakeCard add(CLI::App& command) {
    const auto options = std::make_shared<Options>();
    command.add_option("--stream-width", options->stream_width,
                       "zynq: bits of the streams: 32, 64 or 128 (default: the board's memory port)");
    return [options](const CardRequest& request) { make(request, *options); };
}

} // namespace

CardPlatform zynq_platform() {
    return {"zynq", "a Vivado project with AXI DMA, PYNQ's driver, and the board simulated",
            shell::names_of(shell::zynq_boards()), add};
}

} // namespace gw::cli
