#include "shell/template.hpp"

#include "support/error.hpp"

namespace gw::shell {

std::string fill(std::string_view text, const Marks& marks) {
    std::string result;
    while (true) {
        const std::size_t open = text.find('@');
        result += text.substr(0, open);
        // Verilog's own @(posedge ...) and @* stay as they are.
        if (open == std::string_view::npos) {
            return result;
        }
        if (open + 1 < text.size() && (text[open + 1] < 'A' || text[open + 1] > 'Z')) {
            result += '@';
            text.remove_prefix(open + 1);
            continue;
        }
        const std::size_t close = text.find('@', open + 1);
        const std::string_view name = text.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
        const auto found = marks.find(name);
        if (found == marks.end() || close == std::string_view::npos) {
            throw support::internal_error("a template has no value for the mark @" + std::string(name) + "@", "shell");
        }
        result += found->second;
        text.remove_prefix(close + 1);
    }
}

} // namespace gw::shell
