#include "muon/event_file.hpp"

#include <cmath>
#include <fmt/format.h>

#include "muon/features.hpp"
#include "muon/target.hpp"
#include "support/error.hpp"

namespace gw::muon {

namespace {

constexpr std::size_t fields = 6; // present, sector, wheel, phi, phiB, quality

template <class Function> support::Array column(const std::vector<Event>& events, Function value) {
    support::Array array{{events.size(), 1}, {}};
    array.values.reserve(events.size());
    for (const Event& event : events) {
        array.values.push_back(static_cast<double>(value(event)));
    }
    return array;
}

support::Array primitive_array(const std::vector<Event>& events) {
    support::Array array{{events.size(), stations, fields}, {}};
    array.values.reserve(events.size() * stations * fields);
    for (const Event& event : events) {
        for (const auto& p : event.primitives) {
            const Primitive shown = p.value_or(Primitive{0, 0, 0, 0, 0});
            for (const int value : {int{p.has_value()}, int{shown.sector}, int{shown.wheel}, int{shown.phi},
                                    int{shown.phi_b}, int{shown.quality}}) {
                array.values.push_back(value);
            }
        }
    }
    return array;
}

class Reader {
  public:
    explicit Reader(const std::filesystem::path& file) : file_(file.string()), arrays_(support::read_npz(file)) {}

    const support::Array& get(const std::string& name, std::size_t row_size) const {
        const auto found = arrays_.find(name);
        if (found == arrays_.end()) {
            throw support::user_error(fmt::format("array '{}' is missing", name), file_,
                                      "make the file with 'gatewright muon simulate'");
        }
        support::require_finite(found->second, fmt::format("{}, array '{}'", file_, name));
        if (found->second.rows() == 0 || found->second.row_size() != row_size) {
            throw support::user_error(
                fmt::format("array '{}' has {} numbers a row, expected {}", name, found->second.row_size(), row_size),
                file_, "make the file with 'gatewright muon simulate'");
        }
        return found->second;
    }
    [[noreturn]] void refuse(const std::string& array, std::size_t row) const {
        throw support::user_error(fmt::format("array '{}' holds a value out of range", array),
                                  fmt::format("{}, row {}", file_, row), "see docs/muon.md for the ranges");
    }
    const std::string& file() const { return file_; }

  private:
    std::string file_;
    std::map<std::string, support::Array> arrays_;
};

/// Integers inside [low, high]; the rest of the program relies on it.
bool inside(double value, double low, double high) {
    return value >= low && value <= high && value == std::nearbyint(value);
}

std::optional<Primitive> primitive_of(const double* field, bool& sound) {
    sound = inside(field[0], 0, 1);
    if (!sound || field[0] == 0) {
        return std::nullopt;
    }
    sound = inside(field[1], 1, sectors) && inside(field[2], -2, 2) && inside(field[3], -2048, 2047) &&
            inside(field[4], -512, 511) && inside(field[5], 0, 6);
    if (!sound) {
        return std::nullopt;
    }
    const auto integer = [](double value) { return static_cast<std::int16_t>(value); };
    return Primitive{integer(field[1]), integer(field[2]), integer(field[3]), integer(field[4]), integer(field[5])};
}

} // namespace

support::Array feature_array(const std::vector<Event>& events) {
    support::Array array{{events.size(), feature_count}, {}};
    array.values.reserve(events.size() * feature_count);
    for (const Event& event : events) {
        for (const std::int16_t value : features(event.primitives)) {
            array.values.push_back(std::ldexp(value, -feature_fraction));
        }
    }
    return array;
}

void write_events(const std::filesystem::path& file, const EventFile& content) {
    using support::Storage;
    const auto& events = content.events;
    const auto weight = [](const Event& e) { return station_count(e.primitives) < 2 ? 0 : training_weight(e.muon.pt); };
    std::map<std::string, support::StoredArray> arrays;
    arrays["x"] = {feature_array(events), Storage::float32};
    arrays["y"] = {column(events, [](const Event& e) { return target_of_pt(e.muon.pt); }), Storage::float32};
    arrays["w"] = {column(events, weight), Storage::float32};
    arrays["pt"] = {column(events, [](const Event& e) { return e.muon.pt; }), Storage::float32};
    arrays["eta"] = {column(events, [](const Event& e) { return e.muon.eta; }), Storage::float32};
    arrays["phi"] = {column(events, [](const Event& e) { return e.muon.phi; }), Storage::float32};
    arrays["charge"] = {column(events, [](const Event& e) { return e.muon.charge; }), Storage::int16};
    arrays["primitives"] = {primitive_array(events), Storage::int16};
    arrays["spectrum"] = {support::Array{{1}, {content.spectrum == Spectrum::flat ? 0.0 : 1.0}}, Storage::int16};
    support::write_npz(file, arrays);
}

EventFile read_events(const std::filesystem::path& file) {
    const Reader reader(file);
    const support::Array& pt = reader.get("pt", 1);
    const support::Array& eta = reader.get("eta", 1);
    const support::Array& phi = reader.get("phi", 1);
    const support::Array& charge = reader.get("charge", 1);
    const support::Array& primitives = reader.get("primitives", stations * fields);
    for (const auto* array : {&eta, &phi, &charge, &primitives}) {
        if (array->rows() != pt.rows()) {
            throw support::user_error("the arrays have different numbers of events", reader.file());
        }
    }
    EventFile result;
    result.spectrum = reader.get("spectrum", 1).values[0] == 0 ? Spectrum::flat : Spectrum::flat_in_log;
    result.events.resize(pt.rows());
    for (std::size_t i = 0; i < pt.rows(); ++i) {
        if (!(pt.values[i] > 0) || std::abs(charge.values[i]) != 1) {
            reader.refuse(pt.values[i] > 0 ? "charge" : "pt", i);
        }
        Event& event = result.events[i];
        event.muon = {static_cast<float>(pt.values[i]), static_cast<float>(eta.values[i]),
                      static_cast<float>(phi.values[i]), charge.values[i] > 0 ? 1 : -1};
        for (std::size_t s = 0; s < stations; ++s) {
            bool sound = true;
            event.primitives[s] = primitive_of(&primitives.values[(i * stations + s) * fields], sound);
            if (!sound) {
                reader.refuse("primitives", i);
            }
        }
    }
    return result;
}

} // namespace gw::muon
