#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bundle/files.hpp"
#include "cli/card_platforms.hpp"
#include "shell/ecp5/project.hpp"
#include "support/atomic_file.hpp"

namespace gw::cli {
namespace {

struct Options {
    std::string board = "ulx3s";
    double clock_mhz = 0;
    std::uint32_t baud = 1'000'000;
};

void make(const CardRequest& request, const Options& options) {
    const bundle::Bundle bundle = bundle::open(request.bundle, bundle::Check::everything);
    const shell::CardDescription card = shell::read_card(bundle.directory);
    const shell::Ecp5Project project =
        shell::ecp5_project(card, bundle::read_folder(bundle.directory / "rtl"),
                            {shell::ecp5_board(options.board), options.clock_mhz, options.baud});
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

} // namespace

MakeCard add_ecp5_card(CLI::App& command) {
    const auto options = std::make_shared<Options>();
    std::string names;
    for (const shell::Ecp5Board& board : shell::ecp5_boards())
        names += (names.empty() ? "" : ", ") + board.name;
    command.add_option("--board", options->board, "ecp5: " + names + " (default ulx3s)");
    command.add_option("--clock-mhz", options->clock_mhz, "ecp5: of the core, by a PLL (default: the board's own)")
        ->check(CLI::Range(5.0, 400.0));
    command.add_option("--baud", options->baud, "ecp5: of the serial line (default 1000000)")
        ->check(CLI::Range(1200U, 12'000'000U));
    return [options](const CardRequest& request) { make(request, *options); };
}

} // namespace gw::cli
