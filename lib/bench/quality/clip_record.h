#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "bench/quality/garment_similarity.h"
#include "bench/quality/oks.h"
#include "bench/quality/pose_errors.h"
#include "bench/result/result.h"
#include "core/pose.h"

namespace closet::bench {

/// What is kept of one pass over a clip, to compare it with another pass: the poses of every frame
/// and the dressed pictures of some.
class ClipRecord {
  public:
    /// Makes RGB of a frame, see DressedPicture::rgb.
    using ToRgb = std::function<cv::Mat(const AVFrame& frame)>;

    /// `pictures`: which frames' pictures are kept (frames_to_compare), ascending; with `to_rgb`
    /// in color, too.
    explicit ClipRecord(std::vector<std::int64_t> pictures, ToRgb to_rgb = {})
        : wanted_(std::move(pictures)), to_rgb_(std::move(to_rgb)) {}

    /// Takes the frames in order. `matte`: see keep_picture; null where nothing was painted for
    /// want of a garment.
    void add(const AVFrame& dressed, const std::vector<Pose>& poses, const cv::Mat* matte);

    /// Of all frames that were added, without masks and shapes.
    const ClipPoses& poses() const { return poses_; }
    /// Of the wanted frames, by number of frame.
    const std::map<std::int64_t, DressedPicture>& pictures() const { return pictures_; }

  private:
    std::vector<std::int64_t> wanted_;
    ToRgb to_rgb_;
    ClipPoses poses_;  ///< without masks and shapes
    std::map<std::int64_t, DressedPicture> pictures_;
};

/// What a comparison needs to know besides the passes.
struct QualityOptions {
    const ClipLabels* labels = nullptr;  ///< the caller's; null: no similarity to labels
    PerceptualDistance distance{};       ///< of records with colors; empty: not measured
    double frames_per_s = 30;            ///< of the clip: blocks last at least half a second
    double level = 0.95;
    std::uint64_t seed = 1;
};

/// How `tested` compares with `reference`, a pass over the same clip. Throws std::invalid_argument
/// for records of different length.
Quality compare_records(const ClipRecord& reference, const ClipRecord& tested,
                        const QualityOptions& options);

}  // namespace closet::bench
