// Exhaustive: all values of small types, to types that lose bits at either end, at both, or at none.
#include "compare.hpp"

namespace gw::fixed {
namespace {

template <bool S> void from_all(Count& count) {
    compare_types<S, 6, 3, 3, 2>(count, 0);
    compare_types<S, 6, 3, 4, 1>(count, 0);
    compare_types<S, 6, 3, 5, 4>(count, 0);
    compare_types<S, 6, 3, 1, 1>(count, 0);
    compare_types<S, 6, 3, 8, 4>(count, 0);
    compare_types<S, 7, 4, 4, 6>(count, 0);  // negative fraction: whole bits are lost
    compare_types<S, 7, 9, 5, 3>(count, 0);  // from a negative fraction
    compare_types<S, 5, -2, 4, 0>(count, 0); // all bits behind leading zeros
    compare_types<S, 4, 2, 3, -3>(count, 0);
}

TEST(VendorTypes, SmallSigned) {
    Count count;
    from_all<true>(count);
    report("signed sources", count);
}

TEST(VendorTypes, SmallUnsigned) {
    Count count;
    from_all<false>(count);
    report("unsigned sources", count);
}

} // namespace
} // namespace gw::fixed
