#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <opencv2/core/mat.hpp>

#include "batch/key_frames.h"
#include "batch/scene_cut.h"
#include "batch/view.h"
#include "live/shots.h"

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

/// Numbers the scenes of a live source and makes the views that inference gets: one each interval,
/// as soon as a scene starts, and tells those in which nothing moved. For one thread.
class ChooseViews {
  public:
    /// Throws ConfigError for a scale out of range.
    ChooseViews(double scale, bool skip_still) : views_(scale), skip_still_(skip_still) {}

    /// To be called for every frame, in order. Numbers the scene that the frame belongs to.
    Shot take(CapturedFrame captured);

    /// The view of the frame taken last, where one is due. interval_s: between views, 0 for all.
    std::optional<LiveView> view_of(const Shot& shot, double interval_s);

  private:
    ViewMaker views_;
    SceneCutDetector cuts_;
    StillPicture still_;
    bool skip_still_;
    int scene_ = 0;
    int seen_scene_ = 0;     ///< of the last view
    std::int64_t like_ = 0;  ///< LiveView::like of the last view
    KeyFrameClock clock_;
};

}  // namespace closet
