// Folding's modules: what gives a beat out in slices, and what adds up the products of slices.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "stream/actors.hpp"
#include "support/error.hpp"

namespace gw::stream {

namespace {

/// Bits of i0 from `offset` on, which are a value of `from`, as one of `to`, modulo its range; "" for no bits.
std::string widened(std::uint32_t offset, const FixedType& from, const FixedType& to) {
    if (to.width == 0)
        return "";
    if (from.width == 0)
        return fmt::format("{}'d0", to.width);
    const int below = to.fraction - from.fraction, above = to.width - from.width - below;
    if (below >= to.width) // nothing of it is within the range
        return fmt::format("{}'d0", to.width);
    if (below < 0)
        throw support::internal_error("a value's last bits are not carried", fixed::to_string(to));
    const std::uint32_t top = offset + static_cast<std::uint32_t>(from.width + std::min(above, 0)) - 1;
    std::vector<std::string> parts;
    if (above > 0)
        parts.push_back(from.is_signed ? fmt::format("{{{}{{i0[{}]}}}}", above, top) : fmt::format("{}'d0", above));
    parts.push_back(fmt::format("i0[{}:{}]", top, offset));
    if (below > 0)
        parts.push_back(fmt::format("{}'d0", below));
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

std::vector<std::uint32_t> offsets(const std::vector<FixedType>& types) {
    std::vector<std::uint32_t> places;
    std::uint32_t at = 0;
    for (const FixedType& type : types) {
        places.push_back(at);
        at += static_cast<std::uint32_t>(type.width);
    }
    return places;
}

/// Slice `number` of i0 as one vector, the first value at bit 0.
std::string slice_of(const std::vector<FixedType>& from, const std::vector<FixedType>& to, std::uint32_t number) {
    const std::vector<std::uint32_t> places = offsets(from);
    std::vector<std::string> values;
    for (std::size_t k = to.size(); k-- > 0;) {
        const std::size_t i = number * to.size() + k;
        const std::string value =
            i < from.size() ? widened(places[i], from[i], to[k]) : fmt::format("{}'d0", to[k].width);
        if (to[k].width > 0)
            values.push_back(value);
    }
    return fmt::format("{{{}}}", fmt::join(values, ", "));
}

/// A counter of steps up to `count`, and whether it is at its last.
std::string counter(const std::string& name, std::uint32_t count, const std::string& step) {
    const int bits = counter_bits(count - 1);
    return fmt::format("    reg [{1}:0] {0};\n    wire {0}_last = {0} == {2}'d{3};\n"
                       "    always @(posedge clk)\n        if (rst) {0} <= 0;\n"
                       "        else if ({4}) {0} <= {0}_last ? {2}'d0 : {0} + 1'b1;\n",
                       name, bits - 1, bits, count - 1, step);
}

} // namespace

std::string scatter_body(const Design& design, const Scatter& scatter) {
    const std::vector<FixedType>& from = design.channel(scatter.input).types;
    std::vector<FixedType> to = design.channel(scatter.output).types;
    to.pop_back(); // the beat's number
    std::string body = counter("number", scatter.groups * scatter.slices, "step");
    if (scatter.slices == 1)
        return "    wire step = i0_valid & o0_ready;\n" + body +
               fmt::format("    assign o0 = {{number, {}}};\n    assign o0_valid = i0_valid;\n"
                           "    assign i0_ready = o0_ready & number_last;\n",
                           slice_of(from, to, 0));
    const std::uint32_t bits = design.channel(scatter.output).bits();
    const auto number_bits = static_cast<std::uint32_t>(counter_bits(scatter.groups * scatter.slices - 1));
    body += counter("slice", scatter.slices, "step") +
            fmt::format("    reg {} seen;\n    always @*\n        case (slice)\n", range(bits - number_bits));
    const int slice_bits = counter_bits(scatter.slices - 1);
    for (std::uint32_t k = 0; k + 1 < scatter.slices; ++k)
        body += fmt::format("            {}'d{}: seen = {};\n", slice_bits, k, slice_of(from, to, k));
    body += fmt::format("            default: seen = {};\n        endcase\n", slice_of(from, to, scatter.slices - 1));
    // A register behind the choice: the multipliers' stage has none of its delay.
    return "    reg full;\n    wire step = i0_valid & (~full | o0_ready);\n" + body +
           fmt::format("    reg {} held;\n    assign o0 = held;\n    assign o0_valid = full;\n"
                       "    assign i0_ready = (~full | o0_ready) & number_last;\n"
                       "    always @(posedge clk) begin\n        if (step) held <= {{number, seen}};\n"
                       "        full <= ~rst & (step | (full & ~o0_ready));\n    end\n",
                       range(bits));
}

std::string accumulate_body(const Design& design, const Accumulate& accumulate) {
    const std::vector<FixedType>& from = design.channel(accumulate.input).types;
    const std::vector<FixedType>& to = design.channel(accumulate.output).types;
    const std::vector<std::uint32_t> places = offsets(from);
    std::string body =
        "    reg full;\n    wire step = i0_valid & (~full | o0_ready);\n    assign i0_ready = ~full | o0_ready;\n"
        "    assign o0_valid = full;\n" +
        counter("count", accumulate.count, "step") + "    wire first = count == 0;\n";
    std::string sums;
    std::vector<std::string> values;
    for (std::size_t k = to.size(); k-- > 0;) {
        if (to[k].width == 0)
            continue;
        body += fmt::format("    reg [{0}:0] sum_{1};\n    wire [{0}:0] term_{1} = {2};\n", to[k].width - 1, k,
                            widened(places[k], from[k], to[k]));
        sums += fmt::format("            sum_{0} <= first ? term_{0} : sum_{0} + term_{0};\n", k);
        values.push_back(fmt::format("sum_{}", k));
    }
    return body + fmt::format("    assign o0 = {{{}}};\n    always @(posedge clk) begin\n        if (step) begin\n{}"
                              "        end\n        full <= ~rst & (step ? count_last : full & ~o0_ready);\n    end\n",
                              fmt::join(values, ", "), sums);
}

} // namespace gw::stream
