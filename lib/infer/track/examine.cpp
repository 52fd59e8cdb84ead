#include "infer/track/examine.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include <opencv2/core.hpp>

#include "infer/track/narrow.h"
#include "infer/track/pose_distance.h"

namespace closet {
namespace {

constexpr int kMostAttempts = 3;  ///< for a candidate

/// An estimate of a tracklet that is not believed yet.
struct Outlier {
    std::size_t tracklet;
    std::size_t view;
};

std::vector<Outlier> find_outliers(std::span<const TimedView> views,
                                   std::span<const Tracklet> tracklets, Skeleton skeleton) {
    std::vector<Outlier> outliers;
    for (std::size_t s = 0; s < tracklets.size(); ++s) {
        const Tracklet& tracklet = tracklets[s];
        const std::vector<Keypoint>* before =
            tracklet.before ? &tracklet.before->keypoints : nullptr;
        double before_s = tracklet.before ? tracklet.before->time_s : 0;
        for (std::size_t i = 0; i < views.size(); ++i) {
            if (!tracklet.estimates[i]) {
                continue;
            }
            const std::vector<Keypoint>& now = tracklet.estimates[i]->keypoints;
            if (before == nullptr || is_jump(*before, now, views[i].time_s - before_s, skeleton)) {
                outliers.push_back({s, i});
            }
            before = &now;
            before_s = views[i].time_s;
        }
    }
    return outliers;
}

/// Two estimates of one view agree up to this, in trunk lengths: several times the usual noise.
constexpr double kAgreement = 0.1;

/// How many opinions are asked for together: where both say what the outlier says, it was motion,
/// as in two of three outliers of four clips (results/fit.md).
constexpr std::size_t kAtOnce = 2;

/// What is read in the mirror image is of somebody else beyond this, in shares of the region's
/// side.
constexpr double kMostAside = 0.1;

/// Least extent of the trunk in shares of the region's side. Upright people have .2 to .3; bent
/// towards the camera the shoulders alone still span .1.
constexpr float kLeastTrunk = 0.06F;

/// A nose that is farther below the shoulders than this, in shoulder widths, lies in the trunk.
/// Of 253 poses of people who walk, sit, turn, balance and bend it lies at least 0.04 above; of a
/// man cut off at the waist the network put it 0.1 to 0.4 below.
constexpr float kSunkenNose = 0.15F;
/// In shares of the trunk: the shoulder width of people seen from the side.
constexpr float kLeastUnit = 0.5F;

/// Whether all others agree with the first one.
bool all_agree(std::span<const PoseEstimate> estimates, Skeleton skeleton) {
    return std::all_of(estimates.begin() + 1, estimates.end(), [&](const PoseEstimate& other) {
        return unsided_distance(estimates.front().keypoints, other.keypoints, skeleton) <
               kAgreement;
    });
}

cv::Point2f middle(const PoseEstimate& estimate, Skeleton skeleton, Joint a, Joint b) {
    const Keypoint& first = estimate.keypoints[keypoint_index(skeleton, a)];
    const Keypoint& second = estimate.keypoints[keypoint_index(skeleton, b)];
    return {(first.x + second.x) / 2, (first.y + second.y) / 2};
}

bool is_face_in_trunk(const PoseEstimate& estimate, Skeleton skeleton) {
    const Keypoint& left = estimate.keypoints[keypoint_index(skeleton, Joint::kLeftShoulder)];
    const Keypoint& right = estimate.keypoints[keypoint_index(skeleton, Joint::kRightShoulder)];
    const Keypoint& nose = estimate.keypoints[keypoint_index(skeleton, Joint::kNose)];
    const cv::Point2f shoulders =
        middle(estimate, skeleton, Joint::kLeftShoulder, Joint::kRightShoulder);
    const cv::Point2f trunk =
        middle(estimate, skeleton, Joint::kLeftHip, Joint::kRightHip) - shoulders;
    const float length = std::hypot(trunk.x, trunk.y);
    const float unit =
        std::max(std::hypot(left.x - right.x, left.y - right.y), kLeastUnit * length);
    return (cv::Point2f(nose.x, nose.y) - shoulders).dot(trunk) > kSunkenNose * unit * length;
}

}  // namespace

std::vector<std::optional<PoseEstimate>> Examiner::examine(std::span<const TimedView> views,
                                                           std::vector<Candidate> candidates) {
    std::vector<std::optional<PoseEstimate>> found(candidates.size());
    std::vector<Region> used(candidates.size());       // where `found` was read
    std::vector<std::size_t> open(candidates.size());  // candidates that are to be estimated
    std::iota(open.begin(), open.end(), std::size_t{0});
    std::vector<std::size_t> impossible;  // somebody is there, with a body that nobody has
    for (int attempt = 0; attempt < kMostAttempts && !open.empty(); ++attempt) {
        std::vector<PoseInput> inputs;
        for (const std::size_t c : open) {
            const MaskNeed mask = !candidates[c].outline         ? MaskNeed::kNever
                                  : attempt + 1 == kMostAttempts ? MaskNeed::kAlways
                                                                 : MaskNeed::kUnlessOff;
            inputs.push_back(
                {views[candidates[c].view].picture, candidates[c].region, mask, tolerance_});
        }
        counts_.estimates += static_cast<std::int64_t>(inputs.size());
        counts_.corrections += attempt > 0 ? static_cast<std::int64_t>(inputs.size()) : 0;
        std::vector<PoseEstimate> estimates = model_.estimate(inputs);
        std::vector<std::size_t> again;
        for (std::size_t i = 0; i < open.size(); ++i) {
            Candidate& candidate = candidates[open[i]];
            PoseEstimate& estimate = estimates[i];
            const cv::Size picture = views[candidate.view].picture->size();
            if (!is_there(estimate, picture, candidate.least_presence)) {
                if (!found[open[i]] && is_somebody(estimate, picture, candidate.least_presence)) {
                    impossible.push_back(open[i]);
                }
                continue;  // keeps an earlier estimate, if there was one
            }
            used[open[i]] = candidate.region;
            if (is_off(candidate.region, estimate.region, tolerance_)) {
                again.push_back(open[i]);
                candidate.region = estimate.region;
            }
            found[open[i]] = std::move(estimate);
        }
        open = std::move(again);
    }
    retry_impossible(views, candidates, impossible, used, found);
    add_masks(views, candidates, used, found);
    read_narrow_again(views, candidates, found);
    return found;
}

/// Estimates those again, in other regions, that showed somebody in an impossible pose only.
void Examiner::retry_impossible(std::span<const TimedView> views,
                                std::span<const Candidate> candidates,
                                std::span<const std::size_t> impossible, std::span<Region> used,
                                std::span<std::optional<PoseEstimate>> found) {
    if (impossible.empty()) {
        return;
    }
    std::vector<PoseInput> inputs;
    for (const std::size_t c : impossible) {
        for (const Region& region : wider_regions(candidates[c].region)) {
            inputs.push_back({views[candidates[c].view].picture, region,
                              candidates[c].outline ? MaskNeed::kAlways : MaskNeed::kNever});
        }
    }
    counts_.estimates += static_cast<std::int64_t>(inputs.size());
    counts_.retries += static_cast<std::int64_t>(inputs.size());
    std::vector<PoseEstimate> others = model_.estimate(inputs);
    for (std::size_t i = 0; i < others.size(); ++i) {
        const std::size_t c = impossible[i / kRetries];
        const cv::Size picture = inputs[i].picture->size();
        if (is_there(others[i], picture, candidates[c].least_presence) &&
            (!found[c] || others[i].presence > found[c]->presence)) {
            used[c] = inputs[i].region;
            found[c] = std::move(others[i]);
        }
    }
}

/// Estimates those once more that have no mask because they were to be estimated again, and of
/// which no later estimate came to anything.
void Examiner::add_masks(std::span<const TimedView> views, std::span<const Candidate> candidates,
                         std::span<const Region> used,
                         std::span<std::optional<PoseEstimate>> found) {
    std::vector<PoseInput> inputs;
    std::vector<std::size_t> of;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i] && found[i]->mask_left_out && candidates[i].outline) {
            inputs.push_back({views[candidates[i].view].picture, used[i]});
            of.push_back(i);
        }
    }
    if (inputs.empty()) {
        return;
    }
    counts_.estimates += static_cast<std::int64_t>(inputs.size());
    std::vector<PoseEstimate> estimates = model_.estimate(inputs);
    for (std::size_t i = 0; i < of.size(); ++i) {
        found[of[i]] = std::move(estimates[i]);
    }
}

