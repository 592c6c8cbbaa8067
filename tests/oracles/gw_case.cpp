// gw_case [--numerics float|exact|hls4ml] [--quiet] [--least N] [--least-bits N] CASE...: compares cases with their
// frameworks' outputs, each in a process of its own, so that one crash ends no other. Exit status 1 if any failed, if
// fewer than --least passed, or fewer than --least-bits of them with every bit compared.
#include <cstdio>
#include <filesystem>
#include <map>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "oracles/check_case.hpp"

namespace {

using gw::oracles::Against;
using gw::oracles::Verdict;

constexpr unsigned seconds = 120; ///< a case may take

struct Count {
    std::size_t passed = 0, failed = 0, refused = 0;
};

struct Options {
    Against against = Against::floating;
    bool quiet = false;
    std::size_t least = 0, least_bits = 0;
    std::vector<std::filesystem::path> folders;
};

Options parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--numerics" && i + 1 < argc) {
            const std::string kind = argv[++i];
            options.against =
                kind == "exact" ? Against::exact : (kind == "hls4ml" ? Against::hls4ml : Against::floating);
        } else if (word == "--quiet") {
            options.quiet = true;
        } else if ((word == "--least" || word == "--least-bits") && i + 1 < argc) {
            (word == "--least" ? options.least : options.least_bits) = std::stoul(argv[++i]);
        } else if (std::filesystem::exists(std::filesystem::path(word) / "case.json")) {
            options.folders.emplace_back(word);
        }
    }
    return options;
}

/// The child writes kind, vectors, family and detail.
Verdict in_a_child(const std::filesystem::path& folder, Against against) {
    int ends[2];
    if (pipe(ends) != 0)
        return {Verdict::Kind::failed, "pipe", "no pipe", 0};
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        alarm(seconds);
        const Verdict verdict = gw::oracles::check_case(folder, against);
        const std::string text = fmt::format("{}\n{}\n{}\n{}\n{}", static_cast<int>(verdict.kind), verdict.vectors,
                                             verdict.by_bits ? 1 : 0, verdict.family, verdict.detail);
        const bool written = write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
        _exit(written ? 0 : 1);
    }
    close(ends[1]);
    std::string text;
    char buffer[4096];
    for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(got));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return {Verdict::Kind::failed, folder.filename().string(),
                fmt::format("ended by signal {}", WIFSIGNALED(status) ? WTERMSIG(status) : 0), 0};
    std::istringstream lines(text);
    Verdict verdict;
    int kind = 0;
    lines >> kind >> verdict.vectors >> verdict.by_bits;
    verdict.kind = static_cast<Verdict::Kind>(kind);
    lines.ignore();
    std::getline(lines, verdict.family);
    std::getline(lines, verdict.detail, '\0');
    return verdict;
}

} // namespace

int main(int argc, char** argv) {
    const Options options = parse(argc, argv);
    std::map<std::string, Count> families;
    Count all;
    std::size_t vectors = 0, bits = 0, bit_vectors = 0;
    for (const auto& folder : options.folders) {
        const Verdict verdict = in_a_child(folder, options.against);
        Count& count = families[verdict.family];
        const bool passed = verdict.kind == Verdict::Kind::passed, refused = verdict.kind == Verdict::Kind::refused;
        for (Count* each : {&count, &all})
            ++(passed ? each->passed : (refused ? each->refused : each->failed));
        vectors += passed ? verdict.vectors : 0;
        bits += passed && verdict.by_bits ? 1 : 0;
        bit_vectors += passed && verdict.by_bits ? verdict.vectors : 0;
        if (!options.quiet || (!passed && !refused))
            fmt::print("{:7} {}: {}\n", passed ? "passed" : (refused ? "refused" : "FAILED"), folder.string(),
                       verdict.detail);
    }
    for (const auto& [family, count] : families)
        if (count.failed + count.refused != 0)
            fmt::print("  {:40} {} passed, {} failed, {} refused\n", family, count.passed, count.failed, count.refused);
    fmt::print("{} cases with {} vectors passed ({} cases, {} vectors bit for bit), {} failed, {} refused\n",
               all.passed, vectors, bits, bit_vectors, all.failed, all.refused);
    if (all.passed < options.least || bits < options.least_bits)
        fmt::print("too few: {} cases were to pass, {} of them bit for bit\n", options.least, options.least_bits);
    return all.failed == 0 && all.passed >= options.least && bits >= options.least_bits ? 0 : 1;
}
