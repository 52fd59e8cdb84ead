#include "bench/probe/quality_run.h"

#include <map>
#include <mutex>
#include <utility>

namespace closet::bench {
namespace {

/// A picture in one plane of bytes, without a copy.
cv::Mat as_mat(const AVFrame& grey) {
    return {grey.height, grey.width, CV_8UC1, grey.data[0],
            static_cast<std::size_t>(grey.linesize[0])};
}

/// Poses on their way from the stage that has them to the one that shows frames.
class PosesInFlight {
  public:
    void put(const PosedFrame& frame) {
        const std::lock_guard lock(mutex_);
        poses_[frame.frame.index] = frame.poses;
    }
    std::vector<Pose> take(std::int64_t index) {
        const std::lock_guard lock(mutex_);
        return std::move(poses_.extract(index).mapped());
    }

  private:
    std::mutex mutex_;
    std::map<std::int64_t, std::vector<Pose>> poses_;
};

}  // namespace

void QualityRun::for_each_frame(const std::vector<Setting>& settings,
                                const std::function<void(const QualityFrame&)>& look,
                                const FitTick& tick) {
    const CaseOptions options = player_->resolve(settings);
    const MemoryClip& clip = player_->clip(options.fit.decode);
    PosesInFlight in_flight;
    const auto show = [&](const Frame& painted, const cv::Mat* matte) {
        const std::vector<Pose> poses = in_flight.take(painted.index);
        look({clip.frames()[static_cast<std::size_t>(painted.index)], painted, poses, matte});
    };
    FitTaps taps;
    taps.posed = [&](const PosedFrame& frame) { in_flight.put(frame); };
    if (options.garment.empty()) {
        taps.frame_out = [&](const Frame& painted) { show(painted, nullptr); };
    } else {
        taps.matted = [&](const MattedFrame& painted) {
            const cv::Mat matte = as_mat(*painted.matte.image);
            show(painted.frame, &matte);
        };
    }
    player_->play_in_memory(settings, {std::move(taps), tick, {}});
}

}  // namespace closet::bench
