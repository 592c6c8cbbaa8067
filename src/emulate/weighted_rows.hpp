// Weighted sums in exact terms, before lanes are chosen: what every linear op is first taken for.
#pragma once

#include <vector>

#include "emulate/compiler.hpp"

namespace gw::emulate {

/// An element in the making: sum_i x[source] * weight + bias; sources count from a place's first input row.
struct WeightedRow {
    struct Part {
        std::uint32_t source = 0;
        fixed::Int128 weight = 0;
        std::int32_t fraction = 0; ///< of the weight
    };
    std::vector<Part> parts;
    fixed::Int128 bias = 0;
    std::int32_t bias_fraction = 0;
    bool rectify = false;
    const network::Constant* ceiling = nullptr;
};

/// The same rows at several places; types and ranges are alike at all of them.
struct Family {
    std::vector<WeightedRow> rows;
    std::vector<Place> places;             ///< pattern not yet set
    std::vector<fixed::Interval> x;        ///< range of each source, over all places; its fraction is the type's
    std::vector<fixed::FixedType> outputs; ///< type of each row
};

/// Nothing for ops that are no weighted sums. `accumulator` of the op, where it has one, applies to every row.
std::vector<Family> families(const Compiler& compiler, const network::Op& op);
const network::Accumulator& accumulator_of(const network::Op& op);

} // namespace gw::emulate
