#pragma once

#include <cstdint>
#include <optional>

#include "core/frame.h"

namespace closet {

/// Decides frame by frame which ones the network looks at: the first frame, the first of each
/// scene, and one every so many seconds or frames. (That the last frame is one as well only shows
/// when the stream has ended: that is the batch's part.)
class KeyFrameClock {
  public:
    /// `every` frames when set, else `interval_s` seconds of presentation time, else every frame.
    /// Throws ConfigError for an interval that is negative or not finite, and for `every` below 1.
    KeyFrameClock(std::optional<double> interval_s, std::optional<int> every);

    /// To be asked once for each frame, in order.
    bool is_key(const Frame& frame);

  private:
    bool is_due(const Frame& frame);
    double half_duration(const Frame& frame) const;

    std::optional<double> interval_s_;
    std::int64_t every_;
    std::optional<double> last_s_;  ///< time of the frame before
    double due_s_ = 0;              ///< when the next key frame is due
    std::int64_t since_key_ = 0;    ///< frames after the last key frame
};

}  // namespace closet
