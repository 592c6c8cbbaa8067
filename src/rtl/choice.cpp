// Products of two values, comparisons, choices and tables. Both sides of an operator have one width that holds either,
// with the binary points aligned.
#include "rtl/operation.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace gw::rtl {

namespace {

/// The word with its zeros filled in down to `fraction`.
Word aligned(const Operand& operand, std::int32_t fraction) {
    return moved_down(operand.word, operand.range.fraction - fraction);
}

/// Modulo 2^width, both factors extended to it; as signed numbers, so that a synthesiser sees which bits are copies of
/// a sign.
Operation multiply(const fixed::Interval& range, const Operand& a, const Operand& b) {
    const int width = datapath::width(range);
    return {{},
            fmt::format("$signed({}) * $signed({})", bits(a.word, 0, width), bits(b.word, 0, width)),
            fmt::format("{} * {}", name_of(a.word), name_of(b.word))};
}

Operation less(const datapath::Less& body, const Operand& a, const Operand& b) {
    const std::int32_t fraction = std::max(a.range.fraction, b.range.fraction);
    const auto both = fixed::united(fixed::aligned(a.range, fraction), fixed::aligned(b.range, fraction));
    const int width = datapath::width(both) + (datapath::is_signed(both) ? 0 : 1);
    const char* sign = body.or_equal ? "<=" : "<";
    return {{},
            fmt::format("$signed({}) {} $signed({})", bits(aligned(a, fraction), 0, width), sign,
                        bits(aligned(b, fraction), 0, width)),
            fmt::format("{} {} {}", name_of(a.word), sign, name_of(b.word))};
}

Operation choose(const fixed::Interval& range, const Operand& a, const Operand& b, const Operand& when) {
    const int width = datapath::width(range);
    return {{},
            fmt::format("{} ? {} : {}", bits(when.word, 0, 1), bits(aligned(a, range.fraction), 0, width),
                        bits(aligned(b, range.fraction), 0, width)),
            fmt::format("{} ? {} : {}", name_of(when.word), name_of(a.word), name_of(b.word))};
}

Operation look_up(const datapath::Lookup& body, const Operand& index) {
    // In braces: an index that is a signed net would be negative, and outside the memory.
    const std::string at = fmt::format("{{{}}}", bits(index.word, 0, datapath::width(index.range)));
    return {{},
            fmt::format("table_{}[{}]", body.table, at),
            fmt::format("table {} at {}", body.table, name_of(index.word))};
}

} // namespace

std::optional<Operation> choice(const datapath::Node& node, const std::vector<Operand>& operands) {
    if (std::holds_alternative<datapath::Multiply>(node.body))
        return multiply(node.range, operands.at(0), operands.at(1));
    if (const auto* body = std::get_if<datapath::Less>(&node.body))
        return less(*body, operands.at(0), operands.at(1));
    if (std::holds_alternative<datapath::Choose>(node.body))
        return choose(node.range, operands.at(0), operands.at(1), operands.at(2));
    if (const auto* body = std::get_if<datapath::Lookup>(&node.body))
        return look_up(*body, operands.at(0));
    return std::nullopt;
}

std::string table_memory(const datapath::LookupTable& table, std::uint32_t index) {
    const auto [low, high] = std::minmax_element(table.values.begin(), table.values.end());
    const int width = datapath::width({*low, *high, 0});
    const auto last = table.first + static_cast<std::int64_t>(table.values.size()) - 1;
    const int index_width = datapath::width({table.first, last, 0});
    // Of the mantissas that the index never has, none matters: their places stay as they are.
    std::string text = fmt::format("    reg [{}:0] table_{} [0:{}];\n    initial begin\n", width - 1, index,
                                   (std::uint64_t{1} << index_width) - 1);
    for (std::size_t i = 0; i < table.values.size(); ++i)
        text += fmt::format("        table_{}[{}] = {};\n", index,
                            literal(table.first + static_cast<std::int64_t>(i), index_width),
                            literal(table.values[i], width));
    return text + "    end\n";
}

} // namespace gw::rtl
