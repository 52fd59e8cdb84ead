#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "bench/result/result.h"
#include "core/pose.h"
#include "fit/fit.h"

namespace closet::bench {

/// A fingerprint of all keypoints of all frames: 64-bit FNV-1a (Fowler, Noll and Vo) over their
/// bits. Two runs that did the same work have the same one; it is no protection against intent.
class PosesDigest {
  public:
    /// The poses of the next frame.
    void add(const std::vector<Pose>& poses) {
        add(static_cast<std::uint32_t>(poses.size()));
        for (const Pose& pose : poses) {
            add(static_cast<std::uint32_t>(pose.keypoints.size()));
            for (const Keypoint& point : pose.keypoints) {
                for (const float value : {point.x, point.y, point.z, point.score}) {
                    add(std::bit_cast<std::uint32_t>(value));
                }
            }
        }
    }

    /// All of another clip, by its `hex`.
    void add(std::string_view hex) {
        for (const char digit : hex) {
            add(static_cast<std::uint32_t>(static_cast<unsigned char>(digit)));
        }
    }

    /// 16 hex digits.
    std::string hex() const { return fmt::format("{:016x}", state_); }

  private:
    void add(std::uint32_t word) {
        constexpr std::uint64_t kPrime = 0x100000001b3;
        for (int shift = 0; shift < 32; shift += 8) {
            state_ = (state_ ^ ((word >> shift) & 0xFFU)) * kPrime;
        }
    }

    std::uint64_t state_ = 0xcbf29ce484222325;
};

/// The fingerprint of several clips from those of each, in their order; of one clip its own.
std::string join_digests(std::span<const std::string> digests);

/// The pass over all clips from what was measured of each, in their order: times, work and stages
/// added up, latencies one after the other, the largest memory, and how long each clip took. One
/// clip's sample is the pass itself. A failure is that of the last.
Sample join_samples(std::vector<Sample> clips);

/// Lets the peak begin anew at what is resident now (Linux 4.0: writes to /proc/self/clear_refs).
/// False where the system refuses: then the peak is that since the process started.
bool reset_peak_memory();

/// The largest resident set since the process started or the last reset, bytes; 0 where the system
/// does not tell.
std::int64_t peak_resident_bytes();

/// Collects from the taps of one pass what a report does not tell. Must outlive the pass.
class SampleMeter {
  public:
    /// The taps of one pass; called once.
    FitTaps taps();

    /// The sample of the pass that ended with `report`, without memory and GPU.
    Sample sample(const FitReport& report) const;

  private:
    using Clock = std::chrono::steady_clock;
    void begin(const Frame& frame);
    void end(const Frame& frame);

    std::mutex mutex_;                      ///< guards `begun_`: source and sink are two threads
    std::vector<Clock::time_point> begun_;  ///< by number of frame
    std::vector<float> latency_ms_;
    PosesDigest digest_;
};

}  // namespace closet::bench
