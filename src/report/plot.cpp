#include "report/plot.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/svg.hpp"

namespace gw::report {
namespace {

struct Frame {
    double left = 62, right = 578, top = 34, bottom = 322;
};
constexpr double page_width = 590, page_height = 366;
constexpr const char* axis_style = "stroke:#444;stroke-width:1";
constexpr const char* grid_style = "stroke:#e4e4e4;stroke-width:1";
constexpr const char* small_text = "font-size:11px;fill:#444";

std::vector<double> all_x(const Plot& plot) {
    std::vector<double> values;
    for (const Series& series : plot.series)
        for (std::size_t i = 0; i < series.x.size(); ++i) {
            const double reach = i < series.x_error.size() ? series.x_error[i] : 0;
            values.push_back(series.x[i] - reach);
            values.push_back(series.x[i] + reach);
        }
    return values;
}

std::vector<double> all_y(const Plot& plot) {
    std::vector<double> values;
    for (const Series& series : plot.series)
        for (std::size_t i = 0; i < series.y.size(); ++i) {
            const double reach = i < series.error.size() ? series.error[i] : 0;
            values.push_back(series.y[i] - reach);
            values.push_back(series.y[i] + reach);
        }
    for (const Guide& guide : plot.guides)
        if (guide.across == Guide::Across::y)
            values.push_back(guide.value);
    return values;
}

class Drawing {
  public:
    explicit Drawing(const Plot& plot)
        : plot_(plot), svg_(page_width, page_height, plot.title), x_(plot.x, all_x(plot), frame_.left, frame_.right),
          y_(plot.y, all_y(plot), frame_.bottom, frame_.top) {}

    std::string draw() {
        svg_.text({frame_.left, 20}, plot_.title, Svg::Anchor::start, "font-weight:600;font-size:14px");
        grid();
        svg_.begin_clip({frame_.left, frame_.top}, frame_.right - frame_.left, frame_.bottom - frame_.top);
        for (const Guide& guide : plot_.guides)
            draw_guide(guide);
        for (std::size_t i = 0; i < plot_.series.size(); ++i)
            draw_series(plot_.series[i], i);
        svg_.end_clip();
        frame_lines();
        legend();
        return svg_.finish();
    }

  private:
    void grid() {
        for (const Tick& tick : x_.ticks()) {
            const double at = x_(tick.value);
            if (!tick.label.empty()) {
                svg_.line({at, frame_.top}, {at, frame_.bottom}, grid_style);
                svg_.text({at, frame_.bottom + 16}, tick.label, Svg::Anchor::middle, small_text);
            }
            svg_.line({at, frame_.bottom}, {at, frame_.bottom + (tick.label.empty() ? 3 : 5)}, axis_style);
        }
        for (const Tick& tick : y_.ticks()) {
            const double at = y_(tick.value);
            if (!tick.label.empty()) {
                svg_.line({frame_.left, at}, {frame_.right, at}, grid_style);
                svg_.text({frame_.left - 8, at + 4}, tick.label, Svg::Anchor::end, small_text);
            }
            svg_.line({frame_.left - (tick.label.empty() ? 3 : 5), at}, {frame_.left, at}, axis_style);
        }
    }

    void frame_lines() {
        svg_.line({frame_.left, frame_.bottom}, {frame_.right, frame_.bottom}, axis_style);
        svg_.line({frame_.left, frame_.top}, {frame_.left, frame_.bottom}, axis_style);
        svg_.text({(frame_.left + frame_.right) / 2, frame_.bottom + 36}, plot_.x.label, Svg::Anchor::middle);
        svg_.text_upwards({16, (frame_.top + frame_.bottom) / 2}, plot_.y.label);
    }

    void draw_guide(const Guide& guide) {
        constexpr const char* style = "stroke:#888;stroke-width:1;stroke-dasharray:5 4";
        if (guide.across == Guide::Across::y && y_.shows(guide.value)) {
            const double at = y_(guide.value);
            svg_.line({frame_.left, at}, {frame_.right, at}, style);
            svg_.text({frame_.right - 4, at < frame_.top + 18 ? at + 14 : at - 5}, guide.label, Svg::Anchor::end,
                      small_text);
        } else if (guide.across == Guide::Across::x && x_.shows(guide.value)) {
            const double at = x_(guide.value);
            svg_.line({at, frame_.top}, {at, frame_.bottom}, style);
            svg_.text({at + 5, frame_.bottom - 8}, guide.label, Svg::Anchor::start, small_text);
        }
    }

