#include "warp/removal/painted_patch.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/color.h"
#include "core/picture_geometry.h"
#include "warp/paint/frame_color.h"

namespace closet::removal {
namespace {

constexpr std::uint8_t kShadowMost = 64;  ///< alpha of the garment's contact shadow

/// What a frame's luma has finer than the grid.
class FineLuma {
  public:
    FineLuma(const occlusion::ShownPicture& frame, const GridView& view)
        : image_(frame.image),
          format_(*av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.image.format))),
          view_(view),
          grid_from_shown_(view.classes->classes_from_shown),
          shown_per_grid_(1 / grid_from_shown_(0, 0), 1 / grid_from_shown_(1, 1)) {
        const auto& luma = format_.comp[0];
        is_rgb_ = (format_.flags & AV_PIX_FMT_FLAG_RGB) != 0;
        is_known_ = frame.geometry.is_plain() && sdr_curve(image_) == nullptr &&
                    (luma.depth == 8 || (luma.depth <= 16 && !is_rgb_));
        const bool full = is_rgb_ || is_full_range(image_);
        black_ = full ? 0.0F : 16.0F;
        scale_ = full ? 1.0F : 255.0F / 219.0F;
    }
    bool is_known() const { return is_known_; }

    /// Levels at a place of the grid; 0 beyond the picture.
    float detail(cv::Point2d at) const {
        const cv::Matx23d& m = grid_from_shown_;  // without a turn
        const int x = cvRound((at.x - m(0, 2)) * shown_per_grid_.x);
        const int y = cvRound((at.y - m(1, 2)) * shown_per_grid_.y);
        const cv::Mat& colors = view_.colors();
        if (x < 0 || y < 0 || x >= image_.width || y >= image_.height) {
            return 0;
        }
        const cv::Point2d exact(m(0, 0) * x + m(0, 2), m(1, 1) * y + m(1, 2));
        const int i = cvFloor(exact.x), j = cvFloor(exact.y);
        if (i < 0 || j < 0 || i + 1 >= colors.cols || j + 1 >= colors.rows) {
            return 0;
        }
        const auto a = static_cast<float>(exact.x - i), b = static_cast<float>(exact.y - j);
        const auto* above = colors.ptr<cv::Vec3b>(j) + i;
        const auto* below = colors.ptr<cv::Vec3b>(j + 1) + i;
        const float smooth =
            (static_cast<float>(above[0][0]) * (1 - a) + static_cast<float>(above[1][0]) * a) *
                (1 - b) +
            (static_cast<float>(below[0][0]) * (1 - a) + static_cast<float>(below[1][0]) * a) * b;
        return luma_at(x, y) - smooth;
    }

  private:
    float sample(int component, int x, int y) const {
        const auto& part = format_.comp[component];
        const std::uint8_t* at = image_.data[part.plane] +
                                 static_cast<std::ptrdiff_t>(y) * image_.linesize[part.plane] +
                                 static_cast<std::ptrdiff_t>(x) * part.step + part.offset;
        if (part.depth == 8) {
            return *at;
        }
        std::uint16_t value = 0;
        std::memcpy(&value, at, sizeof value);
        return static_cast<float>(value >> part.shift) / static_cast<float>(1 << (part.depth - 8));
    }
    float luma_at(int x, int y) const {
        return is_rgb_
                   ? 0.299F * sample(0, x, y) + 0.587F * sample(1, x, y) + 0.114F * sample(2, x, y)
                   : (sample(0, x, y) - black_) * scale_;
    }

    const AVFrame& image_;
    const AVPixFmtDescriptor& format_;
    const GridView& view_;
    const cv::Matx23d& grid_from_shown_;
    const cv::Point2d shown_per_grid_;
    bool is_known_ = false, is_rgb_ = false;
    float black_ = 0, scale_ = 1;
};

/// Shown pixels within a patch at which a plane of the grid is not 0 in a part of it, and the plane
/// there.
cv::Rect on_patch(const GridView& view, const cv::Mat& plane, cv::Rect part, cv::Rect patch,
                  cv::Mat& shown) {
    const cv::Matx23d shown_from_grid = inverse(view.classes->classes_from_shown);
    const cv::Rect marked = cv::boundingRect(plane(part));
    if (marked.empty()) {
        return {};
    }
    const cv::Point2d low =
        apply(shown_from_grid, cv::Point2d(part.tl() + marked.tl()) - cv::Point2d(1, 1));
    const cv::Point2d high = apply(shown_from_grid, cv::Point2d(part.tl() + marked.br()));
    const cv::Rect where = cv::Rect(cv::Point(cvFloor(low.x), cvFloor(low.y)),
                                    cv::Point(cvCeil(high.x), cvCeil(high.y))) &
                           patch;
    if (!where.empty()) {
        cv::warpAffine(
            plane, shown,
            compose(view.classes->classes_from_shown, cv::Matx23d(1, 0, where.x, 0, 1, where.y)),
            where.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, 0);
    }
    return where;
}

}  // namespace

