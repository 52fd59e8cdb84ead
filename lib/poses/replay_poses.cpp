#include "poses/replay_poses.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/picture_geometry.h"

namespace closet {
namespace {

/// From stored pixels to shown ones.
void move_to_shown(Pose& pose, const PictureGeometry& geometry) {
    for (Keypoint& point : pose.keypoints) {
        const cv::Point2f place = apply(geometry.shown_from_stored, {point.x, point.y});
        point.x = place.x;
        point.y = place.y;
    }
    const Box& box = pose.box;
    const cv::Point2f a = apply(geometry.shown_from_stored, {box.x, box.y});
    const cv::Point2f b =
        apply(geometry.shown_from_stored, {box.x + box.width, box.y + box.height});
    pose.box = {std::min(a.x, b.x), std::min(a.y, b.y), std::abs(a.x - b.x), std::abs(a.y - b.y)};
    if (pose.mask) {
        pose.mask = std::make_shared<const PersonMask>(
            PersonMask{pose.mask->probability,
                       compose(pose.mask->mask_from_shown, geometry.stored_from_shown)});
    }
    if (pose.labels) {
        auto moved = std::make_shared<PersonLabels>(*pose.labels);
        moved->labels_from_shown = compose(moved->labels_from_shown, geometry.stored_from_shown);
        pose.labels = std::move(moved);
    }
}

}  // namespace

void PickPoses::keep_chosen(const Frame& frame, std::vector<Pose>& poses) {
    switch (rule_.kind) {
        case PersonRule::Kind::kAll:
            return;
        case PersonRule::Kind::kId:
            chosen_ = rule_.id;
            break;
        default:
            choose(frame, poses);
    }
    std::erase_if(poses, [this](const Pose& pose) { return pose.person_id != chosen_; });
}

void PickPoses::choose(const Frame& frame, const std::vector<Pose>& poses) {
    now_ = next_instant(now_, frame.seconds());
    if (frame.scene_start) {
        tracks_.cut(now_);
        track_.reset();
        chosen_.reset();
    }
    // Who is on a key frame without having been measured there was overlooked.
    std::vector<Pose> measured;
    std::copy_if(poses.begin(), poses.end(), std::back_inserter(measured),
                 [](const Pose& pose) { return pose.origin == PoseOrigin::kMeasured; });
    if (!measured.empty()) {
        tracks_.add(now_, std::move(measured));
        const auto picked = picker_.pick(tracks_, geometry_of(frame).shown);
        if (picked != track_) {
            track_ = picked;
            // The file's ids are the numbers that these tracks go by.
            const Track* track = picked ? tracks_.find(*picked) : nullptr;
            chosen_ = track != nullptr ? std::optional(track->number()) : std::nullopt;
        }
    }
    tracks_.forget_before({now_.frame + 1, now_.seconds});
}

ReplayPoses::ReplayPoses(PoseReader reader, std::string clip, const std::string& clip_sha256,
                         const PersonRule& person)
    : reader_(std::move(reader)), clip_(std::move(clip)) {
    const std::string& made_from = reader_.info().clip_sha256;
    if (!made_from.empty() && !clip_sha256.empty() && made_from != clip_sha256) {
        throw Error(
            fmt::format("the poses in {} were made from another clip than {} (sha256 {} against "
                        "{}); run without {} to measure them again",
                        reader_.path().string(), clip_, made_from, clip_sha256, flags::kPoses));
    }
    const auto& settings = reader_.info().settings;
    const auto chosen_by = settings.find(kPersonSetting);
    if (person.kind != PersonRule::Kind::kAll &&
        (chosen_by == settings.end() || chosen_by->second != to_string(person))) {
        pick_.emplace(person);
    }
}

void ReplayPoses::process(Frame frame, const Emit<PosedFrame>& emit) {
    const PoseFileInfo& info = reader_.info();
    const std::string file = reader_.path().string();
    if (frame.width() != info.width || frame.height() != info.height) {
        throw Error(fmt::format("the poses in {} are for frames of {}x{}, but {} has {}x{}", file,
                                info.width, info.height, clip_, frame.width(), frame.height()));
    }
    auto poses = next_line(frame);
    if (!poses) {
        throw Error(fmt::format(
            "the poses in {} end before frame {} of {}; run without {} to measure them again", file,
            frame.index, clip_, flags::kPoses));
    }
    if (poses->index != frame.index || poses->pts != frame.pts ||
        av_cmp_q(info.time_base, frame.time_base) != 0) {
        throw Error(fmt::format(
            "the poses in {} do not fit {}: the file has frame {} at {} x {}/{} s where the clip "
            "has frame {} at {} x {}/{} s; use the clip and the range of it that they were made "
            "with",
            file, clip_, poses->index, poses->pts, info.time_base.num, info.time_base.den,
            frame.index, frame.pts, frame.time_base.num, frame.time_base.den));
    }
    frame.scene_start = frame.scene_start || poses->scene_start;
    frame.unit_start = frame.unit_start || units_.begins(frame);
    if (const PictureGeometry geometry = geometry_of(frame);
        info.in_stored_pixels && !geometry.is_plain()) {
        for (Pose& pose : poses->poses) {
            move_to_shown(pose, geometry);
        }
    }
    if (pick_) {
        pick_->keep_chosen(frame, poses->poses);
    }
    emit({std::move(frame), std::move(poses->poses)});
}

std::optional<PoseReader::FramePoses> ReplayPoses::next_line(const Frame& frame) {
    auto poses = reader_.next();
    while (begins_late_ && poses && poses->index < frame.index) {
        Frame passed = share_picture(frame);
        passed.pts = poses->pts;
        passed.scene_start = poses->scene_start;
        units_.begins(passed);
        if (pick_) {
            pick_->keep_chosen(passed, poses->poses);
        }
        poses = reader_.next();
    }
    begins_late_ = false;
    return poses;
}

void ReplayPoses::flush(const Emit<PosedFrame>&) {}

}  // namespace closet
