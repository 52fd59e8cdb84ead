#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <opencv2/core/types.hpp>

#include "encode/stream/mirror.h"
#include "live/shots.h"
#include "live/wardrobe.h"
#include "predict/predict.h"

namespace closet {

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
