#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/plot.hpp"
#include "report/svg.hpp"

namespace gw::report {
namespace {

constexpr double page_width = 590, bar_height = 13, group_gap = 9, top = 34;

std::string shortened(const std::string& text, std::size_t most) {
    return text.size() <= most ? text : text.substr(0, most - 1) + "…";
}

double label_width(const BarChart& chart) {
    std::size_t longest = 0;
    for (const std::string& category : chart.categories)
        longest = std::max(longest, std::min<std::size_t>(category.size(), 26));
    return 16 + 6.6 * static_cast<double>(longest);
}

} // namespace

std::string short_count(double value) {
    if (!std::isfinite(value))
        return "-";
    for (const auto& [limit, unit] : {std::pair{1e9, " G"}, std::pair{1e6, " M"}, std::pair{1e4, " k"}})
        if (std::fabs(value) >= limit)
            return fmt::format("{:.3g}{}", value / (limit == 1e4 ? 1e3 : limit), unit);
    return fmt::format("{:.4g}", value);
}

std::string to_svg(const BarChart& chart) {
    const double group = bar_height * static_cast<double>(chart.series.size()) + group_gap;
    const bool legend = chart.series.size() > 1;
    const double first = top + (legend ? 20 : 0);
    const double height = first + group * static_cast<double>(chart.categories.size()) + 10;
    const double left = label_width(chart), right = page_width - 70;
    std::vector<double> values;
    for (const auto& bars : chart.series)
        values.insert(values.end(), bars.values.begin(), bars.values.end());
    Axis axis{"", chart.scale, std::nullopt, std::nullopt};
    if (chart.scale == Axis::Scale::linear)
        axis.low = 0;
    const Mapping place(axis, values, left, right);

    Svg svg(page_width, height, chart.title);
    const std::string unit = chart.unit.empty() ? "" : " (" + chart.unit + ")";
    svg.text({10, 20}, chart.title + unit, Svg::Anchor::start, "font-weight:600;font-size:14px");
    for (std::size_t s = 0; legend && s < chart.series.size(); ++s) {
        const double x = left + 90 * static_cast<double>(s);
        svg.rectangle({x, top - 1}, 11, 11, fmt::format("fill:{}", colour(s)));
        svg.text({x + 16, top + 9}, chart.series[s].name, Svg::Anchor::start);
    }
    for (std::size_t c = 0; c < chart.categories.size(); ++c) {
        const double y = first + group * static_cast<double>(c);
        svg.text({left - 8, y + (group - group_gap) / 2 + 4}, shortened(chart.categories[c], 26), Svg::Anchor::end);
        for (std::size_t s = 0; s < chart.series.size(); ++s) {
            const double value = chart.series[s].values.at(c);
            const double end = place.shows(value) ? place(value) : left;
            const double bar = y + bar_height * static_cast<double>(s);
            svg.rectangle({left, bar}, std::max(end - left, 0.5), bar_height - 2, fmt::format("fill:{}", colour(s)));
            svg.text({end + 5, bar + bar_height - 3}, short_count(value), Svg::Anchor::start,
                     "font-size:11px;fill:#444");
        }
    }
    svg.line({left, first - 4}, {left, height - 10}, "stroke:#444;stroke-width:1");
    return svg.finish();
}

} // namespace gw::report
