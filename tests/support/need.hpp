// What a test needs of the machine. A tool that is absent skips the test, but with GW_REQUIRE_ALL=1 in the environment,
// as scripts/test sets it after the bootstrap has installed every tool, it is a failure: no check goes missing unseen.
// (Folders outside the repository, such as ../shared/data, are not tools: tests skip without them.)
#pragma once

#include <cstdlib>
#include <string_view>

#include <gtest/gtest.h>

namespace gw::test {

inline bool all_tools_required() {
    const char* value = std::getenv("GW_REQUIRE_ALL");
    return value != nullptr && std::string_view(value) == "1";
}

} // namespace gw::test

/// In a test or its SetUp: ends it, unless `condition`, as skipped or failed.
#define GW_NEED(condition, what)                                                                                       \
    if (!(condition)) {                                                                                                \
        if (gw::test::all_tools_required())                                                                            \
            FAIL() << (what) << " (GW_REQUIRE_ALL=1)";                                                                 \
        GTEST_SKIP() << (what);                                                                                        \
    }                                                                                                                  \
    static_assert(true)
