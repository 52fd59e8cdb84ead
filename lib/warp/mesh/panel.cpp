#include "warp/mesh/panel.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core/cvdef.h>

#include "core/curve.h"
#include "warp/mesh/curve.h"

namespace closet::mesh {
namespace {

/// Sines of the turn between which Note [Panels] takes over from Note [Turned rows].
constexpr double kPanelFrom = 0.6, kPanelTo = 0.88;
/// Certainties between which a direction that was decided over time is believed.
constexpr double kBelievedFrom = 0.2, kBelievedTo = 0.5;
constexpr double kStep = 0.45;  ///< what is decided is off by so much at most, radians
constexpr double kDepth = 0.7;  ///< of a torso over its width
constexpr double kThroat = 0.6, kNape = 0.5;  ///< Panel::neck
/// The lower panel goes on below the upper one beyond the seam, half widths.
constexpr double kSewn = 0.3;
constexpr double kLeastBeyond = 0.8;  ///< what lies beyond the seams is seen so far at least
constexpr double kLeastStep = 1e-4;   ///< what is turned away keeps its order

/// Which way the shoulders face, near what was decided; radians, as Facing::yaw.
double yaw_of(const Pose& pose, const BodyFrame& body) {
    const Keypoint& left = pose.at(Joint::kLeftShoulder);
    const Keypoint& right = pose.at(Joint::kRightShoulder);
    const double yaw = pose.facing.yaw, depth = depth_from(right, left);
    if (depth == 0) {
        return yaw;
    }
    const cv::Point2d picture_right(body.down.y, -body.down.x);
    const double across = cv::Point2d(left.x - right.x, left.y - right.y).dot(picture_right);
    const double off = std::remainder(std::atan2(depth, across) - yaw, 2 * CV_PI);
    return yaw + std::clamp(off, -kStep, kStep);
}

}  // namespace

Panel panel_of(const Pose& pose, const BodyFrame& body, bool is_back) {
    const Facing& facing = pose.facing;
    const double yaw = yaw_of(pose, body), sine = std::sin(yaw), cosine = std::cos(yaw);
    const double way = is_back ? -1 : 1;
    return {std::atan2(way * kDepth * sine, way * cosine), std::hypot(cosine, kDepth * sine),
            smoothstep(kBelievedFrom, kBelievedTo, facing.certainty) *
                smoothstep(kPanelFrom, kPanelTo, std::abs(sine)),
            way * cosine < 0, is_back ? kNape : kThroat};
}

PanelRow::PanelRow(const Panel& panel, double depth, double far, double neck) {
    const double sine = std::sin(panel.angle), cosine = std::cos(panel.angle);
    const double way = sine < 0 ? -1 : 1;  // the near seam is on the left of the panel: 1
    double last = 0;
    for (std::size_t i = 0; i < kSamples; ++i) {
        // From the near seam to the far one.
        const double angle = CV_PI * (static_cast<double>(i) / (kSamples - 1) - 0.5);
        const double u = std::sin(angle);
        const double hole = u / std::max(neck, 1e-3);
        const double beyond = mix(depth, std::max(depth, far), smoothstep(-0.4, 0.4, u));
        const double z = beyond * std::cos(angle) +
                         (1 - depth) * panel.neck * std::sqrt(std::max(1 - hole * hole, 0.0));
        double place = u * cosine + z * std::abs(sine);
        if (panel.below) {
            place -= kSewn * std::max(-u, 0.0) * std::max(-u, 0.0);
        }
        last = i == 0 ? place : std::max(place, last + kLeastStep);
        const std::size_t k = way > 0 ? i : kSamples - 1 - i;
        places_[k] = way * last;
        behind_[k] = way * place;
    }
    far_ = way > 0 ? 1 : -1;
    beyond_ = std::max(std::abs(cosine), kLeastBeyond);
}

double PanelRow::at(double across) const {
    return look_up(places_, std::clamp(across, far_ > 0 ? across : -1.0, far_ > 0 ? 1.0 : across));
}

double PanelRow::behind(double across) const {
    return look_up(behind_, across);
}

void PanelRow::widen(double times) {
    for (std::size_t k = 0; k < kSamples; ++k) {
        places_[k] *= places_[k] * far_ > 0 ? times : 1;
        behind_[k] *= behind_[k] * far_ > 0 ? times : 1;
    }
}

double PanelRow::look_up(const std::array<double, kSamples>& places, double across) const {
    const double inside = std::clamp(across, -1.0, 1.0);
    const double position = (std::asin(inside) / CV_PI + 0.5) * (kSamples - 1);
    return mesh::look_up<double>(places, position) + (across - inside) * beyond_;
}

}  // namespace closet::mesh
