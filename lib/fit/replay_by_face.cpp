#include "fit/replay_by_face.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "core/picture_geometry.h"

namespace closet {

ReplayByFace::ReplayByFace(std::shared_ptr<const FaceQuery> query)
    : query_(std::move(query)),
      wanted_(query_->threshold()),
      pick_(PersonRule{.kind = PersonRule::Kind::kFace, .photo = query_->photo}) {}

void ReplayByFace::process(PosedFrame frame, const Emit<PosedFrame>& emit) {
    if (frame.frame.scene_start) {
        wanted_.start_scene();
    }
    mark(frame.frame, frame.poses);
    pick_.keep_chosen(frame.frame, frame.poses);
    emit(std::move(frame));
}

/// Looks at the faces of people who were measured on this frame.
void ReplayByFace::mark(const Frame& frame, std::vector<Pose>& poses) {
    std::vector<FollowedPerson> followed;
    for (const Pose& pose : poses) {
        if (pose.origin == PoseOrigin::kMeasured && pose.person_id >= 0) {
            followed.push_back({pose.person_id, pose.box});
        }
    }
    if (followed.empty()) {
        return;
    }
    const double now = frame.seconds();
    const std::vector<int> due = wanted_.see(followed, now);
    std::optional<View> view;
    std::vector<HeadPlace> heads;
    std::vector<int> head_of;
    for (const Pose& pose : poses) {
        if (pose.origin != PoseOrigin::kMeasured ||
            std::find(due.begin(), due.end(), pose.person_id) == due.end()) {
            continue;
        }
        const auto square = head_square(pose.keypoints, pose.skeleton);
        if (!square) {
            wanted_.vote(pose.person_id, now, std::nullopt);
            continue;
        }
        if (!view) {
            view = views_.make(frame);  // at full size: its pixels are shown pixels
        }
        heads.push_back({&view->rgb, *square});
        head_of.push_back(pose.person_id);
    }
    const std::vector<std::optional<SeenFace>> faces = query_->reader->read(heads);
    for (std::size_t i = 0; i < faces.size(); ++i) {
        wanted_.vote(head_of[i], now,
                     faces[i] ? std::optional(similarity(faces[i]->embedding, query_->embedding))
                              : std::nullopt);
    }
    wanted_.decide();
    for (Pose& pose : poses) {
        pose.is_wanted = wanted_.wanted() == pose.person_id;
    }
}

}  // namespace closet
