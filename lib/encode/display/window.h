#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/frame.h"

namespace closet {

/// What the user asked for by key, or by closing the window.
enum class WindowAction {
    kNone,
    kQuit,
    kNextGarment,
    kPreviousGarment,
    kNextWarp,
    kSkeleton,
    kStatistics,
    kMirror,
    kPause,
    kSavePicture,
    kRecord,
    kHelp,
};

/// One key of the window, for the help overlay, `--help` and the documentation.
struct WindowKey {
    std::string keys;  ///< "n, right arrow"
    WindowAction action = WindowAction::kNone;
    std::string does;  ///< "next garment"
};
const std::vector<WindowKey>& window_keys();

/// What is written over the picture, in the window only.
struct WindowText {
    std::vector<std::string> statistics;  ///< lines at the top left; empty: none
    std::string message;                  ///< at the bottom, e.g. "saved look.png"; empty: none
    bool help = false;                    ///< the list of keys
    bool recording = false;               ///< a red dot at the top right
};

/// The preview window. All calls on the main thread, since toolkits want it so.
class Window {
  public:
    /// Opens a resizable window that shows pictures of that size. Throws ConfigError where there is
    /// no display; the message names --no-window.
    Window(const std::string& title, int width, int height);
    ~Window();
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;
    Window(Window&&) = delete;
    Window& operator=(Window&&) = delete;

    /// Shows a frame, upright and not mirrored (the frame is already as it shall look), with text
    /// over it; returns when the toolkit has drawn it.
    void show(const Frame& frame, const WindowText& text);

    /// The frame shown last with other text over it.
    void show_again(const WindowText& text);

    /// Lets the toolkit work for a moment (up to 1 ms) and tells what the user did; call until
    /// kNone comes back. kQuit also when the window was closed.
    WindowAction poll();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Writes the frame as it is shown, upright, without text, as PNG or JPEG by the name. Throws
/// MediaError.
void save_picture(const Frame& frame, const std::string& path);

}  // namespace closet
