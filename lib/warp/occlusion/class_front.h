#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "core/garment.h"
#include "warp/classes/person_classes.h"
#include "warp/paint/patch.h"
#include "warp/wearer.h"

namespace closet::occlusion {

/// A person's hands, CV_8UC1 of the labels' grid, 0..255: their label; skin by class in one piece
/// of the size of the hands at whose wrists it is, or of one hand on an arm, since labels and
/// wrists of crossed arms are often wrong; and skin that hangs together with either, as far as
/// fingertips.
cv::Mat find_hands(const PersonClasses& classes, const Wearer& wearer);

/// What a person's classes say of what is in front of a garment.
///
/// Note [Classes in front]
/// Labels tell what a place is, classes where it ends. Hair in front is hair by class near what the
/// parser is sure of, less specks; forearms and hands are skin by class near their labels. With
/// long sleeves only hands come forth, and of those what lies beyond the wrist: the label "hand"
/// begins above it, where the sleeve's cuff is. Arms in sleeves that stay, of the wearer's own top
/// over new trousers, come forth as they are. Depth is not asked: what a parser sees was not
/// behind the old clothes. Bags and other things before the body are not told: no network here has
/// a class for them.
class ClassFront {
  public:
    /// Makes the maps of a person, whose body is known. `classes` is read by the calls below.
    /// `own_sleeves`: those that the person came in are still worn.
    void look_at(const PersonClasses& classes, const Wearer& wearer, Sleeves sleeves,
                 bool own_sleeves = false);

    /// Takes hair, forearms and hands out of the patch: multiplies its alpha down to 0.
    void cut_front(Patch& patch) const;
    /// The same with the face and, with `throat`, the neck.
    void cut_face(Patch& patch, bool throat) const;
    /// The labels of lower arm (not with long sleeves) and hand, in `where` at half size.
    void read_arm(cv::Rect where, cv::Mat& arm) const;

  private:
    struct Plane {
        cv::Mat values;  ///< CV_8UC1, of the classes' grid
        cv::Rect used;   ///< 0 beyond it
    };
    void cut(Patch& patch, const Plane& plane) const;

    const PersonClasses* classes_ = nullptr;
    Plane front_, face_, throat_, hair_;
    cv::Mat arm_;  ///< CV_8UC1, of the labels' grid
    cv::Mat label_, gate_, surface_;
};

}  // namespace closet::occlusion
