#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/av_handles.h"

namespace closet {

/// Ends a libav call that blocks too long, or whose result nobody waits for any more. Its address
/// is handed to libav, hence not movable.
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

    /// From now on a request to stop ends the calls as well.
    void watch(std::stop_token stop) { stop_ = std::move(stop); }
    bool stopped() const { return stop_.stop_requested(); }

    AVIOInterruptCB callback();

  private:
    std::stop_token stop_;
    std::chrono::steady_clock::time_point due_ = std::chrono::steady_clock::time_point::max();
};

/// An opened media file or stream. Members in the order of their lifetimes.
struct Input {
    std::unique_ptr<Deadline> deadline;
    bool is_network = false;  ///< each read is under a deadline then
    AvInput context;
};

/// How an input is opened. The defaults are those of a file that is rendered.
struct InputOptions {
    /// Longest time to find out what an input holds; pipes have none.
    std::chrono::steady_clock::duration patience = std::chrono::seconds(30);
    std::stop_token stop{};  ///< ends the wait; libav's calls on the input go on watching it
    /// Looks at the beginning only as long as it takes to know the codecs.
    bool live = false;
    /// Reads from here, not from the path (of a pipe). Not owned, has to outlive the input.
    AVIOContext* io = nullptr;
    /// Options of libav's demuxer or protocol; they cannot loosen what the note below says.
    std::vector<std::pair<std::string, std::string>> extra{};
};

/// Opens a file, "-" (standard input) or a URL and reads as much as is needed to know its streams.
///
/// Note [Hostile inputs]
/// A file may name other files or hosts. What can be reached is limited by where the input came
/// from: a local file reads local files only, a URL the network only. Formats that are lists of
/// other files are not opened from disk at all, and text is not played as ANSI art (libav would).
/// Throws MediaError with a sentence for a missing, empty, foreign or unreadable input, ConfigError
/// for an extra option that is unknown.
Input open_input(const std::string& path, const InputOptions& options = {});

/// Throws ConfigError where an option of the user's was not taken. `left` is what libav left over.
void check_all_taken(const std::vector<std::pair<std::string, std::string>>& extra,
                     const AVDictionary* left, const std::string& path);

/// Index of the stream to decode. Throws MediaError where there is none but sound or a cover.
std::size_t choose_video_stream(AVFormatContext& input, const std::string& path);

}  // namespace closet
