#include "infer/person_track.h"

#include <cmath>

namespace closet {
namespace {

/// Somebody who was hidden, or overlooked, for longer than this is taken for another person.
constexpr double kMostAbsenceS = 1.0;

/// Sightings that make a person known: a fifth of a second with the usual key frames.
constexpr std::size_t kKnownAfter = 5;

/// A new track that has shown somebody else's person in so many views in a row was never anybody.
constexpr std::size_t kMostTaken = 2;

}  // namespace

PersonTrack::PersonTrack(int id, double time_s, const Sighting& sighting) : id_(id) {
    see(time_s, sighting);
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

void PersonTrack::see(double time_s, const Sighting& sighting) {
    motion_.add(time_s, sighting.region);
    last_ = {sighting.region, sighting.keypoints, time_s};
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

}  // namespace closet
