// Boards and cards in a list, found by their names.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/error.hpp"

namespace gw::shell {

template <class Thing> std::vector<std::string> names_of(const std::vector<Thing>& things) {
    std::vector<std::string> names;
    for (const Thing& thing : things)
        names.push_back(thing.name);
    return names;
}

/// @param kind "board": for the message
/// Throws support::Error (user) naming those that there are.
template <class Thing> const Thing& named(const std::vector<Thing>& things, const std::string& name, const char* kind) {
    const auto found = std::ranges::find(things, name, &Thing::name);
    if (found == things.end())
        throw support::user_error(fmt::format("no {} is called {}", kind, name), {},
                                  fmt::format("choose one of: {}", fmt::join(names_of(things), ", ")));
    return *found;
}

} // namespace gw::shell
