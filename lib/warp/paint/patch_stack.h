#pragma once

#include <opencv2/core/mat.hpp>

#include "warp/paint/patch.h"

namespace closet {

/// One patch of several that lie on each other.
class PatchStack {
  public:
    /// Nothing lies there any more.
    void clear() { where_ = {}; }
    /// Lays a patch over what is there.
    void add(const Patch& patch);
    /// All of it: empty where nothing was added. Its pixels stay valid until the next call.
    Patch patch() const { return {where_, rgba_}; }

  private:
    cv::Rect where_;
    cv::Mat rgba_;  ///< CV_8UC4, straight alpha
};

}  // namespace closet
