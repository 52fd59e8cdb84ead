#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "batch/view.h"
#include "core/pose.h"
#include "infer/faces/face_reader.h"
#include "infer/faces/wanted_person.h"
#include "pipeline/concepts.h"
#include "poses/replay_poses.h"

namespace closet {

/// The stage behind ReplayPoses that keeps the person of a face: those whom the pose file holds are
/// looked at on its key frames, as inference does it (Note [Whose face]). Nobody is dressed before
/// the face was seen: no frame waits here.
class ReplayByFace {
  public:
    using Input = PosedFrame;
    using Output = PosedFrame;
    static constexpr std::string_view kName = "faces";

    explicit ReplayByFace(std::shared_ptr<const FaceQuery> query);

    void process(PosedFrame frame, const Emit<PosedFrame>& emit);
    void flush(const Emit<PosedFrame>&) {}  ///< nothing is held back

    /// What is known of the wanted person so far.
    const WantedPerson& wanted() const { return wanted_; }

  private:
    void mark(const Frame& frame, std::vector<Pose>& poses);

    std::shared_ptr<const FaceQuery> query_;
    WantedPerson wanted_;
    ViewMaker views_{1.0};
    PickPoses pick_;
};

}  // namespace closet
