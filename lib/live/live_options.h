#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "decode/capture/capture.h"
#include "encode/stream/live_output.h"
#include "encode/stream/mirror.h"
#include "infer/infer_options.h"
#include "live/collect_batch.h"
#include "live/load_control.h"
#include "predict/predict.h"
#include "warp/warp.h"

namespace closet {

/// Everything that a live run can be told.
struct LiveOptions {
    CaptureOptions capture;
    InferOptions infer;       ///< `masks` is settled by the run
    double scale = 0.5;       ///< view pixels per frame pixel along each side, (0, 1]
    LoadLimits load;          ///< a `min_interval_s` of 0: every frame, as far as it can be kept up
    bool adaptive = true;     ///< batch and interval follow the load between the limits
    bool skip_still = false;  ///< views in which nothing moves are not inferred
    CollectOptions collect;
    std::size_t inference_queue = 10;  ///< views that may wait; the oldest gives way
    std::size_t result_queue = 4;      ///< results that may wait; the oldest gives way
    std::size_t output_queue = 4;      ///< frames that may wait for the output
    PredictOptions predict;
    WarpOptions warp;                        ///< its warp and skeleton are where the run begins
    bool mirror = true;                      ///< put out and show the picture as in a mirror
    bool window = false;                     ///< somebody asks for the frames to show
    LiveOutputOptions output;                ///< "none" where only the window counts
    std::optional<std::int64_t> max_frames;  ///< the run ends after that many rendered
};
/// What is the run's own; its stages have theirs.
std::vector<Option> load_options(LiveOptions& options);
Option mirror_option(bool& mirror);

}  // namespace closet
