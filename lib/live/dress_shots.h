#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/ensemble.h"
#include "encode/stream/mirror.h"
#include "live/shots.h"
#include "predict/predict.h"
#include "warp/warp.h"

namespace closet {

/// What is worn and how.
struct Outfit {
    Ensemble garments;  ///< empty: nothing
    std::string warp;
    bool skeleton = false;

    bool operator==(const Outfit&) const = default;
};

/// Prepares warps away from the rendering thread, so that another garment or warp costs no frame.
class Wardrobe {
  public:
    /// options: of all looks, but for what a look says itself.
    explicit Wardrobe(const WarpOptions& options) : options_(options) {}

    /// The warp of a look, made now. Throws as Warp does.
    std::shared_ptr<Warp> make(const Outfit& look) const;

    /// Asks for a look; a later wish replaces one that waits. Never blocks for long.
    void wish(const Outfit& look);

    struct Ready {
        Outfit look;
        std::shared_ptr<Warp> warp;  ///< null: it cannot be worn
        std::string problem;         ///< then why, one sentence
    };
    /// What was wished for, once, as soon as it is ready.
    std::optional<Ready> take();

    /// The body of the thread that prepares; returns when a stop is requested.
    void work(const std::stop_token& stop);

  private:
    const WarpOptions options_;
    std::mutex mutex_;
    std::condition_variable_any wished_;
    std::optional<Outfit> wish_;
    std::optional<Ready> ready_;
};

/// What the rendering thread does: predicts the poses of each frame from the results that have come
/// in, dresses it, and turns it into a mirror image. For one thread.
class DressShots {
  public:
    /// `wardrobe` must outlive this; the look is prepared here. `problem` is told why a look cannot
    /// be worn. Throws as Warp and PredictPoses do.
    DressShots(Wardrobe& wardrobe, Outfit look, const PredictOptions& predict,
               std::function<void(const std::string&)> problem);

    /// Takes over a result of inference.
    void observe(LiveResult result);

    /// Asks for a look, which is worn as soon as it is ready.
    void wear(const Outfit& look);

    /// The look that is worn now.
    const Outfit& worn() const { return worn_; }

    /// The frame dressed, and the poses on it (fade above 0).
    struct Dressed {
        Frame frame;
        std::vector<Pose> poses;
    };
    Dressed dress(Shot shot, bool mirror);

  private:
    void take_look();
    std::vector<Pose> poses_of(const Shot& shot);

    Wardrobe& wardrobe_;
    std::function<void(const std::string&)> problem_;
    Outfit worn_, wished_;
    std::shared_ptr<Warp> warp_;
    PredictPoses predict_;
    Mirror mirror_;
    int result_scene_ = 0;  ///< of the last result
    cv::Size size_;         ///< of the last frame
};

}  // namespace closet
