#include "muon/bmtf_lut.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <sstream>

#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::muon {

namespace {

/// A pair of stations (0-based) in the order in which the finder prefers them, and the station whose phiB it looks at.
struct Pair {
    std::size_t first, second, bending;
    const char* name;
};
constexpr std::array<Pair, 6> pairs{
    {{0, 1, 0, "12"}, {0, 2, 0, "13"}, {0, 3, 0, "14"}, {1, 2, 1, "23"}, {1, 3, 1, "24"}, {2, 3, 3, "34"}}};

/// Two's complement of `bits` bits, as the hardware drops the upper ones.
int wrapped(int value, int bits) {
    const int range = 1 << bits;
    const int low = ((value % range) + range) % range;
    return low >= range / 2 ? low - range : low;
}

int bend_of(const Primitive& first, const Primitive& second) {
    constexpr int counts_per_sector = 2144; // the finder's own constant
    int steps = second.sector - first.sector;
    steps = steps > sectors / 2 ? steps - sectors : steps < -sectors / 2 ? steps + sectors : steps;
    return wrapped(wrapped(second.phi - first.phi + counts_per_sector * steps, 12), 10);
}

} // namespace

int BmtfTables::Table::at(int address) const {
    const int last = static_cast<int>(codes.size()) - 1;
    return codes[static_cast<std::size_t>(std::clamp(address - lowest, 0, last))];
}

BmtfTables::Table BmtfTables::read_table(const std::filesystem::path& file) {
    std::istringstream text(support::read_file(file));
    Table table;
    int address = 0, code = 0;
    if (!(text >> table.header)) {
        throw support::user_error("the table does not begin with a number", file.string());
    }
    while (text >> address >> code) {
        if (table.codes.empty()) {
            table.lowest = address;
        } else if (address != table.lowest + static_cast<int>(table.codes.size())) {
            throw support::user_error(fmt::format("address {} is out of order", address), file.string());
        }
        table.codes.push_back(code);
    }
    if (table.codes.empty() || !text.eof()) {
        throw support::user_error("the table is empty or holds something else than pairs of integers", file.string());
    }
    return table;
}

BmtfTables BmtfTables::read(const std::filesystem::path& directory) {
    BmtfTables result;
    for (const Pair& pair : pairs) {
        for (const char* kind : {"h", "l"}) {
            const std::string name = fmt::format("pta{}{}", pair.name, kind);
            result.tables_[name] = read_table(directory / (name + ".lut"));
        }
    }
    for (const char* name : {"ptb12h", "ptb13h", "ptb14h", "ptb21h", "ptb23h", "ptb24h", "ptb34h"}) {
        result.tables_[name] = read_table(directory / fmt::format("{}_Feb2016.lut", name));
    }
    return result;
}

std::optional<double> BmtfTables::pt(const Primitives& primitives) const {
    const auto both = [&](const Pair& pair) { return primitives[pair.first] && primitives[pair.second]; };
    const auto* found = std::find_if(pairs.begin(), pairs.end(), both);
    if (found == pairs.end()) {
        return std::nullopt;
    }
    const Primitive& bending = *primitives[found->bending];
    const Table& high = tables_.at(fmt::format("pta{}h", found->name));
    const bool is_high = std::abs(int{bending.phi_b}) < high.header;
    const int bend = bend_of(*primitives[found->first], *primitives[found->second]);
    int code = (is_high ? high : tables_.at(fmt::format("pta{}l", found->name))).at(bend);
    if (is_high && station_count(primitives) == 2) {
        const Primitive& other = *primitives[1];
        if (bending.good()) {
            code = std::min(code, tables_.at(fmt::format("ptb{}h", found->name)).at(bending.phi_b));
        } else if (found == pairs.begin() && other.good()) {
            code = std::min(code, tables_.at("ptb21h").at(other.phi_b));
        }
    }
    return std::max(code - 1, 0) / 2.0;
}

} // namespace gw::muon
