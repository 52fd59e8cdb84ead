#include "warp/occlusion/protect_face.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include <opencv2/core.hpp>

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

    /// How far p is outside, in pixels; negative inside.
    float distance_outside(cv::Point2f p) const {
        const cv::Point2f from_center = p - center_;
        const float along = from_center.dot(up_) / along_;
        const float across = (from_center.x * up_.y - from_center.y * up_.x) / across_;
        const float face = (std::sqrt(along * along + across * across) - 1.0F) * across_;
        if (!has_throat_) {
            return face;
        }
        const cv::Point2f from_nose = p - nose_;
        const float t = std::clamp(from_nose.dot(axis_) * per_length_, 0.0F, 1.0F);
        const cv::Point2f off = from_nose - axis_ * t;
        const float throat = std::sqrt(off.dot(off)) - (top_radius_ - shrinking_ * t);
        return std::min(face, throat);
    }

  private:
    cv::Point2f up_, nose_, center_, axis_;
    float across_, along_, per_length_, top_radius_, shrinking_;
    bool has_throat_;
};

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
        auto* row = patch.rgba.ptr<cv::Vec4b>(y - patch.where.y);
        for (int x = static_cast<int>(box.x); x < box.x + box.width; ++x) {
            std::uint8_t& alpha = row[x - patch.where.x][3];
            if (alpha == 0) {
                continue;
            }
            const float outside =
                shape.distance_outside({static_cast<float>(x), static_cast<float>(y)});
            const float keep = std::clamp(0.5F + slope * outside, 0.0F, 1.0F);
            alpha = static_cast<std::uint8_t>(static_cast<float>(alpha) * keep + 0.5F);
        }
    }
}

}  // namespace closet
