#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <opencv2/core/types.hpp>

#include "decode/decode.h"
#include "encode/encode.h"
#include "people/people.h"

namespace closet {

/// A window over a clip in which one person stays for a while: of one size, moved smoothly.
class SegmentWindow {
  public:
    /// `picture`: its size in shown pixels; `sightings`: not empty, by time.
    SegmentWindow(const std::vector<Sighting>& sightings, cv::Size picture);

    double start_s() const { return times_.front(); }
    double end_s() const { return times_.back(); }

    /// The window at a time, shown pixels: inside the picture, sides even.
    cv::Rect at(double time_s) const;
    cv::Size size() const { return size_; }

  private:
    std::vector<double> times_;
    std::vector<cv::Point2d> centers_;
    cv::Size size_, picture_;
};

/// What is cut out of a clip.
struct SegmentPlan {
    std::filesystem::path file;
    SegmentWindow window;
};

/// Called now and then with frames read and frames to expect (0: unknown); false ends the work.
using SegmentTick = std::function<bool(std::int64_t done, std::int64_t expected)>;

/// Reads the clip once more and encodes all segments side by side.
///
/// Note [Segments]
/// The calling thread decodes and cuts the windows out, without copying pixels; `workers` threads
/// encode. A segment belongs to one worker, which takes its frames out of a bounded queue in order;
/// so the decoder waits where all encoders are behind, and memory holds kQueue frames a worker.
/// Each encoder has one thread: side by side they keep all cores busy.
///
/// Returns the encoders, finished, in the order of `plans`: their files wait under their working
/// names to be published. Empty where `tick` ended it. Throws as Decode and Encode do.
std::vector<std::unique_ptr<Encode>> encode_segments(const std::string& clip,
                                                     const DecodeOptions& decode,
                                                     const std::vector<SegmentPlan>& plans,
                                                     const EncodeOptions& options, unsigned workers,
                                                     const SegmentTick& tick);

}  // namespace closet
