#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace closet {

/// How often a bar is redrawn on a terminal, and a line is written elsewhere.
inline constexpr std::chrono::milliseconds kBarPeriod{100};
inline constexpr std::chrono::seconds kLinePeriod{5};

/// Shows how far a run over one clip or several is: a bar that is redrawn on a terminal, a plain
/// line every few seconds elsewhere, JSON events of each clip in JSON style, nothing when quiet.
/// Any thread may call.
class ClipsProgress {
  public:
    /// `clips`: how many are rendered.
    explicit ClipsProgress(std::size_t clips);
    ~ClipsProgress();
    ClipsProgress(const ClipsProgress&) = delete;
    ClipsProgress& operator=(const ClipsProgress&) = delete;
    ClipsProgress(ClipsProgress&&) = delete;
    ClipsProgress& operator=(ClipsProgress&&) = delete;

    /// Frames of a clip that are done, of `total` that are expected (0 where the file does not
    /// tell). `clip`: a number of its own. Call often; it decides itself when to show something.
    void update(std::size_t clip, const std::string& name, std::int64_t done, std::int64_t total);

    /// The clip has ended, however that came.
    void end(std::size_t clip);

  private:
    using Clock = std::chrono::steady_clock;

    struct Clip {
        std::int64_t done = 0, total = 0;
        Clock::time_point last_shown{};  ///< as an event of its own
    };
    std::string text(const std::string& name, const Clip& clip, double elapsed_s) const;

    std::size_t clips_;
    bool bar_;
    std::mutex mutex_;  ///< guards everything below
    std::map<std::size_t, Clip> running_;
    std::size_t ended_ = 0;
    std::int64_t frames_ended_ = 0;  ///< of clips that have ended
    std::optional<Clock::time_point> start_;
    Clock::time_point last_shown_{};
};

/// The same for one clip, whose expected number of frames is known or 0.
class Progress {
  public:
    Progress(std::string name, std::int64_t total) : name_(std::move(name)), total_(total) {}

    void update(std::int64_t done) { clips_.update(0, name_, done, total_); }

  private:
    std::string name_;
    std::int64_t total_;
    ClipsProgress clips_{1};
};

/// "1:02:03", "2:03" or "0:03".
std::string format_duration(double seconds);

/// "[#####-----]  50 %  120/240 frames  61.2 frames/s  0:02 left", as wide as it comes.
std::string format_progress(std::int64_t done, std::int64_t total, double elapsed_s, int bar_width);

/// How far a run over several clips is: `share`, 0..1, of all of them, clips that have ended, and
/// frames. "[#####-----]  50 %  3/8 clips  240 frames  61.2 frames/s  0:04 left".
std::string format_clips_progress(double share, std::size_t ended, std::size_t clips,
                                  std::int64_t frames, double elapsed_s, int bar_width);

}  // namespace closet
