#include "infer/track/people_tracker.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

#include "infer/pose_model.h"
#include "infer/region.h"
#include "infer/track/tracked.h"

namespace closet {
namespace {

/// First the people expected and detected; then those of the first round in their further views,
/// and people who got lost; then those of the second round in their further views.
constexpr int kRounds = 3;

/// Somebody takes the place of another one who is followed when larger by this: half as large
/// again in area, so that two people of one size do not take turns.
constexpr double kClearlyLarger = 1.22;

/// Time stamps are not exact: this much earlier is in time, seconds.
constexpr double kTimeSlack = 1e-6;

/// True when the middle of the region lies in the picture. Networks go on to see people who have
/// left it: what lies outside is the border repeated.
bool is_inside(const Region& region, cv::Size picture) {
    return region.center.x >= 0 && region.center.x < picture.width && region.center.y >= 0 &&
           region.center.y < picture.height;
}

}  // namespace

/// What is known of one scene's part of a batch. Observations are only added, so that one is
/// known by its view and its index there.
struct PeopleTracker::Batch {
    explicit Batch(std::span<const TimedView> all)
        : views(all), observations(all.size()), detected(all.size(), false) {}

    /// A track without a number yet has the number of the observation that it began with.
    int provisional_id(std::size_t view, std::size_t observation) const {
        return -2 - static_cast<int>(view + views.size() * observation);
    }

    std::span<const TimedView> views;
    std::vector<std::vector<TrackedEstimate>> observations;  ///< of each view
    std::vector<bool> detected;                              ///< views that the detector has seen
    std::set<std::pair<int, std::size_t>> looked_at;         ///< track's id and view
};

/// The tracks through the batch, as far as the observations tell.
struct PeopleTracker::Association {
    std::vector<PersonTrack> tracks;  ///< after the last view: those from before, then new ones

    /// The observation of each track in each view. A view's list ends before the tracks that begin
    /// later.
    std::vector<std::vector<std::optional<std::size_t>>> observation_of;

