#pragma once

#include <cstdint>
#include <optional>

#include "batch/key_frames.h"
#include "batch/scene_cut.h"
#include "batch/view.h"
#include "live/flow/still_picture.h"
#include "live/shots.h"

namespace closet {

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
