#pragma once

#include <optional>

#include <opencv2/core/mat.hpp>

#include "core/garment.h"
#include "core/pose.h"
#include "warp/occlusion/class_front.h"
#include "warp/occlusion/half_view.h"
#include "warp/occlusion/limb.h"
#include "warp/occlusion/view_rows.h"
#include "warp/paint/patch.h"
#include "warp/wearer.h"

namespace closet {

/// Brings back what is in front of a garment: forearms and hands, and hair that falls over the
/// collar. (Face and throat: protect_face.)
///
/// Note [Occlusion]
/// The frame's own colors decide, at half size and around each limb only. A limb's core, the
/// middle of its thick line, gives the color; kept is what has it, is person, lies within the
/// limb's shape grown by a quarter and is connected to the core. What lies beside the limb, on the
/// person, is the old clothes: a pixel nearer to their color is not the limb. Where both colors
/// are alike, they tell nothing; the bare shape is kept then if landmark depth puts the limb well
/// in front of the body, and for a hand only if it looks like the face. Limbs that depth puts
/// behind the shoulders are never kept. Where a parser's label and the limb's shape agree, colors
/// need not tell; what else a parser brings to the front is told in Note [Classes in front].
class Occlusion {
  public:
    /// Multiplies the patch's alpha down to 0 where the wearer's limbs or hair lie in front.
    /// `frame` is the picture before anything was painted for this person. Changes nothing where
    /// the shoulders are unknown or the frame's format is not paintable.
    /// `front` of the same person and frame is asked as well where it is not null.
    void cut(Patch& patch, const Wearer& wearer, const occlusion::ShownPicture& frame,
             Sleeves sleeves, const occlusion::ClassFront* front = nullptr);

  private:
    void cut_limb(Patch& patch, const occlusion::Limb& limb, const Pose& pose,
                  const occlusion::ShownPicture& frame, const std::optional<Head>& head,
                  const occlusion::ClassFront* front);
    void cut_hair(Patch& patch, const Head& head, const Pose& pose,
                  const occlusion::ShownPicture& frame, double unit);
    /// Opens `view_` on the box, and sizes `marks_`; false where nothing can be seen.
    bool open_view(cv::Rect2d box, const Pose& pose, const occlusion::ShownPicture& frame);
    /// Takes what some rows of `marks_` are connected to out of the patch.
    void cut_marked(Patch& patch, cv::Range rows);

    occlusion::ViewRows view_;  ///< buffers are kept between calls
    cv::Mat marks_;             ///< CV_8UC1, of view_'s size
    cv::Mat1f reach_;           ///< of a limb
    cv::Mat arm_;               ///< CV_8UC1, of view_'s size: the parser's label of a limb
};

}  // namespace closet
