#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/av_handles.h"
#include "core/device.h"
#include "core/ensemble.h"
#include "core/garment.h"
#include "core/option.h"
#include "pipeline/concepts.h"
#include "warp/after_dressing.h"
#include "warp/classes/own_clothes.h"
#include "warp/classes/person_classes.h"
#include "warp/occlusion/class_front.h"
#include "warp/occlusion/contact_shadow.h"
#include "warp/occlusion/occlusion.h"
#include "warp/occlusion/scene_light.h"
#include "warp/old_clothes/old_clothes.h"
#include "warp/paint/composite.h"
#include "warp/paint/patch.h"
#include "warp/paint/patch_stack.h"
#include "warp/removal/removal.h"
#include "warp/tensor/painter.h"
#include "warp/warps.h"
#include "warp/wearer.h"

namespace closet {

namespace flags {
inline constexpr const char* kOldClothes = "--old-clothes";
}

/// Values of WarpOptions::old_clothes.
namespace old_clothes {
inline constexpr const char *kRemove = "remove", *kCover = "cover", *kKeep = "keep";
}

/// How people are dressed.
struct WarpOptions {
    std::string warp = "mesh";  ///< a name from the list in warps.h
    GarmentWarpOptions form{};  ///< what the warp itself is told
    float opacity = 1.0F;       ///< of the garment, 0 (unseen) .. 1
    bool protect_face = true;   ///< keep face and throat free of the garment
    bool occlusion = true;      ///< keep forearms, hands and hair in front of the garment
    /// Contact shadow on the body around the garment, 0 (none) .. 1; needs the person's mask.
    float shadow = ContactShadow::kStrength;
    /// What becomes of what shows of the wearer's own clothes: "remove" (where a parser told them;
    /// else they are kept), "cover" (the garment is widened and lengthened; needs the person's
    /// mask) or "keep".
    std::string old_clothes = old_clothes::kRemove;
    bool fit_light = true;                ///< fit the garment's colors to the scene's light
    bool skeleton = false;                ///< draw the poses over the result
    float min_score = Wearer::kMinScore;  ///< 0..1, shoulders below it carry no garment
    /// Where garments are painted by tensor operations (Note [Garments as tensors]); nothing: by
    /// the kernels of the CPU, everywhere. No option.
    std::optional<Device> tensors{};
};

/// Whether the warp or what becomes of the old clothes looks at people's masks and labels.
bool looks_at_people(const WarpOptions& options);

std::vector<Option> options_of(WarpOptions& options);

/// The stage that dresses: lays the garments onto each person, the inner ones first, and paints
/// them into the frame.
///
/// Frames on which nothing is to be painted pass untouched, not even copied. People who appear
/// smaller are painted first, since they are usually farther away. Garment and skeleton are as
/// opaque as Pose::fade says. Frames on a device (Note [Frames on a device]) stay there where the
/// tensors are on it too and take them as they are; all others leave in memory.
class Warp {
  public:
    using Input = PosedFrame;
    using Output = Frame;
    static constexpr std::string_view kName = "warp";

    /// Without a garment only the skeleton is painted, where it is asked for, and what `after`
    /// gives, which is the caller's; null: nothing.
    /// Throws ConfigError for an unknown warp, an option out of its range, or a garment that lacks
    /// what the warp needs; as make_tensor_painter where tensors are asked for.
    Warp(const Ensemble& garments, const WarpOptions& options, AfterDressing* after = nullptr);

    /// Dresses a frame and hands it on. Throws MediaError for a frame of a format that cannot be
    /// painted into (core/pixel_format.h), where there is something to paint.
    void process(PosedFrame input, const Emit<Frame>& emit);
    /// Nothing is held back.
    void flush(const Emit<Frame>&) {}

    /// Dresses one frame; throws as `process` does. What is painted is added to `matte` where it is
    /// not null: CV_8UC1 of the frame's size (Note [Matte]).
    Frame dress(PosedFrame input, cv::Mat* matte = nullptr);

    /// Frames that got a garment, so far.
    std::int64_t dressed_frames() const { return dressed_frames_; }
    /// Garments painted so far: several on a frame with several people.
    std::int64_t garments_painted() const { return garments_painted_; }
    /// Those of them that were painted as tensors, by this object.
    std::int64_t garments_as_tensors() const { return garments_as_tensors_; }
    /// What try-on networks did, so far; of all garments.
    TryOnCounts try_on() const;
    /// What became of people's own clothes, so far.
    const RemovalCounts& old_clothes() const { return removal_.counts(); }