/// Reads those again who may be a mean of both sides; they keep their regions and masks.
void Examiner::read_narrow_again(std::span<const TimedView> views,
                                 std::span<const Candidate> candidates,
                                 std::span<std::optional<PoseEstimate>> found) {
    const Skeleton skeleton = model_.skeleton();
    std::vector<std::size_t> narrow;
    std::vector<cv::Mat> mirror_images(views.size());
    std::vector<PoseInput> inputs;
    for (std::size_t c = 0; c < found.size(); ++c) {
        const cv::Mat& picture = *views[candidates[c].view].picture;
        if (!found[c] || !is_narrow(found[c]->keypoints, skeleton, picture.size())) {
            continue;
        }
        cv::Mat& mirror_image = mirror_images[candidates[c].view];
        if (mirror_image.empty()) {
            cv::flip(picture, mirror_image, 1);
        }
        narrow.push_back(c);
        const auto regions = other_regions(mirrored(found[c]->region, picture.cols));
        for (std::size_t k = 0; k < kAtOnce; ++k) {
            inputs.push_back({&mirror_image, regions[k], MaskNeed::kNever});
        }
    }
    if (inputs.empty()) {
        return;
    }
    counts_.estimates += static_cast<std::int64_t>(inputs.size());
    counts_.retries += static_cast<std::int64_t>(inputs.size());
    const std::vector<PoseEstimate> others = model_.estimate(inputs);
    for (std::size_t i = 0; i < narrow.size(); ++i) {
        PoseEstimate& estimate = *found[narrow[i]];
        std::vector<std::vector<Keypoint>> readings{estimate.keypoints};
        for (std::size_t k = i * kAtOnce; k < (i + 1) * kAtOnce; ++k) {
            const cv::Size picture = inputs[k].picture->size();
            const Region region = mirrored(others[k].region, picture.width);
            if (is_there(others[k], picture) &&
                difference(region, estimate.region).shift < kMostAside) {
                readings.push_back(mirrored(others[k].keypoints, picture.width, skeleton));
            }
        }
        estimate.keypoints = believed(readings, skeleton);
    }
}

