// Layers that join tensors element by element.
#include <algorithm>
#include <limits>

#include "quantize/exact/families.hpp"

namespace gw::quantize::exact {

namespace {

using Kind = network::Merge::Kind;

double error_of(Site& site, Kind kind, const Value& a, const Value& b) {
    const auto scaled = [](double factor, double error) { return error == 0 ? 0 : factor * error; };
    if (kind == Kind::sum || kind == Kind::difference)
        return a.error + b.error;
    if (kind != Kind::product)
        return std::max(a.error, b.error);
    return scaled(site.builder().magnitude(a), b.error) + scaled(site.builder().magnitude(b), a.error) +
           scaled(a.error, b.error);
}

Value quotient(Site& site, const Value& a, const Value& b) {
    const Value inverse =
        applied(site, site.name("_inverse"), b, {import::Function::Kind::reciprocal}, site.kept_inside());
    return merged(site, site.name(), Kind::product, {a, inverse});
}

/// The sum over a whole number, rounded once.
Value average(Site& site, Value sum, std::uint32_t count) {
    const std::int32_t fraction = site.builder().fraction(sum);
    int bits = 0;
    while ((count >> bits) > 1)
        ++bits;
    const bool exact = count == 1U << bits;
    network::Divide op{sum.tensor, {}, {{1}, {bits + 1, 0, false}, {count}}};
    Value y = site.builder().emit(site.name(), sum.shape, fraction + (exact ? bits : 20), std::move(op));
    y.units = sum.units;
    y.error = sum.error / count + (exact ? 0 : std::ldexp(y.units.front(), -fraction - 20));
    return y;
}

} // namespace

Value merged(Site& site, const std::string& name, Kind kind, const std::vector<Value>& from) {
    network::Merge op{{}, {}, kind};
    std::int32_t fraction = site.builder().fraction(from.front());
    double error = from.front().error;
    Units units = from.front().units;
    Value before = from.front();
    op.inputs.push_back(from.front().tensor);
    for (std::size_t k = 1; k < from.size(); ++k) {
        const std::int32_t own = site.builder().fraction(from[k]);
        fraction = kind == Kind::product ? fraction + own : std::max(fraction, own);
        before.error = error;
        error = error_of(site, kind, before, from[k]);
        if (kind == Kind::product)
            units.front() *= from[k].units.front();
        op.inputs.push_back(from[k].tensor);
    }
    Value y = site.builder().emit(name, from.front().shape, fraction, std::move(op));
    y.units = units;
    y.error = error;
    return y;
}

Value lower(const import::Merge& layer, Site& site) {
    using Given = import::Merge::Kind;
    std::vector<Value> from;
    bool alike = layer.kind != Given::divide;
    for (std::size_t k = 0; k < site.inputs(); ++k) {
        from.push_back(site.uniform(site.in(k)));
        alike = alike && (layer.kind == Given::multiply || from.back().units == from.front().units);
    }
    for (Value& value : from)
        value = broadcast(site, site.name("_wide"), alike ? value : site.plain(value), site.shape());
    if (from.size() == 1)
        return from.front();
    switch (layer.kind) {
    case Given::add:
        return site.settled(merged(site, site.name(), Kind::sum, from));
    case Given::average:
        return site.settled(
            average(site, merged(site, site.name("_sum"), Kind::sum, from), static_cast<std::uint32_t>(from.size())),
            true);
    case Given::subtract:
        return site.settled(merged(site, site.name(), Kind::difference, from));
    case Given::divide:
        return site.settled(quotient(site, from[0], from[1]), true);
    case Given::maximum:
        return site.settled(merged(site, site.name(), Kind::maximum, from));
    case Given::minimum:
        return site.settled(merged(site, site.name(), Kind::minimum, from));
    case Given::multiply:
        break;
    }
    Value product = from.front();
    for (std::size_t k = 1; k < from.size(); ++k)
        product = merged(site, site.name(), Kind::product, {product, from[k]});
    // In a quantised model it is no one's to round, as long as it is narrow enough to be multiplied again.
    constexpr std::int32_t comfortable = 40;
    return site.settled(product, !site.quantised() || site.builder().width(product) > comfortable);
}

} // namespace gw::quantize::exact
