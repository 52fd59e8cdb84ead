#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// A picture to be painted over a part of a frame: a warped garment or an overlay. In shown pixels
/// until stored_patch.h takes it to those of the frame.
///
/// The rectangle may reach beyond the frame. Its corner and size are even, so that it covers whole
/// chroma samples in every subsampling. Chroma samples just outside it are not painted, hence a
/// patch that is not cut off by the frame keeps its outermost row and column transparent.
struct Patch {
    cv::Rect where;  ///< x, y, width and height even
    cv::Mat rgba;    ///< CV_8UC4 of that size: R G B A in sRGB, straight alpha; alpha 0 = keep
};

/// The smallest rectangle with even corner and size that holds `rect`.
inline cv::Rect align_to_chroma(const cv::Rect& rect) {
    const int left = rect.x & ~1;
    const int top = rect.y & ~1;
    const int right = (rect.x + rect.width + 1) & ~1;
    const int bottom = (rect.y + rect.height + 1) & ~1;
    return {left, top, right - left, bottom - top};
}

}  // namespace closet
