// The builder's arithmetic on ranges.
#include <gtest/gtest.h>

#include "datapath/builder.hpp"

namespace gw::datapath {
namespace {

TEST(Intersection, OfBoundsOnAFinerGridKeepsTheMultiplesInside) {
    const Interval outer{-10, 10, 1};                                    // -5 to 5 in steps of 1/2
    EXPECT_EQ(intersection(outer, {-5, 9, 3}), (Interval{-1, 2, 1}));    // -0.625 to 1.125
    EXPECT_EQ(intersection(outer, {-8, 100, 3}), (Interval{-2, 10, 1})); // -1 to 12.5
}

TEST(Intersection, OfBoundsOnACoarserGridIsAligned) {
    const Interval outer{-10, 10, 3};
    EXPECT_EQ(intersection(outer, {-1, 3, 1}), (Interval{-4, 10, 3}));
    EXPECT_EQ(intersection(outer, {0, 1, 0}), (Interval{0, 8, 3}));
}

} // namespace
} // namespace gw::datapath
