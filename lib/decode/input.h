#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "core/av_handles.h"

namespace closet {

/// Ends a libav call that blocks too long. Its address is handed to libav, hence not movable.
class Deadline {
  public:
    Deadline() = default;
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    Deadline(Deadline&&) = delete;
    Deadline& operator=(Deadline&&) = delete;
    ~Deadline() = default;

    void set(std::chrono::steady_clock::duration from_now);
    void clear() { due_ = std::chrono::steady_clock::time_point::max(); }
    bool passed() const { return std::chrono::steady_clock::now() > due_; }
    AVIOInterruptCB callback();

  private:
    std::chrono::steady_clock::time_point due_ = std::chrono::steady_clock::time_point::max();
};

/// An opened media file or stream. Members in the order of their lifetimes.
struct Input {
    std::unique_ptr<Deadline> deadline;
    bool is_network = false;  ///< each read is under a deadline then
    AvInput context;
};

/// Opens a file, "-" (standard input) or a URL and reads as much as is needed to know its streams.
///
/// Note [Hostile inputs]
/// A file may name other files or hosts. What can be reached is limited by where the input came
/// from: a local file reads local files only, a URL the network only. Formats that are lists of
/// other files are not opened from disk at all, and text is not played as ANSI art (libav would).
/// Throws MediaError with a sentence for a missing, empty, foreign or unreadable input.
Input open_input(const std::string& path);

/// Index of the stream to decode. Throws MediaError where there is none but sound or a cover.
std::size_t choose_video_stream(AVFormatContext& input, const std::string& path);

}  // namespace closet
