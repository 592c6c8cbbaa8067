#include "report/svg.hpp"

#include <array>
#include <functional>

#include <fmt/format.h>

namespace gw::report {
namespace {

/// Two decimals, no trailing zeros.
std::string number(double value) {
    std::string text = fmt::format("{:.2f}", value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.'))
        text.pop_back();
    return text == "-0" ? "0" : text;
}

std::string point_list(const std::vector<Point>& points) {
    std::string text;
    for (const Point& point : points)
        text += (text.empty() ? "" : " ") + number(point.x) + "," + number(point.y);
    return text;
}

} // namespace

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '&')
            result += "&amp;";
        else if (c == '<')
            result += "&lt;";
        else if (c == '>')
            result += "&gt;";
        else if (c == '"')
            result += "&quot;";
        else
            result += c;
    }
    return result;
}

Svg::Svg(double width, double height, std::string_view title)
    : clip_name_(fmt::format("c{:x}", std::hash<std::string_view>()(title) & 0xFFFFFFFU)) {
    body_ = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" "
                        "font-family=\"system-ui,sans-serif\" font-size=\"12\" fill=\"#222\"><title>{}</title>\n",
                        number(width), number(height), escaped(title));
}

void Svg::line(Point from, Point to, std::string_view style) {
    body_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" style=\"{}\"/>\n", number(from.x),
                         number(from.y), number(to.x), number(to.y), style);
}

void Svg::polyline(const std::vector<Point>& points, std::string_view style) {
    body_ += fmt::format("<polyline points=\"{}\" style=\"fill:none;{}\"/>\n", point_list(points), style);
}

void Svg::rectangle(Point corner, double width, double height, std::string_view style) {
    body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" style=\"{}\"/>\n", number(corner.x),
                         number(corner.y), number(width), number(height), style);
}

void Svg::circle(Point centre, double radius, std::string_view style) {
    body_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" style=\"{}\"/>\n", number(centre.x), number(centre.y),
                         number(radius), style);
}

void Svg::mark(Point centre, std::size_t shape, std::string_view colour) {
    const std::string style = fmt::format("fill:{}", colour);
    const double x = centre.x, y = centre.y;
    const auto polygon = [&](const std::vector<Point>& corners) {
        body_ += fmt::format("<polygon points=\"{}\" style=\"{}\"/>\n", point_list(corners), style);
    };
    switch (shape % 4) {
    case 0:
        circle(centre, 3.2, style);
        break;
    case 1:
        rectangle({x - 3, y - 3}, 6, 6, style);
        break;
    case 2:
        polygon({{x, y - 4}, {x + 3.8, y + 3}, {x - 3.8, y + 3}});
        break;
    default:
        polygon({{x, y - 4}, {x + 4, y}, {x, y + 4}, {x - 4, y}});
    }
}

void Svg::text(Point at, std::string_view words, Anchor anchor, std::string_view style) {
    constexpr std::array<std::string_view, 3> anchors{"start", "middle", "end"};
    body_ += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\" style=\"{}\">{}</text>\n", number(at.x),
                         number(at.y), anchors[static_cast<std::size_t>(anchor)], style, escaped(words));
}

void Svg::text_upwards(Point at, std::string_view words, std::string_view style) {
    body_ +=
        fmt::format("<text transform=\"translate({} {}) rotate(-90)\" text-anchor=\"middle\" style=\"{}\">{}</text>\n",
                    number(at.x), number(at.y), style, escaped(words));
}

void Svg::begin_clip(Point corner, double width, double height) {
    body_ += fmt::format("<clipPath id=\"{0}\"><rect x=\"{1}\" y=\"{2}\" width=\"{3}\" height=\"{4}\"/></clipPath>"
                         "<g clip-path=\"url(#{0})\">\n",
                         clip_name_, number(corner.x), number(corner.y), number(width), number(height));
}

void Svg::end_clip() {
    body_ += "</g>\n";
}

std::string_view colour(std::size_t index) {
    constexpr std::array<std::string_view, 6> colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};
    return colours[index % colours.size()];
}

} // namespace gw::report
