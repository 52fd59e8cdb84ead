#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "warp/removal/grid_view.h"
#include "warp/removal/ground.h"
#include "warp/removal/hidden_trousers.h"
#include "warp/removal/placed_limb.h"
#include "warp/removal/throat.h"

namespace closet {

/// Old clothes that were left, because what would be painted there would look worse.
enum class LeftClothes : std::size_t {
    kSleeves,   ///< no bare skin to learn from, or the parser sees no limb where the pose has it
    kBelowHem,  ///< no hem over trousers or a skirt was found: a dress, a coat
    kBeside,    ///< the ground is textured and was never seen there, or the pose is wrong
};
inline constexpr std::size_t kLeftClothes = 3;

namespace removal {

/// A belly under a short top: levels between which it may be, and shoulder widths to either side of
/// the spine.
inline constexpr double kBellyFrom = 0.35, kBellyTo = 1.05, kBellyWidth = 0.6;
/// A part of the body is surely seen, of 255.
inline constexpr int kLimbLabelled = 127;

/// Which old clothes a garment replaces.
struct Taken {
    bool upper = false, lower = false;
    bool open_front = false;   ///< what is between the fronts stays
    bool has_sleeves = false;  ///< shoulders are covered
    bool has_skirt = false;    ///< both legs are in it
    /// Each leg is in one of its own, down to the feet, and lies where it was guessed: no knees are
    /// seen.
    bool guesses_legs = false;
    bool is_outfit = false;   ///< a top and what hangs from the waist
    bool knows_skin = false;  ///< bellies can be painted
};

/// What each pixel of the grid becomes. All planes are CV_8UC1 of the grid, 0 or 255 but for those
/// that are shares; buffers are kept between persons.
struct Regions {
    cv::Mat hands;    ///< as occlusion::find_hands gives them, at half of the grid's size
    cv::Mat old;      ///< old clothes by class, near the skeleton
    cv::Mat bare;     ///< bare arms that the new sleeves should cover
    cv::Mat showing;  ///< of both what the garment leaves to be seen
    cv::Mat gone;     ///< what is painted over: with the rims of it
    cv::Mat rims;     ///< of what is gone: old clothes and their edges, but for thin lines
    cv::Mat wide;     ///< a pixel more: colors for interpolation
    cv::Mat keep;     ///< surely something else
    cv::Mat ground;   ///< where a color of the ground is wanted: `wide`, less what hides it
    cv::Mat throat, trousers, belly;  ///< shares that become those
    cv::Mat uncut;                    ///< the garment's alpha before anything came in front of it
    cv::Mat restored;                 ///< where the garment comes back
    std::array<int, kLeftClothes> left{};  ///< pixels, indexed by LeftClothes
    bool is_mostly_unseen = false;         ///< what becomes ground, never in the plate

    /// `old` and `showing` (still in `gone`); returns how many pixels show.
    int find_old(const GridView& view, const Taken& taken, const std::vector<PlacedLimb>& limbs,
                 const Ground& seen_ground);

    /// `keep`, `gone` with rims: edges mix two colors, cuffs and hems shade what is beside them.
    void find_rims(const GridView& view, const Taken& taken, const std::vector<PlacedLimb>& limbs,
                   const GarmentHem& hem, cv::Rect part);

    /// The rest; `uncut` must be set, `hidden` is null where there are no trousers to go on.
    /// Returns how many pixels become ground where the parser sees the body.
    int decide(const GridView& view, const Taken& taken, const std::vector<PlacedLimb>& limbs,
               const Ground& seen_ground, const Throat& neck, const GarmentHem& hem,
               const HiddenTrousers* hidden, cv::Rect part);

    /// Leaves all but throat and trousers as it is: the pose is wrong.
    void keep_only_inner(cv::Rect part);
};

}  // namespace removal
}  // namespace closet
