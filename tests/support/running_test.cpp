// Processes, threads and interrupts.
#include <atomic>
#include <csignal>
#include <set>

#include <gtest/gtest.h>

#include "support/atomic_file.hpp"
#include "support/expect_error.hpp"
#include "support/interrupt.hpp"
#include "support/parallel.hpp"
#include "support/process.hpp"
#include "support/scratch.hpp"

namespace gw::support {
namespace {

TEST(RunProcess, KeepsOutputCodeAndEnvironment) {
    const test::Scratch scratch;
    ProcessOptions options;
    options.directory = scratch.path();
    options.environment["GW_WORD"] = "seen";
    options.check = false;
    const ProcessResult result = run_process({"sh", "-c", "pwd; echo $GW_WORD >&2; exit 3"}, options);
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_EQ(result.output, scratch.path().string() + "\nseen\n");
    options.check = true;
    EXPECT_ERROR(run_process({"sh", "-c", "echo reason; exit 3"}, options), ErrorKind::user, "code 3:\nreason");
    EXPECT_EQ(run_process({"sh", "-c", "head -c 300000 /dev/zero"}).output.size(), 300000U);
    options.check = false;
    EXPECT_EQ(run_process({"sh", "-c", "kill -9 $$"}, options).exit_code, 128 + SIGKILL);
}

TEST(RunProcess, MissingProgramNamesItsPackage) {
    ProcessOptions options;
    options.environment["PATH"] = "/nowhere";
    EXPECT_FALSE(program_exists("gatewright-no-such-program"));
    EXPECT_TRUE(program_exists("sh"));
    EXPECT_ERROR(run_process({"gatewright-no-such-program"}), ErrorKind::user, "is not found");
    options = {};
    options.directory = "/no/such/folder";
    EXPECT_ERROR(run_process({"sh"}, options), ErrorKind::user, "/no/such/folder: cannot be entered");
}

TEST(RunProcess, TimeLimitEndsTheWholeGroup) {
    ProcessOptions options;
    options.time_limit = std::chrono::seconds(1);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_ERROR(run_process({"sh", "-c", "sleep 60 & sleep 60"}, options), ErrorKind::user, "time limit");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(RunProcess, ADaemonThatKeepsTheOutputOpenDoesNotHoldUs) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(run_process({"sh", "-c", "sleep 20 & echo done"}).output, "done\n");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(15));
}

TEST(ParallelFor, CoversEachItemOnceInBlocksThatDoNotDependOnTheThreads) {
    for (const unsigned threads : {0U, 1U, 2U, 7U}) {
        std::vector<std::atomic<int>> seen(1001);
        parallel_for(seen.size(), 100, threads, [&](std::size_t begin, std::size_t end) {
            EXPECT_EQ(begin % 100, 0U);
            EXPECT_EQ(end, std::min<std::size_t>(begin + 100, 1001));
            for (std::size_t i = begin; i < end; ++i)
                ++seen[i];
        });
        for (const auto& count : seen)
            EXPECT_EQ(count, 1);
    }
    parallel_for(0, 100, 2, [](std::size_t, std::size_t) { ADD_FAILURE() << "nothing to do"; });
}

TEST(ParallelFor, RethrowsTheFirstException) {
    const auto fail = [](std::size_t begin, std::size_t) {
        if (begin == 30)
            throw user_error("block 30");
    };
    EXPECT_ERROR(parallel_for(100, 10, 3, fail), ErrorKind::user, "block 30");
}

TEST(InterruptDeathTest, SignalBecomesAnErrorAndASecondEndsTheProgram) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto once = [] {
        install_interrupt_handlers();
        std::raise(SIGINT);
        try {
            run_process({"sleep", "30"});
        } catch (const Error& error) {
            std::_Exit(error.kind() == ErrorKind::interrupted && interrupted() ? 7 : 8);
        }
    };
    EXPECT_EXIT(once(), testing::ExitedWithCode(7), "");
    const auto twice = [] {
        install_interrupt_handlers();
        std::raise(SIGTERM);
        std::raise(SIGTERM); // the same request by another way
        std::this_thread::sleep_for(std::chrono::milliseconds(600));
        if (!interrupted())
            std::_Exit(9);
        std::raise(SIGTERM);
    };
    EXPECT_EXIT(twice(), testing::ExitedWithCode(128 + SIGTERM), "");
}

} // namespace
} // namespace gw::support
