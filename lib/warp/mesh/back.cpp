#include "warp/mesh/back.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "core/curve.h"
#include "core/median.h"
#include "warp/mesh/curve.h"

namespace closet::mesh {
namespace {

/// The back's neckline hangs by so much of the neck's width.
constexpr double kSag = 0.12;
/// Distances of colors (RGB levels) from which a pixel is no cloth of its row, and surely none.
constexpr double kPrintFrom = 22, kPrintTo = 45;
/// A front of which more than this share differs beside what may be a print is a pattern. Folds are
/// none: there cloth may be so much darker or lighter.
constexpr double kPattern = 0.3;
constexpr double kDarkestFold = 0.6, kLightestFold = 1.4;
constexpr double kInside = 0.9;           ///< of the way from the axis to an armpit: no sleeve
constexpr double kSmoothOfHeight = 0.01;  ///< rows' colors are smoothed over this share of all
/// Prints as wide as the chest vanish if they are no taller than twice this share of the picture.
constexpr double kTallestPrint = 0.1;
/// A print's gaps up to twice the first, and its edges of the second, are print: shares of the
/// columns.
constexpr double kPrintGap = 0.03, kPrintEdge = 0.012;
constexpr double kSides = 0.22;  ///< of the columns, on either side of what may be a print
constexpr int kVisible = 128;

struct Neck {
    cv::Point2d left, right;  ///< of the picture
};

std::optional<cv::Point2d> anchor(const Garment& garment, const char* name) {
    const auto found = garment.anchors.find(name);
    return found == garment.anchors.end() ? std::nullopt
                                          : std::optional<cv::Point2d>(found->second);
}

/// The columns that certainly belong to the body: between the armpits, or all of them.
cv::Range body_columns(const Garment& garment) {
    const auto left = anchor(garment, "right_armpit"), right = anchor(garment, "left_armpit");
    if (!left || !right) {
        return {0, 0};
    }
    const double axis = (left->x + right->x) / 2;
    const auto column = [&](double x) {
        return std::clamp(cvRound(mix(axis, x, kInside)), 0, garment.rgba.cols);
    };
    return {column(left->x), std::max(column(right->x), column(left->x))};
}

/// The median of each value and of `reach` on either side: what is shorter than that vanishes.
std::vector<double> running_median(const std::vector<double>& values, int reach) {
    std::vector<double> result, window;
    const auto size = static_cast<std::ptrdiff_t>(values.size());
    for (std::ptrdiff_t i = 0; i < size; ++i) {
        window.assign(values.begin() + std::max<std::ptrdiff_t>(i - reach, 0),
                      values.begin() + std::min<std::ptrdiff_t>(i + reach + 1, size));
        result.push_back(upper_median(window));
    }
    return result;
}

int columns_aside(cv::Range columns) {
    return std::max(static_cast<int>(kSides * columns.size()), 1);
}

bool is_aside(int x, cv::Range columns) {
    return std::min(x - columns.start, columns.end - 1 - x) < columns_aside(columns);
}

/// Each row's median color beside the middle of the columns, smoothed; rows without any get their
/// neighbors'.
std::vector<cv::Vec3d> row_colors(const cv::Mat& rgba, cv::Range columns) {
    std::vector<cv::Vec3d> colors(static_cast<std::size_t>(rgba.rows));
    std::vector<bool> known(colors.size(), false);
    std::array<std::vector<std::uint8_t>, 3> values;
    const int side = columns_aside(columns);
    for (int y = 0; y < rgba.rows; ++y) {
        const auto* row = rgba.ptr<cv::Vec4b>(y);
        for (auto& channel : values) {
            channel.clear();
        }
        for (int x = columns.start; x < columns.end; ++x) {
            if (is_aside(x, columns) && row[x][3] >= kVisible) {
                for (int c = 0; c < 3; ++c) {
                    values[static_cast<std::size_t>(c)].push_back(row[x][c]);
                }
            }
        }
        if (static_cast<int>(values[0].size()) < side) {
            continue;  // most of the row is neck, or below the hem
        }
        for (int c = 0; c < 3; ++c) {
            colors[static_cast<std::size_t>(y)][c] =
                upper_median(values[static_cast<std::size_t>(c)]);
        }
        known[static_cast<std::size_t>(y)] = true;
    }
    const auto first = std::find(known.begin(), known.end(), true);
    if (first == known.end()) {
        return {};
    }
    const auto start = static_cast<std::size_t>(first - known.begin());
    std::fill(colors.begin(), colors.begin() + static_cast<std::ptrdiff_t>(start), colors[start]);
    for (std::size_t y = start + 1; y < colors.size(); ++y) {
        colors[y] = known[y] ? colors[y] : colors[y - 1];
    }
    std::vector<double> channel(colors.size());
    for (int c = 0; c < 3; ++c) {
        std::transform(colors.begin(), colors.end(), channel.begin(),
                       [c](const cv::Vec3d& color) { return color[c]; });
        channel = running_median(channel, cvRound(kTallestPrint * rgba.rows));
        smooth(channel, std::max(kSmoothOfHeight * rgba.rows, 0.5));
        for (std::size_t y = 0; y < colors.size(); ++y) {
            colors[y][c] = channel[y];
        }
    }
    return colors;
}

double distance(const cv::Vec4b& pixel, const cv::Vec3d& color) {
    return std::hypot(pixel[0] - color[0], pixel[1] - color[1], pixel[2] - color[2]);
}

/// The distance to cloth of this color in the light that makes it most alike.
double distance_in_any_light(const cv::Vec4b& pixel, const cv::Vec3d& color) {
    const cv::Vec3d own(pixel[0], pixel[1], pixel[2]);
    const double light =
        std::clamp(own.dot(color) / std::max(color.dot(color), 1.0), kDarkestFold, kLightestFold);
    return distance(pixel, color * light);
}

cv::Vec4b opaque(const cv::Vec3d& color) {
    return {cv::saturate_cast<std::uint8_t>(color[0]), cv::saturate_cast<std::uint8_t>(color[1]),
            cv::saturate_cast<std::uint8_t>(color[2]), 255};
}

/// What surely differs, with what it encloses and with its edges, whose colors pass that of the
/// cloth: else letters and outlines are left as a ghost. CV_8UC1 of the columns, 255: print.
cv::Mat print_of(const cv::Mat& rgba, cv::Range columns, const std::vector<cv::Vec3d>& colors) {
    cv::Mat print(rgba.rows, columns.size(), CV_8UC1);
    for (int y = 0; y < rgba.rows; ++y) {
        const auto* row = rgba.ptr<cv::Vec4b>(y);
        for (int x = columns.start; x < columns.end; ++x) {
            const bool differs = row[x][3] >= kVisible &&
                                 distance(row[x], colors[static_cast<std::size_t>(y)]) > kPrintTo;
            print.at<std::uint8_t>(y, x - columns.start) = differs ? 255 : 0;
        }
    }
    const auto disc = [&](double share) {
        const int size = 2 * std::max(cvRound(share * columns.size()), 1) + 1;
        return cv::getStructuringElement(cv::MORPH_ELLIPSE, {size, size});
    };
    cv::morphologyEx(print, print, cv::MORPH_CLOSE, disc(kPrintGap), {-1, -1}, 1,
                     cv::BORDER_CONSTANT, 0);
    std::vector<std::vector<cv::Point>> outlines;
    cv::findContours(print, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
    cv::drawContours(print, outlines, -1, 255, cv::FILLED);
    cv::dilate(print, print, disc(kPrintEdge));
    cv::GaussianBlur(print, print, {}, std::max(kPrintEdge / 2 * columns.size(), 0.5));
    return print;
}

void paint_over(cv::Mat& rgba, cv::Range columns, const std::vector<cv::Vec3d>& colors) {
    int differing = 0;
    int all = 0;
    for (int y = 0; y < rgba.rows; ++y) {
        const auto* row = rgba.ptr<cv::Vec4b>(y);
        for (int x = columns.start; x < columns.end; ++x) {
            if (is_aside(x, columns) && row[x][3] >= kVisible) {
                differing +=
                    distance_in_any_light(row[x], colors[static_cast<std::size_t>(y)]) > kPrintFrom;
                ++all;
            }
        }
    }
    if (differing > kPattern * all) {
        return;
    }
    const cv::Mat print = print_of(rgba, columns, colors);
    for (int y = 0; y < rgba.rows; ++y) {
        auto* row = rgba.ptr<cv::Vec4b>(y);
        const cv::Vec3d& color = colors[static_cast<std::size_t>(y)];
        for (int x = columns.start; x < columns.end; ++x) {
            const double over = std::max(smoothstep(kPrintFrom, kPrintTo, distance(row[x], color)),
                                         print.at<std::uint8_t>(y, x - columns.start) / 255.0);
            for (int c = 0; c < 3; ++c) {
                row[x][c] = cv::saturate_cast<std::uint8_t>(mix(row[x][c], color[c], over));
            }
        }
    }
}

/// Fills what lies between the line of the neck and the first visible pixel of each column.
void close_neck(cv::Mat& rgba, const Neck& neck, const std::vector<cv::Vec3d>& colors) {
    const double width = neck.right.x - neck.left.x;
    const int from = std::max(cvCeil(neck.left.x), 0);
    const int to = std::min(cvFloor(neck.right.x), rgba.cols - 1);
    for (int x = from; x <= to; ++x) {
        const double t = (x - neck.left.x) / width;
        const double line = mix(neck.left.y, neck.right.y, t) + kSag * width * 4 * t * (1 - t);
        for (int y = std::max(cvFloor(line), 0); y < rgba.rows; ++y) {
            auto& pixel = rgba.at<cv::Vec4b>(y, x);
            if (pixel[3] == 255) {
                break;
            }
            const double soft = std::clamp(y - line + 0.5, 0.0, 1.0) * 255;
            const auto own = static_cast<double>(pixel[3]);
            const cv::Vec4b cloth = opaque(colors[static_cast<std::size_t>(y)]);
            for (int c = 0; c < 3; ++c) {
                pixel[c] = cv::saturate_cast<std::uint8_t>(mix(cloth[c], pixel[c], own / 255));
            }
            pixel[3] = std::max(pixel[3], cv::saturate_cast<std::uint8_t>(soft));
        }
    }
}

}  // namespace

Garment back_of(const Garment& front) {
    Garment back = front;
    const cv::Range columns = body_columns(front);
    if (columns.size() < 2) {
        return back;
    }
    const auto colors = row_colors(front.rgba, columns);
    if (colors.empty()) {
        return back;
    }
    back.rgba = front.rgba.clone();
    paint_over(back.rgba, columns, colors);
    const auto left = anchor(front, "right_neck"), right = anchor(front, "left_neck");
    if (left && right && right->x - left->x > 1) {
        close_neck(back.rgba, {*left, *right}, colors);
    }
    return back;
}

}  // namespace closet::mesh
