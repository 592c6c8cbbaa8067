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

report::Json read_study(const std::filesystem::path& file) {
    if (file.empty())
        return nullptr;
    try {
        return report::Json::parse(support::read_file(file));
    } catch (const report::Json::exception& error) {
        throw support::user_error(std::string("not JSON: ") + error.what(), file.string(),
                                  "make it with gatewright muon study -o");
    }
}

void run(const Options& options) {
    const bundle::Bundle bundle = open_bundle(options.bundle);
    if (!options.study.empty())
        bundle::write_report_section(options.bundle, "physics", read_study(options.study));
    const report::Json found = bundle::read_report(options.bundle);
    const report::Json study = report::at_path(found, "physics");
    const std::filesystem::path output = options.output.empty() ? options.bundle / "report.html" : options.output;
    support::write_file(output, report::page(bundle.manifest.core.module, found, study));
    if (options.json) {
        report::Json rows = report::Json::object();
        for (const report::SummaryRow& row : report::summary(found, study))
            rows[row.what] = row.value;
        fmt::print("{}\n", rows.dump(1));
        return;
    }
    fmt::print("{}page: {}\n", report::to_text(report::summary(found, study)), output.string());
}

} // namespace

void add_report(CLI::App& program) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = add_command(program, "report", "All that the other commands found, as a table and a page",
                                    "gatewright report model.gw --study study.json");
    command->add_option("BUNDLE", options->bundle, "A bundle that build, verify, synth, run ... have seen")->required();
    command->add_option("--study", options->study,
                        "A study of gatewright muon study; it becomes part of the bundle's report.json");
    command->add_option("-o,--output", options->output, "The page (default BUNDLE/report.html)");
    command->add_flag("--json", options->json, "Print the summary as JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
