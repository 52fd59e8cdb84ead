#include "bench/compare/clip_errors.h"

#include <algorithm>
#include <cstddef>

namespace closet::bench {

ErrorFrames::ErrorFrames(const Case& measured, std::span<const ClipFacts> clips) {
    if (!measured.quality || measured.quality->frame_errors.size() != clips.size()) {
        return;
    }
    for (const FrameErrors& clip : measured.quality->frame_errors) {
        std::vector<double>& total = totals_.emplace_back();
        for (std::size_t i = 0; i < clip.error.size(); ++i) {
            total.push_back(clip.error[i] * clip.joints[i]);
        }
        weights_.push_back(clip.joints);
    }
    for (std::size_t i = 0; i < clips.size(); ++i) {
        clips_.emplace_back(totals_[i], weights_[i], clips[i].frames_per_s);
    }
}

bool ErrorFrames::can_be_paired_with(const ErrorFrames& other) const {
    return !clips_.empty() && std::equal(clips_.begin(), clips_.end(), other.clips_.begin(),
                                         other.clips_.end(), [](const auto& a, const auto& b) {
                                             return a.total.size() == b.total.size();
                                         });
}

std::vector<Estimate> error_by_clip(const Case& measured, std::span<const ClipFacts> clips,
                                    double level, std::uint64_t seed) {
    std::vector<Estimate> errors;
    const ErrorFrames frames(measured, clips);
    for (const ClipFrames& clip : frames.clips()) {
        errors.push_back(bootstrap_clips({&clip, 1}, {.level = level, .seed = seed}));
        errors.back().low = std::max(errors.back().low, 0.0);
    }
    return errors;
}

}  // namespace closet::bench
