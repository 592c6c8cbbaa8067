#include <memory>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "inspect/layer_table.hpp"

namespace gw::cli {

void add_layers(CLI::App& program) {
    const auto markdown = std::make_shared<bool>(false);
    CLI::App* command = add_command(
        program, "layers", "Say which layers and operators are read, and what becomes of them", "gatewright layers");
    command->add_flag("--markdown", *markdown, "Print docs/layers.md");
    command->callback([markdown] {
        const auto tables = inspect::layer_tables();
        fmt::print("{}", *markdown ? inspect::as_markdown(tables) : inspect::as_text(tables));
    });
}

} // namespace gw::cli
