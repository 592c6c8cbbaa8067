// Plots and bar charts as inline SVG, from data alone: no script, no font, no file beside the page.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/axis.hpp"

namespace gw::report {

struct Series {
    enum class Style : std::uint8_t {
        line,   ///< joined values
        points, ///< marks with error bars
        steps   ///< a histogram: y[i] from x[i] to x[i + 1], so x has one more value than y
    };
    std::string name;
    Style style = Style::line;
    std::vector<double> x, y;
    std::vector<double> error;   ///< of y, to both sides; empty: none
    std::vector<double> x_error; ///< half widths of bins; empty: none
    bool dashed = false;
};

/// A line across the plot at one value of x or y, with words beside it: a threshold, parity.
struct Guide {
    enum class Across : std::uint8_t { x, y };
    Across across = Across::y;
    double value = 0;
    std::string label;
};

struct Plot {
    std::string title;
    Axis x, y;
    std::vector<Series> series;
    std::vector<Guide> guides;
};

/// An <svg> element. Values that an axis cannot show (NaN; zero on a logarithmic axis) are left out.
std::string to_svg(const Plot& plot);

/// Horizontal bars: a group per category, a bar per series in it, its value written at its end.
struct BarChart {
    struct Bars {
        std::string name;
        std::vector<double> values; ///< one per category
    };
    std::string title, unit;
    std::vector<std::string> categories;
    std::vector<Bars> series;
    Axis::Scale scale = Axis::Scale::linear;
};
std::string to_svg(const BarChart& chart);

/// A count for people: 1234567 is "1.23 M", 980 is "980".
std::string short_count(double value);

} // namespace gw::report
