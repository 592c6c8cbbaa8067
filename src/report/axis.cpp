#include "report/axis.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace gw::report {
namespace {

/// 1, 2 or 5 times a power of ten, so that about five ticks fit.
double nice_step(double span) {
    const double raw = span / 5;
    const double power = std::pow(10, std::floor(std::log10(raw)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (raw <= factor * power)
            return factor * power;
    return 10 * power;
}

std::string label_of(double value) {
    if (value != 0 && (std::fabs(value) >= 1e5 || std::fabs(value) < 1e-3))
        return fmt::format("{:.3g}", value);
    return fmt::format("{:g}", std::round(value * 1e9) / 1e9);
}

} // namespace

Mapping::Mapping(const Axis& axis, const std::vector<double>& values, double from, double to)
    : scale_(axis.scale), from_(from), to_(to) {
    const bool logarithmic = scale_ == Axis::Scale::logarithmic;
    std::vector<double> shown;
    std::ranges::copy_if(values, std::back_inserter(shown), [&](double value) { return shows(value); });
    low_ = logarithmic ? 1 : 0;
    high_ = logarithmic ? 10 : 1;
    if (!shown.empty()) {
        const auto [least, most] = std::ranges::minmax(shown);
        low_ = least;
        high_ = most;
        if (logarithmic) {
            low_ /= 1.3;
            high_ *= 1.3;
        } else {
            const double margin = most > least ? 0.06 * (most - least) : std::max(1e-9, 0.1 * std::fabs(most));
            low_ = least >= 0 && least < 0.4 * most ? 0 : least - margin; // zero belongs on the axis where it is near
            high_ = most + margin;
        }
    }
    low_ = axis.low.value_or(low_);
    high_ = axis.high.value_or(high_);
    if (!(high_ > low_))
        high_ = low_ + 1;
}

bool Mapping::shows(double value) const {
    return std::isfinite(value) && (scale_ == Axis::Scale::linear || value > 0);
}

double Mapping::position(double value) const {
    return scale_ == Axis::Scale::logarithmic ? std::log10(value) : value;
}

double Mapping::operator()(double value) const {
    return from_ + (to_ - from_) * (position(value) - position(low_)) / (position(high_) - position(low_));
}

std::vector<Tick> Mapping::ticks() const {
    std::vector<Tick> result;
    if (scale_ == Axis::Scale::linear) {
        const double step = nice_step(high_ - low_);
        for (double k = std::ceil(low_ / step - 1e-9); k * step <= high_ + 1e-9 * step; ++k)
            result.push_back({k * step, label_of(k * step + 0.0)}); // + 0.0: no "-0"
        return result;
    }
    const double decades = std::log10(high_ / low_);
    for (double exponent = std::floor(std::log10(low_)); exponent <= std::ceil(std::log10(high_)); ++exponent)
        for (int digit = 1; digit <= 9; ++digit) {
            const double value = digit * std::pow(10, exponent);
            if (value < low_ * (1 - 1e-9) || value > high_ * (1 + 1e-9))
                continue;
            const bool labelled = digit == 1 || (decades < 2.5 && (digit == 2 || digit == 5)) || decades < 0.5;
            result.push_back({value, labelled ? label_of(value) : ""});
        }
    return result;
}

} // namespace gw::report
