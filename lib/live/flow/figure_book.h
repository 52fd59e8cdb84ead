#pragma once

#include <functional>
#include <memory>
#include <span>

#include "core/captured_frame.h"
#include "core/pose.h"
#include "live/flow/figures.h"

namespace closet {

/// Counts what a live run does. Safe from any thread; nothing in it grows with time.
class FigureBook {
  public:
    /// Adds what others know to a report: batch, interval, queue depth, stages, device, source,
    /// garment and so on, and `drops`, `damaged` and `reconnections` since the start. Called
    /// without a lock on the thread that asks for the report.
    using Fill = std::function<void(LiveFigures&)>;
    using Now = std::function<LiveClock::time_point()>;

    explicit FigureBook(Fill fill = {}, Now now = &LiveClock::now);
    ~FigureBook();
    FigureBook(const FigureBook&) = delete;
    FigureBook& operator=(const FigureBook&) = delete;
    FigureBook(FigureBook&&) = delete;
    FigureBook& operator=(FigureBook&&) = delete;

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
    LiveFigures since_last();
    /// Of all of it.
    LiveFigures total() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace closet
