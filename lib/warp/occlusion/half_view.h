#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>
#include <opencv2/core/types.hpp>

#include "core/frame.h"
#include "core/picture_geometry.h"
#include "core/pose.h"
#include "warp/paint/patch.h"

namespace closet::occlusion {

/// A frame's pixels, and where they are seen (Note [Shown pixels]). The frame must outlive it.
struct ShownPicture {
    /// Not explicit, so that a frame that lies as it is stored can be given alone.
    ShownPicture(const AVFrame& picture, Orientation orientation = {})
        : image(picture), geometry(geometry_of(picture, orientation)) {}
    /// Of a frame in memory or on a device (Note [Frames on a device]).
    ShownPicture(const Frame& whole)
        : image(*whole.image), geometry(geometry_of(whole)), frame(&whole) {}

    bool is_on_device() const { return frame != nullptr && frame->on_device; }

    const AVFrame& image;
    PictureGeometry geometry;
    const Frame* frame = nullptr;  ///< null: the picture was given alone, it is in memory
};

/// Values of HalfView::person from here on are taken for the person.
inline constexpr std::uint8_t kPerson = 128;

/// Pixels of a mask: as far apart may it be read and interpolated between, which costs less.
inline constexpr double kFineMask = 0.6;

/// A part of a frame, as it is shown, at half size. Pixel (i, j) is the mean of the frame's pixels
/// where.x + 2i, + 1 and where.y + 2j, + 1; beyond the frame its edge is repeated.
struct HalfView {
    cv::Rect where;  ///< shown pixels; x, y, width and height even
    cv::Mat colors;  ///< CV_8UC3: Y Cb Cr of the frame's own matrix, full range, 128 = no color
    cv::Mat person;  ///< CV_8UC1: 255 = person, from kPerson on more likely than not

    /// The shown point in the middle of a pixel.
    cv::Point2f at(int i, int j) const {
        return {static_cast<float>(where.x + 2 * i) + 0.5F,
                static_cast<float>(where.y + 2 * j) + 0.5F};
    }
};

/// Reads `where` (even, partly within the frame) from a frame of any paintable format
/// (core/pixel_format.h). RGB and HDR, which is compressed to SDR first (core/color.h), are
/// taken through BT.601; gray has no chroma. The frame may be on a device, if it is SDR and lies as
/// it is shown. False, with `colors` unspecified, for other formats and frames.
bool read_colors(const ShownPicture& picture, cv::Rect where, cv::Mat& colors);

/// Limited range to full range, in 16 bits: luma is (1 + kFullLuma / 2^16) * (sum of four samples -
/// 64) / 4, chroma (1 + kFullChroma / 2^16) * (sample - 128) + 128, both rounded.
inline constexpr std::int16_t kFullLuma = 76310 - (1 << 16), kFullChroma = 74603 - (1 << 16);

/// `read_colors` of single rows, for the usual case: 8-bit YUV 4:2:0 of SDR.
class PlainColors {
  public:
    /// Nothing where it is another case, or `where` (even, of a picture that lies as it is stored)
    /// is not all within the frame, which must outlive it, or it is not in memory.
    static std::optional<PlainColors> of(const AVFrame& frame, cv::Rect where);

    /// The half-size pixels of some columns of a row. Asks for those `ahead` rows below, too.
    void read(int row, cv::Range columns, std::uint8_t* colors, int ahead = 4) const;

  private:
    std::array<const std::uint8_t*, 3> first_;
    std::array<std::ptrdiff_t, 3> stride_;
    int rows_ = 0;
    int chroma_step_ = 1;
    bool full_ = false;
};

/// Y Cb Cr of a frame (read_colors), chroma less 128, to R' G' B' of its own space, all in levels.
cv::Matx33f rgb_from_colors(const AVFrame& frame);

/// The person's mask in `where`, interpolated; 0 beyond the mask. Where there is no usable mask,
/// all is person: `person` is 255 then. A pixel of `person` covers `step` x `step` shown pixels;
/// width and height of `where` are multiples of it.
void read_person(const PersonMask* mask, cv::Rect where, cv::Mat& person, int step = 2);

/// Whether a mask may be read: it is there (null: false), CV_8UC1, and its matrix is finite.
bool is_usable(const PersonMask* mask);

/// The part of a box (shown pixels, any numbers) within a picture, even; empty where there is none.
cv::Rect even_part(cv::Rect2d box, cv::Size frame);

/// Takes what is kept out of the patch: `kept` (CV_8UC1, 0..255) covers `where` (even) at half
/// size.
void cut_away(Patch& patch, const cv::Mat& kept, cv::Rect where);

/// Colors are Y Cb Cr, full range. One unit of the mesh study's CIELAB distances is 1.3 levels of
/// chroma for skin and cloth, and 2.55 levels of luma.
inline constexpr float kLevelsOfLab = 1.3F;

/// The weight of luma levels beside chroma levels where CIELAB's L has the weight `of_lightness`.
constexpr float luma_weight(float of_lightness) {
    return of_lightness * kLevelsOfLab / 2.55F;
}

/// Square of the distance of two colors in levels of chroma.
inline float squared_distance(cv::Vec3b a, cv::Vec3b b, float luma) {
    const auto y = static_cast<float>(a[0] - b[0]) * luma;
    const auto u = static_cast<float>(a[1] - b[1]);
    const auto v = static_cast<float>(a[2] - b[2]);
    return y * y + u * u + v * v;
}

/// Collects colors and gives the median of each channel.
class MedianColor {
  public:
    /// One more color of the collection.
    void add(cv::Vec3b color) {
        auto& counts = counts_[static_cast<std::size_t>(count_ % 2)];
        for (int c = 0; c < 3; ++c) {
            ++counts[static_cast<std::size_t>(c)][color[c]];
        }
        ++count_;
    }
    /// How many colors there are.
    int count() const { return count_; }
    /// The lower median of each channel. Black without any color.
    cv::Vec3b median() const;

  private:
    /// Of every second color: one count would wait for the one before it.
    std::array<std::array<std::array<int, 256>, 3>, 2> counts_{};
    int count_ = 0;
};

}  // namespace closet::occlusion
