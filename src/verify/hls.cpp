#include "verify/hls.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <regex>

#include "emulate/emulator.hpp"
#include "network/elements.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/process.hpp"
#include "verify/scratch.hpp"
#include "verify/vectors.hpp"

namespace gw::verify {
namespace {

namespace fs = std::filesystem;

std::string lines(std::span<const std::int64_t> values, std::size_t per_line) {
    fmt::memory_buffer text;
    for (std::size_t i = 0; i < values.size(); ++i)
        fmt::format_to(std::back_inserter(text), "{}{}", values[i], (i + 1) % per_line == 0 ? '\n' : ' ');
    return fmt::to_string(text);
}

std::optional<fs::path> headers_below(const fs::path& venv) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(venv / "lib", ignored)) {
        const fs::path folder = entry.path() / "site-packages/hls4ml/templates/vivado/ap_types";
        if (fs::exists(folder / "ap_fixed.h"))
            return fs::absolute(folder);
    }
    return std::nullopt;
}

HlsResult parsed(const std::string& output) {
    std::smatch match;
    if (!std::regex_search(output, match, std::regex("([0-9]+) mismatches in ([0-9]+) vectors")))
        throw support::internal_error("the test bench ended without a verdict:\n" + output.substr(0, 2000),
                                      "HLS project");
    HlsResult result;
    result.mismatches = std::stoull(match[1]);
    result.vectors = std::stoull(match[2]);
    if (result.mismatches != 0)
        result.first_mismatches = match.prefix();
    return result;
}

} // namespace

std::optional<fs::path> find_ap_types() {
    if (const char* named = std::getenv("GW_AP_TYPES"); named != nullptr && *named != '\0') {
        if (!fs::exists(fs::path(named) / "ap_fixed.h"))
            throw support::user_error("GW_AP_TYPES names a folder without ap_fixed.h", named,
                                      "name the folder of the vendor's ap_types headers, or unset the variable");
        return fs::absolute(named);
    }
    if (const char* venv = std::getenv("GW_VENV"); venv != nullptr)
        if (auto found = headers_below(venv))
            return found;
    return headers_below("build/venv");
}

HlsResult verify_hls(const hls::Files& project, const std::string& name, std::span<const std::int64_t> inputs,
                     std::size_t input_size, std::span<const std::int64_t> expected, std::size_t output_size,
                     const HlsOptions& options) {
    const Scratch folder;
    support::write_files(folder.path(), project);
    support::write_file(folder.path() / "inputs.txt", lines(inputs, input_size));
    support::write_file(folder.path() / "outputs.txt", lines(expected, output_size));
    const support::ProcessOptions here{
        .directory = folder.path(), .environment = {}, .time_limit = std::chrono::seconds(3600), .check = true};
    // -w: the vendor's headers are not warning-free. -DNDEBUG: ap_fixed reads one bit beyond a type of which it drops
    // everything; the sign stands there, but an assertion does not know it.
    std::vector<std::string> command{options.compiler,  options.optimisation,      "-w",  "-DNDEBUG", "-std=c++14",
                                     "-isystem",        options.ap_types.string(), "-I.", "-o",       "test",
                                     name + "_test.cpp"};
    for (const auto& [file, contents] : project)
        if (file.starts_with("firmware/") && file.ends_with(".cpp"))
            command.push_back(file);
    const auto compiled = support::run_process(command, here);
    support::ProcessOptions run = here;
    run.check = false; // its exit code only repeats the verdict
    const auto ran = support::run_process({"./test", "inputs.txt", "outputs.txt"}, run);
    HlsResult result = parsed(ran.output);
    result.wanted = inputs.size() / input_size;
    result.compile_seconds = compiled.seconds;
    result.run_seconds = ran.seconds;
    return result;
}

HlsResult compare_hls(const network::Network& network, const hls::Files& project, const std::string& name,
                      const HlsVectors& vectors, const HlsOptions& options) {
    const ElementTypes types = network::element_types(network, network.inputs);
    const std::size_t width = types.size(), height = network.output_size();
    std::vector<std::int64_t> inputs = corner_vectors(types);
    inputs.resize(std::min<std::size_t>(inputs.size(), vectors.count * width)); // the first corners move all inputs
    inputs.insert(inputs.end(), vectors.user.begin(), vectors.user.end());
    support::Random random(vectors.seed);
    std::vector<std::int64_t> event(width);
    while (inputs.size() < vectors.count * width) {
        random_vector(types, random, event);
        inputs.insert(inputs.end(), event.begin(), event.end());
    }
    std::vector<std::int64_t> outputs(inputs.size() / width * height);
    emulate::Emulator(network).run(inputs, outputs);
    return verify_hls(project, name, inputs, width, outputs, height, options);
}

} // namespace gw::verify
