#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/pose.h"

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

}  // namespace closet::bench
