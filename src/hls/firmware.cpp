#include "hls/firmware.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hls/ap_type.hpp"

namespace gw::hls {
namespace {

const char* c_type(const std::vector<std::int64_t>& values) {
    std::int64_t low = 0, high = 0;
    for (const std::int64_t value : values) {
        low = std::min(low, value);
        high = std::max(high, value);
    }
    if (low >= INT8_MIN && high <= INT8_MAX)
        return "signed char";
    if (low >= INT16_MIN && high <= INT16_MAX)
        return "short";
    return low >= INT32_MIN && high <= INT32_MAX ? "int" : "long long";
}

/// "INT64_MIN" has no literal of its own.
std::string literal(std::int64_t value) {
    return value == INT64_MIN ? "-9223372036854775807 - 1" : std::to_string(value);
}

std::string initialisers(const std::vector<std::int64_t>& values, std::size_t per_line) {
    fmt::memory_buffer text;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const bool last = i + 1 == values.size();
        fmt::format_to(std::back_inserter(text), "{}{}{}{}", i % per_line == 0 ? "    " : " ", literal(values[i]),
                       last ? "" : ",", last || (i + 1) % per_line == 0 ? "\n" : "");
    }
    return fmt::to_string(text);
}

std::string array(Firmware& firmware, const std::string& wanted, const std::vector<std::int64_t>& values,
                  const std::vector<std::size_t>& extents, const std::string& comment) {
    const std::string symbol = firmware.names.unique(wanted);
    const std::string header = "weights/" + symbol + ".h";
    constexpr std::size_t longest_line = 256; // values
    const std::size_t per_line = extents.size() == 1 ? 16 : std::min(extents.back(), longest_line);
    std::string shape;
    for (const std::size_t extent : extents)
        shape += fmt::format("[{}]", extent);
    firmware.files["firmware/" + header] = fmt::format("// {}\nstatic const {} {}{} = {{\n{}}};\n", comment,
                                                       c_type(values), symbol, shape, initialisers(values, per_line));
    firmware.weights.push_back(header);
    return symbol;
}

} // namespace

std::string indented(const std::string& text, std::size_t columns) {
    std::istringstream lines(text);
    std::string line, result;
    while (std::getline(lines, line))
        result += std::string(line.empty() || line.front() == '#' ? 0 : columns, ' ') + line + "\n";
    return result;
}

Config& Config::number(const std::string& name, std::int64_t value) {
    const bool plain = value >= INT32_MIN && value <= INT32_MAX;
    return text(fmt::format("    static const {} {} = {};\n", plain ? "int" : "long long", name, literal(value)));
}
Config& Config::flag(const std::string& name, bool value) {
    return text(fmt::format("    static const bool {} = {};\n", name, value));
}
Config& Config::type(const std::string& name, const std::string& type) {
    return text(fmt::format("    typedef {} {};\n", type, name));
}
Config& Config::text(const std::string& lines) {
    members_ += lines;
    return *this;
}
Config& Config::base(const std::string& name) {
    base_ = name;
    return *this;
}
std::string Config::as_struct(const std::string& name, const std::string& comment) const {
    return fmt::format("// {}\nstruct {}{} {{\n{}}};\n\n", comment, name, base_.empty() ? "" : " : " + base_, members_);
}

std::string constant_array(Firmware& firmware, const std::string& wanted, const network::Constant& constant,
                           const std::vector<std::size_t>& extents) {
    return array(firmware, wanted, constant.raw, extents,
                 fmt::format("{}: value = integer * 2^{}", ap_type(constant.type), -constant.type.fraction));
}

std::string index_array(Firmware& firmware, const std::string& wanted, const std::vector<std::int64_t>& values) {
    return array(firmware, wanted, values, {values.size()}, "places; -1: none");
}

void configure_store(Config& config, const network::Tensor& tensor) {
    const auto assigned = [](const fixed::FixedType& type, const std::string& value) {
        return type.width == 0 ? std::string("y[i] = 0;") : "y[i] = " + value + ";";
    };
    std::string body;
    std::map<std::string, std::vector<std::size_t>> places; // of each conversion
    for (std::size_t i = 0; i < tensor.types.size(); ++i)
        places[assigned(tensor.types[i], ap_type(tensor.types[i]) + "(v)")].push_back(i);
    if (places.size() == 1 && tensor.types.front().width > 0) {
        config.base("gw::Uniform");
        return;
    }
    if (places.size() == 1) {
        body = "        y[i] = 0;\n";
    } else {
        // Types repeat with the last axis, most often.
        const std::size_t last = tensor.shape.empty() ? tensor.types.size() : tensor.shape.back();
        const bool repeats = std::equal(tensor.types.begin() + static_cast<std::ptrdiff_t>(last), tensor.types.end(),
                                        tensor.types.begin());
        const std::size_t period = repeats ? last : tensor.types.size();
        body = period == tensor.types.size() ? "        switch (i) {\n"
                                             : fmt::format("        switch (i % {}) {{\n", period);
        for (const auto& [line, all] : places) {
            for (std::size_t k = 0; k < all.size() && all[k] < period; ++k)
                body += fmt::format("{}case {}:{}", k % 12 == 0 ? "        " : " ", all[k], k % 12 == 11 ? "\n" : "");
            body += fmt::format("\n            {}\n            break;\n", line);
        }
        body += "        }\n";
    }
    config.text("    template <class Y, class V> static void store(Y y[], int i, const V& v) {\n#pragma HLS INLINE\n" +
                body + "    }\n");
}

} // namespace gw::hls
