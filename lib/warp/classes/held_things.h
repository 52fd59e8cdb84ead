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
///
/// The networks agree now and then only. So a thing is held once they did for kOpenS, and then it
/// is sought by its colors where it was on the frame before, near the hand, until they have not
/// agreed for five times as long as they did, or for kKeepS. What they agree about from the first
/// frame on is held as long as they do.
class HeldThings {
  public:
    static constexpr double kOpenS = 0.2, kKeepS = 1.5;

    /// Learns what is seen now. `colors`: Y Cb Cr at twice the labels' size; `mixtures`: of ground,
    /// skin, hair, upper and lower clothes. Things of the clothes' color are none: nobody can tell
    /// them from wide sleeves and skirts.
    void learn(const LabelView& labels, const Wearer& wearer, const cv::Mat& colors,
               const std::array<ColorMixture, 5>& mixtures);

    /// Marks what is held (CV_8UC1 of the size of `colors`, 0 or 255); all is 0 where nothing is.
    /// `passed_s`: since the last frame.
    void find(const LabelView& labels, const Wearer& wearer, const cv::Mat& colors, double passed_s,
              cv::Mat& held);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(table_, is_known_, is_from_first_, is_open_, agreed_s_, trust_s_, last_,
                shown_from_last_);
    }

  private:
    bool decide(bool is_sure, double passed_s);

    ColorTable table_;  ///< with things in the place of hair
    bool is_known_ = false;
    bool is_from_first_ = true;  ///< networks have agreed ever since, or there was none yet
    bool is_open_ = false;
    double agreed_s_ = 0, trust_s_ = 0;  ///< how long networks agree; how long they need not
    cv::Mat last_;                       ///< what was held on the frame before; empty: nothing
    cv::Matx23d shown_from_last_;
    std::vector<std::uint16_t> bins_;
};

}  // namespace closet::classes
