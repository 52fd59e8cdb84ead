#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/frame.h"
#include "core/pose.h"
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

/// Of the person asked for by a face.
struct LiveFace {
    std::string photo;                ///< the file
    float threshold = 0;              ///< the least similarity of the same person
    std::optional<float> similarity;  ///< the highest of any face so far; nothing: none was seen
};

/// What a live run did: of all of it, or of the time since the last report.
struct LiveStatistics {
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
    std::string source;            ///< e.g. "camera /dev/video0, mjpeg 1280x720 at 30"
    std::optional<LiveFace> face;  ///< nothing where nobody is asked for by a face
    std::string garment;           ///< name of what is worn, "trousers+top"; empty: nothing
    std::string warp;
    std::string recording;  ///< the file that is written at the moment; empty: none
};

/// How long things took, in fixed memory however many there are: the buckets are equal within each
/// power of two (after Tene's HdrHistogram), so that a quantile is off by at most 1 % from 10 us to
/// 100 s. Count, least, greatest and mean are exact. For one thread.
class LatencyHistogram {
  public:
    LatencyHistogram();

    /// Negative times count as 0, those beyond 100 s as 100 s in the quantiles.
    void add(LiveClock::duration time);
    void merge(const LatencyHistogram& other);
    void clear();

    std::int64_t count() const { return count_; }
    /// Milliseconds; the time that a share `quantile` (0..1) of all did not exceed; 0 without any.
    double quantile_ms(double quantile) const;
    LatencyFigures figures() const;

  private:
    std::vector<std::int64_t> buckets_;
    std::int64_t count_ = 0;
    std::int64_t min_ns_ = 0, max_ns_ = 0;
    double sum_ns_ = 0;
};

/// Counts what a live run does. Safe from any thread; nothing in it grows with time.
class StatisticsBook {
  public:
    /// Adds what others know to a report: batch, interval, queue depth, stages, device, source,
    /// garment and so on, and `drops`, `damaged` and `reconnections` since the start. Called
    /// without a lock on the thread that asks for the report.
    using Fill = std::function<void(LiveStatistics&)>;
    using Now = std::function<LiveClock::time_point()>;

    explicit StatisticsBook(Fill fill = {}, Now now = &LiveClock::now);
    ~StatisticsBook();
    StatisticsBook(const StatisticsBook&) = delete;
    StatisticsBook& operator=(const StatisticsBook&) = delete;
    StatisticsBook(StatisticsBook&&) = delete;
    StatisticsBook& operator=(StatisticsBook&&) = delete;

    void captured();                                ///< a frame came in; time starts with the first
    void inferred(LiveClock::time_point captured);  ///< the poses of a view of then are there
    void unchanged();  ///< a view was not inferred, nothing had changed
    /// A frame is painted; `poses` are those on it, each counts by its origin, none as missing.
    void rendered(std::span<const Pose> poses);
    /// A frame has left through the output. Its latency counts where nothing is ever displayed.
    void put_out(LiveClock::time_point captured);
    void displayed(LiveClock::time_point captured);  ///< a frame is in the window

    /// Of the time since the last call, or since the first frame. Drops are those of that time,
    /// stages, `damaged` and `reconnections` those since the start.
    LiveStatistics since_last();
    /// Of all of it.
    LiveStatistics total() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace closet
