#include <gtest/gtest.h>

#include "hls/names.hpp"

namespace gw::hls {
namespace {

TEST(Names, AreIdentifiersAndNeverGivenTwice) {
    Names names;
    EXPECT_EQ(names.unique("dense"), "dense");
    EXPECT_EQ(names.unique("dense"), "dense_2");
    EXPECT_EQ(names.unique("a b"), "a_b");
    EXPECT_EQ(names.unique("a_b"), "a_b_2");
    EXPECT_EQ(names.unique("2nd"), "l2nd");
    EXPECT_EQ(names.unique("_x"), "l_x");
    EXPECT_EQ(names.unique(""), "l");
}

TEST(Names, AreNoWordsOfCppOfHeadersOrOfGeneratedFunctions) {
    Names names;
    for (const char* word : {"int", "gw", "std", "size_t", "event", "b", "out0", "in12", "errno"})
        EXPECT_NE(names.unique(word), word);
    EXPECT_EQ(names.unique("INLINE"), "lINLINE"); // macros have no small letters
    EXPECT_EQ(names.unique("X"), "X");
    EXPECT_EQ(names.unique("x"), "x");
    EXPECT_EQ(names.unique("input"), "input");
    EXPECT_EQ(names.unique("out"), "out");
    EXPECT_EQ(names.unique("inside0"), "inside0");
}

TEST(Names, OfAPortTakeWhatIsMadeOfThem) {
    Names names;
    EXPECT_EQ(names.port("x"), "x");
    EXPECT_EQ(names.unique("x_words"), "x_words_2");
    EXPECT_EQ(names.port("x_fields"), "x_fields_2");
    EXPECT_EQ(names.unique("z_last"), "z_last");
    EXPECT_EQ(names.port("z"), "z_2");
}

TEST(Names, OfATopFunction) {
    for (const char* name : {"int", "std", "gw", "main", "2layer", "a b", "", "_x", "size_t"})
        EXPECT_FALSE(can_name(name)) << name;
    for (const char* name : {"muon", "x", "events", "Net_2"})
        EXPECT_TRUE(can_name(name)) << name;
    Names names;
    names.top("muon");
    EXPECT_EQ(names.unique("muon_kernel"), "muon_kernel_2");
    EXPECT_EQ(names.unique("muon"), "muon_2");
}

} // namespace
} // namespace gw::hls
