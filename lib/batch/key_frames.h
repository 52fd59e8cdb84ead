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
    /// One each `every` frames, 1 or more, when set; else one each `interval_s` seconds of
    /// presentation time, finite, where 0 makes every frame one.
    explicit KeyFrameClock(double interval_s = 0, std::optional<int> every = std::nullopt);

    /// From the next frame on, without `every`.
    void set_interval(double interval_s) { interval_s_ = interval_s; }

    /// To be asked once for each frame, in order. Where a scene begins, the clock does too.
    bool is_key(const Frame& frame, bool begins_scene);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(last_s_, due_s_, since_key_);
    }

  private:
    bool is_due(const Frame& frame) const;
    double half_duration(const Frame& frame) const;

    double interval_s_;
    std::optional<std::int64_t> every_;
    std::optional<double> last_s_;  ///< time of the frame before
    double due_s_ = 0;              ///< when the next key frame is due
    std::int64_t since_key_ = 0;    ///< frames after the last key frame
};

}  // namespace closet
