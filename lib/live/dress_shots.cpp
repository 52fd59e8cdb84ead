#include "live/dress_shots.h"

#include <utility>

#include "core/error.h"

namespace closet {

std::shared_ptr<Warp> Wardrobe::make(const Outfit& look) const {
    WarpOptions options = options_;
    options.warp = look.warp;
    options.skeleton = look.skeleton;
    return std::make_shared<Warp>(look.garments, options);
}

void Wardrobe::wish(const Outfit& look) {
    {
        const std::lock_guard lock(mutex_);
        wish_ = look;
    }
    wished_.notify_one();
}

std::optional<Wardrobe::Ready> Wardrobe::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(ready_, std::nullopt);
}

void Wardrobe::work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (wished_.wait(lock, stop, [this] { return wish_.has_value(); })) {
        Ready ready{*std::exchange(wish_, std::nullopt), nullptr, {}};
        lock.unlock();
        try {
            ready.warp = make(ready.look);
        } catch (const std::exception& error) {
            ready.problem = sentence_of(error);
        }
        lock.lock();
        ready_ = std::move(ready);
    }
}

DressShots::DressShots(Wardrobe& wardrobe, Outfit look, const PredictOptions& predict,
                       std::function<void(const std::string&)> problem)
    : wardrobe_(wardrobe),
      problem_(std::move(problem)),
      worn_(std::move(look)),
      wished_(worn_),
      warp_(wardrobe.make(worn_)),
      predict_(predict) {}

void DressShots::observe(LiveResult result) {
    const bool scene_start = result.scene != result_scene_;
    if (result.still && !scene_start) {
        predict_.observe_still(result.seconds);
        return;
    }
    result_scene_ = result.scene;
    predict_.observe(result.seconds, std::move(result.poses), result.picture, scene_start);
}

void DressShots::wear(const Outfit& look) {
    if (look != wished_) {
        wished_ = look;
        wardrobe_.wish(look);
    }
}

void DressShots::take_look() {
    auto ready = wardrobe_.take();
    if (!ready) {
        return;
    }
    if (!ready->warp) {
        problem_(ready->problem);
        return;
    }
    worn_ = std::move(ready->look);
    warp_ = std::move(ready->warp);
}

/// Nobody until the first result of the frame's own scene: the people of the scene before are gone.
std::vector<Pose> DressShots::poses_of(const Shot& shot) {
    if (shot.scene != result_scene_) {
        return {};
    }
    return predict_.at(shot.frame.seconds());
}

DressShots::Dressed DressShots::dress(Shot shot, bool mirror) {
    take_look();
    const cv::Size size(shot.frame.width(), shot.frame.height());
    if (size != size_) {
        if (!size_.empty()) {
            predict_.reset();  // a source that came back with another picture
            warp_ = wardrobe_.make(worn_);
        }
        size_ = size;
    }
    Dressed dressed;
    dressed.poses = poses_of(shot);
    dressed.frame = warp_->dress({std::move(shot.frame), dressed.poses});
    if (mirror) {
        dressed.frame = mirror_(dressed.frame);
    }
    return dressed;
}

}  // namespace closet
