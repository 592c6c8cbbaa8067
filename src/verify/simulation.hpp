// Simulation of generated cores by Verilator: a C++ program is generated, built and run, and streams vectors from files
// through one or many cores, a new one every clock. It links nothing of ours but the packed bits in those files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <vector>

#include "rtl/core.hpp"

namespace gw::verify {

struct Mismatch {
    std::uint64_t vector = 0;
    std::vector<std::int64_t> inputs, expected, actual; ///< raw mantissas
};

struct LaneResult {
    std::uint64_t vectors = 0, mismatches = 0;
    /// Clock edges from a step of the input to the step of the output, as seen; none where no two expected outputs
    /// differ.
    std::optional<std::uint32_t> latency;
    std::vector<Mismatch> first; ///< at most ten
};

/// Cores side by side, each with its own vectors.
class Simulation {
  public:
    /// @param directory an existing folder for its files
    explicit Simulation(std::filesystem::path directory);

    /// @return the lane's number. Module names must differ between lanes.
    std::size_t add(const rtl::Core& core, const rtl::Files& files);
    /// Appends vectors to a lane: raw mantissas, one vector after the other, and what the core must answer.
    void append(std::size_t lane, std::span<const std::int64_t> inputs, std::span<const std::int64_t> outputs);

    /// Throws support::Error if Verilator or the compiler is absent or fails.
    void build();
    /// One result a lane. Every lane needs at least one vector.
    std::vector<LaneResult> run();

    double build_seconds() const { return build_seconds_; }
    double run_seconds() const { return run_seconds_; }

  private:
    struct Lane {
        rtl::Core core;
        std::size_t input_word = 0, output_word = 0; ///< in the whole's 32-bit words
        std::uint64_t vectors = 0;
        std::ofstream inputs, outputs;
    };
    std::filesystem::path file(std::size_t lane, const char* suffix) const;
    std::string top() const;
    std::string lane_table() const;
    void parse(const std::string& output, std::vector<LaneResult>& results) const;
    Mismatch mismatch(std::size_t lane, std::uint64_t vector, std::span<const std::uint32_t> actual) const;

    std::filesystem::path directory_;
    std::vector<Lane> lanes_;
    std::vector<std::string> sources_;
    std::size_t input_words_ = 0, output_words_ = 0;
    double build_seconds_ = 0, run_seconds_ = 0;
};

} // namespace gw::verify