void Examiner::review(std::span<const TimedView> views, std::span<Tracklet> tracklets) {
    const std::vector<Outlier> outliers = find_outliers(views, tracklets, model_.skeleton());
    std::vector<std::vector<PoseEstimate>> opinions;  // of each outlier, the first one first
    for (const auto& [tracklet, view] : outliers) {
        opinions.push_back({*tracklets[tracklet].estimates[view]});
    }
    std::vector<std::size_t> open(outliers.size());
    std::iota(open.begin(), open.end(), std::size_t{0});
    for (std::size_t asked = 0; asked < kRetries && !open.empty(); asked += kAtOnce) {
        std::vector<PoseInput> inputs;
        for (const std::size_t o : open) {
            const auto regions = other_regions(opinions[o].front().region);
            for (std::size_t k = asked; k < asked + kAtOnce; ++k) {
                inputs.push_back({views[outliers[o].view].picture, regions[k], MaskNeed::kNever});
            }
        }
        counts_.estimates += static_cast<std::int64_t>(inputs.size());
        counts_.retries += static_cast<std::int64_t>(inputs.size());
        std::vector<PoseEstimate> others = model_.estimate(inputs);
        for (std::size_t i = 0; i < others.size(); ++i) {
            if (is_there(others[i], inputs[i].picture->size())) {
                opinions[open[i / kAtOnce]].push_back(std::move(others[i]));
            }
        }
        std::erase_if(open, [&](std::size_t o) {
            return opinions[o].size() == 1 + asked + kAtOnce &&
                   all_agree(opinions[o], model_.skeleton());
        });
    }
    for (std::size_t o = 0; o < outliers.size(); ++o) {
        const auto [tracklet, view] = outliers[o];
        std::optional<PoseEstimate> agreed = consensus(opinions[o], model_.skeleton());
        if (agreed && agreed->mask_left_out) {  // outlines are seen well where limbs are not
            agreed->mask = opinions[o].front().mask;
            agreed->mask_from_view = opinions[o].front().mask_from_view;
            agreed->mask_left_out = opinions[o].front().mask_left_out;
        }
        tracklets[tracklet].unsure[view] = !agreed;
        tracklets[tracklet].estimates[view] = std::move(agreed);
    }
}

