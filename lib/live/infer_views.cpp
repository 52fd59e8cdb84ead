#include "live/infer_views.h"

#include <cmath>
#include <utility>

namespace closet {
namespace {

constexpr AVRational kMicroseconds{1, 1000000};

}  // namespace

std::vector<LiveResult> InferViews::infer(std::span<LiveView> views) {
    std::vector<LiveResult> results;
    FrameBatch batch;
    std::vector<std::size_t> inferred;  // which result each key is
    for (LiveView& view : views) {
        const bool still = view.like == known_;
        if (!still) {
            Frame frame;  // its pixels are on their way to the output, and nobody here needs them
            frame.index = view.index;
            frame.time_base = kMicroseconds;
            frame.pts = std::llround(view.seconds / av_q2d(kMicroseconds));
            frame.scene_start = view.scene != scene_;
            scene_ = view.scene;
            known_ = view.like;
            batch.keys.push_back({batch.frames.size(), std::move(view.view)});
            batch.frames.push_back(std::move(frame));
            inferred.push_back(results.size());
        }
        results.push_back({{}, view.seconds, view.captured, view.picture, view.scene, still});
    }
    if (!batch.keys.empty()) {
        infer_.process(std::move(batch), [&](PosedBatch posed) {
            for (std::size_t i = 0; i < posed.keys.size(); ++i) {
                results[inferred[i]].poses = std::move(posed.keys[i].poses);
            }
            return true;
        });
    }
    return results;
}

}  // namespace closet
