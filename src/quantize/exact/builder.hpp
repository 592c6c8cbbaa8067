// A Network under construction, the range of every value known as it is made: each op's tensor holds its exact result
// in the narrowest type that interval arithmetic proves sufficient, until a rounding is asked for.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "network/network.hpp"
#include "network/range.hpp"

namespace gw::quantize::exact {

using network::FixedType;
using network::Shape;
using network::TensorId;

/// Real numbers: one for all, or one for each index of the last axis.
using Units = std::vector<double>;

/// What a layer became. Its real values are the tensor's, times `units`.
struct Value {
    TensorId tensor{};
    Shape shape;
    Units units = {1.0};
    double error = 0;  ///< at most this far from what the float model gives, for inputs within the input types' range
    bool open = false; ///< holds an exact result: the cast of a quantiser behind it may become its own

    bool plain() const { return units.size() == 1 && units.front() == 1.0; }
    std::size_t size() const { return network::elements(shape); }
};

class Builder {
  public:
    /// @param file for messages
    explicit Builder(std::string file) : file_(std::move(file)) {}

    Value input(const std::string& name, const Shape& shape, std::vector<FixedType> types);

    /// An op whose exact result has `fraction` fraction bits (beyond them a quotient is rounded). Its `output` is set
    /// here. Throws support::Error (kind unsupported) where the result needs more than 64 bits.
    Value emit(const std::string& name, const Shape& shape, std::int32_t fraction, network::OpBody body);

    /// The cast of the tensor's own op becomes one to these types. `value` must be open.
    void retype(const Value& value, std::vector<FixedType> types);
    /// Fewer fraction bits, rounded to nearest, ties to even, in the narrowest type. `value` must be open.
    void round(Value& value, std::int32_t fraction);

    /// Fraction bits of the finest element.
    std::int32_t fraction(const Value& value) const;
    /// Of the tensor's elements together.
    fixed::Interval range(const Value& value) const;
    const std::vector<fixed::Interval>& ranges(const Value& value) const { return inference_.values(value.tensor); }
    const std::vector<fixed::Interval>& exact_ranges(const Value& value) const {
        return inference_.before_cast(value.tensor);
    }
    /// Real bounds, units included.
    double low(const Value& value) const;
    double high(const Value& value) const;
    double magnitude(const Value& value) const;
    std::int32_t width(const Value& value) const { return network.tensor(value.tensor).types.front().width; }

    network::Network network;

  private:
    std::string unique(const std::string& name);
    /// The narrowest type of the op's results at `fraction`, after rounding by `rounding`.
    void narrow(std::size_t op, std::int32_t fraction, fixed::Rounding rounding);
    std::size_t op_of(TensorId id) const;

    std::string file_;
    network::RangeInference inference_;
    std::set<std::string> names_;
};

} // namespace gw::quantize::exact
