#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "bench/probe/case_player.h"
#include "bench/quality/clip_record.h"
#include "bench/result/result.h"
#include "similarity/lpips.h"

namespace closet::bench {

/// One frame of an untimed pass.
struct QualityFrame {
    const Frame& original;  ///< as decoded, in memory
    const Frame& painted;
    const std::vector<Pose>& poses;  ///< final ones, of the people who were dressed
    const cv::Mat* matte;            ///< CV_8UC1, see Note [Matte]; null without a garment
};

/// Plays a clip with a case's settings to look at what it gives rather than how fast: calls `look`
/// for every frame in order, from one thread that need not be the caller's; what it is shown is
/// valid during the call. Frames come from memory whatever the timed passes include. Throws as
/// CasePlayer::play, and what `look` throws.
void for_each_frame(CasePlayer& player, std::size_t clip, const std::vector<Setting>& settings,
                    const std::function<void(const QualityFrame&)>& use, const FitTick& tick = {});

/// What quality is measured of.
struct QualityWishes {
    std::vector<std::string> labels;     ///< a file a clip; empty: no similarity to labels
    std::shared_ptr<const Lpips> lpips;  ///< null: not measured
    double level = 0.95;                 ///< confidence of intervals, 0..1
};

/// Measures the quality of cases on an untimed pass over the same clips with the same settings,
/// against most_careful_settings(). That the pass did the work of the timed ones is checked by its
/// poses.
class QualityJudge {
  public:
    /// Plays the reference. `context` is that of the player's clips. Passes break off when `tick`
    /// says so. Throws what the player throws, and ConfigError for labels.
    QualityJudge(std::shared_ptr<CasePlayer> player, const Context& context,
                 const QualityWishes& wishes, FitTick tick);

    /// Fills `measured.quality`. Throws Error where the case cannot be played or did not do the
    /// work of its samples.
    void judge(Case& measured) const;

  private:
    /// What is compared on one clip.
    struct Clip {
        std::vector<std::int64_t> pictures;
        double frames_per_s = 0;
        std::optional<ClipLabels> labels;
        std::optional<ClipRecord> reference;
    };

    ClipRecord record(std::size_t clip, const std::vector<Setting>& settings,
                      std::string* digest = nullptr) const;

    std::shared_ptr<CasePlayer> player_;
    FitTick tick_;
    PerceptualDistance distance_;  ///< empty: not measured
    double level_;
    std::uint64_t seed_;
    std::vector<Clip> clips_;
};

}  // namespace closet::bench
