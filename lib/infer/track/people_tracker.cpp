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

/// Looks at people expected and detected, at those of the first round in their further views and at
/// people who got lost, and at those of the second round in their further views.
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

/// What is known of one scene's part of a batch. Readings are only added, so that a reading is
/// known by its view and its index there.
struct PeopleTracker::Batch {
    explicit Batch(std::span<const TimedView> all)
        : views(all), readings(all.size()), detected(all.size(), false) {}

    /// A track without a number yet has the number of the reading that it began with.
    int provisional_id(std::size_t view, std::size_t reading) const {
        return -2 - static_cast<int>(view + views.size() * reading);
    }

    std::span<const TimedView> views;
    std::vector<std::vector<Reading>> readings;       ///< of each view
    std::vector<bool> detected;                       ///< views that the detector has seen
    std::set<std::pair<int, std::size_t>> looked_at;  ///< track's id and view
};

/// How the people went through the batch, as far as the readings tell.
struct PeopleTracker::Course {
    std::vector<PersonTrack> tracks;  ///< after the last view: those from before, then new ones

    /// The reading of each track in each view. A view's list ends before the tracks that begin
    /// later.
    std::vector<std::vector<std::optional<std::size_t>>> reading_of;

    bool exists(std::size_t track, std::size_t view) const {
        return track < reading_of[view].size();
    }
    bool sees(std::size_t track, std::size_t view) const {
        return exists(track, view) && reading_of[view][track].has_value();
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
    Course course = settle(batch);
    std::vector<std::size_t> due = scheduled(views);
    for (int round = 0; round < kRounds; ++round) {
        look(batch, course, due);
        course = settle(batch);
        due = losses(batch, course);
    }
    review(batch, course);
    course = settle(batch);
    return finish(std::move(batch), std::move(course));
}

/// Goes through the batch with the readings there are. Changes nothing but the result.
PeopleTracker::Course PeopleTracker::settle(const Batch& batch) const {
    Course course{tracks_, {}};
    for (std::size_t view = 0; view < batch.views.size(); ++view) {
        const double time_s = batch.views[view].time_s;
        const std::vector<Reading>& readings = batch.readings[view];
        Assignment assignment =
            assign_people(course.tracks, readings, time_s, examiner_.model().skeleton());
        for (std::size_t t = 0; t < course.tracks.size(); ++t) {
            if (const auto reading = assignment.reading_of[t]; !reading) {
                course.tracks[t].miss(assignment.taken[t]);
            } else if (!readings[*reading].unsure) {
                course.tracks[t].see(time_s, readings[*reading].sighting);
            }
        }
        for (const std::size_t i : assignment.newcomers) {
            const Sighting& sighting = readings[i].sighting;
            if (!readings[i].unsure && make_room(course.tracks, sighting, time_s)) {
                course.tracks.emplace_back(batch.provisional_id(view, i), time_s, sighting);
                assignment.reading_of.emplace_back(i);
            }
        }
        for (std::size_t t = 0; t < course.tracks.size(); ++t) {
            if (course.tracks[t].is_over(time_s)) {  // had to make room
                assignment.reading_of[t].reset();
            }
        }
        course.reading_of.push_back(std::move(assignment.reading_of));
    }
    return course;
}

/// True when one more person can be followed. Ends the track that has to go for it, if any: of
/// somebody who is hidden, or else of the smallest person, when clearly smaller.
bool PeopleTracker::make_room(std::vector<PersonTrack>& tracks, const Sighting& newcomer,
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

/// Reads the people who are expected in views where they were not looked for yet, and those whom
/// the detector finds in the views that are `due`; all together.
void PeopleTracker::look(Batch& batch, const Course& course, const std::vector<std::size_t>& due) {
    std::vector<Candidate> candidates;
    std::vector<int> looked_for;
    for (std::size_t t = 0; t < course.tracks.size(); ++t) {
        const PersonTrack& track = course.tracks[t];
        for (std::size_t view = 0; view < batch.views.size(); ++view) {
            const auto& [picture, time_s, scene_start] = batch.views[view];
            const Region region = track.expected_region(time_s);
            if (course.exists(t, view) && !course.sees(t, view) && !track.is_over(time_s) &&
                is_usable(region, picture->size()) && is_inside(region, picture->size()) &&
                batch.looked_at.emplace(track.id(), view).second) {
                candidates.push_back({view, region});
                looked_for.push_back(track.id());
            }
        }
    }
    std::vector<cv::Mat> pictures;
    for (const std::size_t view : due) {
        pictures.push_back(*batch.views[view].picture);
    }
    examiner_.counts().detections += static_cast<std::int64_t>(pictures.size());
    const auto found = pictures.empty() ? std::vector<std::vector<Region>>() : find(pictures);
    std::vector<std::size_t> empty;
    const auto add = [&](std::size_t view, std::span<const Region> regions, float least_presence) {
        for (const Region& region : unexplained(batch, course, view, regions)) {
            candidates.push_back({view, region, least_presence});
            looked_for.push_back(Reading::kNobody);
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
    auto sightings = examiner_.examine(batch.views, candidates);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (sightings[i] && is_inside(sightings[i]->region, picture_)) {
            batch.readings[candidates[i].view].push_back(
                {std::move(*sightings[i]), looked_for[i], false});
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
std::vector<std::size_t> PeopleTracker::losses(const Batch& batch, const Course& course) const {
    std::vector<std::size_t> lost;
    for (std::size_t view = 0; view < batch.views.size(); ++view) {
        bool is_lost = false;
        bool is_empty = true;
        for (std::size_t t = 0; t < course.tracks.size(); ++t) {
            const bool was_seen =
                view > 0 ? course.sees(t, view - 1) : t < tracks_.size() && !tracks_[t].is_hidden();
            is_lost = is_lost || (was_seen && !course.sees(t, view));
            is_empty = is_empty && !course.sees(t, view);
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

/// The people found who are none of those seen in the view (or expected in it, before anything was
/// read there); the largest `max_people`.
std::vector<Region> PeopleTracker::unexplained(const Batch& batch, const Course& course,
                                               std::size_t view,
                                               std::span<const Region> found) const {
    std::vector<Region> known;
    for (std::size_t t = 0; t < course.tracks.size(); ++t) {
        if (course.sees(t, view)) {
            known.push_back(batch.readings[view][*course.reading_of[view][t]].sighting.region);
        } else if (batch.readings[view].empty() && t < tracks_.size() && !tracks_[t].is_hidden()) {
            known.push_back(tracks_[t].expected_region(batch.views[view].time_s));
        }
    }
    std::vector<Region> rest = regions_besides(known, found);
    rest.resize(std::min(rest.size(), static_cast<std::size_t>(options_.max_people)));
    return rest;
}

/// Second opinions on the readings of all people, together.
void PeopleTracker::review(Batch& batch, const Course& course) {
    std::vector<Strand> strands;
    for (std::size_t t = 0; t < course.tracks.size(); ++t) {
        Strand& strand = strands.emplace_back(t < tracks_.size() ? &tracks_[t].last() : nullptr,
                                              batch.views.size());
        for (std::size_t view = 0; view < batch.views.size(); ++view) {
            if (course.sees(t, view)) {
                strand.sightings[view] = batch.readings[view][*course.reading_of[view][t]].sighting;
            }
        }
    }
    examiner_.review(batch.views, strands);
    for (std::size_t t = 0; t < course.tracks.size(); ++t) {
        for (std::size_t view = 0; view < batch.views.size(); ++view) {
            if (course.sees(t, view)) {
                Reading& reading = batch.readings[view][*course.reading_of[view][t]];
                reading.unsure = strands[t].unsure[view];
                if (strands[t].sightings[view]) {
                    reading.sighting = std::move(*strands[t].sightings[view]);
                }
            }
        }
    }
}

std::vector<std::vector<Tracked>> PeopleTracker::finish(Batch batch, Course course) {
    for (PersonTrack& track : course.tracks) {
        if (track.id() < 0) {
            track.set_id(next_id_++);
        }
    }
    std::vector<std::vector<Tracked>> people(batch.views.size());
    for (std::size_t view = 0; view < people.size(); ++view) {
        for (std::size_t t = 0; t < course.tracks.size(); ++t) {
            if (course.sees(t, view)) {
                Reading& reading = batch.readings[view][*course.reading_of[view][t]];
                if (!reading.unsure) {
                    people[view].push_back({std::move(reading.sighting), course.tracks[t].id()});
                }
            }
        }
    }
    tracks_ = std::move(course.tracks);
    std::erase_if(tracks_, [&](const PersonTrack& track) {
        return track.is_over(batch.views.back().time_s);
    });
    return people;
}

}  // namespace closet