    static std::string stroke(const Series& series, std::size_t index) {
        return fmt::format("stroke:{};stroke-width:1.8{}", colour(index), series.dashed ? ";stroke-dasharray:7 4" : "");
    }

    void draw_series(const Series& series, std::size_t index) {
        if (series.style == Series::Style::steps)
            draw_steps(series, index);
        else if (series.style == Series::Style::line)
            draw_line(series, index);
        else
            draw_points(series, index);
    }

    void draw_line(const Series& series, std::size_t index) {
        std::vector<Point> run; // a gap in the data is a gap in the line
        const auto flush = [&] {
            if (run.size() > 1)
                svg_.polyline(run, stroke(series, index));
            run.clear();
        };
        for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
            if (x_.shows(series.x[i]) && y_.shows(series.y[i]))
                run.push_back({x_(series.x[i]), y_(series.y[i])});
            else
                flush();
        }
        flush();
    }

    void draw_steps(const Series& series, std::size_t index) {
        std::vector<Point> corners;
        for (std::size_t i = 0; i < series.y.size() && i + 1 < series.x.size(); ++i) {
            const double height = y_(y_.shows(series.y[i]) ? std::max(series.y[i], y_.low()) : y_.low());
            corners.push_back({x_(series.x[i]), height});
            corners.push_back({x_(series.x[i + 1]), height});
        }
        svg_.polyline(corners, stroke(series, index));
    }

    void draw_points(const Series& series, std::size_t index) {
        const std::string thin = fmt::format("stroke:{};stroke-width:1.2", colour(index));
        for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
            const double x = series.x[i], y = series.y[i];
            if (!x_.shows(x) || !y_.shows(y))
                continue;
            if (i < series.error.size() && std::isfinite(series.error[i])) {
                const double below = y - series.error[i];
                svg_.line({x_(x), y_(y_.shows(below) ? below : y_.low())}, {x_(x), y_(y + series.error[i])}, thin);
            }
            if (i < series.x_error.size() && x_.shows(x - series.x_error[i]))
                svg_.line({x_(x - series.x_error[i]), y_(y)}, {x_(x + series.x_error[i]), y_(y)}, thin);
            svg_.mark({x_(x), y_(y)}, index, colour(index));
        }
    }

    /// Points of the data, and of their bins' bars, that lie under a rectangle.
    int covered(Point corner, double width, double height) const {
        int count = 0;
        const auto look = [&](double x, double y) {
            if (!x_.shows(x) || !y_.shows(y))
                return;
            x = x_(x), y = y_(y);
            count += x > corner.x - 6 && x < corner.x + width + 6 && y > corner.y - 6 && y < corner.y + height + 6;
        };
        for (const Series& series : plot_.series)
            for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
                const double reach = i < series.x_error.size() ? series.x_error[i] : 0;
                for (const double part : {-1.0, -0.5, 0.0, 0.5, 1.0})
                    look(series.x[i] + part * reach, series.y[i]);
            }
        return count;
    }

    /// In the corner where the least of the data lies beneath.
    void legend() {
        if (plot_.series.empty() || (plot_.series.size() == 1 && plot_.series.front().name.empty()))
            return;
        std::size_t longest = 0;
        for (const Series& series : plot_.series)
            longest = std::max(longest, series.name.size());
        const double width = 44 + 6.7 * static_cast<double>(longest);
        const double height = 8 + 18 * static_cast<double>(plot_.series.size());
        const double left = frame_.left + 10, right = frame_.right - width - 8;
        const double top = frame_.top + 6, bottom = frame_.bottom - height - 22;
        Point best{right, top};
        for (const Point corner : {Point{left, top}, Point{right, bottom}, Point{left, bottom}})
            if (covered(corner, width, height) < covered(best, width, height))
                best = corner;
        svg_.rectangle(best, width, height, "fill:#fff;fill-opacity:0.85;stroke:#ddd");
        for (std::size_t i = 0; i < plot_.series.size(); ++i) {
            const double y = best.y + 16 + 18 * static_cast<double>(i);
            svg_.line({best.x + 8, y - 4}, {best.x + 30, y - 4}, stroke(plot_.series[i], i));
            if (plot_.series[i].style == Series::Style::points)
                svg_.mark({best.x + 19, y - 4}, i, colour(i));
            svg_.text({best.x + 37, y}, plot_.series[i].name, Svg::Anchor::start);
        }
    }

    const Plot& plot_;
    Frame frame_;
    Svg svg_;
    Mapping x_, y_;
};

} // namespace

std::string to_svg(const Plot& plot) {
    return Drawing(plot).draw();
}

} // namespace gw::report
