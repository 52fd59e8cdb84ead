#pragma once

#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "core/picture_geometry.h"
#include "warp/paint/pixel_row.h"

namespace closet {

/// A picture to be painted over a part of a frame: a warped garment or an overlay. In shown pixels
/// until StoredPatch takes it to those of the frame.
///
/// The rectangle may reach beyond the frame. Its corner and size are even, so that it covers whole
/// chroma samples in every subsampling. Chroma samples just outside it are not painted, hence a
/// patch that is not cut off by the frame keeps its outermost row and column transparent.
struct Patch {
    cv::Rect where;  ///< x, y, width and height even
    cv::Mat rgba;    ///< CV_8UC4 of that size: R G B A in sRGB, straight alpha; alpha 0 = keep
    /// Colors are R' G' B' of the frame's own space, of the same picture, and stay as they are.
    bool is_native = false;
    /// By row, beyond which alpha is 0; empty: nobody knows. Whoever adds to a patch clears it.
    std::vector<pixel_row::Span> seen{};
};

/// The part of a patch that is not transparent, in pixels of the patch.
cv::Rect visible_part(const Patch& patch);

/// The smallest rectangle with even corner and size that holds `rect`.
inline cv::Rect align_to_chroma(const cv::Rect& rect) {
    const int left = rect.x & ~1;
    const int top = rect.y & ~1;
    const int right = (rect.x + rect.width + 1) & ~1;
    const int bottom = (rect.y + rect.height + 1) & ~1;
    return {left, top, right - left, bottom - top};
}

/// Turns premultiplied colors (CV_8UC4, R G B A) into straight ones, in place.
void unpremultiply(cv::Mat& canvas);

/// Takes patches from shown pixels, in which they are made, to the stored pixels of a frame, on
/// which they are painted (Note [Shown pixels]). Where the picture lies otherwise, pixels are
/// moved; where pixels are not square, the patch is shrunk to them.
class StoredPatch {
  public:
    /// The same patch on the stored picture; as it is where that is the shown one. Its pixels may
    /// belong to this object and stay valid until the next call.
    Patch of(const Patch& shown, const PictureGeometry& geometry);

  private:
    void turn(const Patch& shown, Orientation orientation, cv::Rect where, Patch& result);
    void resample(const Patch& shown, const PictureGeometry& geometry, Patch& result);

    cv::Mat canvas_;  ///< pixels of the last patch; grows, never shrinks
    cv::Mat premultiplied_;
};

}  // namespace closet
