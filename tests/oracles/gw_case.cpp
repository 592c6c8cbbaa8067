// gw_case [--numerics float|exact|hls4ml] [--quiet] CASE...: compares cases with their frameworks' outputs, each in a
// process of its own, so that one crash ends no other. Exit status 1 if any failed.
#include <cstdio>
#include <filesystem>
#include <map>
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
        const std::string text = fmt::format("{}\n{}\n{}\n{}", static_cast<int>(verdict.kind), verdict.vectors,
                                             verdict.family, verdict.detail);
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
    Verdict verdict;
    const std::size_t a = text.find('\n'), b = text.find('\n', a + 1), c = text.find('\n', b + 1);
    verdict.kind = static_cast<Verdict::Kind>(std::stoi(text.substr(0, a)));
    verdict.vectors = std::stoul(text.substr(a + 1, b - a - 1));
    verdict.family = text.substr(b + 1, c - b - 1);
    verdict.detail = text.substr(c + 1);
    return verdict;
}

} // namespace

int main(int argc, char** argv) {
    Against against = Against::floating;
    bool quiet = false;
    std::vector<std::filesystem::path> folders;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--numerics" && i + 1 < argc) {
            const std::string kind = argv[++i];
            against = kind == "exact" ? Against::exact : (kind == "hls4ml" ? Against::hls4ml : Against::floating);
        } else if (word == "--quiet") {
            quiet = true;
        } else if (std::filesystem::exists(std::filesystem::path(word) / "case.json")) {
            folders.emplace_back(word);
        }
    }
    std::map<std::string, Count> families;
    Count all;
    std::size_t vectors = 0;
    for (const auto& folder : folders) {
        const Verdict verdict = in_a_child(folder, against);
        Count& count = families[verdict.family];
        const bool passed = verdict.kind == Verdict::Kind::passed, refused = verdict.kind == Verdict::Kind::refused;
        for (Count* each : {&count, &all})
            ++(passed ? each->passed : (refused ? each->refused : each->failed));
        vectors += passed ? verdict.vectors : 0;
        if (!quiet || (!passed && !refused))
            fmt::print("{:7} {}: {}\n", passed ? "passed" : (refused ? "refused" : "FAILED"), folder.string(),
                       verdict.detail);
    }
    for (const auto& [family, count] : families)
        if (count.failed + count.refused != 0)
            fmt::print("  {:40} {} passed, {} failed, {} refused\n", family, count.passed, count.failed, count.refused);
    fmt::print("{} cases with {} vectors passed, {} failed, {} refused\n", all.passed, vectors, all.failed,
               all.refused);
    return all.failed == 0 ? 0 : 1;
}
