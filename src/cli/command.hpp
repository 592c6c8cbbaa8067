// The commands of the program, one file each. They parse, call a room, and print; what they do is the rooms' work.
#pragma once

#include <filesystem>
#include <string>

#include <CLI/CLI.hpp>

namespace gw::cli {

void add_info(CLI::App& program);
void add_layers(CLI::App& program);
void add_predict(CLI::App& program);
void add_inspect(CLI::App& program);
void add_plan(CLI::App& program);
void add_build(CLI::App& program);
void add_hls(CLI::App& program);
void add_stream(CLI::App& program);
void add_verify(CLI::App& program);
void add_synth(CLI::App& program);
void add_cmvm(CLI::App& program);
void add_run(CLI::App& program);
void add_card(CLI::App& program);
void add_train(CLI::App& program);
void add_report(CLI::App& program);
void add_muon(CLI::App& program);

/// A subcommand whose help ends in an example.
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example);

/// Refuses an output that is there already, before the work and not after it. Throws support::Error (kind user).
/// @param output an empty path is no output
void refuse_existing(const std::filesystem::path& output, bool force);

} // namespace gw::cli
