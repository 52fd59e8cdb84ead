#include "warp/garment/write_garment.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/new_file.h"
#include "picture/picture_codec.h"
#include "warp/garment/anchors_file.h"

namespace closet {
namespace {

std::vector<std::uint8_t> encoded(const std::filesystem::path& path, const std::string& ending,
                                  const cv::Mat& picture) {
    if (ending == ".png") {
        return encode_png(picture);
    }
    if (ending == ".jpg" || ending == ".jpeg") {
        return encode_jpeg(picture);
    }
    throw MediaError(fmt::format(
        "cannot write {}: its ending names no picture format that can be written: use .png or .jpg",
        path.string()));
}

constexpr double kLeastSide = 900;  ///< px
constexpr int kChecker = 16;        ///< px
const cv::Scalar kMagenta(255, 0, 255);
const cv::Scalar kDarkMagenta(200, 0, 200);
const cv::Scalar kYellow(255, 230, 0);
const cv::Scalar kBlack(0, 0, 0);
const cv::Scalar kGreen(60, 255, 60);
const cv::Scalar kRed(255, 60, 60);
const cv::Scalar kWhite(255, 255, 255);

// What is joined by a line, of each side; the crotch has none.
constexpr std::array<std::pair<const char*, const char*>, 16> kLines{{
    {"neck", "shoulder"},
    {"shoulder", "cuff_outer"},
    {"cuff_outer", "cuff_inner"},
    {"cuff_inner", "armpit"},
    {"shoulder", "armpit"},
    {"armpit", "waist"},
    {"waist", "hip"},
    {"hip", "hem"},
    {"hip", "knee_outer"},
    {"knee_outer", "leg_outer"},
    {"leg_outer", "leg_inner"},
    {"leg_inner", "knee_inner"},
    {"knee_inner", "crotch"},
    {"knee_outer", "knee_inner"},
    {"hip", "crotch"},
    {"waist", "hem"},
}};

/// Lines that are drawn only where there is nothing between their ends.
bool goes_past(const std::map<std::string, cv::Point2f>& anchors, const std::string& side,
               const char* from, const char* to) {
    return std::string_view(from) == "waist" && std::string_view(to) == "hem" &&
           anchors.contains(side + "hip");
}

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

/// `scale`: pixels of the preview for each of what is pointed at; `thin`: of lines.
void draw_pointing(cv::Mat& preview, const Pointing& pointing, double scale, int thin) {
    const auto place = [&](const cv::Point2d& p) {
        return cv::Point(cvRound((p.x + 0.5) * scale - 0.5), cvRound((p.y + 0.5) * scale - 0.5));
    };
    const int radius = 8 * thin;
    const auto both = [&](const cv::Scalar& color, const auto& draw) {
        draw(kBlack, 4 * thin);
        draw(color, 2 * thin);
    };
    for (const cv::Point2d& point : pointing.inside) {
        both(kGreen, [&](const cv::Scalar& color, int width) {
            cv::circle(preview, place(point), radius, color, width, cv::LINE_AA);
        });
    }
    for (const cv::Point2d& point : pointing.outside) {
        both(kRed, [&](const cv::Scalar& color, int width) {
            cv::drawMarker(preview, place(point), color, cv::MARKER_TILTED_CROSS, 2 * radius, width,
                           cv::LINE_AA);
        });
    }
    if (pointing.box) {
        both(kWhite, [&](const cv::Scalar& color, int width) {
            cv::rectangle(preview, place(pointing.box->tl()), place(pointing.box->br()), color,
                          width, cv::LINE_AA);
        });
    }
}

}  // namespace

void write_garment(const Garment& garment, const std::filesystem::path& picture,
                   const std::optional<GarmentPreview>& preview) {
    std::vector<std::unique_ptr<NewFile>> files;
    const auto add = [&](const std::filesystem::path& path, const auto& bytes) {
        files.push_back(std::make_unique<NewFile>(path));
        files.back()->write(bytes.data(), bytes.size());
    };
    if (preview) {
        cv::Mat bgr;
        cv::cvtColor(preview->rgb, bgr, cv::COLOR_RGB2BGR);
        add(preview->path, encoded(preview->path, preview->path.extension().string(), bgr));
    }
    cv::Mat bgra;
    cv::cvtColor(garment.rgba, bgra, cv::COLOR_RGBA2BGRA);
    add(anchors_file_of(picture), anchors_text(garment));
    add(picture, encoded(picture, ".png", bgra));
    std::vector<NewFile*> together;
    for (const auto& file : files) {
        together.push_back(file.get());
    }
    NewFile::publish_all(together);
}

cv::Mat draw_anchors(const cv::Mat& rgba, const std::map<std::string, cv::Point2f>& anchors,
                     const Pointing& pointing) {
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
                const bool central = std::string_view(to) == "crotch";
                const auto b = anchors.find(central ? to : side + to);
                if (a != anchors.end() && b != anchors.end() &&
                    !goes_past(anchors, side, from, to)) {
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
    draw_pointing(picture, pointing, scale, thin);
    return picture;
}

}  // namespace closet
