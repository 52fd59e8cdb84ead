#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "core/pose.h"
#include "infer/faces/face_reader.h"
#include "infer/infer.h"
#include "people/people.h"

namespace closet {

/// The sink behind `Batch`: follows everybody, looks at their faces now and then, and keeps what
/// there is to know of each. In memory: a box a key frame, a few hundred numbers a face, up to
/// kMostGlimpses small pictures a tracklet.
class ReadPeople {
  public:
    using Input = FrameBatch;
    static constexpr std::string_view kName = "people";

    static constexpr std::size_t kMostFaces = 24, kMostGlimpses = 24;  ///< of a tracklet

    /// `infer` is the caller's.
    ReadPeople(Infer& infer, std::shared_ptr<const FaceReader> faces)
        : infer_(infer), faces_(std::move(faces)) {}

    void consume(FrameBatch batch);
    void finish() {}

    std::vector<ClipTracklet> take_tracklets() { return std::move(tracklets_); }
    std::int64_t frames() const { return frames_; }
    int scenes() const { return scene_ + 1; }
    cv::Size picture() const { return picture_; }  ///< shown pixels

  private:
    /// A person number of the tracker, at the moment.
    struct Open {
        std::size_t tracklet = 0;
        double next_look_s = 0, next_glimpse_s = 0;
        bool crosses = false;
    };
    struct Look {
        std::size_t tracklet = 0;
        int person_id = 0;
        double time_s = 0;
    };

    void take(const FrameBatch& batch, const FrameBatch::Key& key, const std::vector<Pose>& poses,
              std::vector<HeadPlace>& heads, std::vector<Look>& looks);
    Open& open(const Pose& pose, const Sighting& sighting, bool crosses);
    void glimpse(Open& open, const Sighting& sighting, const View& view);

    Infer& infer_;
    std::shared_ptr<const FaceReader> faces_;
    std::vector<ClipTracklet> tracklets_;
    std::map<int, Open> open_;  ///< by the tracker's number
    std::int64_t frames_ = 0;
    int scene_ = 0;
    cv::Size picture_;
};

}  // namespace closet
