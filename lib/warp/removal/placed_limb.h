#pragma once

#include <opencv2/core/mat.hpp>

#include "core/garment.h"
#include "warp/removal/bare_limb.h"
#include "warp/removal/grid_view.h"

namespace closet::removal {

/// A limb and where it is on a part of the grid.
struct PlacedLimb {
    BareLimb limb;
    bool is_arm;
    bool is_known;
    float fade;          ///< 0..1: of what is painted of it
    double side;         ///< of the spine: shoulder widths
    cv::Rect part;       ///< of the grid
    cv::Mat1f inside;    ///< of `part`: 0..1 where bare skin is seen
    cv::Mat1f shape;     ///< of `part`: the whole limb, also where it is in the new sleeve
    cv::Mat1b is_near;   ///< of `part`: 255 where clothes hang on it, 1 around
    double own_end = 2;  ///< along the limb: where the own sleeve surely ends
    cv::Mat1b sleeved;   ///< of `part`: 255 where all around is in the new sleeve

    float inside_at(int x, int y) const {
        return part.contains({x, y}) ? inside(y - part.y, x - part.x) : 0.0F;
    }
    float shape_at(int x, int y) const {
        return part.contains({x, y}) ? shape(y - part.y, x - part.x) : 0.0F;
    }
    bool near_at(int x, int y) const {
        return part.contains({x, y}) && is_near(y - part.y, x - part.x) == 255;
    }
    /// Whether the old cuff met the hand there, so that a rim of the hand is its.
    bool ends_at(int x, int y) const {
        return limb.ends_in_cuff() && inside_at(x, y) > 0.5F && limb.at(x, y).along > kCuffFrom;
    }
    /// Whether cloth that hides it there is what the body wears: the own sleeve ends above, or is
    /// short and the parser sees no arm.
    bool is_behind_body(const GridView& view, int x, int y) const;
    static constexpr float kCuffFrom = 1.9F;  ///< along the limb
    /// Whether an arm that is seen there is beside the new sleeve that it is in.
    bool is_beside_sleeve(int x, int y) const {
        return is_known && part.contains({x, y}) && sleeved(y - part.y, x - part.x) != 0;
    }
    bool around_at(int x, int y) const {
        return part.contains({x, y}) && is_near(y - part.y, x - part.x) != 0;
    }
};

/// `fade`: as Gate::fade; `side`: the person's. A limb whose outer half the garment covers is in
/// its sleeve, and what is seen beside is no skin; nor is what is seen beyond the end of the own
/// sleeve or trouser leg where no skin is: there the limb was bare. `sleeves`: of the garment,
/// from the shoulders on.
PlacedLimb placed(const GridView& view, const BareLimb& limb, bool is_arm, Side side,
                  Sleeves sleeves, float fade);

}  // namespace closet::removal
