#include "infer/track/examine.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include "infer/track/pose_distance.h"

namespace closet {
namespace {

constexpr int kMostLooks = 3;  ///< at one view, for a region found by one way

/// A sighting of a strand that is not believed yet.
struct Doubt {
    std::size_t strand;
    std::size_t view;
};

std::vector<Doubt> find_doubts(std::span<const TimedView> views, std::span<const Strand> strands,
                               Skeleton skeleton) {
    std::vector<Doubt> doubts;
    for (std::size_t s = 0; s < strands.size(); ++s) {
        const Strand& strand = strands[s];
        const std::vector<Keypoint>* before = strand.before ? &strand.before->keypoints : nullptr;
        double before_s = strand.before ? strand.before->time_s : 0;
        for (std::size_t i = 0; i < views.size(); ++i) {
            if (!strand.sightings[i]) {
                continue;
            }
            const std::vector<Keypoint>& now = strand.sightings[i]->keypoints;
            if (before == nullptr || is_jump(*before, now, views[i].time_s - before_s, skeleton)) {
                doubts.push_back({s, i});
            }
            before = &now;
            before_s = views[i].time_s;
        }
    }
    return doubts;
}

/// Two readings of one view agree up to this, in trunk lengths: several times the usual noise.
constexpr double kAgreement = 0.1;

/// Least extent of the trunk in shares of the region's side. Upright people have .2 to .3; bent
/// towards the camera the shoulders alone still span .1.
constexpr float kLeastTrunk = 0.06F;

/// A nose that is farther below the shoulders than this, in shoulder widths, lies in the trunk.
/// Of 253 poses of people who walk, sit, turn, balance and bend it lies at least 0.04 above; of a
/// man cut off at the waist the network put it 0.1 to 0.4 below.
constexpr float kSunkenNose = 0.15F;
/// In shares of the trunk: the shoulder width of people seen from the side.
constexpr float kLeastUnit = 0.5F;

cv::Point2f middle(const Sighting& sighting, Skeleton skeleton, Joint a, Joint b) {
    const Keypoint& first = sighting.keypoints[keypoint_index(skeleton, a)];
    const Keypoint& second = sighting.keypoints[keypoint_index(skeleton, b)];
    return {(first.x + second.x) / 2, (first.y + second.y) / 2};
}

bool is_face_in_trunk(const Sighting& sighting, Skeleton skeleton) {
    const Keypoint& left = sighting.keypoints[keypoint_index(skeleton, Joint::kLeftShoulder)];
    const Keypoint& right = sighting.keypoints[keypoint_index(skeleton, Joint::kRightShoulder)];
    const Keypoint& nose = sighting.keypoints[keypoint_index(skeleton, Joint::kNose)];
    const cv::Point2f shoulders =
        middle(sighting, skeleton, Joint::kLeftShoulder, Joint::kRightShoulder);
    const cv::Point2f trunk =
        middle(sighting, skeleton, Joint::kLeftHip, Joint::kRightHip) - shoulders;
    const float length = std::hypot(trunk.x, trunk.y);
    const float unit =
        std::max(std::hypot(left.x - right.x, left.y - right.y), kLeastUnit * length);
    return (cv::Point2f(nose.x, nose.y) - shoulders).dot(trunk) > kSunkenNose * unit * length;
}

}  // namespace

std::vector<std::optional<Sighting>> Examiner::examine(std::span<const TimedView> views,
                                                       std::vector<Candidate> candidates) {
    std::vector<std::optional<Sighting>> found(candidates.size());
    std::vector<Region> used(candidates.size());       // where `found` was read
    std::vector<std::size_t> open(candidates.size());  // candidates that are to be looked at
    std::iota(open.begin(), open.end(), std::size_t{0});
    std::vector<std::size_t> impossible;  // somebody is there, with a body that nobody has
    for (int look = 0; look < kMostLooks && !open.empty(); ++look) {
        std::vector<Look> looks;
        for (const std::size_t c : open) {
            looks.push_back(
                {views[candidates[c].view].picture, candidates[c].region, look + 1 == kMostLooks});
        }
        counts_.readings += static_cast<std::int64_t>(looks.size());
        counts_.second_looks += look > 0 ? static_cast<std::int64_t>(looks.size()) : 0;
        std::vector<Sighting> sightings = model_.read(looks);
        std::vector<std::size_t> again;
        for (std::size_t i = 0; i < open.size(); ++i) {
            Candidate& candidate = candidates[open[i]];
            Sighting& sighting = sightings[i];
            const cv::Size picture = views[candidate.view].picture->size();
            if (!is_there(sighting, picture, candidate.least_presence)) {
                if (!found[open[i]] && is_somebody(sighting, picture, candidate.least_presence)) {
                    impossible.push_back(open[i]);
                }
                continue;  // keeps an earlier look, if there was one
            }
            used[open[i]] = candidate.region;
            if (is_off(candidate.region, sighting.region)) {
                again.push_back(open[i]);
                candidate.region = sighting.region;
            }
            found[open[i]] = std::move(sighting);
        }
        open = std::move(again);
    }
    read_otherwise(views, candidates, impossible, used, found);
    add_masks(views, candidates, used, found);
    return found;
}

/// Reads those again in other regions that showed somebody in an impossible pose only.
void Examiner::read_otherwise(std::span<const TimedView> views,
                              std::span<const Candidate> candidates,
                              std::span<const std::size_t> impossible, std::span<Region> used,
                              std::span<std::optional<Sighting>> found) {
    if (impossible.empty()) {
        return;
    }
    std::vector<Look> looks;
    for (const std::size_t c : impossible) {
        for (const Region& region : wider_regions(candidates[c].region)) {
            looks.push_back({views[candidates[c].view].picture, region});
        }
    }
    counts_.readings += static_cast<std::int64_t>(looks.size());
    counts_.opinions += static_cast<std::int64_t>(looks.size());
    std::vector<Sighting> others = model_.read(looks);
    for (std::size_t i = 0; i < others.size(); ++i) {
        const std::size_t c = impossible[i / kOpinions];
        const cv::Size picture = looks[i].picture->size();
        if (is_there(others[i], picture, candidates[c].least_presence) &&
            (!found[c] || others[i].presence > found[c]->presence)) {
            used[c] = looks[i].region;
            found[c] = std::move(others[i]);
        }
    }
}

/// Reads those again that were to be looked at once more, and had no mask made for that, but were
/// seen in no later look.
void Examiner::add_masks(std::span<const TimedView> views, std::span<const Candidate> candidates,
                         std::span<const Region> used, std::span<std::optional<Sighting>> found) {
    std::vector<Look> looks;
    std::vector<std::size_t> of;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i] && found[i]->mask_left_out) {
            looks.push_back({views[candidates[i].view].picture, used[i]});
            of.push_back(i);
        }
    }
    if (looks.empty()) {
        return;
    }
    counts_.readings += static_cast<std::int64_t>(looks.size());
    std::vector<Sighting> sightings = model_.read(looks);
    for (std::size_t i = 0; i < of.size(); ++i) {
        found[of[i]] = std::move(sightings[i]);
    }
}

