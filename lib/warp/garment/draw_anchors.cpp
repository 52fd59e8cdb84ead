#include "warp/garment/draw_anchors.h"

#include <algorithm>
#include <array>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

constexpr double kLeastSide = 900;  ///< px
constexpr int kChecker = 16;        ///< px
const cv::Scalar kMagenta(255, 0, 255);
const cv::Scalar kDarkMagenta(200, 0, 200);
const cv::Scalar kYellow(255, 230, 0);
const cv::Scalar kBlack(0, 0, 0);

// Of each side, what is joined by a line.
constexpr std::array<std::pair<const char*, const char*>, 7> kLines{{
    {"neck", "shoulder"},
    {"shoulder", "cuff_outer"},
    {"cuff_outer", "cuff_inner"},
    {"cuff_inner", "armpit"},
    {"armpit", "waist"},
    {"waist", "hem"},
    {"shoulder", "armpit"},
}};

cv::Mat over_checker(const cv::Mat& rgba) {
    cv::Mat result(rgba.size(), CV_8UC3);
    for (int y = 0; y < rgba.rows; ++y) {
        const auto* from = rgba.ptr<cv::Vec4b>(y);
        auto* to = result.ptr<cv::Vec3b>(y);
        for (int x = 0; x < rgba.cols; ++x) {
            const cv::Scalar& ground =
                (x / kChecker + y / kChecker) % 2 == 0 ? kMagenta : kDarkMagenta;
            const int alpha = from[x][3];
            for (int c = 0; c < 3; ++c) {
                to[x][c] = cv::saturate_cast<uchar>(
                    (from[x][c] * alpha + ground[c] * (255 - alpha)) / 255);
            }
        }
    }
    return result;
}

}  // namespace

cv::Mat draw_anchors(const cv::Mat& rgba, const std::map<std::string, cv::Point2f>& anchors) {
    const double scale = std::max(1.0, kLeastSide / std::max(rgba.cols, rgba.rows));
    cv::Mat sized = rgba;
    if (scale > 1) {
        cv::resize(rgba, sized, {}, scale, scale, cv::INTER_LINEAR);
    }
    cv::Mat picture = over_checker(sized);
    const double size = std::max(picture.cols, picture.rows) / kLeastSide;  // of lines and letters
    const int thin = std::max(1, cvRound(size));
    const auto place = [&](cv::Point2f p) {
        return cv::Point(cvRound((p.x + 0.5) * scale - 0.5), cvRound((p.y + 0.5) * scale - 0.5));
    };
    // Dark below bright, so that both show on any garment.
    for (const auto& [color, width] : {std::pair{kBlack, 3 * thin}, {kYellow, thin}}) {
        for (const std::string side : {"left_", "right_"}) {
            for (const auto& [from, to] : kLines) {
                const auto a = anchors.find(side + from);
                const auto b = anchors.find(side + to);
                if (a != anchors.end() && b != anchors.end()) {
                    cv::line(picture, place(a->second), place(b->second), color, width,
                             cv::LINE_AA);
                }
            }
        }
        for (const auto& [name, point] : anchors) {
            cv::circle(picture, place(point), 4 * thin, color, width + thin, cv::LINE_AA);
            int baseline = 0;
            const cv::Size text =
                cv::getTextSize(name, cv::FONT_HERSHEY_SIMPLEX, 0.5 * size, width, &baseline);
            // Beside the anchor, and within the picture.
            const cv::Point at = place(point) + cv::Point(7 * thin, -5 * thin);
            cv::putText(picture, name,
                        {std::clamp(at.x, 0, std::max(picture.cols - text.width, 0)),
                         std::clamp(at.y, text.height, picture.rows - 1)},
                        cv::FONT_HERSHEY_SIMPLEX, 0.5 * size, color, width, cv::LINE_AA);
        }
    }
    return picture;
}

}  // namespace closet
