#include "infer/track/person_tracker.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "infer/track/tracked.h"

namespace closet {
namespace {

// Somebody found again is the same person when it was not long ago and not far away.
constexpr double kRecentS = 0.5;
constexpr double kMostShiftSeen = 0.5;  ///< share of the side

/// Regions are predicted so far ahead without looking at what comes after them.
constexpr double kFarAheadS = 0.1;

}  // namespace

std::vector<std::optional<Tracked>> PersonTracker::follow(std::span<const TimedView> views) {
    std::vector<std::optional<Tracked>> result;
    examiner_.counts().views += static_cast<std::int64_t>(views.size());
    while (!views.empty()) {
        if (starts_scene(views.front(), picture_)) {
            motion_.reset();
            last_.reset();
            far_.start_scene();
            picture_ = views.front().picture->size();
        }
        const auto scene = first_scene(views);
        Tracklet tracklet = follow_scene(scene);
        for (std::size_t i = 0; i < scene.size(); ++i) {
            if (auto& estimate = tracklet.estimates[i]) {
                const int id = identify(scene[i], *estimate);
                motion_.add(scene[i].time_s, estimate->region);
                far_.saw(estimate->region, scene[i].time_s);
                result.emplace_back(Tracked{std::move(*estimate), id});
            } else {
                result.emplace_back();
                if (!tracklet.unsure[i]) {
                    motion_.reset();
                }
            }
        }
        views = views.subspan(scene.size());
    }
    return result;
}

Tracklet PersonTracker::follow_scene(std::span<const TimedView> views) {
    Tracklet tracklet(last_ ? &*last_ : nullptr, views.size());
    if (motion_.known()) {
        std::vector<Candidate> candidates = predict(views);
        if (last_ && views.back().time_s - last_->time_s > kFarAheadS) {
            const auto others = std::stable_partition(
                candidates.begin(), candidates.end(),
                [&](const Candidate& one) { return (views.size() - one.view) % 2 == 1; });
            examine(views, {candidates.begin(), others}, tracklet);
            candidates.erase(candidates.begin(), others);
            for (Candidate& one : candidates) {
                put_between(views, tracklet, one);
            }
        }
        examine(views, candidates, tracklet);
    }
    examine(views, detect(views, tracklet), tracklet);
    examiner_.review(views, std::span(&tracklet, 1));
    return tracklet;
}

std::vector<Candidate> PersonTracker::predict(std::span<const TimedView> views) const {
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < views.size(); ++i) {
        const Region region = motion_.predict(views[i].time_s);
        if (is_usable(region, views[i].picture->size())) {
            candidates.push_back({.view = i, .region = region, .outline = views[i].outlines});
        }
    }
    return candidates;
}

/// Puts the region between those of the views before and after, where the person was found there.
void PersonTracker::put_between(std::span<const TimedView> views, const Tracklet& tracklet,
                                Candidate& candidate) const {
    const std::size_t i = candidate.view;
    const auto& after = tracklet.estimates.at(i + 1);
    const bool is_first = i == 0;
    if (!after || (!is_first && !tracklet.estimates[i - 1])) {
        return;
    }
    const double before_s = is_first ? last_->time_s : views[i - 1].time_s;
    const Region& before = is_first ? last_->region : tracklet.estimates[i - 1]->region;
    candidate.region = between(before, after->region,
                               (views[i].time_s - before_s) / (views[i + 1].time_s - before_s));
}

std::vector<Candidate> PersonTracker::detect(std::span<const TimedView> views,
                                             const Tracklet& tracklet) {
    std::vector<std::size_t> lost;
    std::vector<cv::Mat> pictures;
    for (std::size_t i = 0; i < views.size(); ++i) {
        if (!tracklet.estimates[i]) {
            lost.push_back(i);
            pictures.push_back(*views[i].picture);
        }
    }
    std::vector<Candidate> candidates;
    if (lost.empty()) {
        return candidates;
    }
    examiner_.counts().detections += static_cast<std::int64_t>(lost.size());
    auto people = examiner_.model().find(pictures);
    find_headless(examiner_.model(), pictures, people);
    std::vector<std::size_t> empty;
    for (std::size_t i = 0; i < lost.size(); ++i) {
        if (people[i].empty()) {
            empty.push_back(lost[i]);
        } else {
            candidates.push_back({lost[i], people[i].front()});
        }
    }
    const auto far = far_.search(views, empty, [this](std::span<const cv::Mat> tiles) {
        examiner_.counts().tiles += static_cast<std::int64_t>(tiles.size());
        return examiner_.model().find(tiles);
    });
    for (std::size_t i = 0; i < empty.size(); ++i) {
        for (const Region& region : far[i]) {
            candidates.push_back({empty[i], region, FarSearch::kLeastPresence});
        }
    }
    return candidates;
}

void PersonTracker::examine(std::span<const TimedView> views,
                            const std::vector<Candidate>& candidates, Tracklet& tracklet) {
    auto found = examiner_.examine(views, candidates);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        auto& estimate = tracklet.estimates[candidates[i].view];
        if (found[i] && !estimate) {
            estimate = std::move(found[i]);
        }
    }
}

int PersonTracker::identify(const TimedView& view, const PoseEstimate& estimate) {
    const bool followed = motion_.known();
    const bool recent = last_ && view.time_s - last_->time_s <= kRecentS;
    const bool same =
        last_ && (followed || recent) &&
        difference(followed ? motion_.predict(view.time_s) : last_->region, estimate.region)
                .shift <= kMostShiftSeen;
    if (!same) {
        ++person_id_;
        motion_.reset();
    }
    last_ = LastSeen{estimate.region, estimate.keypoints, view.time_s};
    return person_id_;
}

}  // namespace closet
