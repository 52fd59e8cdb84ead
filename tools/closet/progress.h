#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace closet {

/// How often a bar is redrawn on a terminal, and a line is written elsewhere.
inline constexpr std::chrono::milliseconds kBarPeriod{100};
inline constexpr std::chrono::seconds kLinePeriod{5};

/// Shows how far a run is: a bar that is redrawn on a terminal, a plain line every few seconds
/// elsewhere, JSON events in JSON style, nothing when quiet.
class Progress {
  public:
    /// `total` is the expected number of frames, 0 where the file does not tell.
    Progress(std::string name, std::int64_t total);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    Progress(Progress&&) = delete;
    Progress& operator=(Progress&&) = delete;

    /// Call often; it decides itself when to show something.
    void update(std::int64_t done);

  private:
    using Clock = std::chrono::steady_clock;

    std::string name_;
    std::int64_t total_;
    bool bar_;
    Clock::time_point start_ = Clock::now();
    Clock::time_point last_shown_ = start_;
};

/// "1:02:03", "2:03" or "0:03".
std::string format_duration(double seconds);

/// "[#####-----]  50 %  120/240 frames  61.2 frames/s  0:02 left", as wide as it comes.
std::string format_progress(std::int64_t done, std::int64_t total, double elapsed_s, int bar_width);

}  // namespace closet
