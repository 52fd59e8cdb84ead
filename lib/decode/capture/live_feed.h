#pragma once

#include <algorithm>

#include "decode/capture/capture.h"
#include "decode/capture/feed.h"

namespace closet {

/// Pauses between tries: each twice the one before, up to a limit.
class Backoff {
  public:
    Backoff(double first_s, double max_s) : first_s_(first_s), max_s_(max_s), pause_s_(first_s) {}

    /// The pause before the next try, in seconds.
    double next_s() {
        const double pause_s = std::min(pause_s_, max_s_);
        pause_s_ = pause_s * 2;
        return pause_s;
    }
    void reset() { pause_s_ = first_s_; }

  private:
    double first_s_, max_s_, pause_s_;
};

/// A camera, a network address or a pipe: pictures as they come, over as many connections as it
/// takes (a pipe has one).
class LiveFeed final : public Feed {
  public:
    LiveFeed(const CaptureOptions& options, SourceKind kind, CaptureTally& tally,
             const std::stop_token& stop);

    std::optional<FedPicture> next(const std::stop_token& stop) override;
    const CapturedPicture& first() const override { return ahead_.value(); }

  private:
    std::optional<CapturedPicture> next_of_connection(const std::stop_token& stop);
    void disconnect(const std::string& why);
    void reconnect(const std::stop_token& stop);
    void update_tally();
    FedPicture hand_out(CapturedPicture picture);

    CaptureOptions options_;
    SourceKind kind_;
    CaptureTally& tally_;
    Wait wait_;
    Backoff backoff_;
    std::unique_ptr<Connection> connection_;             ///< null while the source is gone
    std::optional<CapturedPicture> ahead_;               ///< decoded while opening
    std::int64_t late_before_ = 0, damaged_before_ = 0;  ///< of connections that are over
    LiveClock::time_point gone_since_;
    bool is_new_connection_ = true;
    bool ended_ = false;
    std::optional<LiveClock::time_point> first_;
};

}  // namespace closet
