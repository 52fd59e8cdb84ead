#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include "infer/pose_model.h"

namespace closet::test {

/// Where the person of the fake world is in one picture.
struct FakePerson {
    cv::Point2d center;      ///< middle of the hips, view pixels
    double side = 100;       ///< of the region that fits
    bool exchanged = false;  ///< the network takes left for right
    bool collapsed = false;  ///< the network gives the mean of both, from the exact region only
};

/// A picture that carries its number; the fake network reads it there.
inline cv::Mat numbered_picture(int number, cv::Size size = {640, 360}) {
    cv::Mat picture(size, CV_8UC3, cv::Scalar(0, 0, 0));
    picture.at<cv::Vec3b>(0, 0) = {static_cast<std::uint8_t>(number % 256),
                                   static_cast<std::uint8_t>(number / 256), 0};
    return picture;
}
inline int number_of(const cv::Mat& picture) {
    const auto pixel = picture.at<cv::Vec3b>(0, 0);
    return pixel[0] + 256 * pixel[1];
}

/// The 17 points of an upright figure.
inline std::vector<Keypoint> figure(const FakePerson& person) {
    // Shares of the side around the hips, left then right, as COCO orders them.
    const double x[] = {0,   .02,  -.02, .04,  -.04, .08,  -.08, .12, -.12,
                        .14, -.14, .05,  -.05, .05,  -.05, .05,  -.05};
    const double y[] = {-.33, -.34, -.34, -.33, -.33, -.24, -.24, -.12, -.12,
                        0,    0,    0,    0,    .18,  .18,  .36,  .36};
    std::vector<Keypoint> points;
    for (int i = 0; i < 17; ++i) {
        const double sign = person.exchanged ? -1.0 : 1.0;
        const double width = person.collapsed ? 0.1 : 1.0;
        points.push_back({static_cast<float>(person.center.x + sign * width * x[i] * person.side),
                          static_cast<float>(person.center.y + y[i] * person.side), 1.0F, 0.9F});
    }
    return points;
}

/// A pose network over numbered pictures: sees a person whose center lies in the region's inner
/// half, anywhere else nobody. Counts what it is asked.
class FakePoseModel : public PoseModel {
  public:
    using World = std::function<std::optional<FakePerson>(int picture)>;
    explicit FakePoseModel(World world) : world_(std::move(world)) {}

    Skeleton skeleton() const override { return Skeleton::kCoco17; }
    float least_presence() const override { return 0.5F; }

    Region region_of_box(const Box& box, cv::Size) const override {
        return {.center = {box.x + box.width / 2.0, box.y + box.height / 2.0},
                .side = std::max(box.width, box.height),
                .rotation = 0};
    }

    std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures) override {
        std::vector<std::vector<Region>> result;
        if (!pictures.empty() && pictures.front().isSubmatrix()) {  // tiles carry no number
            tiles += static_cast<int>(pictures.size());
            result.resize(pictures.size());
            return result;
        }
        ++find_calls;
        for (const cv::Mat& picture : pictures) {
            ++found;
            const auto person = world_(number_of(picture));
            result.emplace_back();
            if (person && detects && number_of(picture) >= detected_from) {
                // A detector is not exact.
                result.back().push_back({.center = person->center + cv::Point2d(2, 1),
                                         .side = person->side * 1.02,
                                         .rotation = 0});
            }
        }
        return result;
    }

    std::vector<std::vector<Region>> find_bodies(std::span<const cv::Mat> pictures) override {
        if (!detects_bodies) {
            return PoseModel::find_bodies(pictures);
        }
        const bool by_head = std::exchange(detects, true);
        auto result = find(pictures);
        detects = by_head;
        return result;
    }

    std::vector<PoseEstimate> estimate(std::span<const PoseInput> inputs) override {
        ++read_calls;
        std::vector<PoseEstimate> result;
        for (const PoseInput& input : inputs) {
            ++readings;
            regions.push_back(input.region);
            auto person = world_(number_of(*input.picture));
            PoseEstimate estimate;
            estimate.presence = 0.05F;
            if (person && cv::norm(person->center - input.region.center) < input.region.side / 4) {
                estimate.presence = 0.97F;
            } else {
                person = FakePerson{.center = input.region.center, .side = input.region.side};
            }
            const bool varied =
                std::abs(input.region.rotation) > 0.05 || input.region.side > 1.05 * person->side;
            person->collapsed = person->collapsed && !varied;
            estimate.keypoints = figure(*person);
            if (sinks_head(input.region)) {
                for (std::size_t i = 0; i < 5; ++i) {
                    estimate.keypoints[i].y += static_cast<float>(0.2 * person->side);
                }
            }
            estimate.region = {.center = person->center, .side = person->side, .rotation = 0};
            estimate.mask_left_out = !wants_mask(input, estimate.region);
            if (!estimate.mask_left_out) {
                estimate.mask = cv::Mat(8, 8, CV_8UC1, cv::Scalar(200));
                estimate.mask_from_view = crop_from_view(input.region, 8);
                ++masks;
            }
            result.push_back(estimate);
        }
        return result;
    }

    bool detects = true, detects_bodies = false;
    int detected_from = 0;  ///< picture; before, neither sees anybody
    /// Whether the network puts the face into the trunk when it looks there.
    std::function<bool(const Region&)> sinks_head = [](const Region&) { return false; };
    int find_calls = 0, found = 0, tiles = 0, read_calls = 0, readings = 0, masks = 0;
    std::vector<Region> regions;

  private:
    World world_;
};

}  // namespace closet::test
