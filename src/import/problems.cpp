#include "import/problems.hpp"

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::import {

void Problems::throw_if_any() const {
    if (lines_.empty())
        return;
    if (lines_.size() == 1)
        throw support::unsupported(lines_.front(), file_);
    std::string text = fmt::format("{} things in this file are not understood:", lines_.size());
    for (const std::string& line : lines_)
        text += "\n  - " + line;
    throw support::unsupported(text, file_);
}

std::string refusal(const std::map<std::string, std::string>& reasons, const std::string& name) {
    const auto found = reasons.find(name);
    return found == reasons.end() ? "" : ": " + found->second;
}

} // namespace gw::import
