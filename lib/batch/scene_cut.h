#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "core/frame.h"

namespace closet {

/// A picture reduced to the brightness of a coarse grid.
struct LumaSignature {
    static constexpr int kColumns = 32;
    static constexpr int kRows = 18;
    static constexpr std::size_t kBins = 32;

    std::array<float, std::size_t{kColumns} * kRows> grid{};  ///< mean of each cell, 0..255
    std::array<float, kBins> histogram{};  ///< share of the samples, sums up to 1
    float contrast = 0;                    ///< standard deviation of `grid`

    template <class Archive>
    void serialize(Archive& archive) {
        archive(grid, histogram, contrast);
    }
};

LumaSignature luma_signature(const AVFrame& image);
/// The same of a frame that may be on a device.
LumaSignature luma_signature(const Frame& frame);

/// How differently two pictures are laid out: 1 - the best correlation of their grids over small
/// shifts. 0 = the same up to gain, offset and a small pan, 1 = unrelated, 2 = inverted.
float layout_distance(const LumaSignature& a, const LumaSignature& b);

/// How differently brightness is distributed in two pictures, wherever it lies: half the L1
/// distance of their histograms. 0..1.
float tone_distance(const LumaSignature& a, const LumaSignature& b);

/// Finds hard cuts in a stream of pictures, one at a time and without looking ahead.
///
/// A cut changes both where things are and how bright the picture is, from one frame to the next.
/// Pans are followed, changes of light keep the layout, flat pictures (a white flash, black between
/// two fades) are skipped over; a dissolve has no frame that a hard cut would have, and is none.
class SceneCutDetector {
  public:
    /// True for the first picture and for the first one after a hard cut.
    bool is_cut(const AVFrame& image) { return is_cut(luma_signature(image)); }
    bool is_cut(const LumaSignature& now);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(last_, activity_);
    }

  private:
    std::optional<LumaSignature> last_;  ///< of the last picture that was not flat
    float activity_ = 0;                 ///< decaying peak of the layout distance between neighbors
};

}  // namespace closet