    bool exists(std::size_t track, std::size_t view) const {
        return track < observation_of[view].size();
    }
    bool sees(std::size_t track, std::size_t view) const {
        return exists(track, view) && observation_of[view][track].has_value();
    }
};

std::vector<std::vector<Tracked>> PeopleTracker::follow(std::span<const TimedView> views) {
    std::vector<std::vector<Tracked>> result;
    examiner_.counts().views += static_cast<std::int64_t>(views.size());
    while (!views.empty()) {
        if (starts_scene(views.front(), picture_)) {
            tracks_.clear();
            next_detection_s_ = -std::numeric_limits<double>::infinity();
            far_.start_scene();
            picture_ = views.front().picture->size();
        }
        const auto scene = first_scene(views);
        auto people = follow_scene(scene);
        std::move(people.begin(), people.end(), std::back_inserter(result));
        views = views.subspan(scene.size());
    }
    return result;
}

std::vector<std::vector<Tracked>> PeopleTracker::follow_scene(std::span<const TimedView> views) {
    Batch batch(views);
    Association association = associate(batch);
    std::vector<std::size_t> due = scheduled(views);
    for (int round = 0; round < kRounds; ++round) {
        observe(batch, association, due);
        association = associate(batch);
        due = losses(batch, association);
    }
    review(batch, association);
    association = associate(batch);
    return finish(std::move(batch), std::move(association));
}

/// Goes through the batch with the observations there are, and assigns them to tracks.
PeopleTracker::Association PeopleTracker::associate(const Batch& batch) const {
    Association association{tracks_, {}};
    for (std::size_t view = 0; view < batch.views.size(); ++view) {
        const double time_s = batch.views[view].time_s;
        const std::vector<TrackedEstimate>& observations = batch.observations[view];
        Assignment assignment =
            assign_people(association.tracks, observations, time_s, examiner_.model().skeleton());
        for (std::size_t t = 0; t < association.tracks.size(); ++t) {
            if (const auto observation = assignment.observation_of[t]; !observation) {
                association.tracks[t].miss(assignment.taken[t]);
            } else if (!observations[*observation].unsure) {
                association.tracks[t].see(time_s, observations[*observation].estimate);
            }
        }
        for (const std::size_t i : assignment.newcomers) {
            const PoseEstimate& estimate = observations[i].estimate;
            if (!observations[i].unsure && make_room(association.tracks, estimate, time_s)) {
                association.tracks.emplace_back(batch.provisional_id(view, i), time_s, estimate);
                assignment.observation_of.emplace_back(i);
            }
        }
        for (std::size_t t = 0; t < association.tracks.size(); ++t) {
            if (association.tracks[t].is_over(time_s)) {  // had to make room
                assignment.observation_of[t].reset();
            }
        }
        association.observation_of.push_back(std::move(assignment.observation_of));
    }
    return association;
}

/// True when one more person can be followed. Ends the track that has to go for it, if any: of
/// somebody who is hidden, or else of the smallest person, when clearly smaller.
bool PeopleTracker::make_room(std::vector<PersonTrack>& tracks, const PoseEstimate& newcomer,
                              double time_s) const {
    std::vector<PersonTrack*> followed;
    for (PersonTrack& track : tracks) {
        if (!track.is_over(time_s)) {
            followed.push_back(&track);
        }
    }
    if (followed.size() < static_cast<std::size_t>(options_.max_people)) {
        return true;
    }
    const auto least = std::min_element(
        followed.begin(), followed.end(), [](const PersonTrack* a, const PersonTrack* b) {
            return std::tuple(!a->is_hidden(), a->last().region.side) <
                   std::tuple(!b->is_hidden(), b->last().region.side);
        });
    const bool goes = (*least)->is_hidden() ||
                      newcomer.region.side > kClearlyLarger * (*least)->last().region.side;
    if (goes) {
        (*least)->give_up();
    }
    return goes;
}

/// Estimates the poses of the people who are expected in views where they were not looked for yet,
/// and of those whom the detector finds in the views that are `due`; all together.
void PeopleTracker::observe(Batch& batch, const Association& association,
                            const std::vector<std::size_t>& due) {
    std::vector<Candidate> candidates;
    std::vector<int> looked_for;
    for (std::size_t t = 0; t < association.tracks.size(); ++t) {
        const PersonTrack& track = association.tracks[t];
        for (std::size_t view = 0; view < batch.views.size(); ++view) {
            const auto& [picture, time_s, scene_start, outlines] = batch.views[view];
            const Region region = track.expected_region(time_s);
            if (association.exists(t, view) && !association.sees(t, view) &&
                !track.is_over(time_s) && is_usable(region, picture->size()) &&
                is_inside(region, picture->size()) &&
                batch.looked_at.emplace(track.id(), view).second) {
                candidates.push_back({.view = view, .region = region, .outline = outlines});
                looked_for.push_back(track.id());
            }
        }
    }
    std::vector<cv::Mat> pictures;
    for (const std::size_t view : due) {
        pictures.push_back(*batch.views[view].picture);
    }
    examiner_.counts().detections += static_cast<std::int64_t>(pictures.size());
    auto found = pictures.empty() ? std::vector<std::vector<Region>>() : find(pictures);
    if (detector_ == nullptr) {
        find_headless(examiner_.model(), pictures, found);
    }
    std::vector<std::size_t> empty;
    const auto add = [&](std::size_t view, std::span<const Region> regions, float least_presence) {
        for (const Region& region : unexplained(batch, association, view, regions)) {
            candidates.push_back({view, region, least_presence});
            looked_for.push_back(TrackedEstimate::kNobody);
        }
    };
    for (std::size_t i = 0; i < due.size(); ++i) {
        batch.detected[due[i]] = true;
        if (found[i].empty()) {
            empty.push_back(due[i]);
        }
        add(due[i], found[i], 0);
    }
    const auto far = far_.search(batch.views, empty, [this](std::span<const cv::Mat> tiles) {
        examiner_.counts().tiles += static_cast<std::int64_t>(tiles.size());
        return find(tiles);
    });
    for (std::size_t i = 0; i < empty.size(); ++i) {
        add(empty[i], far[i], FarSearch::kLeastPresence);
    }
    auto estimates = examiner_.examine(batch.views, candidates);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (estimates[i] && is_inside(estimates[i]->region, picture_)) {
            batch.observations[candidates[i].view].push_back(
                {std::move(*estimates[i]), looked_for[i], false});
        }
    }
}

/// The views at which the detector looks whatever they show.
std::vector<std::size_t> PeopleTracker::scheduled(std::span<const TimedView> views) {
    std::vector<std::size_t> due;
    for (std::size_t view = 0; view < views.size(); ++view) {
        const bool is_time = views[view].time_s >= next_detection_s_ - kTimeSlack;
        if (is_time) {
            next_detection_s_ = views[view].time_s + options_.detect_every_s;
        }
        if (is_time || tracks_.empty()) {
            due.push_back(view);
        }
    }
    return due;
}