void restore(const GridView& view, cv::Rect part, const cv::Mat& restored, const UncutAlpha& uncut,
             Patch& garment) {
    cv::Mat share;
    const cv::Rect where = on_patch(view, restored, part, garment.where & uncut.where, share);
    for (int y = where.y; y < where.br().y; ++y) {
        auto* row = garment.rgba.ptr<cv::Vec4b>(y - garment.where.y) + (where.x - garment.where.x);
        const auto* whole = uncut.alpha.ptr(y - uncut.where.y) + (where.x - uncut.where.x);
        const auto* back = share.ptr(y - where.y);
        for (int x = 0; x < where.width; ++x) {
            const auto alpha = static_cast<std::uint8_t>(whole[x] * back[x] / 255);
            row[x][3] = std::max(row[x][3], alpha);
        }
    }
}

void lift_shadow(const GridView& view, cv::Rect part, const cv::Mat& ground, Patch& garment) {
    cv::Mat shown;
    const cv::Rect where = on_patch(view, ground, part, garment.where, shown);
    for (int y = 0; y < where.height; ++y) {
        auto* row = garment.rgba.ptr<cv::Vec4b>(where.y + y - garment.where.y) +
                    (where.x - garment.where.x);
        const auto* share = shown.ptr(y);
        for (int x = 0; x < where.width; ++x) {
            cv::Vec4b& pixel = row[x];
            if (share[x] != 0 && pixel[3] <= kShadowMost && (pixel[0] | pixel[1] | pixel[2]) == 0) {
                pixel[3] = static_cast<std::uint8_t>(pixel[3] * (255 - share[x]) / 255);
            }
        }
    }
}

Patch patch_of(const occlusion::ShownPicture& frame, const GridView& view, cv::Rect part,
               const cv::Mat& painted, const Sources& sources) {
    const cv::Matx23d grid_from_shown = view.classes->classes_from_shown;
    const cv::Matx23d shown_from_grid = inverse(grid_from_shown);
    cv::Mat alpha;
    cv::extractChannel(painted, alpha, 3);
    const cv::Rect used = cv::boundingRect(alpha);
    const cv::Point2d low =
        apply(shown_from_grid, cv::Point2d(part.tl() + used.tl()) - cv::Point2d(1.5, 1.5));
    const cv::Point2d high =
        apply(shown_from_grid, cv::Point2d(part.tl() + used.br()) + cv::Point2d(0.5, 0.5));
    Patch patch;
    patch.is_native = sdr_curve(frame.image) == nullptr;
    patch.where = occlusion::even_part(cv::Rect2d(low, high), frame.geometry.shown);
    if (patch.where.empty()) {
        return patch;
    }
    const cv::Matx23d part_from_grid(1, 0, -part.x, 0, 1, -part.y);
    const cv::Matx23d shown_from_patch(1, 0, patch.where.x, 0, 1, patch.where.y);
    cv::warpAffine(
        painted, patch.rgba, compose(part_from_grid, compose(grid_from_shown, shown_from_patch)),
        patch.where.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
    const cv::Matx33f to_rgb = occlusion::rgb_from_colors(frame.image);
    const FineLuma fine(frame, view);
    for (int y = 0; y < patch.rgba.rows; ++y) {
        auto* row = patch.rgba.ptr<cv::Vec4b>(y);
        for (int x = 0; x < patch.rgba.cols; ++x) {
            cv::Vec4b& pixel = row[x];
            if (pixel[3] == 0) {
                pixel = {0, 0, 0, 0};
                continue;
            }
            float luma = pixel[0];
            if (fine.is_known()) {
                const cv::Point2d at(
                    grid_from_shown(0, 0) * (patch.where.x + x) + grid_from_shown(0, 2),
                    grid_from_shown(1, 1) * (patch.where.y + y) + grid_from_shown(1, 2));
                const cv::Point near(std::clamp(cvRound(at.x) - part.x, 0, part.width - 1),
                                     std::clamp(cvRound(at.y) - part.y, 0, part.height - 1));
                const cv::Vec3s& source = sources(near);
                if (source[0] != 0 || source[1] != 0) {
                    const auto most = static_cast<float>(source[2]);
                    luma +=
                        std::clamp(fine.detail({at.x + source[0], at.y + source[1]}), -most, most);
                }
            }
            const cv::Vec3f rgb = to_rgb * cv::Vec3f(luma, static_cast<float>(pixel[1]) - 128,
                                                     static_cast<float>(pixel[2]) - 128);
            pixel = {to_level(rgb[0]), to_level(rgb[1]), to_level(rgb[2]), pixel[3]};
        }
    }
    return patch;
}

}  // namespace closet::removal
