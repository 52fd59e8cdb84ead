#include "interpolate/tracks.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>

#include "interpolate/trunk.h"

namespace closet {
namespace {

/// Keypoints below this score say little about where the person is.
constexpr float kSeen = 0.3F;

/// A pose is somebody else when it is further than this from the expected one, in trunk lengths:
/// bending and turning between two key frames, ...
constexpr double kGate = 0.6;
/// ... and what the velocity does not explain, in trunk lengths a second: a sprint from rest (6
/// m/s, trunks are half a metre) reaches about half of its speed in the first step.
constexpr double kGateSpeed = 6.0;

/// Nobody grows or shrinks by more than this between two key frames.
constexpr double kLargestGrowth = 2.0;

/// Numbers in memory, in scenes without end; inference counts up, so the smallest is the oldest.
constexpr std::size_t kMostNumbers = 1024;

/// Far outside of any picture, and still exact to 1/16 pixel in a float.
constexpr float kLargestCoordinate = 1e6F;

bool is_usable(const Pose& pose) {
    const Box& box = pose.box;
    // Comparisons are false for NaN.
    return pose.keypoints.size() == keypoint_count(pose.skeleton) && pose.score >= 0 &&
           pose.score <= 1 && std::isfinite(box.x + box.y + box.width + box.height) &&
           std::all_of(pose.keypoints.begin(), pose.keypoints.end(), [](const Keypoint& point) {
               return std::abs(point.x) <= kLargestCoordinate &&
                      std::abs(point.y) <= kLargestCoordinate &&
                      std::abs(point.z) <= kLargestCoordinate && point.score >= 0 &&
                      point.score <= 1;
           });
}

/// Mean distance between the keypoints that both see, of all keypoints where they share none.
double mean_distance(const Pose& a, const Pose& b, const cv::Point2f& shift) {
    double seen_sum = 0, sum = 0;
    int seen = 0;
    for (std::size_t i = 0; i < a.keypoints.size(); ++i) {
        const Keypoint& p = a.keypoints[i];
        const Keypoint& q = b.keypoints[i];
        const double distance = std::hypot(p.x + shift.x - q.x, p.y + shift.y - q.y);
        sum += distance;
        if (p.score >= kSeen && q.score >= kSeen) {
            seen_sum += distance;
            ++seen;
        }
    }
    return seen > 0 ? seen_sum / seen : sum / static_cast<double>(a.keypoints.size());
}

/// Distance in trunk lengths; nothing where the pose cannot belong to the track.
std::optional<double> distance(const Track& track, const Pose& pose, double seconds) {
    const Pose& last = track.last_pose();
    if (last.skeleton != pose.skeleton || track.number() != pose.person_id) {
        return std::nullopt;
    }
    const double scale = body_scale(last);
    const double growth = body_scale(pose) / scale;
    if (growth > kLargestGrowth || growth < 1 / kLargestGrowth) {
        return std::nullopt;
    }
    // Whichever sides the network calls left and right: that is decided over time (body/facing.h).
    Pose exchanged = pose;
    exchange_sides(exchanged.keypoints, exchanged.skeleton);
    const cv::Point2f shift = track.expected_shift(seconds);
    const double result =
        std::min(mean_distance(last, pose, shift), mean_distance(last, exchanged, shift)) / scale;
    const double gate = kGate + kGateSpeed * (seconds - track.last_seen().seconds);
    return result <= gate ? std::optional(result) : std::nullopt;
}

}  // namespace

void Tracks::add(const Instant& when, std::vector<Pose> poses, const MeasureOptions& view) {
    now_s_ = when.seconds;
    std::erase_if(poses, [](const Pose& pose) { return !is_usable(pose); });
    for (auto& track : tracks_) {
        if (!track->ended() && when.seconds - track->last_seen().seconds > options_.max_gap_s &&
            track->missed() > 0) {
            track->end(when);
        }
    }
    std::vector<std::tuple<double, std::size_t, std::size_t>> pairs;
    for (std::size_t t = 0; t < tracks_.size(); ++t) {
        for (std::size_t p = 0; p < poses.size() && !tracks_[t]->ended(); ++p) {
            if (const auto far = distance(*tracks_[t], poses[p], when.seconds)) {
                pairs.emplace_back(*far, t, p);
            }
        }
    }
    std::sort(pairs.begin(), pairs.end());
    std::vector<bool> track_taken(tracks_.size()), pose_taken(poses.size());
    for (const auto& [far, t, p] : pairs) {
        if (!track_taken[t] && !pose_taken[p]) {
            track_taken[t] = true;
            pose_taken[p] = true;
            tracks_[t]->add(when, std::move(poses[p]), view);
        }
    }
    for (std::size_t t = 0; t < track_taken.size(); ++t) {
        if (!track_taken[t] && !tracks_[t]->ended() &&
            tracks_[t]->miss(when) > options_.most_missed) {
            tracks_[t]->end(when);
        }
    }
    for (std::size_t p = 0; p < poses.size(); ++p) {
        if (!pose_taken[p]) {
            begin(when, std::move(poses[p]), view);
        }
    }
}

/// Begins a track: under the id that the pose's number had before, if it is that of somebody who
/// was missed before this key frame. Who was seen in the one before cannot be so far away now.
void Tracks::begin(const Instant& when, Pose pose, const MeasureOptions& view) {
    const auto known = id_of_number_.find(pose.person_id);
    Track* before = known != id_of_number_.end() ? find(known->second) : nullptr;
    const bool is_back = known != id_of_number_.end() &&
                         (before == nullptr || before->ended() || before->missed() > 1);
    const int id = is_back ? known->second : next_id_++;
    if (is_back && before != nullptr) {
        before->end(when);
    }
    if (pose.person_id >= 0) {
        id_of_number_[pose.person_id] = id;
        if (id_of_number_.size() > kMostNumbers) {
            id_of_number_.erase(id_of_number_.begin());
        }
    }
    const auto place = std::upper_bound(tracks_.begin(), tracks_.end(), id,
                                        [](int i, const auto& track) { return i < track->id(); });
    tracks_.insert(place,
                   std::make_unique<Track>(id, options_.smoothing, when, std::move(pose), view));
}

void Tracks::cut(const Instant& when) {
    for (auto& track : tracks_) {
        track->end(when);
    }
    id_of_number_.clear();
}

void Tracks::forget_before(const Instant& when) {
    for (auto& track : tracks_) {
        track->forget_before(when);
    }
    // A track that ended shows until the first frame without its person.
    std::erase_if(tracks_, [&](const auto& track) {
        return track->ended() && track->gone_from() <= when.frame;
    });
}

const Track* Tracks::find(int id) const {
    const auto found = std::find_if(tracks_.rbegin(), tracks_.rend(),
                                    [id](const auto& track) { return track->id() == id; });
    return found == tracks_.rend() ? nullptr : found->get();
}

Track* Tracks::find(int id) {
    return const_cast<Track*>(std::as_const(*this).find(id));  // NOLINT: *this is not const
}

}  // namespace closet
