#include "warp/occlusion/protect_face.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include <opencv2/core.hpp>

#include "warp/paint/kernel.h"
#include "warp/paint/pixel_row.h"

namespace closet {
namespace {

// Shapes in half face widths, found on photographs (`fr` of the mesh study's face ellipse).
constexpr double kFaceAcross = 1.0;
constexpr double kFaceAlong = 1.35;
constexpr double kFaceAbove = 0.25;     ///< from the nose up to the ellipse's center
constexpr double kThroatTop = 0.76;     ///< half width under the chin
constexpr double kThroatBottom = 0.62;  ///< half width at the pit of the neck
/// Half width of the soft edge, in half face widths; at least half a pixel.
constexpr double kSoft = 0.05;

/// How far above the shoulders' middle a nose is at least, in shoulder widths; upright it is 0.5 to
/// 0.7. Nearer ones were a network's guess at hidden or pixelated faces: they cut holes into
/// chests.
constexpr double kLeastNose = 0.3;

bool is_sunken(const Head& head, const Pose& pose) {
    const Keypoint& left = pose.at(Joint::kLeftShoulder);
    const Keypoint& right = pose.at(Joint::kRightShoulder);
    const double shoulders = std::hypot(left.x - right.x, left.y - right.y);
    // `up` leans with the head, so it must not be asked how high the head is.
    const cv::Point2d across(left.x - right.x, left.y - right.y);
    const cv::Point2d nose = head.nose - head.middle;
    return std::abs(across.cross(nose)) < kLeastNose * shoulders * shoulders;
}

/// Face and throat in single precision, with what is the same for all pixels worked out once.
class FaceAndThroat {
  public:
    FaceAndThroat(const Head& head, bool throat)
        : up_(head.up), nose_(head.nose), has_throat_(throat) {
        const auto r = static_cast<float>(head.half_width);
        const cv::Point2d end = head.pit + head.up * (kThroatBottom * head.half_width);
        center_ = nose_ + up_ * (static_cast<float>(kFaceAbove) * r);
        across_ = static_cast<float>(kFaceAcross) * r;
        along_ = static_cast<float>(kFaceAlong) * r;
        // The throat is a capsule whose radius shrinks; its round end touches the pit of the neck.
        axis_ = cv::Point2f(end - head.nose);
        const float squared = axis_.dot(axis_);
        per_length_ = squared > 0 ? 1.0F / squared : 0.0F;
        top_radius_ = static_cast<float>(kThroatTop) * r;
        shrinking_ = static_cast<float>(kThroatTop - kThroatBottom) * r;
    }

    bool has_throat() const { return has_throat_; }

    /// How far a point is outside, in pixels; negative inside.
    template <bool kThroat>
    CLOSET_INTO_KERNEL float distance_outside(float x, float y) const {
        const float right = x - center_.x, down = y - center_.y;
        const float along = (right * up_.x + down * up_.y) / along_;
        const float across = (right * up_.y - down * up_.x) / across_;
        const float face = (std::sqrt(along * along + across * across) - 1.0F) * across_;
        if constexpr (!kThroat) {
            return face;
        }
        const float from_x = x - nose_.x, from_y = y - nose_.y;
        const float way = (from_x * axis_.x + from_y * axis_.y) * per_length_;
        const float above = way > 0.0F ? way : 0.0F;
        const float t = above < 1.0F ? above : 1.0F;
        const float off_x = from_x - axis_.x * t, off_y = from_y - axis_.y * t;
        const float throat =
            std::sqrt(off_x * off_x + off_y * off_y) - (top_radius_ - shrinking_ * t);
        return throat < face ? throat : face;
    }

  private:
    cv::Point2f up_, nose_, center_, axis_;
    float across_, along_, per_length_, top_radius_, shrinking_;
    bool has_throat_;
};

/// Multiplies the alpha of `n` pixels from (x, y) on by what lies outside; `slope`: per pixel.
template <bool kThroat>
CLOSET_INTO_KERNEL void fade_inside(const FaceAndThroat& shape, int x, int y, float slope, int n,
                                    std::uint8_t* __restrict rgba) {
    const FaceAndThroat own = shape;
    for (int i = 0; i < n; ++i) {
        std::uint32_t pixel;
        std::memcpy(&pixel, rgba + 4 * i, sizeof pixel);
        const float outside =
            own.distance_outside<kThroat>(static_cast<float>(x + i), static_cast<float>(y));
        const float share = 0.5F + slope * outside;
        const float positive = share > 0.0F ? share : 0.0F;
        const float keep = positive < 1.0F ? positive : 1.0F;
        const auto alpha = static_cast<float>(static_cast<std::int32_t>(pixel >> 24));
        const auto kept =
            static_cast<std::uint32_t>(static_cast<std::int32_t>(alpha * keep + 0.5F));
        pixel = (pixel & 0xFFFFFF) | kept << 24;
        std::memcpy(rgba + 4 * i, &pixel, sizeof pixel);
    }
}

CLOSET_TARGET_CLONES
void fade_face(const FaceAndThroat& shape, int x, int y, float slope, int n, std::uint8_t* rgba) {
    if (shape.has_throat()) {
        fade_inside<true>(shape, x, y, slope, n, rgba);
    } else {
        fade_inside<false>(shape, x, y, slope, n, rgba);
    }
}

}  // namespace

void protect_face(Patch& patch, const Wearer& wearer, bool throat,
                  const occlusion::ClassFront* front) {
    if (front != nullptr) {
        front->cut_face(patch, throat);
    }
    const std::optional<Head>& head = wearer.head;
    if (!head || (!throat && is_sunken(*head, wearer.pose))) {
        return;
    }
    const FaceAndThroat shape(*head, throat);
    const double soft = std::max(kSoft * head->half_width, 0.5);
    const double around = (kFaceAlong + kFaceAbove) * head->half_width + soft + 1;
    const cv::Rect2d face(head->nose.x - around, head->nose.y - around, 2 * around, 2 * around);
    const cv::Rect2d pit(head->pit.x - around, head->pit.y - around, 2 * around, 2 * around);
    const cv::Rect2d box = (face | pit) & cv::Rect2d(patch.where);
    const float slope = static_cast<float>(0.5 / soft);
    for (int y = static_cast<int>(box.y); y < box.y + box.height; ++y) {
        const int begin = static_cast<int>(box.x);
        const int n = std::min(cvCeil(box.x + box.width), patch.where.br().x) - begin;
        std::uint8_t* row =
            patch.rgba.ptr(y - patch.where.y) + 4 * std::ptrdiff_t{begin - patch.where.x};
        const auto seen = pixel_row::visible(row, static_cast<std::size_t>(n));
        fade_face(shape, begin + static_cast<int>(seen.begin), y, slope,
                  static_cast<int>(seen.size()), row + 4 * seen.begin);
    }
}

}  // namespace closet
