#include <memory>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/model.hpp"
#include "report/page.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::cli {
namespace {

struct Options {
    std::filesystem::path bundle, study, output;
    bool json = false;
};

bundle::Json read_study(const std::filesystem::path& file) {
    try {
        return bundle::Json::parse(support::read_file(file));
    } catch (const bundle::Json::parse_error& error) {
        throw support::user_error(std::string("is not valid JSON: ") + error.what(), file.string(),
                                  "write it with gatewright muon study EVENTS --network MODEL -o FILE");
    }
}

void run(const Options& options) {
    const bundle::Bundle bundle = bundle::open(options.bundle, bundle::Check::network);
    if (!options.study.empty())
        bundle::keep_study(bundle, read_study(options.study), options.study.string());
    const bundle::Json report = bundle::read_report(bundle.directory);
    const std::filesystem::path page = options.output.empty() ? bundle.directory / "report.html" : options.output;
    support::write_file(page, report::html_page(report));
    if (options.json)
        fmt::print("{}\n", report.dump(2));
    else
        fmt::print("{}{}\n", report::summary_text(report::summary(report)), page.string());
}

} // namespace

void add_report(CLI::App& program) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = add_command(program, "report", "One page and one table of all that is known of a bundle",
                                    "gatewright report model.gw --study study.json");
    command->add_option("BUNDLE", options->bundle, "A bundle that gatewright build made")->required();
    command->add_option("--study", options->study,
                        "What gatewright muon study found, to be kept in the bundle's report.json");
    command->add_option("-o,--output", options->output, "The page (default: report.html in the bundle)");
    command->add_flag("--json", options->json, "Print the whole report as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
