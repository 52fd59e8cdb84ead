#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/stage_metrics.h"

namespace closet {

/// Of frames, from capture until they were put out, milliseconds.
struct LatencyFigures {
    std::int64_t count = 0;
    double min_ms = 0, mean_ms = 0, p50_ms = 0, p95_ms = 0, p99_ms = 0, max_ms = 0;
};

/// Items that gave way to newer ones, by the place where they did.
struct LiveDrops {
    std::int64_t late = 0;       ///< at the source: due when the next frame was due as well
    std::int64_t render = 0;     ///< frames that waited for rendering
    std::int64_t inference = 0;  ///< views that waited for inference, or grew stale there
    std::int64_t results = 0;    ///< poses that waited for rendering
    std::int64_t output = 0;     ///< rendered frames that waited for the output
    std::int64_t display = 0;    ///< rendered frames that waited for the window
};

struct GpuFigures {
    std::string name;
    double use_percent = 0, temperature_c = 0;
    std::int64_t memory_bytes = 0;  ///< used on the device, by everybody
};

/// What a live run did: of all of it, or of the time since the last report.
struct LiveFigures {
    double at_s = 0;    ///< since the first frame came in
    double time_s = 0;  ///< that the rates are of
    std::int64_t captured = 0, inferred = 0, rendered = 0, put_out = 0;  ///< frames, in that time
    std::int64_t unchanged = 0;  ///< frames that were not inferred since nothing had changed
    double captured_rate = 0, inferred_rate = 0, rendered_rate = 0, put_out_rate = 0;  ///< a second
    LiveDrops drops;
    LatencyFigures latency;       ///< capture to display; to the output where there is no window
    LatencyFigures pose_latency;  ///< capture of a view until its poses were there
    std::int64_t poses_measured = 0, poses_predicted = 0, poses_held = 0, poses_missing = 0;
    int batch = 0;                     ///< the most views in a call, at the moment
    double interval_s = 0;             ///< between views, at the moment
    std::size_t queue_depth = 0;       ///< views that wait for inference, at the moment
    std::vector<StageMetrics> stages;  ///< since the start
    double cpu_percent = 0;            ///< of one core
    std::int64_t memory_bytes = 0, peak_memory_bytes = 0;  ///< resident
    std::string device;                                    ///< that networks run on
    std::optional<GpuFigures> gpu;
    bool connected = true;  ///< to the source
    std::int64_t reconnections = 0, damaged = 0;
    std::string source;   ///< e.g. "camera /dev/video0, mjpeg 1280x720 at 30"
    std::string garment;  ///< name of the one that is worn; empty: none
    std::string warp;
    std::string recording;  ///< the file that is written at the moment; empty: none
};

}  // namespace closet