std::vector<PoseEstimate> Examiner::look_back(std::span<const TimedView> latest_first,
                                              const LastSeen& found) {
    std::vector<PoseEstimate> estimates;
    LastSeen next = found;
    for (const TimedView& view : latest_first) {
        auto there = examine(std::span(&view, 1), {{.view = 0, .region = next.region}});
        std::optional<PoseEstimate>& estimate = there.front();
        if (!estimate || is_jump(next.keypoints, estimate->keypoints, next.time_s - view.time_s,
                                 model_.skeleton())) {
            break;
        }
        next = {estimate->region, estimate->keypoints, view.time_s};
        estimates.push_back(std::move(*estimate));
    }
    return estimates;
}

bool Examiner::is_somebody(const PoseEstimate& estimate, cv::Size picture,
                           float least_presence) const {
    return estimate.presence >= std::max(min_presence_, least_presence) &&
           is_usable(estimate.region, picture);
}

bool Examiner::is_there(const PoseEstimate& estimate, cv::Size picture,
                        float least_presence) const {
    return is_somebody(estimate, picture, least_presence) &&
           is_plausible(estimate, model_.skeleton());
}

std::array<Region, kRetries> other_regions(const Region& region) {
    std::array<Region, kRetries> others;
    others.fill(region);
    others[0].rotation += 0.1;
    others[1].rotation -= 0.1;
    others[2].side *= 1.08;
    others[3].center.x += 0.02 * region.side;
    return others;
}

std::array<Region, kRetries> wider_regions(const Region& region) {
    constexpr std::array kZooms{1.25, 1.25, 1.6, 1.6};
    constexpr std::array kRises{0.0, 0.15, 0.0, 0.2};  // shares of the region's side
    std::array<Region, kRetries> others;
    for (std::size_t i = 0; i < others.size(); ++i) {
        others[i] = {view_from_region(region, {0.5, 0.5 - kRises[i]}), region.side * kZooms[i],
                     region.rotation};
    }
    return others;
}

std::optional<PoseEstimate> consensus(std::span<const PoseEstimate> estimates, Skeleton skeleton) {
    const PoseEstimate* best = nullptr;
    double least = std::numeric_limits<double>::infinity();
    std::size_t agreeing = 0;
    for (const PoseEstimate& estimate : estimates) {
        double sum = 0;
        std::size_t close = 0;
        for (const PoseEstimate& other : estimates) {
            const double apart = unsided_distance(other.keypoints, estimate.keypoints, skeleton);
            sum += apart;
            close += apart < kAgreement ? 1 : 0;
        }
        if (sum < least) {
            least = sum;
            best = &estimate;
            agreeing = close;
        }
    }
    if (best == nullptr || 2 * agreeing <= estimates.size()) {
        return std::nullopt;
    }
    PoseEstimate agreed = *best;
    double agreement = 0;
    for (const PoseEstimate& other : estimates) {
        agreement += side_agreement(best->keypoints, other.keypoints, skeleton);
    }
    if (agreement < 0) {
        exchange_sides(agreed.keypoints, skeleton);
    }
    return agreed;
}

bool is_plausible(const PoseEstimate& estimate, Skeleton skeleton) {
    const bool finite = std::all_of(
        estimate.keypoints.begin(), estimate.keypoints.end(), [](const Keypoint& point) {
            return std::isfinite(point.x) && std::isfinite(point.y) && std::isfinite(point.z);
        });
    if (!finite || estimate.keypoints.size() != keypoint_count(skeleton) ||
        !std::isfinite(estimate.region.side)) {
        return false;
    }
    float left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (const Joint joint :
         {Joint::kLeftShoulder, Joint::kRightShoulder, Joint::kLeftHip, Joint::kRightHip}) {
        const Keypoint& point = estimate.keypoints[keypoint_index(skeleton, joint)];
        left = std::min(left, point.x);
        right = std::max(right, point.x);
        top = std::min(top, point.y);
        bottom = std::max(bottom, point.y);
    }
    return std::hypot(right - left, bottom - top) >=
               kLeastTrunk * static_cast<float>(estimate.region.side) &&
           !is_face_in_trunk(estimate, skeleton);
}

}  // namespace closet
