// Small changes of generated Verilog: what a bug of the compiler, of an editor or of a disk might do to it.
#pragma once

#include <cctype>
#include <regex>
#include <string>
#include <vector>

#include "rtl/core.hpp"
#include "support/rng.hpp"

namespace gw::test {

struct Mutant {
    rtl::Files files;
    std::string change;
};

namespace mutants {

struct Site {
    std::string file;
    std::size_t at, length;
    std::string text; ///< instead
};

inline std::string other_digit(char digit, support::Random& random) {
    static const std::string digits = "0123456789abcdef";
    const std::size_t own = digits.find(digit);
    return {digits[(own + 1 + random.below(digits.size() - 1)) % digits.size()]};
}

/// All places of the code (comments left out) where something can be changed.
inline std::vector<Site> sites(const rtl::Files& files, support::Random& random) {
    static const std::regex pattern("( [+] )|( - )|( & )|( [|] )|(~)|(\\[[0-9]+)|(:[0-9]+\\])|('h[0-9a-f]+)|( [?] )");
    std::vector<Site> found;
    for (const auto& [name, text] : files) {
        if (!name.ends_with(".v") || name.ends_with("_tb.v") || name.ends_with("_adders.v"))
            continue;
        std::size_t line = 0;
        while (line < text.size()) {
            const std::size_t end = std::min(text.find('\n', line), text.size());
            const std::string code = text.substr(line, std::min(text.find("//", line), end) - line);
            const bool declares = code.find("input ") != std::string::npos || code.find("output ") != std::string::npos;
            for (std::sregex_iterator match(code.begin(), code.end(), pattern), none; match != none && !declares;
                 ++match) {
                const std::string old = match->str();
                std::string made;
                if (old == " + " || old == " - ")
                    made = old == " + " ? " - " : " + ";
                else if (old == " & " || old == " | ")
                    made = old == " & " ? " | " : " & ";
                else if (old == "~")
                    made = "";
                else if (old == " ? ")
                    made = " ^ 1'b1 ? ";
                else if (old.starts_with("'h"))
                    made = old.substr(0, old.size() - 1) + other_digit(old.back(), random);
                else if (old.starts_with("["))
                    made = "[" + std::to_string(std::stoi(old.substr(1)) + (random.below(2) == 0 ? 1 : -1));
                else
                    made = ":" + std::to_string(std::stoi(old.substr(1)) + (random.below(2) == 0 ? 1 : -1)) + "]";
                found.push_back({name, line + static_cast<std::size_t>(match->position()), old.size(), made});
            }
            line = end + 1;
        }
    }
    return found;
}

} // namespace mutants

inline Mutant mutated(const rtl::Files& files, support::Random& random) {
    const auto sites = mutants::sites(files, random);
    const mutants::Site& site = sites.at(random.below(sites.size()));
    Mutant mutant{files, {}};
    std::string& text = mutant.files.at(site.file);
    const std::size_t line = text.rfind('\n', site.at) + 1;
    text.replace(site.at, site.length, site.text);
    mutant.change = site.file + ": " + text.substr(line, text.find('\n', line) - line);
    return mutant;
}

} // namespace gw::test
