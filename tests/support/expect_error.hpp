// EXPECT_ERROR(expression, kind, "part of the message"): an Error, of this kind, that says this.
#pragma once

#include <gmock/gmock.h>

#include "support/error.hpp"

#define EXPECT_ERROR(expression, wanted_kind, part)                                                                    \
    try {                                                                                                              \
        expression;                                                                                                    \
        ADD_FAILURE() << "no error from " #expression;                                                                 \
    } catch (const gw::support::Error& error) {                                                                        \
        EXPECT_EQ(error.kind(), wanted_kind) << error.what();                                                          \
        EXPECT_THAT(error.what(), testing::HasSubstr(part));                                                           \
    }
