#pragma once

#include <cstddef>
#include <optional>

#include <opencv2/core/types.hpp>

#include "warp/garment/photo/garment_outline.h"

namespace closet {

/// Where the outline turns from a sleeve to the torso.
struct SleeveFold {
    std::size_t start = 0;  ///< the sleeve's outermost point before it; indices of the half outline
    std::size_t index = 0;
    bool attached = false;  ///< the sleeve lies against the torso (jackets), so that this is the
                            ///< end of the slit between them, below the armpit
};

/// A sleeve on the left of the picture.
struct SleeveShape {
    cv::Point2d armpit;
    std::size_t shoulder = 0;    ///< indices of the half outline: above the armpit,
    std::size_t fold = 0;        ///< see SleeveFold,
    std::size_t cuff_outer = 0;  ///< and both ends of the cuff
    std::size_t cuff_inner = 0;
    double length = 0;  ///< from the middle of the armhole to the middle of the cuff
};

/// Looks for the fold of a sleeve among the convexity defects of a half outline; nothing for a
/// garment without sleeves. Method and constants: study of garment photos, section 2.
std::optional<SleeveFold> find_sleeve_fold(const GarmentOutline& outline, const OutlinePath& path);

/// Fits a sleeve that ends at a fold: its armpit, and its cuff as the middle one of three straight
/// lines. Nothing where no outline is above the armpit.
std::optional<SleeveShape> fit_sleeve(const GarmentOutline& outline, const OutlinePath& path,
                                      const SleeveFold& fold);

}  // namespace closet
