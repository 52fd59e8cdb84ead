#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/pose.h"
#include "infer/faces/face.h"

namespace closet {

/// Somebody on one key frame.
struct Sighting {
    std::int64_t frame = 0;
    double time_s = 0;  ///< Frame::seconds
    Box box;            ///< around the keypoints, shown pixels
};

/// A small picture of somebody, for the eyes.
struct Glimpse {
    double time_s = 0;
    cv::Mat rgb;  ///< CV_8UC3 R G B
};

/// Somebody who is followed without a break: on consecutive key frames of one scene, apart from
/// others.
struct ClipTracklet {
    int person_id = 0;  ///< of the tracker
    int scene = 0;      ///< cuts before it
    /// The tracklet that it goes on from: the tracker says that both are one person, and a crossing
    /// or a moment out of sight lies between them; kNone: there is none.
    std::size_t continues = kNone;
    std::vector<Sighting> sightings;  ///< by time, not empty
    std::vector<Embedding> faces;     ///< of length 1
    std::vector<Glimpse> glimpses;    ///< by time

    double start_s() const { return sightings.front().time_s; }
    double end_s() const { return sightings.back().time_s; }

    static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
};

/// One person for a while.
struct Appearance {
    std::vector<Sighting> sightings;  ///< by time
    std::vector<std::size_t> tracklets;
    std::optional<float> similarity;  ///< of its faces' mean to the identity's; nothing: no face
    std::string segment;              ///< the file's name; empty: none was asked for

    double start_s() const { return sightings.front().time_s; }
    double end_s() const { return sightings.back().time_s; }
};

/// One person in a clip.
struct Identity {
    std::vector<Appearance> appearances;  ///< by time; none overlaps another
    std::size_t faces = 0;                ///< that were seen
    /// The least similarity between two of its tracklets; nothing where fewer than two have faces.
    std::optional<float> least_similarity;
    /// The highest similarity to another identity's tracklet: far below the threshold where they
    /// are well told apart.
    std::optional<float> nearest_other;
    double seconds = 0;  ///< in the picture
};

/// Who is in a clip.
struct People {
    std::string clip;
    std::string network;  ///< that tells faces apart
    float threshold = 0;  ///< the least similarity of one person
    std::int64_t frames = 0;
    double duration_s = 0;
    cv::Size picture;  ///< shown pixels
    int scenes = 0;
    std::vector<ClipTracklet> tracklets;
    std::vector<Identity> identities;  ///< the one who is longest in the picture first
};

}  // namespace closet
