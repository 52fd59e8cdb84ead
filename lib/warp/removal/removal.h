#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/ensemble.h"
#include "warp/by_person.h"
#include "warp/classes/person_classes.h"
#include "warp/occlusion/half_view.h"
#include "warp/paint/patch.h"
#include "warp/removal/bare_limb.h"
#include "warp/removal/clean_plate.h"
#include "warp/removal/gate.h"
#include "warp/removal/grid_view.h"
#include "warp/removal/ground.h"
#include "warp/removal/hidden_trousers.h"
#include "warp/removal/painted_patch.h"
#include "warp/removal/regions.h"
#include "warp/removal/skin_grain.h"
#include "warp/removal/skin_like_cloth.h"
#include "warp/wearer.h"

namespace closet {

/// What is decided about old clothes as a whole.
enum class OldPart : std::size_t { kArms, kLegs, kBelowHem, kBeside, kNeck, kAll };
inline constexpr std::size_t kOldParts = 6;

/// People dressed and what became of their own clothes: one person on one frame counts once.
struct RemovalCounts {
    std::int64_t removed = 0;                       ///< something of them was taken away
    std::array<std::int64_t, kLeftClothes> left{};  ///< indexed by LeftClothes
    /// Times that a part of a person's was taken away on one frame and left on the next one, or the
    /// other way; indexed by OldPart.
    std::array<std::int64_t, kOldParts> changes{};

    template <class Archive>
    void serialize(Archive& archive) {
        archive(removed, left, changes);
    }
};

/// Takes away what shows of the wearer's own clothes beside, below and above a garment.
///
/// Note [Removal]
/// The study of shared/parsing.md (1.2), on the grid of the classes. What is of the old clothes by
/// class and not covered becomes, first rule that holds:
/// - throat and chest under the line of the shoulders (throat.h),
/// - the arm or leg that was in a sleeve or trouser leg (bare_limb.h),
/// - the trousers or skirt that an old top hid, up to the garment's hem (hidden_trousers.h),
/// - the ground (ground.h, clean_plate.h), or hair between hair and the garment (hair_fill.h).
/// Sure skin, hair and other clothes stay. The result is a patch to be painted before the garment,
/// whose edge and shadow then lie on it; on ground the shadow goes. What would look worse than the
/// old clothes do is left and counted (LeftClothes).
///
/// All that is remembered is in this object: by person the sizes and tones of limbs and the
/// trousers' measures, for the picture the clean plate. A new scene forgets all.
class Removal {
  public:
    /// Once before the people of a frame, in the order of time. `shown`: the picture's size.
    void begin_frame(cv::Size shown, double seconds, bool scene_start);

    using UncutAlpha = removal::UncutAlpha;

    /// What is to be painted below `garment`, which is as it will be painted (all that are `worn`);
    /// it loses its shadow on what becomes ground, and comes back where it was cut for an old
    /// sleeve; nothing where no old clothes show. `classes` are of the same person and frame,
    /// before anything was painted for this person; `others` are the other people on it.
    std::optional<Patch> remove(Patch& garment, const UncutAlpha& uncut, const Ensemble& worn,
                                const Wearer& wearer, const occlusion::ShownPicture& frame,
                                const PersonClasses& classes,
                                const std::vector<const Pose*>& others);

    const RemovalCounts& counts() const { return counts_; }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(people_, plate_, counts_);
    }

  private:
    struct Remembered {
        std::array<removal::BareLimb::Known, 4> limbs;  ///< arms, legs
        removal::HiddenTrousers::Known trousers;
        /// Of the old clothes' area, what would become ground although the parser sees the body
        /// there; and whether that is too much: the pose is wrong.
        double body_lost = -1;
        bool is_lost = false;
        std::array<removal::Gate, 4> limb_gates;
        removal::Gate all_gate, hem_gate, pose_gate, smooth_gate, neck_gate;
        removal::SkinGrain::Known grain;

        template <class Archive>
        void serialize(Archive& archive) {
            archive(limbs, trousers, body_lost, is_lost, limb_gates, all_gate, hem_gate, pose_gate,
                    smooth_gate, neck_gate, grain);
        }
    };

    ByPerson<Remembered> people_;
    removal::CleanPlate plate_;
    RemovalCounts counts_;

    removal::GridView view_;  ///< buffers are kept between calls
    removal::SkinLikeCloth skin_like_cloth_;
    removal::Ground ground_;
    removal::HiddenTrousers trousers_;
    removal::Regions regions_;
    cv::Mat others_;            ///< CV_8UC1 on the grid
    cv::Mat painted_;           ///< CV_8UC4 of a part of it: Y Cb Cr alpha
    removal::Sources sources_;  ///< of the same part
    cv::Mat became_ground_;     ///< CV_8UC1 on the grid
};

}  // namespace closet
