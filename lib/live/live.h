#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "infer/parse/parser.h"
#include "live/choose_views.h"
#include "live/dress_shots.h"
#include "live/garment_rack.h"
#include "live/infer_views.h"
#include "live/live_options.h"
#include "live/output_end.h"
#include "live/shots.h"
#include "live/statistics.h"
#include "pipeline/latest_queue.h"
#include "pipeline/nvml.h"
#include "pipeline/thread_group.h"

namespace closet {

/// Note [The threads of a live run]
///
///     capture --> [1] ------------------------> render --> [4] --> output
///        |                                       ^  |
///        +--> [10] --> infer --> [4] results ----+  +----> [1] --> window (the caller)
///
/// Nothing waits for what is slower: where there is no room, the oldest item goes and is counted.
/// So rendering never waits for inference, and the latency of a frame is that of capture, rendering
/// and output alone; what inference found of earlier frames is predicted to the frame's own time.
///
/// The run ends from its front: the source ends or is told to, then each thread takes what still
/// waits before it and ends, and the output is finished. An exception of one thread ends all.
class Live {
  public:
    /// What `options` need of the networks. garments: whether any is worn.
    static InferOptions infer_options(const LiveOptions& options, bool garments);

    /// Opens source and output; `start` begins. `networks` serve infer_options(); `rack`, which may
    /// hold no garment, must outlive this. `stop` ends the opening early. Throws as Capture, Warp
    /// and open_live_output do.
    Live(const LiveOptions& options, std::shared_ptr<PoseModel> model,
         std::shared_ptr<PersonDetector> detector, std::shared_ptr<PersonParser> parser,
         const GarmentRack& rack, const std::stop_token& stop = {});
    /// Stops at once what still runs.
    ~Live();
    Live(const Live&) = delete;
    Live& operator=(const Live&) = delete;
    Live(Live&&) = delete;
    Live& operator=(Live&&) = delete;

    /// Begins: frames flow from here on. Once only.
    void start();

    /// Asks the source to end; the rest follows in order. From any thread, does not wait.
    void end();
    /// Ends everything as soon as possible, without finishing more than must be.
    void stop();
    /// Waits at most `time` and tells whether the run has ended.
    bool wait_for(LiveClock::duration time) { return threads_.wait_for(time); }
    /// Waits for the end; rethrows the first error of any thread.
    void wait() { threads_.wait(); }

    /// The newest frame for the window, waited for until `deadline`. One caller; see displayed().
    std::optional<RenderedFrame> next_to_show(LiveClock::time_point deadline);
    /// The frame is in the window now.
    void displayed(const RenderedFrame& frame) { book_.displayed(frame.captured); }

    // What the user may change on the way, from any thread.
    void set_mirror(bool on) { mirror_ = on; }
    bool mirror() const { return mirror_; }
    void set_skeleton(bool on) { skeleton_ = on; }
    bool skeleton() const { return skeleton_; }
    /// The next one of the list of warps. Returns its name.
    std::string_view next_warp();
    /// See OutputEnd.
    void record(const std::string& path) { output_.record(path); }
    std::string recording() const { return output_.recording(); }

    /// What happened since the last call that the user should be told, oldest first.
    std::optional<std::string> take_message();

    LiveStatistics since_last() { return book_.since_last(); }
    LiveStatistics total() const { return book_.total(); }
    /// Of the pictures as they are shown, pixels.
    cv::Size picture_size() const;
    bool connected() const { return capture_.connected(); }

  private:
    void capture(const std::stop_token& stop, StageClock& clock);
    void infer(const std::stop_token& stop, StageClock& clock);
    void render(const std::stop_token& stop, StageClock& clock);
    void put_out(const std::stop_token& stop, StageClock& clock);
    Outfit look() const;
    void fill(LiveStatistics& figures) const;
    std::optional<GpuFigures> gpu_figures() const;

    LiveOptions options_;
    const GarmentRack& rack_;
    std::stop_source source_stop_;  ///< ends the source alone
    std::stop_source hard_stop_;    ///< ends everything, the output's waiting too

    LatestQueue<std::string> messages_;
    LatestQueue<Shot> to_render_;
    LatestQueue<LiveView> to_infer_;
    LatestQueue<LiveResult> results_;
    LatestQueue<RenderedFrame> to_output_;
    LatestQueue<RenderedFrame> to_window_;
    std::atomic<bool> mirror_, skeleton_;
    std::atomic<std::size_t> warp_;  ///< index into warps()

    Capture capture_;
    OutputEnd output_;
    ChooseViews choose_;
    CollectBatch<LiveView> collect_;
    InferViews infer_;
    LoadControl load_;
    Wardrobe wardrobe_;
    DressShots dress_;
    std::atomic<std::int64_t> stale_{0};
    std::string device_;              ///< that networks run on, in words
    std::optional<Nvml::Card> card_;  ///< the GPU that they run on, where there is one
    StatisticsBook book_;
    ThreadGroup threads_;  ///< last: ends before what its threads use
};

}  // namespace closet
