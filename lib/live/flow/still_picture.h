#pragma once

#include <memory>

#include <opencv2/core/mat.hpp>

namespace closet {

/// Tells whether the picture stands still, so that inference would find the same again. For one
/// thread.
class StillPicture {
  public:
    /// Throws ConfigError for a `max_s` that is negative or not a number.
    explicit StillPicture(double max_s = 1);
    ~StillPicture();
    StillPicture(const StillPicture&) = delete;
    StillPicture& operator=(const StillPicture&) = delete;
    StillPicture(StillPicture&&) = delete;
    StillPicture& operator=(StillPicture&&) = delete;

    /// `view`: CV_8UC3, R G B; `seconds` (Frame::seconds) grows. True where nothing moved since the
    /// last view that got false, which was to be inferred, and that is no more than `max_s` ago.
    bool unchanged(const cv::Mat& view, double seconds);

    /// The next view is to be inferred: another source, or the last one was dropped.
    void reset();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace closet
