#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/option.h"
#include "infer/faces/face_reader.h"
#include "infer/faces/face_restorer.h"
#include "infer/infer_options.h"
#include "restore/followed_face.h"
#include "warp/after_dressing.h"
#include "warp/by_person.h"

namespace closet {

namespace flags {
inline constexpr const char* kRestoreFace = "--restore-face";
inline constexpr const char* kRestoreModel = "--restore-model";
}  // namespace flags

/// Values of RestoreOptions::face.
namespace restore_face {
inline constexpr const char *kOff = "off", *kAuto = "auto", *kAlways = "always";
}

/// Which faces of people who are dressed are painted anew.
struct RestoreOptions {
    /// "off", "auto" (those with less detail than the network gives, see Note [Restored faces]) or
    /// "always" (of any size).
    std::string face = restore_face::kOff;
    std::string model = "gfpgan-v1.4";  ///< a name of the store, or a file's path

    bool is_on() const { return face != restore_face::kOff; }
};
std::vector<Option> options_of(RestoreOptions& options);

/// Throws ConfigError for a value of `face` that is none.
void check(const RestoreOptions& options);

/// The face of each head, as find_faces.
using FindFaces = std::function<std::vector<std::optional<Face>>(std::span<const HeadPlace>)>;

/// What finds faces and what restores them; serves several runs, one at a time.
struct FaceTools {
    FindFaces find;
    std::shared_ptr<const FaceRestorer> restorer;
};

/// MTCNN and the options' network, on the options' device. `serial`: on the calling thread alone,
/// else on so many cores, 0: all. Throws ConfigError as `check` does, ModelError where a file is
/// missing or no such network.
FaceTools load_face_tools(const RestoreOptions& options, const InferOptions& infer, bool serial,
                          unsigned cores = 0);

/// What became of the faces of the people on all frames. One that fades out is restored.
struct RestoreCounts {
    std::int64_t restored = 0;
    std::int64_t large = 0;   ///< left, since they have more detail than the network gives
    std::int64_t small = 0;   ///< left, since they are too small to tell whose they are
    std::int64_t unseen = 0;  ///< no face was found: turned away, or hidden
    std::int64_t failed = 0;  ///< the network gave no numbers

    template <class Archive>
    void serialize(Archive& archive) {
        archive(restored, large, small, unseen, failed);
    }
};

/// Restores the faces of people.
///
/// Note [Restored faces]
/// A face is found in the square around the head that the pose gives, aligned (Note [Aligned
/// faces]), restored and pasted under its soft mask. "auto" leaves faces whose square has more
/// pixels than the network's: they would lose detail. Faces whose eyes are nearer than 5 pixels,
/// the reference's limit, are left in any case. Where the pose has the person's mask, the ground
/// beside the head is left, but for 1 / kGroundEdge of the square's side along it.
/// Where the face is over time: Note [Followed faces]. One that is not seen any more or becomes too
/// large fades out within kFadeS; one that comes back fades in likewise.
class RestoreFaces final : public AfterDressing {
  public:
    static constexpr double kFadeS = 0.25;
    static constexpr double kLeastEyesPx = 5;
    static constexpr double kGroundEdge = 16;

    /// For one clip.
    RestoreFaces(const RestoreOptions& options, FaceTools tools);

    std::vector<Patch> paint(const Frame& dressed, std::span<const Pose* const> people) override;

    const RestoreCounts& counts() const { return counts_; }

    /// What is remembered of the faces so far, counts included, written down and taken up by one
    /// that was made alike (Note [State of a run]). Throw as Warp's.
    void save_state(std::ostream& to) const override;
    void load_state(std::istream& from) override;

  private:
    struct Memory {
        FollowedFace face;
        double strength = 0;  ///< 0..1, of what is painted

        template <class Archive>
        void serialize(Archive& archive) {
            archive(face, strength);
        }
    };
    std::int64_t* reason_to_leave(const FollowedFace& face);
    std::optional<Patch> restored(const cv::Mat& rgb, const AlignedFace& face);

    RestoreOptions options_;
    FaceTools tools_;
    ByPerson<Memory> people_;
    RestoreCounts counts_;
};

}  // namespace closet
