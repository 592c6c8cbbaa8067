#include "estimate/arithmetic.hpp"

#include <algorithm>
#include <deque>
#include <optional>

namespace gw::estimate {

namespace {

constexpr std::size_t shortest_chain = 3; // Yosys makes gates of shorter ones

std::vector<Net> ripple(Logic& logic, std::span<const Net> a, std::span<const Net> b, bool subtract) {
    std::vector<Net> result;
    Net carry = subtract ? one : zero;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const Net other = subtract ? ~b[i] : b[i];
        const Net differ = logic.differ(a[i], other);
        result.push_back(logic.differ(differ, carry));
        carry = logic.either(logic.both(a[i], other), logic.both(differ, carry));
    }
    return result;
}

/// Bits that one digit of a comparison takes: a LUT's six inputs, one or two a bit.
std::size_t digit_bits(std::span<const Net> a, std::span<const Net> b) {
    const auto fixed = [](Net net) { return net.is_constant(); };
    return std::all_of(a.begin(), a.end(), fixed) || std::all_of(b.begin(), b.end(), fixed) ? 6 : 3;
}

} // namespace

std::vector<Net> sum(Logic& logic, std::span<const Net> a, std::span<const Net> b, bool subtract, Adders adders) {
    if (adders == Adders::expressions && a.size() < shortest_chain)
        return ripple(logic, a, b, subtract);
    Chain chain;
    chain.trimmed = adders == Adders::expressions;
    for (std::size_t i = 0; i < a.size(); ++i)
        chain.inputs.push_back({logic.differ(a[i], subtract ? ~b[i] : b[i]), a[i], zero});
    return logic.chain(std::move(chain));
}

std::vector<Net> sum3(Logic& logic, std::span<const Net> a, std::span<const Net> b, std::span<const Net> c) {
    Chain chain;
    chain.trimmed = false;
    chain.luts_per_bit = 1;
    for (std::size_t i = 0; i < a.size(); ++i)
        chain.inputs.push_back({a[i], b[i], c[i]});
    return logic.chain(std::move(chain));
}

Net greater(Logic& logic, std::span<const Net> a, std::span<const Net> b, bool or_equal) {
    struct Digit {
        Net equal = one, above = zero;
    };
    std::vector<Digit> digits; // highest first
    const std::size_t each = digit_bits(a, b);
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (i % each == 0)
            digits.emplace_back();
        const std::size_t bit = a.size() - 1 - i;
        const Net high = i == 0 ? b[bit] : a[bit], low = i == 0 ? a[bit] : b[bit]; // the sign counts the other way
        Digit& digit = digits.back();
        digit.above = logic.either(digit.above, logic.both(digit.equal, logic.both(high, ~low)));
        digit.equal = logic.both(digit.equal, ~logic.differ(high, low));
    }
    std::reverse(digits.begin(), digits.end());
    if (digits.size() < shortest_chain) {
        Net result = or_equal ? one : zero;
        for (const Digit& digit : digits)
            result = logic.either(digit.above, logic.both(digit.equal, result));
        return result;
    }
    Chain chain;
    for (const Digit& digit : digits)
        chain.inputs.push_back({digit.equal, digit.above, zero});
    return logic.chain(std::move(chain)).back();
}

/// Partial products, three of a column at a time through full adders until two are left, then one chain.
std::vector<Net> product(Logic& logic, const Word& a, const Word& b, int width) {
    const auto size = static_cast<std::size_t>(width);
    std::vector<std::deque<Net>> columns(size);
    for (int row = 0; row < std::min(b.width(), width); ++row) {
        const bool negative = b.is_signed() && row == b.width() - 1;
        if (negative)
            columns[static_cast<std::size_t>(row)].push_back(one);
        for (int column = row; column < width; ++column) {
            const Net bit = logic.both(a.at(column - row), b.at(row));
            columns[static_cast<std::size_t>(column)].push_back(negative ? ~bit : bit);
        }
    }
    std::vector<Net> left(size, zero), right(size, zero);
    for (std::size_t column = 0; column < size; ++column) {
        std::deque<Net>& bits = columns[column];
        std::erase(bits, zero);
        while (bits.size() > 2) {
            const Net x = bits[0], y = bits[1], z = bits[2];
            bits.erase(bits.begin(), bits.begin() + 3);
            const Net differ = logic.differ(x, y);
            bits.push_back(logic.differ(differ, z));
            std::erase(bits, zero);
            if (const Net carry = logic.either(logic.both(x, y), logic.both(differ, z));
                column + 1 < size && carry != zero)
                columns[column + 1].push_back(carry);
        }
        left[column] = bits.empty() ? zero : bits[0];
        right[column] = bits.size() < 2 ? zero : bits[1];
    }
    std::size_t passed = 0;
    while (passed < size && right[passed] == zero)
        ++passed;
    std::vector<Net> result(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(passed));
    const auto high =
        sum(logic, std::span(left).subspan(passed), std::span(right).subspan(passed), false, Adders::expressions);
    result.insert(result.end(), high.begin(), high.end());
    return result;
}

std::vector<Net> read_table(Logic& logic, const datapath::LookupTable& table, std::span<const Net> index, int width) {
    const std::uint64_t places = std::uint64_t{1} << index.size();
    std::vector<Net> result;
    for (int bit = 0; bit < width; ++bit) {
        // by place, first all, then halved by the choice of each index bit; places that no index has are nothing
        std::vector<std::optional<Net>> row(places);
        for (std::size_t i = 0; i < table.values.size(); ++i) {
            const auto place = static_cast<std::uint64_t>(table.first + static_cast<std::int64_t>(i)) & (places - 1);
            row[place] = ((table.values[i] >> bit) & 1) != 0 ? one : zero;
        }
        for (const Net at : index) {
            for (std::size_t i = 0; i < row.size() / 2; ++i) {
                const auto low = row[2 * i], high = row[2 * i + 1];
                row[i] = low && high ? logic.choose(at, *high, *low) : low ? low : high;
            }
            row.resize(row.size() / 2);
        }
        result.push_back(row[0].value_or(zero));
    }
    return result;
}

} // namespace gw::estimate
