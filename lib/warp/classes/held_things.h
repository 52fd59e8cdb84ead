#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "warp/classes/color_mixture.h"
#include "warp/classes/label_view.h"
#include "warp/wearer.h"

namespace closet::classes {

/// Bags and the like near a hand. No network has a class for them: the one that knows clothes calls
/// them clothes, the one that knows bodies sees nobody there. Where both say so, their colors are
/// learned; what has these colors and hangs together with it is held, up to the body.
class HeldThings {
  public:
    /// Learns what is seen now, or forgets. `colors`: Y Cb Cr at twice the labels' size;
    /// `mixtures`: of ground, skin, hair, upper and lower clothes. Things of the clothes' color are
    /// none: nobody can tell them from wide sleeves and skirts.
    void learn(const LabelView& labels, const Wearer& wearer, const cv::Mat& colors,
               const std::array<ColorMixture, 5>& mixtures);

    /// Marks what is held (CV_8UC1 of the size of `colors`, 0 or 255); false: nothing is.
    bool find(const LabelView& labels, const Wearer& wearer, const cv::Mat& colors, cv::Mat& held);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(table_, is_known_);
    }

  private:
    ColorTable table_;  ///< with things in the place of hair
    bool is_known_ = false;
    std::vector<std::uint16_t> bins_;
};

}  // namespace closet::classes
