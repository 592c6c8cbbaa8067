// A small SVG writer: shapes and text with numbers short enough to keep pages small.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gw::report {

struct Point {
    double x = 0, y = 0;
};

/// `text` with &, <, > and " made harmless for HTML and SVG.
std::string escaped(std::string_view text);

class Svg {
  public:
    enum class Anchor { start, middle, end };

    Svg(double width, double height, std::string_view title);

    void line(Point from, Point to, std::string_view style);
    void polyline(const std::vector<Point>& points, std::string_view style);
    void rectangle(Point corner, double width, double height, std::string_view style);
    void circle(Point centre, double radius, std::string_view style);
    /// A point mark by number: disc, square, triangle, diamond, in turn.
    void mark(Point centre, std::size_t shape, std::string_view colour);
    void text(Point at, std::string_view words, Anchor anchor, std::string_view style = {});
    /// Text that reads upwards.
    void text_upwards(Point at, std::string_view words, std::string_view style = {});
    /// Everything until end_clip() is cut to a rectangle.
    void begin_clip(Point corner, double width, double height);
    void end_clip();

    std::string finish() const { return body_ + "</svg>\n"; }

  private:
    std::string body_;
    std::string clip_name_;
};

/// Colours that colour-blind readers tell apart (Okabe and Ito, "Color Universal Design", 2008), darkest first.
std::string_view colour(std::size_t index);

} // namespace gw::report
