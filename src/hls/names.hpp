// Names in generated C++: tensors and layers are named by their users, who know nothing of C++ or of what stands beside
// them in the generated text.
#pragma once

#include <set>
#include <span>
#include <string>

namespace gw::hls {

/// A C identifier from any text.
std::string identifier(const std::string& text);

/// Whether a function of this name may stand in the global namespace: an identifier that is no word of C++, and no name
/// that the headers or the project's own templates use.
bool can_name(const std::string& name);

/// Names of one scope, none given twice. Words of C++, names in the headers and those of generated functions' own
/// variables are never given.
class Names {
  public:
    /// `wanted` as an identifier, or that with a number behind it.
    std::string unique(const std::string& wanted);

    /// The same for an argument of the top function: with it go the names that wrappers and test benches make of it.
    std::string port(const std::string& wanted);

    /// The same for the top function itself, which has no other name. Call it first.
    void top(const std::string& name);

  private:
    bool free(const std::string& name) const;
    /// With it go all `forms` of it.
    std::string given(const std::string& wanted, std::span<const char* const> forms);

    std::set<std::string> taken_;
};

} // namespace gw::hls
