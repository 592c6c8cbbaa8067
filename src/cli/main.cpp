// Exit codes: 0 success, 1 an error or bits that disagree, 2 wrong usage, 130 Ctrl-C.
#include <cstdio>
#include <exception>
#include <new>

#include <fmt/format.h>
#include <hdf5.h>

#include "cli/command.hpp"
#include "support/error.hpp"
#include "support/interrupt.hpp"

namespace gw::cli {

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example) {
    CLI::App* command = parent.add_subcommand(name, description);
    command->footer("Example:\n  " + example);
    return command;
}

void refuse_existing(const std::filesystem::path& output, bool force) {
    std::error_code ignored;
    if (!force && std::filesystem::exists(output, ignored))
        throw support::user_error("exists already", output.string(),
                                  "choose another name, or add --force to replace it");
}

namespace {

constexpr const char* description =
    "Gatewright turns a trained neural network into an FPGA inference accelerator and drives it.";

int complain(const std::string& message, int code) {
    fmt::print(stderr, "gatewright: error: {}\n", message);
    return code;
}

int report_parse_end(const CLI::App& program, const CLI::ParseError& end) {
    if (end.get_exit_code() == 0) { // --help, --version
        program.exit(end);
        return 0;
    }
    std::string command = "gatewright";
    for (const CLI::App* used : program.get_subcommands()) {
        command += " " + used->get_name();
        for (const CLI::App* inner : used->get_subcommands())
            command += " " + inner->get_name();
    }
    return complain(fmt::format("{}\n  remedy: {} --help shows how it is used", end.what(), command), 2);
}

bool has_command(CLI::App& program, const std::string& name) {
    return !program.get_subcommands([&](const CLI::App* command) { return command->get_name() == name; }).empty();
}

/// Output that did not arrive (a full disk behind a redirection) is no success.
int flush_output() {
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
        return complain("the output could not be written\n  remedy: free some space on that disk", 1);
    return 0;
}

int run(int count, char** arguments) {
    H5dont_atexit(); // it would complain at exit about damaged files that it could not close
    support::install_interrupt_handlers();
    CLI::App program(description, "gatewright");
    program.set_version_flag("--version", "gatewright " GW_VERSION);
    program.require_subcommand(1);
    program.footer("gatewright COMMAND --help explains a command, with an example.");
    for (auto* add : {add_info, add_layers, add_predict, add_inspect, add_plan, add_build, add_hls, add_stream,
                      add_verify, add_synth, add_cmvm, add_run, add_card, add_train, add_report, add_muon})
        add(program);
    if (count > 1 && arguments[1][0] != '-' && !has_command(program, arguments[1]))
        return complain(fmt::format("there is no command '{}'\n  remedy: gatewright --help lists them", arguments[1]),
                        2);
    try {
        program.parse(count, arguments);
        return flush_output();
    } catch (const CLI::ParseError& end) {
        return report_parse_end(program, end);
    } catch (const support::Error& error) {
        if (error.kind() == support::ErrorKind::interrupted)
            return complain("interrupted; nothing half-written is left", 130);
        return complain(error.what(), 1);
    } catch (const std::bad_alloc&) {
        return complain("out of memory\n  remedy: give less data at once", 1);
    } catch (const std::exception& error) {
        return complain(support::internal_error(error.what()).what(), 1);
    }
}

} // namespace
} // namespace gw::cli

int main(int count, char** arguments) {
    return gw::cli::run(count, arguments);
}
