// Quantisers whose widths differ from element to element: widths kept as a tensor that repeats along axes of extent 1.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "import/graph.hpp"

namespace gw::import {

/// Flat index into `widths` for each element of `tensor`, aligned at the last axis; none if they do not fit.
/// @param has_event_axis whether `widths` has the event axis, of extent 1, in front
std::optional<std::vector<std::size_t>> spread_widths(Shape widths, const Shape& tensor, bool has_event_axis);

/// The types of a tensor's elements: one if all are alike, else one each; none if the widths do not fit.
std::vector<fixed::FixedType> element_types(const std::vector<fixed::FixedType>& types, const Shape& widths,
                                            const Shape& tensor, bool has_event_axis);

/// A type that holds every value exactly, in the fewest bits; none where that needs more than 60.
std::optional<fixed::FixedType> type_that_holds(const std::vector<double>& values);

/// A rounding by the name that ap_fixed gives it ("RND_CONV").
std::optional<fixed::Rounding> rounding_named(const std::string& name);

} // namespace gw::import