void Examiner::review(std::span<const TimedView> views, std::span<Strand> strands) {
    const std::vector<Doubt> doubts = find_doubts(views, strands, model_.skeleton());
    if (doubts.empty()) {
        return;
    }
    std::vector<Look> looks;
    for (const auto& [strand, view] : doubts) {
        for (const Region& region : other_regions(strands[strand].sightings[view]->region)) {
            looks.push_back({views[view].picture, region});
        }
    }
    counts_.readings += static_cast<std::int64_t>(looks.size());
    counts_.opinions += static_cast<std::int64_t>(looks.size());
    std::vector<Sighting> others = model_.read(looks);
    for (std::size_t i = 0; i < doubts.size(); ++i) {
        const auto [strand, view] = doubts[i];
        std::optional<Sighting>& doubtful = strands[strand].sightings[view];
        std::vector<const Sighting*> readings{&*doubtful};
        for (std::size_t k = kOpinions * i; k < kOpinions * (i + 1); ++k) {
            if (is_there(others[k], views[view].picture->size())) {
                readings.push_back(&others[k]);
            }
        }
        std::optional<Sighting> agreed = consensus(readings, model_.skeleton());
        strands[strand].unsure[view] = !agreed;
        doubtful = std::move(agreed);
    }
}

bool Examiner::is_somebody(const Sighting& sighting, cv::Size picture, float least_presence) const {
    return sighting.presence >= std::max(min_presence_, least_presence) &&
           is_usable(sighting.region, picture);
}

