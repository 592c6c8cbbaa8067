// One oracle case: a model of a real framework, with inputs and that framework's own outputs (tests/oracles/README.md).
#pragma once

#include <filesystem>
#include <string>

namespace gw::oracles {

enum class Against { floating, exact, hls4ml };

struct Verdict {
    enum class Kind { passed, failed, refused } kind = Kind::failed;
    std::string family, detail; ///< what was compared; or the first difference; or the refusal
    std::size_t vectors = 0;
    bool by_bits = false; ///< every output bit was compared, since the framework's own outputs are exact
};

/// Never throws.
Verdict check_case(const std::filesystem::path& folder, Against against);

} // namespace gw::oracles
