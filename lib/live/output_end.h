#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "encode/stream/live_output.h"

namespace closet {

/// Where rendered frames end: the output of the run and, as long as the user wants one, a
/// recording. `put` and `finish` are for the output's thread, the rest for any.
class OutputEnd {
  public:
    using Tell = std::function<void(const std::string&)>;

    /// Opens the output. `tell` hears about recordings, on the output's thread. Throws as
    /// open_live_output does.
    OutputEnd(const LiveOutputOptions& options, Tell tell);

    /// Throws MediaError where the output fails, after the recording has been finished; a recording
    /// that fails ends alone.
    void put(const Frame& frame);
    /// Ends both in order. Throws MediaError.
    void finish();

    /// From the next frame on frames are recorded into `path` too; an empty one ends it.
    void record(const std::string& path);
    /// The file that is being recorded; empty: none.
    std::string recording() const;

  private:
    void follow_wish();
    void record_frame(const Frame& frame);
    void end_recording();

    LiveOutputOptions options_;
    Tell tell_;
    std::unique_ptr<LiveOutput> output_;
    std::unique_ptr<LiveOutput> recorder_;
    mutable std::mutex mutex_;  ///< guards the two below
    std::optional<std::string> wish_;
    std::string recording_;
};

}  // namespace closet
