// A hand-written core for tests of shell and drivers: output i is input i plus 1, wrapped to its width, `latency`
// clocks later.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "rtl/core.hpp"
#include "shell/card.hpp"
#include "support/atomic_file.hpp"

namespace gw::tests {

struct TrivialCore {
    rtl::Core core;
    std::string verilog;

    std::int64_t expected(std::size_t element, std::int64_t raw) const {
        const fixed::FixedType& type = core.outputs[element].type;
        return static_cast<std::int64_t>(fixed::limit_to(raw + 1, type));
    }
};

inline std::string range(std::uint32_t offset, int width) {
    return "[" + std::to_string(offset + static_cast<std::uint32_t>(width) - 1) + ":" + std::to_string(offset) + "]";
}

inline TrivialCore trivial_core(const std::string& name, const std::vector<fixed::FixedType>& types,
                                std::uint32_t latency) {
    TrivialCore made;
    rtl::Core& core = made.core;
    core = {name, {}, {}, 0, 0, latency, 5.0};
    std::string sums;
    for (std::size_t i = 0; i < types.size(); ++i) {
        core.inputs.push_back({"x[" + std::to_string(i) + "]", types[i], core.input_bits});
        core.outputs.push_back({"y[" + std::to_string(i) + "]", types[i], core.input_bits});
        const std::string bits = range(core.input_bits, types[i].width);
        sums += "    assign sum" + bits + " = x" + bits + " + " + std::to_string(types[i].width) + "'d1;\n";
        core.input_bits += static_cast<std::uint32_t>(types[i].width);
    }
    core.output_bits = core.input_bits;
    const std::string word = range(0, static_cast<int>(core.input_bits)), last = std::to_string(latency - 1);
    made.verilog = "module " + name + " (input wire clk, input wire " + word + " x, output wire " + word +
                   " y);\n    wire " + word + " sum;\n" + sums + "    reg " + word + " rank [0:" + last +
                   "];\n    integer i;\n" + "    assign y = rank[" + last +
                   "];\n    always @(posedge clk) begin\n        rank[0] <= sum;\n" + "        for (i = 1; i < " +
                   std::to_string(latency) + "; i = i + 1) rank[i] <= rank[i-1];\n    end\nendmodule\n";
    return made;
}

/// A bundle as far as a card needs it: rtl/, shell/, card/. Not compiled.
inline shell::KernelInfo write_card(const std::filesystem::path& bundle, const rtl::Core& core,
                                    const rtl::Files& rtl_files, const shell::Options& options = {}) {
    shell::Shell shell = shell::make_shell(core, options);
    for (const auto& [name, text] : rtl_files) {
        shell.files["rtl/" + name] = text;
    }
    for (const auto& [name, text] : shell.files) {
        std::filesystem::create_directories((bundle / name).parent_path());
        support::write_file(bundle / name, text);
    }
    return shell.kernel;
}

} // namespace gw::tests
