#pragma once

#include <string>
#include <string_view>

namespace closet::bench {

/// A place, px from the upper left corner.
struct Spot {
    double x = 0, y = 0;
};

/// An upright rectangle, px; left <= right, top <= bottom.
struct Rectangle {
    double left = 0, top = 0, right = 0, bottom = 0;

    double width() const { return right - left; }
    double height() const { return bottom - top; }
    /// Whether they have an area in common.
    bool meets(const Rectangle& other) const {
        return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
    }
};

/// Which end of a text is at its place.
enum class Anchor { kStart, kMiddle, kEnd };

/// How wide text of the drawings' size is, px: an estimate on the safe side, as no font is known.
double text_width(std::string_view text);
/// As much of a text as fits into `width` px, with an ellipsis where it was cut.
std::string fitting(std::string_view text, double width);

/// Px that a line of text takes from the next.
inline constexpr double kLineHeight = 15;
/// Of the digits above the base line.
inline constexpr double kTextHeight = 8;

/// SVG elements, one after the other. Coordinates are rounded to a tenth of a px; texts are
/// escaped.
class Svg {
  public:
    /// A stroke. `classes` are CSS classes (plot_css), here and below.
    void line(Spot from, Spot to, std::string_view classes);
    /// `data` is an SVG path.
    void path(std::string_view data, std::string_view classes);
    /// A filled rectangle.
    void rectangle(const Rectangle& where, std::string_view classes);
    /// One line of text, its base line at `where`.
    void text(Spot where, std::string_view text, Anchor anchor = Anchor::kStart,
              std::string_view classes = {});
    /// A group with a tooltip; none where it is empty.
    void begin_group(std::string_view classes, std::string_view tooltip = {});
    /// Ends the last group that was begun.
    void end_group();

    /// What was drawn; it is taken away.
    std::string take() { return std::move(elements_); }

  private:
    std::string elements_;
};

/// "12.3" of a coordinate.
std::string coordinate(double value);

/// The marker of a series' style (see Series) as an SVG path around a place.
std::string marker_path(int style, Spot where);

}  // namespace closet::bench
