#include "quantize/exact/builder.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "fixed/interval.hpp"
#include "support/error.hpp"

namespace gw::quantize::exact {

using fixed::Interval;
using fixed::Rounding;

Value Builder::input(const std::string& name, const Shape& shape, std::vector<FixedType> types) {
    const TensorId id = network.add({unique(name), shape, std::move(types)});
    network.inputs.push_back(id);
    inference_.add_input(network, id);
    return {id, shape};
}

Value Builder::emit(const std::string& name, const Shape& shape, std::int32_t fraction, network::OpBody body) {
    const std::string own = unique(name);
    const TensorId id = network.add({own, shape, {FixedType{64, fraction, true}}});
    std::visit([&](auto& op) { op.output = id; }, body);
    network.ops.push_back({own, std::move(body)});
    narrow(network.ops.size() - 1, fraction, Rounding::trn);
    Value value{id, shape};
    value.open = true;
    return value;
}

void Builder::narrow(std::size_t op, std::int32_t fraction, Rounding rounding) {
    const TensorId id = network::output_of(network.ops[op]);
    FixedType wide{64, fraction, true, rounding};
    network.tensor(id).types = {wide};
    inference_.add_op(network, network.ops[op]);
    for (const Interval& interval : inference_.before_cast(id))
        if (!fixed::fits(interval, wide))
            throw support::unsupported(
                fmt::format("layer '{}': its exact result needs more than 64 bits", network.ops[op].name), file_,
                "give it, or a layer before it, a narrower type (--config)");
    const auto& values = inference_.values(id);
    Interval all = values.empty() ? Interval{} : values.front();
    for (const Interval& interval : values)
        all = fixed::united(all, interval);
    FixedType type = fixed::smallest_type(fixed::aligned(all, fraction));
    type.width = std::max(type.width, 1);
    type.fraction = fraction;
    type.rounding = rounding;
    network.tensor(id).types = {type};
    inference_.add_op(network, network.ops[op]);
}

void Builder::retype(const Value& value, std::vector<FixedType> types) {
    network.tensor(value.tensor).types = std::move(types);
    inference_.add_op(network, network.ops[op_of(value.tensor)]);
}

void Builder::round(Value& value, std::int32_t fraction_bits) {
    if (fraction(value) <= fraction_bits)
        return;
    narrow(op_of(value.tensor), fraction_bits, Rounding::rnd_conv);
    value.error += std::ldexp(1.0, -fraction_bits - 1) * *std::max_element(value.units.begin(), value.units.end());
}

std::int32_t Builder::fraction(const Value& value) const {
    const auto& types = network.tensor(value.tensor).types;
    return std::max_element(types.begin(), types.end(),
                            [](const FixedType& a, const FixedType& b) { return a.fraction < b.fraction; })
        ->fraction;
}

Interval Builder::range(const Value& value) const {
    const auto& values = inference_.values(value.tensor);
    Interval all = values.front();
    for (const Interval& interval : values)
        all = fixed::united(all, interval);
    return all;
}

double Builder::low(const Value& value) const {
    double least = 0;
    const auto& values = inference_.values(value.tensor);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double x = fixed::to_double(values[i].low, values[i].fraction) * value.units[i % value.units.size()];
        least = i == 0 ? x : std::min(least, x);
    }
    return least;
}

double Builder::high(const Value& value) const {
    double most = 0;
    const auto& values = inference_.values(value.tensor);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double x = fixed::to_double(values[i].high, values[i].fraction) * value.units[i % value.units.size()];
        most = i == 0 ? x : std::max(most, x);
    }
    return most;
}

double Builder::magnitude(const Value& value) const {
    return std::max(std::abs(low(value)), std::abs(high(value)));
}

std::string Builder::unique(const std::string& name) {
    std::string own = name;
    for (std::size_t k = 2; !names_.insert(own).second; ++k)
        own = fmt::format("{}_{}", name, k);
    return own;
}

/// Mostly the last one.
std::size_t Builder::op_of(TensorId id) const {
    for (std::size_t k = network.ops.size(); k-- > 0;)
        if (network::output_of(network.ops[k]) == id)
            return k;
    throw support::internal_error("a value without an op was to be rounded");
}

} // namespace gw::quantize::exact
