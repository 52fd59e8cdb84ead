#include "infer/person_tracker.h"

#include <algorithm>
#include <utility>

#include "infer/disagreement.h"
#include "infer/plausible.h"
#include "infer/second_opinion.h"

namespace closet {
namespace {

// A region is off, and the view is read again, when the keypoints disagree with it by more than
// this. Measured on a clip of a balancing man, every frame at 60 a second, keypoint error of batch
// 8 against batch 1: 2.1 % of the trunk with bounds half as large again, 1.7 % with these (and a
// third of the views read twice), 1.3 % when all are read three times, which is the network's own
// noise.
constexpr double kMostShift = 0.025;  ///< share of the side
constexpr double kMostZoom = 0.05;    ///< |ln| of the sides' ratio
constexpr double kMostTurn = 0.06;    ///< radians
constexpr int kMostLooks = 3;         ///< at one view, for a region found by one way

// Somebody found again is the same person when it was not long ago and not far away.
constexpr double kMostAbsenceS = 0.5;
constexpr double kMostTravel = 0.5;  ///< share of the side

bool is_off(const Region& used, const Region& own) {
    const RegionDifference off = difference(used, own);
    return off.shift > kMostShift || off.zoom > kMostZoom || off.turn > kMostTurn;
}

}  // namespace

std::vector<std::optional<Tracked>> PersonTracker::follow(std::span<const TimedView> views) {
    std::vector<std::optional<Tracked>> result;
    counts_.views += static_cast<std::int64_t>(views.size());
    while (!views.empty()) {
        const TimedView& first = views.front();
        if (first.scene_start || first.picture->size() != picture_) {
            motion_.reset();
            last_.reset();
            picture_ = first.picture->size();
        }
        const auto end =
            std::find_if(views.begin() + 1, views.end(), [this](const TimedView& view) {
                return view.scene_start || view.picture->size() != picture_;
            });
        const auto scene = views.first(static_cast<std::size_t>(end - views.begin()));
        auto [found, unsure] = follow_scene(scene);
        for (std::size_t i = 0; i < scene.size(); ++i) {
            if (found[i]) {
                const int id = identify(scene[i], *found[i]);
                motion_.add(scene[i].time_s, found[i]->region);
                result.emplace_back(Tracked{std::move(*found[i]), id});
            } else {
                result.emplace_back();
                if (!unsure[i]) {
                    motion_.reset();
                }
            }
        }
        views = views.subspan(scene.size());
    }
    return result;
}

PersonTracker::Findings PersonTracker::follow_scene(std::span<const TimedView> views) {
    Findings findings{Sightings(views.size()), std::vector<bool>(views.size(), false)};
    if (motion_.known()) {
        examine(views, predict(views), findings.sightings);
    }
    examine(views, detect(views, findings.sightings), findings.sightings);
    review(views, findings);
    return findings;
}

std::vector<PersonTracker::Candidate> PersonTracker::predict(
    std::span<const TimedView> views) const {
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < views.size(); ++i) {
        const Region region = motion_.predict(views[i].time_s);
        if (is_usable(region, views[i].picture->size())) {
            candidates.push_back({i, region});
        }
    }
    return candidates;
}

std::vector<PersonTracker::Candidate> PersonTracker::detect(std::span<const TimedView> views,
                                                            const Sightings& found) {
    std::vector<std::size_t> lost;
    std::vector<cv::Mat> pictures;
    for (std::size_t i = 0; i < views.size(); ++i) {
        if (!found[i]) {
            lost.push_back(i);
            pictures.push_back(*views[i].picture);
        }
    }
    std::vector<Candidate> candidates;
    if (lost.empty()) {
        return candidates;
    }
    counts_.detections += static_cast<std::int64_t>(lost.size());
    const auto people = model_.find(pictures);
    for (std::size_t i = 0; i < lost.size(); ++i) {
        if (!people[i].empty()) {
            candidates.push_back({lost[i], people[i].front()});
        }
    }
    return candidates;
}

void PersonTracker::examine(std::span<const TimedView> views, std::vector<Candidate> candidates,
                            Sightings& found) {
    for (int look = 0; look < kMostLooks && !candidates.empty(); ++look) {
        std::vector<Look> looks;
        for (const Candidate& candidate : candidates) {
            looks.push_back({views[candidate.view].picture, candidate.region});
        }
        counts_.readings += static_cast<std::int64_t>(looks.size());
        counts_.second_looks += look > 0 ? static_cast<std::int64_t>(looks.size()) : 0;
        std::vector<Sighting> sightings = model_.read(looks);
        std::vector<Candidate> again;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            const auto [view, used] = candidates[i];
            Sighting& sighting = sightings[i];
            if (!is_there(sighting, views[view].picture->size())) {
                continue;  // keeps an earlier look, if there was one
            }
            if (is_off(used, sighting.region)) {
                again.push_back({view, sighting.region});
            }
            found[view] = std::move(sighting);
        }
        candidates = std::move(again);
    }
}

void PersonTracker::review(std::span<const TimedView> views, Findings& findings) {
    Sightings& found = findings.sightings;
    std::vector<std::size_t> doubtful;
    std::vector<Look> looks;
    const std::vector<Keypoint>* before = last_ ? &last_->keypoints : nullptr;
    double before_s = last_ ? last_->time_s : 0;
    for (std::size_t i = 0; i < views.size(); ++i) {
        if (!found[i]) {
            continue;
        }
        if (before == nullptr ||
            is_jump(*before, found[i]->keypoints, views[i].time_s - before_s, model_.skeleton())) {
            doubtful.push_back(i);
            for (const Region& region : other_regions(found[i]->region)) {
                looks.push_back({views[i].picture, region});
            }
        }
        before = &found[i]->keypoints;
        before_s = views[i].time_s;
    }
    if (looks.empty()) {
        return;
    }
    counts_.readings += static_cast<std::int64_t>(looks.size());
    counts_.opinions += static_cast<std::int64_t>(looks.size());
    std::vector<Sighting> others = model_.read(looks);
    for (std::size_t i = 0; i < doubtful.size(); ++i) {
        std::vector<const Sighting*> readings{&*found[doubtful[i]]};
        for (std::size_t k = kOpinions * i; k < kOpinions * (i + 1); ++k) {
            if (is_there(others[k], picture_)) {
                readings.push_back(&others[k]);
            }
        }
        std::optional<Sighting> agreed = consensus(readings, model_.skeleton());
        findings.unsure[doubtful[i]] = !agreed;
        found[doubtful[i]] = std::move(agreed);
    }
}

bool PersonTracker::is_there(const Sighting& sighting, cv::Size picture) const {
    return sighting.presence >= min_presence_ && is_plausible(sighting, model_.skeleton()) &&
           is_usable(sighting.region, picture);
}

int PersonTracker::identify(const TimedView& view, const Sighting& sighting) {
    const bool followed = motion_.known();
    const bool recent = last_ && view.time_s - last_->time_s <= kMostAbsenceS;
    const bool same =
        last_ && (followed || recent) &&
        difference(followed ? motion_.predict(view.time_s) : last_->region, sighting.region)
                .shift <= kMostTravel;
    if (!same) {
        ++person_id_;
        motion_.reset();
    }
    last_ = Memory{sighting.region, sighting.keypoints, view.time_s};
    return person_id_;
}

}  // namespace closet
