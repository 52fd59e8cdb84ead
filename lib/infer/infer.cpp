#include "infer/infer.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "infer/device.h"
#include "infer/pose_models.h"

namespace closet {
namespace {

constexpr int kMostStreams = 32;  // LibTorch's pool of streams per priority

/// From view pixels to frame pixels. Depth scales with the picture.
Keypoint to_frame(const Keypoint& point, const cv::Matx23d& frame_from_view) {
    const cv::Vec2d place = frame_from_view * cv::Vec3d(point.x, point.y, 1.0);
    const double scale =
        std::sqrt(std::abs(cv::determinant(frame_from_view.get_minor<2, 2>(0, 0))));
    return {static_cast<float>(place[0]), static_cast<float>(place[1]),
            static_cast<float>(point.z * scale), point.score};
}

cv::Matx23d inverse(const cv::Matx23d& affine) {
    const cv::Matx22d linear = affine.get_minor<2, 2>(0, 0).inv();
    const cv::Vec2d shift = linear * cv::Vec2d(affine(0, 2), affine(1, 2));
    return {linear(0, 0), linear(0, 1), -shift[0], linear(1, 0), linear(1, 1), -shift[1]};
}

cv::Matx23d compose(const cv::Matx23d& outer, const cv::Matx23d& inner) {
    cv::Matx33d full = cv::Matx33d::eye();
    for (int row = 0; row < 2; ++row) {
        for (int column = 0; column < 3; ++column) {
            full(row, column) = inner(row, column);
        }
    }
    return outer * full;
}

/// True when a cut lies after frame `before` (exclusive) and not after frame `key`.
bool cut_between(const FrameBatch& batch, std::size_t before, std::size_t key) {
    const auto frame = [&](std::size_t i) {
        return batch.frames.begin() + static_cast<std::ptrdiff_t>(i);
    };
    return std::any_of(frame(before), frame(key + 1),
                       [](const Frame& each) { return each.scene_start; });
}

}  // namespace

void validate(const InferOptions& options) {
    choose_precision(options.precision, choose_device(options.device));
    if (options.streams < 1 || options.streams > kMostStreams) {
        throw ConfigError(
            fmt::format("--streams {} is not between 1 and {}", options.streams, kMostStreams));
    }
    if (options.min_presence && !(*options.min_presence >= 0.0F && *options.min_presence <= 1.0F)) {
        throw ConfigError(
            fmt::format("a least presence of {} is not between 0 and 1", *options.min_presence));
    }
    known_pose_model(options.model);
}

Infer::Infer(const InferOptions& options, WorkerPool& workers)
    : Infer((validate(options), make_pose_model(options, workers)), options) {}

Infer::Infer(std::shared_ptr<PoseModel> model, const InferOptions& options)
    : model_(std::move(model)),
      tracker_(*model_, options.min_presence.value_or(model_->least_presence())),
      sides_(model_->skeleton()) {}

void Infer::process(FrameBatch batch, const Emit<PosedBatch>& emit) {
    std::vector<TimedView> views;
    std::size_t next = 0;  // first frame after the key frame before
    for (const FrameBatch::Key& key : batch.keys) {
        views.push_back({.picture = &key.view.rgb,
                         .time_s = batch.frames.at(key.frame).seconds(),
                         .scene_start = cut_between(batch, next, key.frame)});
        next = key.frame + 1;
    }
    std::vector<std::optional<Tracked>> people = tracker_.follow(views);
    PosedBatch posed;
    for (std::size_t i = 0; i < people.size(); ++i) {
        PosedBatch::Key key{.frame = batch.keys[i].frame, .poses = {}};
        if (people[i]) {
            key.poses.push_back(make_pose(std::move(*people[i]), views[i].time_s,
                                          batch.keys[i].view.frame_from_view));
        }
        posed.keys.push_back(std::move(key));
    }
    posed.frames = std::move(batch.frames);
    emit(std::move(posed));
}

Pose Infer::make_pose(Tracked tracked, double time_s, const cv::Matx23d& frame_from_view) {
    if (tracked.person_id != person_id_) {
        person_id_ = tracked.person_id;
        sides_.reset();
    }
    Sighting& sighting = tracked.sighting;
    sides_.align(sighting.keypoints, time_s);
    Pose pose;
    pose.skeleton = model_->skeleton();
    pose.score = sighting.presence;
    pose.person_id = tracked.person_id;
    pose.origin = PoseOrigin::kMeasured;
    for (const Keypoint& point : sighting.keypoints) {
        pose.keypoints.push_back(to_frame(point, frame_from_view));
    }
    pose.box = enclosing_box(pose.keypoints);
    if (!sighting.mask.empty()) {
        pose.mask = std::make_shared<const PersonMask>(
            PersonMask{sighting.mask, compose(sighting.mask_from_view, inverse(frame_from_view))});
    }
    return pose;
}

}  // namespace closet
