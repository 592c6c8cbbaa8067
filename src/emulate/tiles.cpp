#include "emulate/tiles.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "emulate/compiler.hpp"

namespace gw::emulate {
namespace {

constexpr std::uint32_t tallest = 4; ///< rows of a tile: sums of all, two vectors each, stay in 16 registers

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
/// Heights differ by one at most.
template <typename Make> std::optional<std::vector<Tile>> split(std::uint32_t rows, const Make& make) {
    std::vector<Tile> tiles;
    for (std::uint32_t first = 0; first < rows;) {
        std::optional<Tile> tile;
        const std::uint32_t left = rows - first, parts = (left + tallest - 1) / tallest;
        for (std::uint32_t count = (left + parts - 1) / parts; count > 0 && !tile; --count)
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

/// Takes the columns with few ones and no other factor out of `high`, as lists of sources by row.
void take_ones(Columns<std::int64_t>& high, Tile& tile) {
    std::vector<std::vector<std::uint32_t>> added(tile.count), subtracted(tile.count);
    for (auto column = high.begin(); column != high.end();) {
        const std::vector<std::int64_t>& factors = column->second;
        const auto zeros = static_cast<std::size_t>(std::count(factors.begin(), factors.end(), 0));
        const bool units = std::all_of(factors.begin(), factors.end(), [](auto f) { return f >= -1 && f <= 1; });
        if (!units || (tile.count > 1 && zeros * 2 < factors.size())) {
            ++column;
            continue;
        }
        for (std::uint32_t t = 0; t < tile.count; ++t)
            if (factors[t] != 0)
                (factors[t] > 0 ? added : subtracted)[t].push_back(column->first);
        column = high.erase(column);
    }
    for (std::uint32_t t = 0; t < tile.count; ++t) {
        Tile::Ends ends;
        tile.ones.insert(tile.ones.end(), added[t].begin(), added[t].end());
        ends.added = static_cast<std::uint32_t>(tile.ones.size());
        tile.ones.insert(tile.ones.end(), subtracted[t].begin(), subtracted[t].end());
        ends.subtracted = static_cast<std::uint32_t>(tile.ones.size());
        tile.ends.push_back(ends);
    }
    if (tile.ones.empty())
        tile.ends.clear();
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
    Tile tile;
    tile.first = first;
    tile.count = count;
    take_ones(high, tile);
    if (count > 1 && !worth(low.size() + high.size(), terms - tile.ones.size(), count))
        return std::nullopt;
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
    Tile tile;
    tile.first = first;
    tile.count = count;
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

void choose_ends(Linear& linear) {
    if (linear.kind != Linear::Kind::folded)
        return;
    const auto rectifies = [](const Row& row) {
        Finish finish = row.finish.size() == 1 ? row.finish.front() : Finish{};
        finish.rectify = !finish.rectify;
        return row.finish.size() == 1 && is_nothing(finish);
    };
    for (Pattern& pattern : linear.patterns)
        for (Tile& tile : pattern.tiles) {
            const auto begin = pattern.rows.begin() + tile.first, end = begin + tile.count;
            if (std::all_of(begin, end, [](const Row& row) { return row.finish.empty(); }))
                tile.end = Tile::End::none;
            else if (std::all_of(begin, end, rectifies))
                tile.end = Tile::End::rectified;
        }
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
