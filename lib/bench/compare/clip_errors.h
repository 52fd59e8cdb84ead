#pragma once

#include <span>
#include <vector>

#include "bench/result/result.h"
#include "bench/stats/clip_figure.h"
#include "bench/stats/estimate.h"

namespace closet::bench {

/// The keypoint errors that a case's frames show.
class ErrorFrames {
  public:
    /// Copies what it needs. `clips`: those of the context.
    ErrorFrames(const Case& measured, std::span<const ClipFacts> clips);
    ErrorFrames(ErrorFrames&&) = default;
    ErrorFrames& operator=(ErrorFrames&&) = default;
    ErrorFrames(const ErrorFrames&) = delete;
    ErrorFrames& operator=(const ErrorFrames&) = delete;
    ~ErrorFrames() = default;

    /// One a clip, viewing this object; empty where the case does not tell its frames.
    const std::vector<ClipFrames>& clips() const { return clips_; }

    /// Whether both tell as many frames of as many clips, and some.
    bool can_be_paired_with(const ErrorFrames& other) const;

  private:
    std::vector<std::vector<double>> totals_, weights_;
    std::vector<ClipFrames> clips_;  ///< viewing the above
};

/// The mean keypoint error of each clip by itself; one a clip, NaN where a clip tells none, empty
/// where the case does not tell its frames.
std::vector<Estimate> error_by_clip(const Case& measured, std::span<const ClipFacts> clips,
                                    double level = 0.95, std::uint64_t seed = 1);

}  // namespace closet::bench
