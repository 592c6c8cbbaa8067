// One layer each, by exact arithmetic. Files by family.
#pragma once

#include <functional>
#include <limits>

#include "quantize/exact/site.hpp"

namespace gw::quantize::exact {

// linear.cpp
Value lower(const import::Dense& dense, Site& site);
Value lower(const import::Conv& conv, Site& site);
Value lower(const import::ConvTranspose& conv, Site& site);
// affine.cpp
Value lower(const import::BatchNorm& norm, Site& site);
Value lower(const import::Scale& scale, Site& site);
// einsum.cpp
Value lower(const import::Einsum& einsum, Site& site);
Value lower(const import::Interpolate& interpolate, Site& site);
// activation.cpp
Value lower(const import::Relu& relu, Site& site);
Value lower(const import::PRelu& relu, Site& site);
Value lower(const import::Function& function, Site& site);
Value lower(const import::Steps& steps, Site& site);
// merge.cpp
Value lower(const import::Merge& merge, Site& site);
// movement.cpp
Value lower(const import::Constant& constant, Site& site);
Value lower(const import::Concatenate& concatenate, Site& site);
Value lower(const import::Rearrange& rearrange, Site& site);
Value lower(const import::Reshape& reshape, Site& site);
Value lower(const import::Linear& linear, Site& site);
Value lower(const import::Embedding& embedding, Site& site);
// reduction.cpp
Value lower(const import::Pool& pool, Site& site);
Value lower(const import::Reduce& reduce, Site& site);
Value lower(const import::Softmax& softmax, Site& site);
Value lower(const import::Normalise& normalise, Site& site);
// recurrent.cpp
Value lower(const import::Recurrent& recurrent, Site& site);
// quantiser.cpp
Value lower(const import::Input& input, Site& site);
Value lower(const import::Quantise& quantise, Site& site);

// Parts that several of them are made of
// ---------------------------------------------------------------------------------------------------------------------

/// Elements chosen from one value or from several in a row; all have the same single unit.
Value arranged(Site& site, const std::string& name, const std::vector<Value>& from, const Shape& shape,
               std::vector<std::optional<std::uint32_t>> sources);
Value permuted(Site& site, const std::string& name, const Value& from, const std::vector<std::uint32_t>& axes);
Value reshaped(Site& site, const std::string& name, const Value& from, const Shape& shape);
/// Repeated along missing axes and those of extent 1.
Value broadcast(Site& site, const std::string& name, const Value& from, const Shape& shape);

/// x * scale + bias; constants {1}, {last axis} or one each. x is plain or has one unit, which the result keeps:
/// `bias` is in that unit. The error is the caller's to set.
Value affine(Site& site, const std::string& name, const Value& x, std::optional<Constant> scale,
             std::optional<Constant> bias);
Value merged(Site& site, const std::string& name, network::Merge::Kind kind, const std::vector<Value>& from);
/// x * weights + bias at every position.
Value dense(Site& site, const std::string& name, const Value& x, const FloatArray& weights,
            const std::optional<FloatArray>& bias);
Value rectified(Site& site, const std::string& name, const Value& x, const import::Relu& relu);

/// How a function of one variable becomes a table.
struct Tabulation {
    std::function<double(double)> function;
    std::int32_t fraction = 0; ///< of the results
    /// The variable is known to lie between; the function need not be defined elsewhere.
    double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
    /// Between the function's largest and smallest value anywhere: no error of the variable carries further.
    double spread = std::numeric_limits<double>::infinity();
};
/// One entry for each value of x where they are few; else bins, each holding the function at its middle.
Value tabulated(Site& site, const std::string& name, const Value& x, const Tabulation& table);
/// A function and the quantiser that alone reads it, as one op; nothing where the function does not rise, or the
/// quantiser has too many values, or other types for other elements.
std::optional<Value> staircase(Site& site, const Value& x, const import::Function& function);
/// A function as its layer computes it, tails that grow linearly apart.
Value applied(Site& site, const std::string& name, const Value& x, const import::Function& function,
              std::int32_t fraction);

} // namespace gw::quantize::exact
