#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/pose.h"
#include "infer/infer_options.h"
#include "infer/person_tracker.h"
#include "infer/pose_model.h"
#include "infer/side_continuity.h"
#include "pipeline/concepts.h"
#include "pipeline/worker_pool.h"

namespace closet {

/// Throws ConfigError for values out of range, unknown names and impossible combinations, and
/// ModelError for a device that is not there. Loads nothing.
void validate(const InferOptions& options);

/// Finds the person on each key frame of a batch. See Note [Regions of a batch].
class Infer {
  public:
    using Input = FrameBatch;
    using Output = PosedBatch;
    static constexpr std::string_view kName = "infer";

    /// Loads the model that the options name; `workers` must outlive this. Throws ConfigError or
    /// ModelError.
    Infer(const InferOptions& options, WorkerPool& workers);

    /// With a model that is loaded already and may serve several runs, one at a time.
    Infer(std::shared_ptr<PoseModel> model, const InferOptions& options);

    void process(FrameBatch batch, const Emit<PosedBatch>& emit);
    void flush(const Emit<PosedBatch>&) {}

    std::int64_t key_frames() const { return tracker_.counts().views; }
    const TrackerCounts& counts() const { return tracker_.counts(); }

  private:
    Pose make_pose(Tracked tracked, double time_s, const cv::Matx23d& frame_from_view);

    std::shared_ptr<PoseModel> model_;
    PersonTracker tracker_;
    SideContinuity sides_;
    int person_id_ = -1;  ///< of the last pose
};

}  // namespace closet
