#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <string>

#include "core/pose.h"

namespace closet::figures {

/// Finds people, their silhouettes and, with a parser, their labels as `closet fit` does with its
/// default settings, and hands out each frame with its poses, in order.
class PosedMedia {
  public:
    /// `parser`: what `--parser` takes. Throws ConfigError or ModelError.
    explicit PosedMedia(const std::string& parser = "none");
    ~PosedMedia();
    PosedMedia(const PosedMedia&) = delete;
    PosedMedia& operator=(const PosedMedia&) = delete;
    PosedMedia(PosedMedia&&) = delete;
    PosedMedia& operator=(PosedMedia&&) = delete;

    /// The first `skipped` frames are not looked at: other frames are key frames then; nor are
    /// those after `most` of the others. Throws MediaError.
    void each_frame(const std::string& input, const std::function<void(PosedFrame)>& use,
                    int skipped = 0, int most = std::numeric_limits<int>::max());

  private:
    struct Networks;
    std::unique_ptr<Networks> networks_;
};

}  // namespace closet::figures
