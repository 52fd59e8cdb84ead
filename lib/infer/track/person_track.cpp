#include "infer/track/person_track.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "infer/track/pose_distance.h"

namespace closet {
namespace {

/// Somebody who was hidden, or overlooked, for longer than this is taken for another person.
constexpr double kMostAbsenceS = 1.0;

/// Views that make a person known: a fifth of a second with the usual key frames.
constexpr std::size_t kKnownAfter = 5;

/// A new track that has shown somebody else's person in so many views in a row was never anybody.
constexpr std::size_t kMostTaken = 2;

/// Two observations of one view show the same person up to this, in trunk lengths: more than two
/// crops of one person differ by, less than two people who stand in line.
constexpr double kSamePerson = 0.25;

// Where a track may go on, in shares of the side.
constexpr double kMostTravel = 0.5;        ///< what it looked at itself, or after an absence
constexpr double kMostTravelAtOnce = 0.2;  ///< what others found in the very next view
constexpr double kTravelSpeed = 1.0;       ///< ... and so much more for each second of absence
constexpr double kMostZoom = 0.5;          ///< |ln| of the sides' ratio: nobody grows by 1.6

// By how much a claim is weaker, in trunk lengths.
constexpr double kNewHandicap = 0.1;
constexpr double kHiddenHandicap = 0.1;

/// Stands in for the distance of poses where the expected one has no trunk to measure it by: a side
/// is about four trunks.
constexpr double kTrunksPerSide = 4.0;

/// The observations that show one person; the first one speaks for them.
using Person = std::vector<std::size_t>;

std::vector<Person> join_same(std::span<const TrackedEstimate> observations, Skeleton skeleton) {
    std::vector<Person> people;
    for (std::size_t i = 0; i < observations.size(); ++i) {
        const auto same = std::find_if(people.begin(), people.end(), [&](const Person& person) {
            return unsided_distance(observations[person.front()].estimate.keypoints,
                                    observations[i].estimate.keypoints, skeleton) < kSamePerson;
        });
        if (same != people.end()) {
            same->push_back(i);
        } else {
            people.push_back({i});
        }
    }
    return people;
}

/// What a track expects at one time.
struct Expectation {
    Region region;
    std::vector<Keypoint> keypoints;
    double absence_s = 0;
    double handicap = 0;
};

Expectation expect(const PersonTrack& track, double time_s) {
    return {.region = track.expected_region(time_s),
            .keypoints = track.expected_keypoints(time_s),
            .absence_s = time_s - track.last().time_s,
            .handicap = (track.is_new() ? kNewHandicap : 0.0) +
                        (track.is_hidden() ? kHiddenHandicap : 0.0)};
}

/// How badly an observation continues a track; nothing where it cannot. `own`: the track looked
/// there.
std::optional<double> mismatch(const Expectation& expected, const PoseEstimate& estimate, bool own,
                               Skeleton skeleton) {
    const RegionDifference off = difference(expected.region, estimate.region);
    const double travel =
        own ? kMostTravel
            : std::min(kMostTravel, kMostTravelAtOnce + kTravelSpeed * expected.absence_s);
    if (!(off.shift <= travel) || (!own && !(off.zoom <= kMostZoom))) {
        return std::nullopt;
    }
    const double apart = unsided_distance(expected.keypoints, estimate.keypoints, skeleton);
    return expected.handicap + (std::isfinite(apart) ? apart : kTrunksPerSide * off.shift);
}

}  // namespace

PersonTrack::PersonTrack(int id, double time_s, const PoseEstimate& estimate) : id_(id) {
    see(time_s, estimate);
}

std::vector<Keypoint> PersonTrack::expected_keypoints(double time_s) const {
    const Region to = expected_region(time_s);
    const Region& from = last_.region;
    const double scale = to.side / from.side;
    const double c = scale * std::cos(to.rotation - from.rotation);
    const double s = scale * std::sin(to.rotation - from.rotation);
    std::vector<Keypoint> moved = last_.keypoints;
    for (Keypoint& point : moved) {
        const double x = point.x - from.center.x;
        const double y = point.y - from.center.y;
        point.x = static_cast<float>(to.center.x + c * x - s * y);
        point.y = static_cast<float>(to.center.y + s * x + c * y);
    }
    return moved;
}

void PersonTrack::see(double time_s, const PoseEstimate& estimate) {
    motion_.add(time_s, estimate.region);
    last_ = {estimate.region, estimate.keypoints, time_s};
    ++seen_;
    missed_ = 0;
    taken_ = 0;
}

void PersonTrack::miss(bool taken) {
    ++missed_;
    taken_ = taken ? taken_ + 1 : 0;
}

bool PersonTrack::is_new() const {
    return seen_ < kKnownAfter;
}

bool PersonTrack::is_over(double time_s) const {
    return given_up_ || (is_new() && taken_ >= kMostTaken) || time_s - last_.time_s > kMostAbsenceS;
}

Assignment assign_people(std::span<const PersonTrack> tracks,
                         std::span<const TrackedEstimate> observations, double time_s,
                         Skeleton skeleton) {
    const std::vector<Person> people = join_same(observations, skeleton);
    const auto own_observation = [&](const Person& person, std::size_t track) {
        return std::find_if(person.begin(), person.end(), [&](std::size_t i) {
            return observations[i].looked_for == tracks[track].id();
        });
    };

    std::vector<std::tuple<double, std::size_t, std::size_t>> pairs;  // mismatch, track, person
    for (std::size_t t = 0; t < tracks.size(); ++t) {
        if (tracks[t].is_over(time_s)) {
            continue;
        }
        const Expectation expected = expect(tracks[t], time_s);
        for (std::size_t p = 0; p < people.size(); ++p) {
            const auto own = own_observation(people[p], t);
            const bool has_own = own != people[p].end();
            const TrackedEstimate& observation = observations[has_own ? *own : people[p].front()];
            if (const auto apart = mismatch(expected, observation.estimate, has_own, skeleton)) {
                pairs.emplace_back(*apart, t, p);
            }
        }
    }
    std::sort(pairs.begin(), pairs.end());

    Assignment result{std::vector<std::optional<std::size_t>>(tracks.size()),
                      std::vector<bool>(tracks.size(), false),
                      {}};
    std::vector<bool> is_known(people.size(), false);
    for (const auto& [apart, t, p] : pairs) {
        if (!result.observation_of[t] && !is_known[p]) {
            const auto own = own_observation(people[p], t);
            result.observation_of[t] = own != people[p].end() ? *own : people[p].front();
            is_known[p] = true;
        }
    }
    for (std::size_t p = 0; p < people.size(); ++p) {
        for (std::size_t t = 0; is_known[p] && t < tracks.size(); ++t) {
            const bool looked = own_observation(people[p], t) != people[p].end();
            result.taken[t] = result.taken[t] || (looked && !result.observation_of[t]);
        }
        const auto detected = std::find_if(people[p].begin(), people[p].end(), [&](std::size_t i) {
            return observations[i].looked_for < 0;
        });
        if (!is_known[p] && detected != people[p].end()) {
            result.newcomers.push_back(*detected);
        }
    }
    std::stable_sort(
        result.newcomers.begin(), result.newcomers.end(), [&](std::size_t a, std::size_t b) {
            return observations[a].estimate.region.side > observations[b].estimate.region.side;
        });
    return result;
}

}  // namespace closet
