#include "plan/part.hpp"

#include <algorithm>
#include <cctype>
#include <regex>
#include <utility>
#include <vector>

namespace gw::plan {

std::optional<Family> family_of(const std::string& part) {
    // xcvu9p-..., xcku15p-...: a 'p' behind the size is UltraScale+, its absence UltraScale
    static const std::vector<std::pair<std::regex, Family>> families{
        {std::regex("(xc7[akvz]|xa7|xq7).*"), Family::series7},
        {std::regex("(xcu[0-9]|xczu|xck26|xc(ku|vu|au)[0-9]+(p|_cxl|_hbm)).*"), Family::ultrascale_plus},
        {std::regex("xc(ku|vu)[0-9].*"), Family::ultrascale},
        {std::regex("lfe5.*"), Family::ecp5}};
    std::string name = part;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto found = std::find_if(families.begin(), families.end(),
                                    [&](const auto& family) { return std::regex_match(name, family.first); });
    return found == families.end() ? std::nullopt : std::optional(found->second);
}

DelayModel delays_of(Family family) {
    switch (family) {
    case Family::ultrascale_plus:
        break;
    case Family::ultrascale: // DS892, 20 nm, speed grade -2
        return {.adder = 0.60, .carry_per_bit = 0.025, .mux = 0.40, .register_overhead = 0.30};
    case Family::series7: // DS187 and DS181, 28 nm, speed grade -1
        return {.adder = 1.50, .carry_per_bit = 0.030, .mux = 0.85, .register_overhead = 0.70};
    case Family::ecp5: // bench/placed/run, speed grade 8
        return {.adder = 1.80, .carry_per_bit = 0.040, .mux = 1.10, .register_overhead = 0.60};
    }
    return {};
}

DelayModel delays_of(const std::string& part) {
    return delays_of(family_of(part).value_or(Family::ultrascale_plus));
}

} // namespace gw::plan
