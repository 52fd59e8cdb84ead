#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "bench/probe/case_player.h"

namespace closet::bench {

/// One frame of an untimed pass.
struct QualityFrame {
    const Frame& original;  ///< as decoded, in memory
    const Frame& painted;
    const std::vector<Pose>& poses;  ///< final ones, of the people who were dressed
    const cv::Mat* matte;            ///< CV_8UC1, see Note [Matte]; null without a garment
};

/// Plays cases to look at what they give rather than how fast.
class QualityRun {
  public:
    explicit QualityRun(std::shared_ptr<CasePlayer> player) : player_(std::move(player)) {}

    /// Calls `look` for every frame in order, from one thread that need not be the caller's; what
    /// it is shown is valid during the call. Frames come from memory whatever the timed passes
    /// include. Throws as CasePlayer::play, and what `look` throws.
    void for_each_frame(const std::vector<Setting>& settings,
                        const std::function<void(const QualityFrame&)>& look,
                        const FitTick& tick = {});

  private:
    std::shared_ptr<CasePlayer> player_;
};

}  // namespace closet::bench
