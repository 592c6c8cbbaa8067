#include "estimate/arithmetic.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
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

/// The rows of partial products, three at a time through full adders until two are left, then one chain.
std::vector<Net> product(Logic& logic, const Word& a, const Word& b, int width) {
    const auto size = static_cast<std::size_t>(width);
    std::deque<std::vector<Net>> rows;
    std::vector<Net> corrections(size, zero); // a row is subtracted as its inverse and one
    for (int row = 0; row < std::min(b.width(), width); ++row) {
        const bool negative = b.is_signed() && row == b.width() - 1;
        std::vector<Net>& bits = rows.emplace_back(size, zero);
        for (int column = row; column < width; ++column) {
            const Net bit = logic.both(a.at(column - row), b.at(row));
            bits[static_cast<std::size_t>(column)] = negative ? ~bit : bit;
        }
        if (negative)
            corrections[static_cast<std::size_t>(row)] = one;
    }
    if (b.is_signed())
        rows.push_back(std::move(corrections));
    while (rows.size() > 2) {
        std::vector<Net> total(size, zero), carries(size, zero);
        for (std::size_t i = 0; i < size; ++i) {
            const Net x = rows[0][i], y = rows[1][i], z = rows[2][i], differ = logic.differ(x, y);
            total[i] = logic.differ(differ, z);
            if (i + 1 < size)
                carries[i + 1] = logic.either(logic.both(x, y), logic.both(differ, z));
        }
        rows.erase(rows.begin(), rows.begin() + 3);
        rows.push_back(std::move(total));
        rows.push_back(std::move(carries));
    }
    rows.resize(2, std::vector<Net>(size, zero));
    std::size_t passed = 0;
    while (passed < size && (rows[0][passed] == zero || rows[1][passed] == zero))
        ++passed;
    std::vector<Net> result;
    for (std::size_t i = 0; i < passed; ++i)
        result.push_back(rows[0][i] == zero ? rows[1][i] : rows[0][i]);
    const auto high =
        sum(logic, std::span(rows[0]).subspan(passed), std::span(rows[1]).subspan(passed), false, Adders::expressions);
    result.insert(result.end(), high.begin(), high.end());
    return result;
}

// Yosys' memory_libmap: a LUT's worth for 64 bits, however many readers, against the costs that it gives block
// memories. Each serves two readers; 2^14 bits a word of 1, 2, 4, 9 or 18 bits, or twice that.
std::uint64_t memories_for(int index_bits, int width, std::uint64_t readers) {
    constexpr std::array<int, 6> words{1, 2, 4, 9, 18, 36};
    const auto blocks = [&](int address_bits) {
        std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
        for (std::size_t i = 0; i < words.size(); ++i) {
            const int deep = std::max(index_bits - (address_bits - static_cast<int>(i)), 0);
            const auto wide = static_cast<std::uint64_t>((width + words[i] - 1) / words[i]);
            if (deep < 32)
                least = std::min(least, wide << static_cast<unsigned>(deep));
        }
        return least * ((readers + 1) / 2);
    };
    const std::uint64_t small = blocks(14), large = blocks(15);
    const std::uint64_t logic = (std::uint64_t{1} << index_bits) * static_cast<std::uint64_t>(width) / 64;
    const bool take_small = small * 129 <= large * 257;
    return std::min(small * 129, large * 257) < logic ? (take_small ? small : large) : 0;
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
