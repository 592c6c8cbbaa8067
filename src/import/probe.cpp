#include "import/probe.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/error.hpp"

namespace gw::import {

namespace {

constexpr rlim_t cpu_limit_s = 5; // a whole model takes some milliseconds

[[noreturn]] void run_in_child(const std::function<void()>& attempt) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGINT, SIGTERM, SIGXCPU})
        std::signal(signal, SIG_DFL);
    if (const int nowhere = ::open("/dev/null", O_WRONLY); nowhere >= 0)
        ::dup2(nowhere, STDERR_FILENO); // what an aborting library says would stand before our message
    const rlimit limit{cpu_limit_s, cpu_limit_s};
    ::setrlimit(RLIMIT_CPU, &limit);
    try {
        attempt();
    } catch (...) { // the parent will meet the same error, and report it
    }
    ::_exit(EXIT_SUCCESS);
}

} // namespace

void require_survivable(const std::string& file, const std::function<void()>& attempt) {
    const pid_t child = ::fork();
    if (child < 0)
        return; // no process to spare: the attempt here is then the first one
    if (child == 0)
        run_in_child(attempt);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return;
    const bool survived = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
    const bool stopped = WIFSIGNALED(status) && (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM);
    if (!survived && !stopped)
        throw support::user_error("the file is damaged: its HDF5 structure cannot be followed", file,
                                  "write the file again");
}

} // namespace gw::import