/// The views, not seen by the detector yet, in which somebody gets lost or nobody is seen.
std::vector<std::size_t> PeopleTracker::losses(const Batch& batch,
                                               const Association& association) const {
    std::vector<std::size_t> lost;
    for (std::size_t view = 0; view < batch.views.size(); ++view) {
        bool is_lost = false;
        bool is_empty = true;
        for (std::size_t t = 0; t < association.tracks.size(); ++t) {
            const bool was_seen = view > 0 ? association.sees(t, view - 1)
                                           : t < tracks_.size() && !tracks_[t].is_hidden();
            is_lost = is_lost || (was_seen && !association.sees(t, view));
            is_empty = is_empty && !association.sees(t, view);
        }
        if ((is_lost || is_empty) && !batch.detected[view]) {
            lost.push_back(view);
        }
    }
    return lost;
}

/// Where people are in each picture, as the model likes to look at them.
std::vector<std::vector<Region>> PeopleTracker::find(std::span<const cv::Mat> pictures) {
    return detector_ != nullptr ? regions_of_people(*detector_, examiner_.model(), pictures)
                                : examiner_.model().find(pictures);
}

/// The people found who are none of those seen in the view (or expected in it, before anybody was
/// observed there); the largest `max_people`.
std::vector<Region> PeopleTracker::unexplained(const Batch& batch, const Association& association,
                                               std::size_t view,
                                               std::span<const Region> found) const {
    std::vector<Region> known;
    for (std::size_t t = 0; t < association.tracks.size(); ++t) {
        if (association.sees(t, view)) {
            known.push_back(
                batch.observations[view][*association.observation_of[view][t]].estimate.region);
        } else if (batch.observations[view].empty() && t < tracks_.size() &&
                   !tracks_[t].is_hidden()) {
            known.push_back(tracks_[t].expected_region(batch.views[view].time_s));
        }
    }
    std::vector<Region> rest = regions_besides(known, found);
    rest.resize(std::min(rest.size(), static_cast<std::size_t>(options_.max_people)));
    return rest;
}

/// Estimates the outliers of all people again, together.
void PeopleTracker::review(Batch& batch, const Association& association) {
    std::vector<Tracklet> tracklets;
    for (std::size_t t = 0; t < association.tracks.size(); ++t) {
        Tracklet& tracklet = tracklets.emplace_back(
            t < tracks_.size() ? &tracks_[t].last() : nullptr, batch.views.size());
        for (std::size_t view = 0; view < batch.views.size(); ++view) {
            if (association.sees(t, view)) {
                tracklet.estimates[view] =
                    batch.observations[view][*association.observation_of[view][t]].estimate;
            }
        }
    }
    examiner_.review(batch.views, tracklets);
    for (std::size_t t = 0; t < association.tracks.size(); ++t) {
        for (std::size_t view = 0; view < batch.views.size(); ++view) {
            if (association.sees(t, view)) {
                TrackedEstimate& observation =
                    batch.observations[view][*association.observation_of[view][t]];
                observation.unsure = tracklets[t].unsure[view];
                if (tracklets[t].estimates[view]) {
                    observation.estimate = std::move(*tracklets[t].estimates[view]);
                }
            }
        }
    }
}

std::vector<std::vector<Tracked>> PeopleTracker::finish(Batch batch, Association association) {
    for (PersonTrack& track : association.tracks) {
        if (track.id() < 0) {
            track.set_id(next_id_++);
        }
    }
    std::vector<std::vector<Tracked>> people(batch.views.size());
    for (std::size_t view = 0; view < people.size(); ++view) {
        for (std::size_t t = 0; t < association.tracks.size(); ++t) {
            if (association.sees(t, view)) {
                TrackedEstimate& observation =
                    batch.observations[view][*association.observation_of[view][t]];
                if (!observation.unsure) {
                    people[view].push_back(
                        {std::move(observation.estimate), association.tracks[t].id()});
                }
            }
        }
    }
    tracks_ = std::move(association.tracks);
    std::erase_if(tracks_, [&](const PersonTrack& track) {
        return track.is_over(batch.views.back().time_s);
    });
    return people;
}

}  // namespace closet
