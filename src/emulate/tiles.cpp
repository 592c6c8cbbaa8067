#include "emulate/tiles.hpp"

#include <map>
#include <optional>
#include <set>

namespace gw::emulate {
namespace {

constexpr std::uint32_t tallest = 4; ///< rows of a tile: sums of all stay in registers

bool is_16_bits(std::int64_t value) {
    return value >= INT16_MIN && value <= INT16_MAX;
}

/// How floor(x * weight / 2^shift) becomes x * high + mulhi(x, low): program.hpp, Tile.
struct Folded {
    std::int64_t high = 0, low = 0;
};

std::optional<Folded> folded(const Term& term) {
    if (term.shift == 0)
        return Folded{term.weight, 0};
    if (term.shift > 16)
        return std::nullopt;
    const std::int64_t half = std::int64_t{1} << (term.shift - 1);
    const std::int64_t low = ((term.weight + half) & (2 * half - 1)) - half;
    return Folded{(term.weight - low) >> term.shift, low * (std::int64_t{1} << (16 - term.shift))};
}

/// The sources of a few rows, each with what it contributes to every row.
template <typename Weight> using Columns = std::map<std::uint32_t, std::vector<Weight>>;

/// Whether rows share enough of their sources to go together; else zeros cost more than reading inputs again.
bool worth(std::size_t columns, std::size_t terms, std::uint32_t rows) {
    return columns * rows <= terms + terms / 2;
}

/// Splits the rows into tiles; `make(first, count)` gives a tile, or nothing if it is not worth it or impossible.
template <typename Make> std::optional<std::vector<Tile>> split(std::uint32_t rows, const Make& make) {
    std::vector<Tile> tiles;
    for (std::uint32_t first = 0; first < rows;) {
        std::optional<Tile> tile;
        for (std::uint32_t count = std::min(tallest, rows - first); count > 0 && !tile; --count)
            tile = make(first, count);
        if (!tile)
            return std::nullopt;
        first += tile->count;
        tiles.push_back(std::move(*tile));
    }
    return tiles;
}

std::int32_t twice(std::int64_t value) {
    const auto half = static_cast<std::uint16_t>(value);
    return static_cast<std::int32_t>(half | static_cast<std::uint32_t>(half) << 16);
}

void put(const Columns<std::int64_t>& columns, std::vector<std::uint32_t>& sources, std::vector<std::int32_t>& words) {
    for (const auto& [source, weights] : columns) {
        sources.push_back(source);
        for (const std::int64_t weight : weights)
            words.push_back(twice(weight));
    }
}

std::optional<Tile> folded_tile(const std::vector<Row>& rows, std::uint32_t first, std::uint32_t count) {
    Columns<std::int64_t> low, high;
    std::size_t terms = 0;
    for (std::uint32_t t = 0; t < count; ++t) {
        const Row& row = rows[first + t];
        for (const auto* group : {&row.plain, &row.shifted})
            for (const Term& term : *group) {
                const auto form = folded(term);
                if (!form)
                    return std::nullopt;
                if (form->low != 0)
                    low.try_emplace(term.source, count).first->second[t] = form->low;
                if (form->high != 0)
                    high.try_emplace(term.source, count).first->second[t] = form->high;
                terms += (form->low != 0) + (form->high != 0);
            }
    }
    if (count > 1 && !worth(low.size() + high.size(), terms, count))
        return std::nullopt;
    Tile tile{first, count, {}, {}, {}, {}};
    put(low, tile.sources, tile.words);
    put(high, tile.high_sources, tile.high_words);
    return tile;
}

std::optional<Tile> pairs_tile(const std::vector<Row>& rows, std::uint32_t first, std::uint32_t count) {
    Columns<std::int64_t> columns;
    std::size_t terms = 0;
    for (std::uint32_t t = 0; t < count; ++t)
        for (const Term& term : rows[first + t].plain) {
            columns.try_emplace(term.source, count).first->second[t] += term.weight;
            ++terms;
        }
    if (count > 1 && !worth(columns.size(), terms, count))
        return std::nullopt;
    Tile tile{first, count, {}, {}, {}, {}};
    std::vector<std::int64_t> nothing(count, 0);
    for (auto at = columns.begin(); at != columns.end();) {
        const auto& [a, of_a] = *at++;
        const bool alone = at == columns.end();
        const auto& of_b = alone ? nothing : at->second;
        tile.sources.push_back(a);
        tile.sources.push_back(alone ? a : at->first);
        for (std::uint32_t t = 0; t < count; ++t)
            tile.words.push_back(
                static_cast<std::int32_t>(static_cast<std::uint16_t>(of_a[t]) |
                                          static_cast<std::uint32_t>(static_cast<std::uint16_t>(of_b[t])) << 16));
        if (!alone)
            ++at;
    }
    return tile;
}

using MakeTile = std::optional<Tile> (*)(const std::vector<Row>&, std::uint32_t, std::uint32_t);

bool tile_all(Linear& linear, Linear::Kind kind, MakeTile make) {
    std::vector<std::vector<Tile>> made;
    for (const Pattern& pattern : linear.patterns) {
        auto tiles = split(static_cast<std::uint32_t>(pattern.rows.size()),
                           [&](std::uint32_t first, std::uint32_t count) { return make(pattern.rows, first, count); });
        if (!tiles)
            return false;
        made.push_back(std::move(*tiles));
    }
    for (std::size_t p = 0; p < made.size(); ++p) {
        linear.patterns[p].tiles = std::move(made[p]);
        for (Row& row : linear.patterns[p].rows)
            row.plain = row.shifted = {};
    }
    linear.kind = kind;
    return true;
}

} // namespace

bool make_folded(Linear& linear) {
    return tile_all(linear, Linear::Kind::folded, folded_tile);
}

bool make_pairs(Linear& linear) {
    std::size_t terms = 0, rows = 0;
    for (const Pattern& pattern : linear.patterns)
        for (const Row& row : pattern.rows) {
            if (!row.shifted.empty() || !row.wide.empty())
                return false;
            for (const Term& term : row.plain)
                if (!is_16_bits(term.weight))
                    return false;
            terms += row.plain.size();
            ++rows;
        }
    if (terms <= rows)
        return false; // no sums: rows do with half the work
    return tile_all(linear, Linear::Kind::pairs, pairs_tile);
}

} // namespace gw::emulate
