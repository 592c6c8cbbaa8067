#include "support/need.hpp"

#include <optional>
#include <string>

#include <gtest/gtest-spi.h>

namespace gw::test {
namespace {

/// Sets the variable for a scope.
class Requiring {
  public:
    explicit Requiring(const char* value) {
        if (const char* before = std::getenv("GW_REQUIRE_ALL"))
            before_ = before;
        ::setenv("GW_REQUIRE_ALL", value, 1);
    }
    ~Requiring() {
        if (before_)
            ::setenv("GW_REQUIRE_ALL", before_->c_str(), 1);
        else
            ::unsetenv("GW_REQUIRE_ALL");
    }
    Requiring(const Requiring&) = delete;
    Requiring& operator=(const Requiring&) = delete;

  private:
    std::optional<std::string> before_;
};

void needs_what_is_absent() {
    GW_NEED(false, "no such tool");
}

TEST(Need, AnAbsentToolFailsWhereAllAreRequired) {
    const Requiring all("1");
    EXPECT_TRUE(all_tools_required());
    EXPECT_FATAL_FAILURE(needs_what_is_absent(), "no such tool (GW_REQUIRE_ALL=1)");
}

TEST(Need, WhatIsThereIsNoObstacle) {
    const Requiring all("1");
    bool reached = false;
    const auto test = [&] {
        GW_NEED(true, "a tool");
        reached = true;
    };
    test();
    EXPECT_TRUE(reached);
    const Requiring none("0");
    EXPECT_FALSE(all_tools_required());
}

} // namespace
} // namespace gw::test
