// A board's project of a network, on disk, with its events.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bundle/build.hpp"
#include "bundle/files.hpp"
#include "emulate/emulator.hpp"
#include "shell/ecp5/project.hpp"
#include "support/atomic_file.hpp"
#include "support/process.hpp"
#include "support/rng.hpp"
#include "support/scratch.hpp"

namespace gw::test {

/// y = 0.75 a - 1.25 b, rounded to 1/8 and saturated.
inline const char* const tiny_network = R"({"format": "gatewright-network", "version": 1, "name": "tiny",
 "tensors": [{"name": "x", "shape": [2], "types": ["fixed<8,4,RND_CONV,SAT>"]},
             {"name": "y", "shape": [1], "types": ["fixed<8,5,RND,SAT>"]}],
 "inputs": ["x"], "outputs": ["y"],
 "ops": [{"name": "sum", "op": "dense", "input": "x", "output": "y",
          "weights": {"shape": [2, 1], "type": "fixed<4,2>", "raw": [3, -5]}}]})";

inline std::string python() {
    const char* venv = std::getenv("GW_VENV");
    return venv != nullptr ? std::string(venv) + "/bin/python" : "python3";
}

class BoardProject {
  public:
    BoardProject(const network::Network& network, const shell::Ecp5Options& options) : network_(network) {
        bundle::BuildOptions build;
        build.card = bundle::SimulatedCard::sources_only;
        build.vectors = 10;
        const bundle::Bundle made = bundle::build(network, scratch_ / "net.gw", build);
        project =
            shell::ecp5_project(shell::read_card(made.directory), bundle::read_folder(made.directory / "rtl"), options);
        std::filesystem::create_directories(folder());
        support::write_files(folder(), project.files);
    }

    std::filesystem::path folder() const { return scratch_ / "board"; }

    /// In the project's folder, with the tools of $GW_VENV before those of the system.
    support::ProcessResult run(const std::string& command,
                               std::chrono::seconds limit = std::chrono::seconds(300)) const {
        support::ProcessOptions options;
        options.directory = folder();
        options.check = false;
        options.time_limit = limit;
        const char *venv = std::getenv("GW_VENV"), *path = std::getenv("PATH");
        if (venv != nullptr && path != nullptr)
            options.environment["PATH"] = fmt::format("{}:{}/bin", path, venv);
        return support::run_process({"bash", "-c", command}, options);
    }

    /// Values on no grid and partly beyond the types' ranges, as a file, and what the emulator makes of them.
    void write_events(std::size_t events, std::uint64_t seed) {
        support::Random random(seed);
        std::vector<double> inputs(events * network_.input_size());
        std::string text;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            inputs[i] = static_cast<double>(random.between(-(1 << 20), 1 << 20)) / 100'003.0;
            text += fmt::format("{}{}", inputs[i], (i + 1) % network_.input_size() == 0 ? '\n' : ',');
        }
        support::write_file(folder() / "events.csv", text);
        expected_.resize(events * network_.output_size());
        emulate::Emulator(network_).predict(inputs, expected_);
    }

    /// Outputs in a file that are not the emulator's, absent ones among them.
    std::size_t mismatches(const std::string& file) const {
        const std::string text = support::read_file(folder() / file);
        std::size_t wrong = 0, count = 0;
        for (const char* at = text.c_str(); *at != '\0';) {
            char* end = nullptr;
            const double value = std::strtod(at, &end);
            if (end == at)
                return expected_.size();
            wrong += count >= expected_.size() || value != expected_[count] ? 1 : 0;
            ++count;
            for (at = end; *at == ',' || *at == '\r' || *at == '\n'; ++at) {
            }
        }
        return wrong + (expected_.size() > count ? expected_.size() - count : 0);
    }

    shell::Ecp5Project project;

  private:
    Scratch scratch_;
    network::Network network_;
    std::vector<double> expected_;
};

} // namespace gw::test
