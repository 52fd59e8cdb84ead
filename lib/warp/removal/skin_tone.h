#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include <opencv2/core/mat.hpp>

#include "warp/removal/grid_view.h"

namespace closet::removal {

/// How a limb's skin looks: levels of Y Cb Cr.
struct SkinTone {
    static constexpr std::size_t kAcross = 9;
    static constexpr std::size_t kAlong = 12;  ///< levels, from 0 to 2 bones

    cv::Vec3f middle{0, 0, 0};
    std::array<float, kAcross> light{};   ///< luma added across the limb, from -0.9 to 0.9 radii
    std::array<cv::Vec3f, kAlong> off{};  ///< added at a level, as is seen there
    bool is_whole = false;                ///< the light is seen from one side to the other

    /// The color at a place: `along` in bones, `across` -1..1.
    cv::Vec3f at(float along, float across) const;
    /// Whether a color may be this skin in another light.
    bool is_of(const cv::Vec3b& color) const;
    /// `share` of it becomes `now`.
    void follow(const SkinTone& now, float share);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(middle, light, off, is_whole);
    }
};

/// For each pixel of a part of the grid where it is on a limb: along it in bones, 0..2, and across,
/// -1..1 within.
struct LimbPart {
    cv::Rect part;
    cv::Mat1f along, across;
    cv::Mat1b is_limb;  ///< not the hand, which is of another tone
};

/// The tone of the skin that is seen of a limb; its light from one side to the other. Where too
/// little is seen, `all_skin` on a cylinder that is lit from the side from which `cloth` is, the
/// surface of what hides it; nothing without skin either. Where only a strip of it is seen, in
/// light or shade, it is as the `other` limb if that is seen whole.
std::optional<SkinTone> read_tone(const GridView& view, const LimbPart& limb, Surface cloth,
                                  const std::optional<cv::Vec3f>& all_skin,
                                  const SkinTone* other = nullptr);

/// Y Cb Cr of a limb's skin that meets the skin that is seen, in the garment's shade beside it, at
/// the pixels that are `wanted` (CV_8UC1 of the grid, not 0). `cloth`: as in `read_tone`.
void paint_skin(const GridView& view, const LimbPart& limb, const SkinTone& tone, Surface cloth,
                const cv::Mat& wanted, cv::Mat3f& colors);

/// Pixels around the wanted ones that `paint_skin` looks at.
int reach_of_paint(const GridView& view);

/// Pixels of skin that tell a tone; `unit`: a shoulder width.
int least_skin_pixels(double unit);

/// The median color of all skin that is seen, Y Cb Cr; nothing where there is hardly any.
std::optional<cv::Vec3f> tone_of_all_skin(const GridView& view);

}  // namespace closet::removal