bool Examiner::is_there(const Sighting& sighting, cv::Size picture, float least_presence) const {
    return is_somebody(sighting, picture, least_presence) &&
           is_plausible(sighting, model_.skeleton());
}

std::array<Region, kOpinions> other_regions(const Region& region) {
    std::array<Region, kOpinions> others;
    others.fill(region);
    others[0].rotation += 0.1;
    others[1].rotation -= 0.1;
    others[2].side *= 1.08;
    others[3].center.x += 0.02 * region.side;
    return others;
}

std::array<Region, kOpinions> wider_regions(const Region& region) {
    constexpr std::array kZooms{1.25, 1.25, 1.6, 1.6};
    constexpr std::array kRises{0.0, 0.15, 0.0, 0.2};  // shares of the region's side
    std::array<Region, kOpinions> others;
    for (std::size_t i = 0; i < others.size(); ++i) {
        others[i] = {view_from_region(region, {0.5, 0.5 - kRises[i]}), region.side * kZooms[i],
                     region.rotation};
    }
    return others;
}

std::optional<Sighting> consensus(std::span<const Sighting* const> readings, Skeleton skeleton) {
    const Sighting* best = nullptr;
    double least = std::numeric_limits<double>::infinity();
    std::size_t agreeing = 0;
    for (const Sighting* reading : readings) {
        double sum = 0;
        std::size_t close = 0;
        for (const Sighting* other : readings) {
            const double apart =
                sideless_disagreement(other->keypoints, reading->keypoints, skeleton);
            sum += apart;
            close += apart < kAgreement ? 1 : 0;
        }
        if (sum < least) {
            least = sum;
            best = reading;
            agreeing = close;
        }
    }
    if (best == nullptr || 2 * agreeing <= readings.size()) {
        return std::nullopt;
    }
    Sighting agreed = *best;
    double agreement = 0;
    for (const Sighting* other : readings) {
        agreement += side_agreement(best->keypoints, other->keypoints, skeleton);
    }
    if (agreement < 0) {
        exchange_sides(agreed.keypoints, skeleton);
    }
    return agreed;
}

bool is_plausible(const Sighting& sighting, Skeleton skeleton) {
    const bool finite = std::all_of(
        sighting.keypoints.begin(), sighting.keypoints.end(), [](const Keypoint& point) {
            return std::isfinite(point.x) && std::isfinite(point.y) && std::isfinite(point.z);
        });
    if (!finite || sighting.keypoints.size() != keypoint_count(skeleton) ||
        !std::isfinite(sighting.region.side)) {
        return false;
    }
    float left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (const Joint joint :
         {Joint::kLeftShoulder, Joint::kRightShoulder, Joint::kLeftHip, Joint::kRightHip}) {
        const Keypoint& point = sighting.keypoints[keypoint_index(skeleton, joint)];
        left = std::min(left, point.x);
        right = std::max(right, point.x);
        top = std::min(top, point.y);
        bottom = std::max(bottom, point.y);
    }
    return std::hypot(right - left, bottom - top) >=
               kLeastTrunk * static_cast<float>(sighting.region.side) &&
           !is_face_in_trunk(sighting, skeleton);
}

}  // namespace closet
