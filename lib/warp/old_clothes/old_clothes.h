#pragma once

#include <map>

#include <opencv2/core/mat.hpp>

#include "core/av_handles.h"
#include "core/garment.h"
#include "core/pose.h"
#include "warp/garment_warp.h"
#include "warp/occlusion/half_view.h"
#include "warp/old_clothes/cloth_colors.h"
#include "warp/old_clothes/strip.h"
#include "warp/patch.h"

namespace closet {

/// Widens and lengthens a warped garment until it covers what the wearer's own clothes show beside
/// and below it.
///
/// Note [Old clothes]
/// 1. Colours (cloth_colors.h): what lies under the middle of the garment's torso, against face,
///    hands, trousers and hair. Where the chest has the face's colour, nothing is done: it is bare.
/// 2. Reach (strip.h): along the torso and along each upper arm, how far beyond the garment's end
///    and sides the person shows that colour without a gap. Each reach is a length in shoulder
///    widths, so that it can be smoothed over time and along the edge: nothing flickers. A cloth
///    that reaches too far for the garment to follow is left alone: a cropped jacket over a long
///    blouse, a short sleeve over a long one look like worn clothes, half covered ones do not.
/// 3. Stretch (stretch.h): a band inside the garment's edge is stretched over the reach, so the
///    garment's own hem and its own texture end up where the old clothes ended.
class OldClothes {
  public:
    /// Once before the people of a frame, in the order of time. `scene_start` forgets everybody, as
    /// do times that go backwards or are not finite.
    void begin_frame(double seconds, bool scene_start);

    /// Changes and grows the patch. Its pixels may then belong to this object; they stay valid
    /// until the next call. `frame` is the picture before anything was painted for this person.
    /// Changes nothing without mask, shoulders or a format that is paintable.
    void cover(Patch& patch, const Pose& pose, const AVFrame& frame, const FrameGeometry& geometry,
               GarmentKind kind, float min_score);
};

}  // namespace closet
