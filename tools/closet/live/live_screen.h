#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "encode/display/window.h"
#include "live/garment_rack.h"
#include "live/live.h"

namespace closet {

/// The window of a live run and what its keys do.
class LiveScreen {
  public:
    /// Opens the window; before `live` is started, since toolkits take their time. `folder`: where
    /// pictures and recordings go. Throws ConfigError where there is no display.
    LiveScreen(Live& live, GarmentRack& rack, std::string folder);

    /// Shows the next frame, if one comes within a moment, and does what keys ask for. False once
    /// the user has had enough.
    bool step();

    /// New figures for the overlay.
    void set_figures(const LiveStatistics& figures);
    /// A short text that fades after a while.
    void say(std::string text);

  private:
    bool act(WindowAction action);
    void show_next();
    void save_picture_now();
    void toggle_recording();
    std::string new_path(const char* ending) const;
    WindowText text();

    Live& live_;
    GarmentRack& rack_;
    std::string folder_;
    Window window_;
    std::optional<RenderedFrame> shown_;  ///< the last one
    std::vector<std::string> statistics_;
    bool show_statistics_ = false;  ///< they hide who stands before the camera
    bool help_ = false;
    bool paused_ = false;
    std::string message_;
    LiveClock::time_point message_until_{};
    std::string awaited_;  ///< garment that was told to be on its way
};

}  // namespace closet
