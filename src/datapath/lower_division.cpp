// Division by a constant, exactly: a multiplication by a reciprocal that is long enough.
//
// For 0 <= n <= N and odd d, with m = ceil(2^s / d) and e = m * d - 2^s: floor(n / d) = floor(n * m / 2^s) whenever
// e * N < 2^s (Granlund and Montgomery, "Division by invariant integers using multiplication", PLDI 1994). Negative
// numerators are moved up by a multiple of d before and back behind.
#include <algorithm>

#include "datapath/lower_ops.hpp"
#include "support/error.hpp"

namespace gw::datapath {

namespace {

struct Reciprocal {
    std::int64_t multiplier = 1;
    std::int32_t shift = 0;
};

Reciprocal reciprocal(Int128 largest, std::int64_t divisor) {
    for (std::int32_t shift = 0; shift < 62; ++shift) {
        const Int128 power = Int128{1} << shift;
        const Int128 multiplier = (power + divisor - 1) / divisor;
        if ((multiplier * divisor - power) * largest < power && multiplier > 0)
            return {static_cast<std::int64_t>(multiplier), shift};
    }
    throw support::unsupported("a division of a number of that many bits");
}

/// x rounded down to a multiple of 2^-fraction.
NodeId rounded_down(Builder& builder, NodeId x, std::int32_t fraction) {
    return builder.convert(x, {64, fraction, true, fixed::Rounding::trn, fixed::Overflow::wrap});
}

} // namespace

Quotient floor_quotient(Builder& builder, Solver& solver, NodeId x, std::int64_t divisor, std::int32_t fraction) {
    std::int32_t twos = 0;
    for (; divisor % 2 == 0; divisor /= 2)
        ++twos;
    // In integers: n = x * 2^places is divided by `unit`.
    const std::int32_t places = std::max(builder.range(x).fraction, fraction - twos);
    const Interval range = fixed::aligned(builder.range(x), places);
    const Int128 unit = Int128{divisor} << (twos + places - fraction);
    const Int128 raised = range.low < 0 ? (-range.low + unit - 1) / unit : 0; // quotients by which n is moved up
    const NodeId up = builder.constant(raised * unit, places);
    const NodeId positive = builder.add(x, up, 0, Add::Kind::a_plus_b);
    NodeId floor = rounded_down(builder, builder.shift(positive, -twos), fraction); // of n / 2^twos
    if (divisor != 1 && !builder.range(floor).is_zero()) {
        const Interval whole = fixed::aligned(builder.range(floor), fraction);
        const Reciprocal by = reciprocal(whole.high, divisor);
        floor = rounded_down(builder, times_constant(builder, solver, floor, by.multiplier, by.shift), fraction);
    }
    const NodeId back = times_constant(builder, solver, builder.shift(floor, twos), divisor, 0);
    const NodeId inexact = builder.less(back, positive);
    return {builder.add(floor, builder.constant(raised, fraction), 0, Add::Kind::a_minus_b), inexact};
}

/// Two bits more than the output has, the last of them 1 where anything lies below: every rounding then comes out as
/// from the true quotient (emulate/exact.hpp, quotient).
Nodes lower(const network::Divide& op, const OpSite& site) {
    Nodes results;
    for (std::size_t i = 0; i < site.x().size(); ++i) {
        const std::int32_t fraction = site.out.type(i).fraction + 1;
        const NodeId x = site.builder.shift(site.x()[i], op.divisor.type.fraction);
        const Quotient quotient = floor_quotient(site.builder, site.solver, x, op.divisor.at(i), fraction);
        results.push_back(site.builder.add(quotient.floor, quotient.inexact, -fraction - 1, Add::Kind::a_plus_b));
    }
    return results;
}

} // namespace gw::datapath
