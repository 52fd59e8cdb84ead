#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include <opencv2/core/mat.hpp>

#include "warp/removal/garment_hem.h"
#include "warp/removal/grid_view.h"

namespace closet::removal {

/// What is seen of trousers or a skirt right below an old top's hem.
struct TrouserMeasures {
    static constexpr std::size_t kBins = 24;
    static constexpr double kBinsAside = 0.8;  ///< the old hem's bins reach so far on either side

    std::array<double, kBins> old_hem{};  ///< rows: down from the hips, shoulder widths
    double left = 0, right = 0, left_y = 0, right_y = 0;  ///< the edges, likewise
    double old_along = 0;                                 ///< of the old hem, as GarmentHem::along
    std::array<cv::Vec3f, kBins> color{};                 ///< from the left edge to the right one

    /// The bin of a share, 0..1, of what is divided.
    static std::size_t bin_of(double share) {
        return static_cast<std::size_t>(
            std::clamp(share * kBins, 0.0, static_cast<double>(kBins - 1)));
    }
    /// The old hem's bin, `aside` shoulder widths to the right of the hips.
    static std::size_t hem_bin(double aside) {
        return bin_of((aside + kBinsAside) / (2 * kBinsAside));
    }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(old_hem, left, right, left_y, right_y, old_along, color);
    }
};

/// Pixels right under an old hem that are in its shadow; `unit`: a shoulder width.
inline double under_hem(double unit) {
    constexpr double kSkip = 0.035;  // the study's
    return std::max(1.5, kSkip * unit);
}

/// First and last column of lower clothes in a row, near the spine; nothing where hardly any are.
std::optional<std::array<int, 2>> lower_clothes_at(const GridView& view, int y);

/// `old` (CV_8UC1, not 0) is where the old clothes are. Nothing where no hem over lower clothes is
/// found, where it is a coat's, or where their edges or colors are not seen.
std::optional<TrouserMeasures> measure_trousers(const GridView& view, const cv::Mat& old,
                                                const GarmentHem& hem);

}  // namespace closet::removal