    /// What is remembered of the frames so far, counts included, written down and taken up by a
    /// stage that was made alike: it goes on as this one does (Note [State of a run]). That of
    /// `after` is part of it. Throw as GarmentWarp's.
    void save_state(std::ostream& to) const;
    void load_state(std::istream& from);

  private:
    /// A garment and what lays it on.
    struct Piece {
        std::shared_ptr<const Garment> garment;
        std::unique_ptr<GarmentWarp> warp;
    };
    bool can_stay(const Frame& frame, const std::vector<const Pose*>& people) const;
    int paint_garments(Frame& frame, const Pose& pose, const std::vector<const Pose*>& people,
                       const LightGains& light, cv::Mat* matte);
    bool paint_as_tensors(Frame& frame, const mesh::GarmentDrawing& drawing, const Wearer& wearer,
                          const occlusion::ShownPicture& picture, Sleeves sleeves,
                          const occlusion::ClassFront* front, const LightGains& light,
                          cv::Mat* matte);
    void cut_front(Patch& patch, const Wearer& wearer, const occlusion::ShownPicture& picture,
                   Sleeves sleeves, const occlusion::ClassFront* front);
    void put_behind(Patch& patch, const Wearer& wearer, const occlusion::ShownPicture& picture,
                    Sleeves sleeves, const occlusion::ClassFront* front);
    void paint_after(Frame& frame, const std::vector<const Pose*>& people, cv::Mat& matte);
    void paint(Frame& frame, const Patch& patch, cv::Mat* matte, const cv::Mat* kept = nullptr);

    WarpOptions options_;
    AfterDressing* after_;
    cv::Mat own_matte_;  ///< where nobody asks for one but `after_` needs it
    bool worn_ = false;  ///< the warp follows the body's outline, the neck too
    Ensemble garments_;
    std::vector<Piece> pieces_;               ///< from the innermost outwards
    std::unique_ptr<TensorPainter> tensors_;  ///< null: none asked for, or it failed
    PatchStack stack_;                        ///< several pieces on each other
    SceneLight light_;
    ClassFinder classes_;
    OwnClothesFinder own_clothes_;
    occlusion::ClassFront front_;
    OldClothes old_clothes_;
    Removal removal_;
    ContactShadow shadow_;
    Occlusion occlusion_;
    WritableFrames writable_;
    StoredPatch stored_patch_;
    Composite composite_;
    std::int64_t dressed_frames_ = 0;
    std::int64_t garments_painted_ = 0;
    std::int64_t garments_as_tensors_ = 0;
};

/// Note [Matte]
/// The alpha with which a frame was painted, for each pixel: 0 where it is as it was, 255 where
/// nothing of it is left. Several patches, of several people say, add up as light through several
/// panes: 1 - (1 - a)(1 - b). Where luma and chroma of a frame differ in resolution, a chroma
/// sample is painted as soon as one of the pixels that it is made of is.

/// Adds a patch to the matte (CV_8UC1 of the frame's size) of the frame it is painted into.
void add_to_matte(cv::Mat& matte, const Patch& patch);

/// A dressed frame and its matte.
struct MattedFrame {
    Frame frame;
    Frame matte;  ///< gray8, full range; size, number, times and orientation are those of `frame`
};

/// `warp`, which is the caller's, as a stage that hands out the matte as well.
class WarpWithMatte {
  public:
    using Input = PosedFrame;
    using Output = MattedFrame;
    static constexpr std::string_view kName = Warp::kName;

    /// `warp` must outlive it.
    explicit WarpWithMatte(Warp& warp) : warp_(warp) {}

    /// Dresses a frame and hands it on with its matte. Throws as Warp does, and std::bad_alloc.
    void process(PosedFrame input, const Emit<MattedFrame>& emit);
    /// Nothing is held back.
    void flush(const Emit<MattedFrame>&) {}

    void save_state(std::ostream& to) const { warp_.save_state(to); }
    void load_state(std::istream& from) { warp_.load_state(from); }

  private:
    AvFrame blank(const AVFrame& like);

    Warp& warp_;
    AvBufferPool pool_;
    std::size_t buffer_size_ = 0;
};

}  // namespace closet
