#pragma once

#include <array>

#include <opencv2/core/mat.hpp>

#include "core/garment.h"
#include "warp/by_person.h"
#include "warp/classes/person_classes.h"
#include "warp/occlusion/half_view.h"
#include "warp/old_clothes/cloth_colors.h"
#include "warp/old_clothes/strip.h"
#include "warp/paint/patch.h"
#include "warp/wearer.h"

namespace closet {

/// Widens and lengthens a warped garment until it covers what the wearer's own clothes show beside
/// and below it.
///
/// Note [Old clothes]
/// 1. Colors (cloth_colors.h): what lies under the middle of the garment's torso, against face,
///    arms and trousers. Where the chest has the face's color, nothing is done: it is bare.
/// 2. Reach (strip.h): along the torso and along each upper arm, how far beyond the garment's end
///    and sides the person shows that color without a gap. Each reach is a length in shoulder
///    widths, so that it can be smoothed over time and along the edge: nothing flickers. Clothes
///    that reach too far for the garment to follow are left alone: a cropped jacket over a long
///    blouse, a short sleeve over a long one look like worn clothes, half covered ones do not.
/// 3. Stretch (stretch.h): a band inside the garment's edge is drawn out over the reach, so the
///    garment's own hem and its own texture end up where the old clothes ended.
class OldClothes {
  public:
    struct Options {
        Sleeves sleeves = Sleeves::kShort;
        bool lengthen = true;  ///< false: the hem stays, it is meant to end where it does
    };

    /// Once before the people of a frame, in the order of time. `scene_start` forgets everybody, as
    /// do times that go backwards or are not finite.
    void begin_frame(double seconds, bool scene_start) {
        wearers_.begin_frame(seconds, scene_start);
    }

    /// Changes and grows the patch, within the frame except for an odd last row or column. Its
    /// pixels may then belong to this object; they stay valid until the next call. `frame` is the
    /// picture before anything was painted for this person. Changes nothing without mask, face or
    /// shoulders, where clothes and skin cannot be told apart, or in a format that is not
    /// paintable. Where `classes` of the same person and frame are not null, they tell old clothes
    /// in place of colors, and no face is needed.
    void cover(Patch& patch, const Wearer& wearer, const occlusion::ShownPicture& frame,
               const Options& options, const PersonClasses* classes = nullptr);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(wearers_);
    }

  private:
    /// What is known about a strip from earlier frames.
    struct Followed {
        old_clothes::Profile end;
        std::array<old_clothes::Profile, 2> sides;  ///< towards negative and positive u
        bool is_followed = false;                   ///< the end, as was decided last
        double strength = 0;                        ///< of that, 0..1, following slowly

        template <class Archive>
        void serialize(Archive& archive) {
            archive(end, sides, is_followed, strength);
        }
    };
    struct Remembered {
        old_clothes::ClothColors colors;
        std::array<Followed, 3> strips;  ///< torso and both upper arms
        bool has_reach = false;

        template <class Archive>
        void serialize(Archive& archive) {
            archive(colors, strips, has_reach);
        }
    };

    static void draw_out(Patch& patch, Followed& followed, const old_clothes::StripFrame& strip,
                         const old_clothes::StripRange& range, const old_clothes::PointTests& tests,
                         cv::Size frame, double share, bool lengthen);

    ByPerson<Remembered> wearers_;
    occlusion::HalfView view_;  ///< buffers are kept between calls
};

}  // namespace closet
