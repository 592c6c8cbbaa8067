#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bundle/bundle.hpp"
#include "bundle/files.hpp"
#include "cli/card_platforms.hpp"
#include "shell/ecp5/project.hpp"
#include "shell/named.hpp"
#include "support/atomic_file.hpp"

namespace gw::cli {
namespace {

struct Options {
    double clock_mhz = 0;
    std::uint32_t baud = 1'000'000;
};

void make(const CardRequest& request, const Options& options) {
    const bundle::Bundle bundle = bundle::open(request.bundle, bundle::Check::everything);
    const shell::CardDescription card = shell::read_card(bundle.directory);
    const shell::Ecp5Project project =
        shell::ecp5_project(card, bundle::read_folder(bundle.directory / "rtl"),
                            {shell::ecp5_board(request.board.value_or(shell::ecp5_boards().front().name)),
                             options.clock_mhz, options.baud});
    support::write_directory(
        request.output, request.force ? support::IfExists::replace : support::IfExists::refuse,
        [&](const std::filesystem::path& directory) { support::write_files(directory, project.files); });
    const shell::Ecp5Board& board = project.options.board;
    if (request.json)
        fmt::print("{}\n", nlohmann::ordered_json{{"folder", request.output.string()},
                                                  {"board", board.name},
                                                  {"part", board.part},
                                                  {"clock_mhz", project.clock_mhz},
                                                  {"baud", options.baud},
                                                  {"clocks_per_bit", project.clocks_per_bit}}
                               .dump(2));
    else
        fmt::print("{}: {} ({}), {:.6g} MHz, {} baud\nmake -C {} writes build/top.bit\n", request.output.string(),
                   board.name, board.part, project.clock_mhz, options.baud, request.output.string());
}

MakeCard add(CLI::App& command) {
    const auto options = std::make_shared<Options>();
    command.add_option("--clock-mhz", options->clock_mhz, "ecp5: of the core, by a PLL (default: the board's own)")
        ->check(CLI::Range(5.0, 400.0));
    command.add_option("--baud", options->baud, "ecp5: of the serial line (default 1000000)")
        ->check(CLI::Range(1200U, 12'000'000U));
    return [options](const CardRequest& request) { make(request, *options); };
}

} // namespace

CardPlatform ecp5_platform() {
    return {"ecp5", "a bitstream for a board with a Lattice ECP5, by open tools", shell::names_of(shell::ecp5_boards()),
            add};
}

} // namespace gw::cli
