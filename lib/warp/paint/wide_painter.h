#pragma once

#include <array>
#include <vector>

#include "core/av_handles.h"
#include "warp/paint/color_map.h"
#include "warp/paint/patch.h"

namespace closet {

/// Paints patches into every paintable format, in floating point: all depths, frames that are
/// transparent themselves (Porter-Duff "over" on straight alpha), all primaries and transfer
/// curves. What Composite's integer kernels cover takes several times as long here. Samples under
/// alpha 0 keep every bit; the others are within one level of exact arithmetic.
class WidePainter {
  public:
    /// Pixel i of a patch row is at i + 1; colors are multiplied by alpha.
    struct Row {
        std::vector<float> r, g, b, a;
        std::vector<float> under;  ///< alpha of the frame before anything was painted
    };

    /// As Composite::paint, with a patch that it accepts.
    void paint(AVFrame& frame, const Patch& patch);

  private:
    Row& row(int y) { return ring_[static_cast<unsigned>(y) & 3U]; }
    void load(const AVFrame& frame, const Patch& patch, int y);

    AVColorTransferCharacteristic transfer_ = AVCOL_TRC_BT709;
    AVColorPrimaries primaries_ = AVCOL_PRI_BT709;
    ColorMap map_;             ///< for the two
    std::array<Row, 4> ring_;  ///< patch row y in ring_[y & 3]
    Row sums_, chroma_;
};

}  // namespace closet
