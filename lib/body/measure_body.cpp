#include "body/measure_body.h"

#include <algorithm>

#include "body/mask_rays.h"
#include "body/measuring.h"
#include "core/body_frame.h"

namespace closet {
namespace {

BodyShape measure_all(const body::Measuring& measuring) {
    BodyShape shape;
    for (const Side side : kSides) {
        const auto s = static_cast<std::size_t>(side);
        for (std::size_t i = 0; i < BodyShape::kRows; ++i) {
            shape.half_width[s][i] = measuring.row(side, BodyShape::row_level(i));
        }
        for (std::size_t i = 0; i < BodyShape::kArmRows; ++i) {
            const double t = BodyShape::arm_parameter(i);
            shape.arm[s].outer[i] = measuring.arm(side, t, 1);
            shape.arm[s].inner[i] = measuring.arm(side, t, -1);
        }
    }
    shape.top = measuring.tops();
    return shape;
}

bool knows_anything(const BodyShape& shape) {
    const auto any = [](const auto& measures) {
        return std::any_of(measures.begin(), measures.end(),
                           [](const Measure& one) { return one.certainty > 0; });
    };
    return any(shape.top) || std::any_of(kSides.begin(), kSides.end(), [&](Side side) {
               const auto s = static_cast<std::size_t>(side);
               return any(shape.half_width[s]) || any(shape.arm[s].outer) ||
                      any(shape.arm[s].inner);
           });
}

}  // namespace

std::optional<BodyShape> measure_body(const Pose& pose, const MeasureOptions& options) {
    if (!pose.mask || pose.keypoints.size() != keypoint_count(pose.skeleton)) {
        return std::nullopt;
    }
    const auto rays = MaskRays::over(*pose.mask, options.frame);
    const auto frame = body_frame(pose, options.min_score);
    if (!rays || !frame || !(rays->mask_length(frame->down * frame->unit) >= kLeastMaskPixels)) {
        return std::nullopt;
    }
    const BodyShape shape = measure_all(body::Measuring(pose, *frame, *rays, options.min_score));
    return knows_anything(shape) ? std::optional(shape) : std::nullopt;
}

}  // namespace closet
