#include "infer/track/picture_motion.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/curve.h"

namespace closet {
namespace {

constexpr int kBlockSide = 4;  ///< view pixels along each side
/// Levels by which a block's mean has changed, in any channel: below the first that is noise (of 3
/// levels on each channel of the frame 1), from the second on something has moved.
constexpr double kNoiseLevels = 3, kMovedLevels = 8;
constexpr float kFollowView = 0.15F;  ///< of a view, where all stands still: light changes
/// Around a keypoint so much is looked at, trunk lengths; there must be such a difference, levels.
constexpr double kLookedAround = 0.12;
constexpr float kStructure = 20;
constexpr std::size_t kMostKept = 64;

}  // namespace

void PictureMotion::look_at(const cv::Mat& view, bool starts_scene) {
    const cv::Size size(std::max(1, view.cols / kBlockSide), std::max(1, view.rows / kBlockSide));
    cv::Mat blocks, now;
    cv::resize(view, blocks, size, 0, 0, cv::INTER_AREA);
    blocks.convertTo(now, CV_32F);
    if (starts_scene || known_.size() != size) {
        known_ = now;
        moved_ = cv::Mat(size, CV_32FC1, cv::Scalar(1));
        last_.clear();
        return;
    }
    for (int y = 0; y < size.height; ++y) {
        const auto* is = now.ptr<cv::Vec3f>(y);
        auto* was = known_.ptr<cv::Vec3f>(y);
        auto* moved = moved_.ptr<float>(y);
        for (int x = 0; x < size.width; ++x) {
            const cv::Vec3f off = is[x] - was[x];
            const float most = std::max({std::abs(off[0]), std::abs(off[1]), std::abs(off[2])});
            moved[x] = static_cast<float>(smoothstep(kNoiseLevels, kMovedLevels, double{most}));
            was[x] += off * std::max(moved[x], kFollowView);
        }
    }
}

std::vector<float> PictureMotion::moved(int person_id, const std::vector<Keypoint>& points,
                                        Skeleton skeleton) {
    std::vector<float> result(points.size(), 1.0F);
    if (last_.size() >= kMostKept && !last_.contains(person_id)) {
        last_.clear();
    }
    const std::vector<Keypoint> before = std::exchange(last_[person_id], points);
    if (before.size() != points.size()) {
        return result;
    }
    Pose body;
    body.skeleton = skeleton;
    body.keypoints = points;
    const double reach = kLookedAround * static_cast<double>(torso_length(body)) / kBlockSide;
    for (std::size_t i = 0; i < points.size(); ++i) {
        float most = 0;
        cv::Vec3f low = cv::Vec3f::all(255), high = cv::Vec3f::all(0);
        for (const Keypoint& point : {points[i], before[i]}) {
            const cv::Point2d at((double{point.x} + 0.5) / kBlockSide - 0.5,
                                 (double{point.y} + 0.5) / kBlockSide - 0.5);
            const cv::Rect2d near(at.x - reach, at.y - reach, 2 * reach + 1, 2 * reach + 1);
            const cv::Rect2d part = near & cv::Rect2d({}, cv::Size2d(moved_.size()));
            if (!std::isfinite(at.x + at.y + reach) || part.empty()) {
                continue;
            }
            const int right = cvFloor(part.br().x), bottom = cvFloor(part.br().y);
            for (int y = cvFloor(part.y); y < bottom; ++y) {
                for (int x = cvFloor(part.x); x < right; ++x) {
                    most = std::max(most, moved_.at<float>(y, x));
                    const auto& color = known_.at<cv::Vec3f>(y, x);
                    for (int c = 0; c < 3; ++c) {
                        low[c] = std::min(low[c], color[c]);
                        high[c] = std::max(high[c], color[c]);
                    }
                }
            }
        }
        const cv::Vec3f range = high - low;
        result[i] = std::max({range[0], range[1], range[2]}) < kStructure ? 1.0F : most;
    }
    return result;
}

}  // namespace closet
