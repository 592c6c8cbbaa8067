// FixedType to and from text.
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "fixed/type.hpp"
#include "support/error.hpp"

namespace gw::fixed {
namespace {

constexpr std::array<std::pair<std::string_view, Rounding>, 7> rounding_names{{{"TRN", Rounding::trn},
                                                                               {"TRN_ZERO", Rounding::trn_zero},
                                                                               {"RND", Rounding::rnd},
                                                                               {"RND_ZERO", Rounding::rnd_zero},
                                                                               {"RND_MIN_INF", Rounding::rnd_min_inf},
                                                                               {"RND_INF", Rounding::rnd_inf},
                                                                               {"RND_CONV", Rounding::rnd_conv}}};
constexpr std::array<std::pair<std::string_view, Overflow>, 4> overflow_names{{{"WRAP", Overflow::wrap},
                                                                               {"SAT", Overflow::sat},
                                                                               {"SAT_ZERO", Overflow::sat_zero},
                                                                               {"SAT_SYM", Overflow::sat_sym}}};

support::Error bad(std::string_view text, const std::string& why) {
    return support::user_error(
        "'" + std::string(text) + "' is not a fixed-point type: " + why, {},
        "write fixed<width,integer> or ufixed<width,integer,rounding,overflow>, such as fixed<16,6,RND,SAT>");
}

std::string normalised(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (std::isspace(static_cast<unsigned char>(c)) == 0)
            out.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
    return out;
}

std::string_view without_prefix(std::string_view text) {
    constexpr std::string_view prefix = "AP_";
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

int number(std::string_view part, std::string_view whole) {
    int value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc{} || end != part.data() + part.size() || value < -1024 || value > 1024)
        throw bad(whole, "'" + std::string(part) + "' is not a small whole number");
    return value;
}

std::vector<std::string_view> split(std::string_view list) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t comma = list.find(',');
        parts.push_back(list.substr(0, comma));
        if (comma == std::string_view::npos)
            return parts;
        list.remove_prefix(comma + 1);
    }
}

template <typename Names>
auto look_up(const Names& names, std::string_view part, std::string_view whole, const char* what) {
    for (const auto& [name, value] : names)
        if (name == without_prefix(part))
            return value;
    throw bad(whole, "unknown " + std::string(what) + " '" + std::string(part) + "'");
}

} // namespace

std::string_view to_string(Rounding rounding) {
    return rounding_names.at(static_cast<std::size_t>(rounding)).first;
}

std::string_view to_string(Overflow overflow) {
    return overflow_names.at(static_cast<std::size_t>(overflow)).first;
}

std::string to_string(const FixedType& type) {
    std::string text = type.is_signed ? "fixed<" : "ufixed<";
    text += std::to_string(type.width) + "," + std::to_string(type.integer());
    if (type.rounding != Rounding::trn || type.overflow != Overflow::wrap)
        text += "," + std::string(to_string(type.rounding)) + "," + std::string(to_string(type.overflow));
    return text + ">";
}

FixedType ap_fixed(int width, int integer, Rounding rounding, Overflow overflow) {
    return {width, width - integer, true, rounding, overflow};
}

FixedType ap_ufixed(int width, int integer, Rounding rounding, Overflow overflow) {
    return {width, width - integer, false, rounding, overflow};
}

FixedType parse_type(std::string_view text) {
    const std::string upper = normalised(text);
    const std::string_view whole = without_prefix(upper);
    const std::size_t open = whole.find('<');
    if (open == std::string_view::npos || !whole.ends_with('>'))
        throw bad(text, "no '<...>'");
    const std::string_view kind = whole.substr(0, open);
    const auto parts = split(whole.substr(open + 1, whole.size() - open - 2));
    const bool is_integer = kind == "INT" || kind == "UINT";
    if (!is_integer && kind != "FIXED" && kind != "UFIXED")
        throw bad(text, "unknown kind '" + std::string(kind) + "'");
    if (is_integer ? parts.size() != 1 : (parts.size() < 2 || parts.size() > 5))
        throw bad(text, "wrong number of parameters");
    FixedType type;
    type.width = number(parts[0], text);
    if (type.width < 0 || type.width > 64)
        throw bad(text, "widths of 0 to 64 bits are supported");
    type.fraction = is_integer ? 0 : type.width - number(parts[1], text);
    type.is_signed = !kind.starts_with('U');
    if (parts.size() > 2)
        type.rounding = look_up(rounding_names, parts[2], text, "rounding");
    if (parts.size() > 3)
        type.overflow = look_up(overflow_names, parts[3], text, "overflow");
    if (parts.size() > 4 && number(parts[4], text) != 0)
        throw bad(text, "saturation bits other than 0 are not supported");
    return type;
}

} // namespace gw::fixed
