// From values to places on the page, and where the ticks stand.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gw::report {

struct Axis {
    enum class Scale { linear, logarithmic };
    std::string label;
    Scale scale = Scale::linear;
    std::optional<double> low, high; ///< none: from the data
};

struct Tick {
    double value = 0;
    std::string label; ///< empty for a small tick
};

/// An axis with its ends settled.
class Mapping {
  public:
    /// @param values what is to be shown; those that the scale cannot show are passed over
    /// @param from, to places on the page of the axis' two ends
    Mapping(const Axis& axis, const std::vector<double>& values, double from, double to);

    /// Whether a value can be placed: finite, and positive on a logarithmic axis.
    bool shows(double value) const;
    double operator()(double value) const;
    std::vector<Tick> ticks() const;
    double low() const { return low_; }
    double high() const { return high_; }

  private:
    double position(double value) const; ///< on the scale, before the page

    Axis::Scale scale_;
    double low_ = 0, high_ = 1, from_, to_;
};

} // namespace gw::report
