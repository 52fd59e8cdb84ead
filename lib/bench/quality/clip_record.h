#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
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

/// How one pass over a clip compares with another, frame by frame.
struct RecordComparison {
    PoseErrors errors;
    FrameMetric jitter, reference_jitter;
    FrameMetric ssim, psnr_db, lpips;  ///< one for each picture of the reference
    FrameMetric oks;                   ///< without weight where there are no labels
    double frames_per_s;               ///< of the clip: blocks last at least half a second
};

/// Compares `tested` with `reference`, a pass over the same clip. `labels`: null for none;
/// `distance`: of records with colors, empty: not measured. Throws std::invalid_argument for
/// records of different length.
RecordComparison compare_records(const ClipRecord& reference, const ClipRecord& tested,
                                 double frames_per_s, const ClipLabels* labels = nullptr,
                                 const PerceptualDistance& distance = {});

/// What the comparisons of one case come to over all clips, in their order.
Quality quality_of(std::span<const RecordComparison> clips, double level = 0.95,
                   std::uint64_t seed = 1);

}  // namespace closet::bench
