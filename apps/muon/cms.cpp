#include "muon/cms.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::muon {

namespace {

support::Array read_table(const std::filesystem::path& file, std::size_t columns) {
    support::Array table = support::read_csv(file);
    support::require_finite(table, file.string());
    if (table.rows() == 0 || table.row_size() != columns) {
        throw support::user_error(fmt::format("{} columns, expected {}", table.row_size(), columns), file.string());
    }
    return table;
}

constexpr std::size_t event_limit = 1'000'000; // an event number beyond is a broken file

std::size_t event_of(const double* row, const std::filesystem::path& file) {
    if (!(row[0] >= 0 && row[0] < event_limit)) {
        throw support::user_error(fmt::format("{} is not an event number", row[0]), file.string());
    }
    return static_cast<std::size_t>(row[0]);
}

/// Keeps the better of two primitives of a station.
void add_primitive(Event& event, const double* row, const std::filesystem::path& file) {
    const auto integer = [&](std::size_t i) { return static_cast<std::int16_t>(row[i]); };
    const int station = integer(5);
    if (station < 1 || station > static_cast<int>(stations)) {
        throw support::user_error(fmt::format("{} is not a station", row[5]), file.string());
    }
    const Primitive primitive{integer(6), integer(7), integer(8), integer(9), integer(10)};
    auto& place = event.primitives[static_cast<std::size_t>(station - 1)];
    if (!place || place->quality < primitive.quality) {
        place = primitive;
    }
}

Generated generated_of(const double* row, int charge) {
    return {static_cast<float>(row[1]), static_cast<float>(row[2]), static_cast<float>(row[3]), charge};
}

} // namespace

CmsMuons read_cms_muons(const std::filesystem::path& directory) {
    constexpr std::size_t primitive_columns = 13, muon_columns = 10, crossing = 11;
    const std::filesystem::path primitives_file = directory / "dt_primitives.csv",
                                muons_file = directory / "l1_muons.csv";
    const support::Array primitives = read_table(primitives_file, primitive_columns);
    const support::Array muons = read_table(muons_file, muon_columns);
    CmsMuons result;
    result.sample.spectrum = Spectrum::flat;
    std::vector<Event> events;
    std::vector<std::optional<double>> l1_pt;
    const auto at = [&](std::size_t index) -> Event& {
        if (index >= events.size()) {
            events.resize(index + 1);
            l1_pt.resize(index + 1);
        }
        return events[index];
    };
    for (std::size_t i = 0; i < primitives.rows(); ++i) {
        const double* row = &primitives.values[i * primitive_columns];
        Event& event = at(event_of(row, primitives_file));
        event.muon = generated_of(row, row[4] < 0 ? 1 : -1); // the particle code of mu+ is -13
        if (row[crossing] == 0) {
            add_primitive(event, row, primitives_file);
        }
    }
    for (std::size_t i = 0; i < muons.rows(); ++i) {
        const double* row = &muons.values[i * muon_columns];
        const std::size_t index = event_of(row, muons_file);
        Event& event = at(index);
        if (event.muon.pt == 0) {
            event.muon = generated_of(row, 1);
        }
        if (row[9] == 0 && (!l1_pt[index] || *l1_pt[index] < row[4])) {
            l1_pt[index] = row[4];
        }
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (events[i].muon.pt > 0) {
            result.sample.events.push_back(events[i]);
            result.l1_pt.push_back(l1_pt[i]);
        }
    }
    return result;
}

} // namespace gw::muon
