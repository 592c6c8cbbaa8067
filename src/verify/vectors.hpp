// The inputs on which executions are compared: corners first, then the user's own, then random ones.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "fixed/type.hpp"
#include "support/rng.hpp"

namespace gw::verify {

/// Types of all elements of an event, in order.
using ElementTypes = std::vector<fixed::FixedType>;

/// Corner events: all elements at their lowest, highest, 0, smallest step, and alternating ends; then each element
/// alone at either end with the others 0.
std::vector<std::int64_t> corner_vectors(const ElementTypes& types);

/// One random event: every fourth event draws each element from {lowest, highest, 0, one step up or down, uniform}, the
/// others uniformly over the element's type.
void random_vector(const ElementTypes& types, support::Random& random, std::span<std::int64_t> event);

} // namespace gw::verify
