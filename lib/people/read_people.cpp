#include "people/read_people.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "core/picture_geometry.h"
#include "infer/faces/wanted_person.h"

namespace closet {
namespace {

/// Seconds from look to look at a face: at first, then. What a look tells is not waited for.
constexpr double kLookFewS = 0.25, kLookS = 0.7;
constexpr std::size_t kFewLooks = 8;
/// Around a head's square, of its side: faces are aligned by pixels beyond it.
constexpr double kHeadMargin = 0.5;
constexpr double kGlimpseS = 0.5;

/// Not seen for longer than that, or from or into a crossing: another tracklet begins, since it may
/// be somebody else under the same number.
constexpr double kLongestBreakS = 0.5;
constexpr double kCrossingShare = 0.15;

/// Of the picture of somebody: the upper half of the body, with the head above the keypoints.
constexpr double kGlimpseHeight = 0.55, kGlimpseAbove = 0.12, kGlimpseAspect = 0.75;
constexpr int kGlimpseHeightPx = 144;

/// Every second one.
template <class T>
void thin_out(std::vector<T>& all) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < all.size(); i += 2) {
        all[kept++] = std::move(all[i]);
    }
    all.resize(kept);
}

}  // namespace

void ReadPeople::consume(Frame frame) {
    batch_.process(std::move(frame), [&](const FrameBatch& batch) {
        read(batch);
        return true;
    });
}

void ReadPeople::finish() {
    batch_.flush([&](const FrameBatch& batch) {
        read(batch);
        return true;
    });
}

std::vector<ClipTracklet> ReadPeople::take_tracklets(std::vector<EmbedFaces::Found> found) {
    for (EmbedFaces::Found& one : found) {
        std::vector<Embedding>& faces = tracklets_.at(one.tracklet).faces;
        faces.push_back(std::move(one.embedding));
        if (faces.size() > kMostFaces) {
            thin_out(faces);
        }
    }
    return std::move(tracklets_);
}

void ReadPeople::read(const FrameBatch& batch) {
    std::vector<StreamView> views;
    std::vector<bool> starts_scene;
    std::size_t next = 0;
    for (const FrameBatch::Key& key : batch.keys) {
        const auto frame_at = [&](std::size_t i) {
            return batch.frames.begin() + static_cast<std::ptrdiff_t>(i);
        };
        const bool cut = std::any_of(frame_at(next), frame_at(key.frame + 1),
                                     [](const Frame& each) { return each.scene_start; });
        views.push_back({.view = &key.view,
                         .time_s = batch.frames.at(key.frame).seconds(),
                         .scene_start = cut});
        starts_scene.push_back(cut);
        next = key.frame + 1;
    }
    const std::vector<std::vector<Pose>> poses = infer_.follow(views);
    for (std::size_t i = 0; i < poses.size(); ++i) {
        if (starts_scene[i] && !tracklets_.empty()) {
            open_.clear();
            ++scene_;
        }
        take(batch, batch.keys[i], poses[i]);
    }
    frames_ += static_cast<std::int64_t>(batch.frames.size());
}

void ReadPeople::take(const FrameBatch& batch, const FrameBatch::Key& key,
                      const std::vector<Pose>& poses) {
    const Frame& frame = batch.frames.at(key.frame);
    picture_ = geometry_of(frame).shown;
    for (const Pose& pose : poses) {
        const Sighting sighting{frame.index, frame.seconds(), pose.box};
        const bool crosses = std::any_of(poses.begin(), poses.end(), [&](const Pose& other) {
            return other.person_id != pose.person_id &&
                   share_covered(pose.box, other.box) > kCrossingShare;
        });
        Open& person = open(pose, sighting, crosses);
        glimpse(person, sighting, key.view);
        look(person, pose, sighting, key.view);
    }
}

void ReadPeople::look(Open& person, const Pose& pose, const Sighting& sighting, const View& view) {
    const auto square = sighting.time_s >= person.next_look_s
                            ? head_square(pose.keypoints, pose.skeleton)
                            : std::nullopt;
    if (!square) {
        return;
    }
    const cv::Matx23d view_from_shown = inverse(view.shown_from_view);
    const cv::Point2d corner = apply(view_from_shown, square->tl());
    const cv::Point2d other = apply(view_from_shown, square->br());
    const double side = std::max(1.0, other.x - corner.x);
    const double margin = kHeadMargin * side;
    const cv::Point from(cvFloor(corner.x - margin), cvFloor(corner.y - margin));
    const cv::Point to(cvCeil(corner.x + side + margin), cvCeil(corner.y + side + margin));
    const cv::Rect part = cv::Rect(from, to) & cv::Rect({}, view.rgb.size());
    person.next_look_s = sighting.time_s + (++person.looks < kFewLooks ? kLookFewS : kLookS);
    if (!part.empty()) {
        faces_.push({.tracklet = person.tracklet,
                     .picture = view.rgb(part).clone(),
                     .square = {corner.x - part.x, corner.y - part.y, side, side}});
    }
}

/// The person's tracklet, a new one where that begins, with the sighting in it.
ReadPeople::Open& ReadPeople::open(const Pose& pose, const Sighting& sighting, bool crosses) {
    const auto found = open_.find(pose.person_id);
    const bool known = found != open_.end();
    const bool goes_on =
        known && found->second.crosses == crosses &&
        sighting.time_s - tracklets_[found->second.tracklet].end_s() <= kLongestBreakS;
    Open& person = open_[pose.person_id];
    if (!goes_on) {
        ClipTracklet& begun = tracklets_.emplace_back();
        begun.person_id = pose.person_id;
        begun.scene = scene_;
        begun.continues = known ? person.tracklet : ClipTracklet::kNone;
        person.tracklet = tracklets_.size() - 1;
        person.looks = 0;
        person.next_look_s = sighting.time_s;
        person.next_glimpse_s = sighting.time_s;
    }
    person.crosses = crosses;
    tracklets_[person.tracklet].sightings.push_back(sighting);
    return person;
}

void ReadPeople::glimpse(Open& person, const Sighting& sighting, const View& view) {
    if (sighting.time_s < person.next_glimpse_s) {
        return;
    }
    person.next_glimpse_s = sighting.time_s + kGlimpseS;
    const Box& box = sighting.box;
    const double height = kGlimpseHeight * box.height;
    const double width = std::max(kGlimpseAspect * height, 1.0);
    const cv::Matx23d view_from_shown = inverse(view.shown_from_view);
    const cv::Point2d corner = closet::apply(
        view_from_shown, {box.x + box.width / 2 - width / 2, box.y - kGlimpseAbove * box.height});
    const double scale = kGlimpseHeightPx / std::max(1.0, height * view_from_shown(1, 1));
    const cv::Matx23d to_glimpse{scale, 0, -corner.x * scale, 0, scale, -corner.y * scale};
    cv::Mat small;
    cv::warpAffine(view.rgb, small, to_glimpse,
                   {static_cast<int>(kGlimpseAspect * kGlimpseHeightPx), kGlimpseHeightPx},
                   scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR, cv::BORDER_CONSTANT,
                   cv::Scalar::all(40));
    std::vector<Glimpse>& glimpses = tracklets_[person.tracklet].glimpses;
    glimpses.push_back({sighting.time_s, small});
    if (glimpses.size() > kMostGlimpses) {
        thin_out(glimpses);
    }
}

}  // namespace closet
