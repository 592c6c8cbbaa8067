// Random and corner values of wide types, and of binary64.
#include <cmath>

#include "compare.hpp"

namespace gw::fixed {
namespace {

TEST(VendorTypes, Wide) {
    Count count;
    compare_types<true, 64, 20, 32, 10>(count, 1);
    compare_types<true, 48, 8, 40, 4>(count, 2);
    compare_types<false, 40, 12, 63, 30>(count, 3);
    compare_types<true, 33, 33, 17, 40>(count, 4);
    report("wide types, seeds 1 to 4", count);
}

template <bool S, int W, int I, ap_q_mode Q, ap_o_mode O> void from_doubles(Count& count) {
    const FixedType to{W, W - I, S, ours(Q), ours(O)};
    support::Random random(7);
    for (int i = 0; i < 4000; ++i) {
        double value = std::ldexp(random.uniform() - 0.5, static_cast<int>(random.between(-W, I + 3)));
        if (i % 3 == 0) // on or half-way between steps
            value = std::ldexp(std::floor(std::ldexp(value, W - I + 1)), -(W - I + 1));
        const typename Vendor<S, W, I, Q, O>::Type converted = value;
        ++count.compared;
        if (from_double(value, to) != Vendor<S, W, I, Q, O>::raw(converted) && ++count.mismatches <= 5)
            ADD_FAILURE() << value << " to " << to_string(to) << ": " << to_string(from_double(value, to))
                          << ", vendor " << Vendor<S, W, I, Q, O>::raw(converted);
    }
}

TEST(VendorTypes, FromBinary64) {
    Count count;
    from_doubles<true, 16, 6, AP_TRN, AP_WRAP>(count);
    from_doubles<true, 12, 4, AP_RND_CONV, AP_SAT>(count);
    from_doubles<false, 9, 3, AP_RND, AP_SAT>(count);
    from_doubles<true, 24, 12, AP_TRN_ZERO, AP_SAT_SYM>(count);
    from_doubles<true, 8, 2, AP_RND_MIN_INF, AP_SAT_ZERO>(count);
    from_doubles<false, 17, 9, AP_RND_INF, AP_WRAP>(count);
    from_doubles<true, 40, 10, AP_RND_ZERO, AP_SAT>(count);
    report("binary64, seed 7", count);
}

} // namespace
} // namespace gw::fixed
