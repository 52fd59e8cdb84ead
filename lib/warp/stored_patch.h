#pragma once

#include <opencv2/core/mat.hpp>

#include "core/picture_geometry.h"
#include "warp/patch.h"

namespace closet {

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
