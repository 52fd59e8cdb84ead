#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

namespace closet::removal {

/// A decision about a person that holds over time: it becomes the other only once the other was
/// right for a while, so that nothing comes and goes from frame to frame.
class Gate {
  public:
    static constexpr double kOpenS = 0.8;   ///< so long it must hold to open,
    static constexpr double kCloseS = 0.4;  ///< and not to hold to close
    static constexpr double kFadeS = 0.25;  ///< what is painted comes and goes within

    /// What holds on this frame, `passed_s` after the last one. The first one decides alone.
    /// `is_sure`: what comes was looked at, too; then it holds at once.
    bool decide(bool now, double passed_s, bool is_sure = false) {
        if (!is_decided_) {
            level_ = now ? 1 : 0;
            fade_ = static_cast<float>(level_);
            is_decided_ = true;
            is_open_ = now;
            return is_open_;
        }
        if (now && is_sure) {
            level_ = 1;
        }
        level_ = std::clamp(level_ + (now ? passed_s / kOpenS : -passed_s / kCloseS), 0.0, 1.0);
        const bool is_open = level_ >= 1 || (is_open_ && level_ > 0);
        changes_ += is_open != is_open_ ? 1 : 0;
        is_open_ = is_open;
        const auto step = static_cast<float>(passed_s / kFadeS);
        fade_ = std::clamp(fade_ + (is_open_ ? step : -step), 0.0F, 1.0F);
        return is_open_;
    }
    /// 0..1: how much of what is painted is seen.
    float fade() const { return fade_; }
    /// Times that it became the other since it was last asked for.
    std::int64_t take_changes() { return std::exchange(changes_, 0); }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(is_decided_, is_open_, level_, fade_);
    }

  private:
    bool is_decided_ = false, is_open_ = false;
    double level_ = 0;
    float fade_ = 0;
    std::int64_t changes_ = 0;  ///< taken within the frame
};

}  // namespace closet::removal
