#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "batch/batch.h"
#include "core/pose.h"
#include "infer/infer.h"
#include "people/embed_faces.h"
#include "people/people.h"

namespace closet {

/// The sink behind the decoder: makes views of key frames, follows everybody, hands out their heads
/// to be looked at now and then, and keeps what there is to know of each. In memory: a box a key
/// frame, a few hundred numbers a face, up to kMostGlimpses small pictures a tracklet.
class ReadPeople {
  public:
    using Input = Frame;
    static constexpr std::string_view kName = "people";

    static constexpr std::size_t kMostFaces = 24, kMostGlimpses = 24;  ///< of a tracklet

    /// `infer` and `faces` are the caller's. Throws ConfigError as Batch does.
    ReadPeople(const BatchOptions& batch, Infer& infer, EmbedFaces& faces)
        : batch_(batch), infer_(infer), faces_(faces) {}

    void consume(Frame frame);
    void finish();

    /// After `finish`; `faces` are what was found in the heads.
    std::vector<ClipTracklet> take_tracklets(std::vector<EmbedFaces::Found> faces);
    std::int64_t frames() const { return frames_; }
    int scenes() const { return scene_ + 1; }
    cv::Size picture() const { return picture_; }  ///< shown pixels

  private:
    /// A person number of the tracker, at the moment.
    struct Open {
        std::size_t tracklet = 0;
        std::size_t looks = 0;
        double next_look_s = 0, next_glimpse_s = 0;
        bool crosses = false;
    };

    void read(const FrameBatch& batch);
    void take(const FrameBatch& batch, const FrameBatch::Key& key, const std::vector<Pose>& poses);
    void look(Open& open, const Pose& pose, const Sighting& sighting, const View& view);
    Open& open(const Pose& pose, const Sighting& sighting, bool crosses);
    void glimpse(Open& open, const Sighting& sighting, const View& view);

    Batch batch_;
    Infer& infer_;
    EmbedFaces& faces_;
    std::vector<ClipTracklet> tracklets_;
    std::map<int, Open> open_;  ///< by the tracker's number
    std::int64_t frames_ = 0;
    int scene_ = 0;
    cv::Size picture_;
};

}  // namespace closet
