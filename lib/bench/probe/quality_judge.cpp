#include "bench/probe/quality_judge.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "batch/view.h"
#include "bench/probe/sample_meter.h"
#include "bench/sweep/axis.h"
#include "core/error.h"

namespace closet::bench {
namespace {

/// A picture in one plane of bytes, without a copy.
cv::Mat as_mat(const AVFrame& gray) {
    return {gray.height, gray.width, CV_8UC1, gray.data[0],
            static_cast<std::size_t>(gray.linesize[0])};
}

/// Of a kept picture: luma and matte, and RGB.
constexpr std::size_t kBytesAPixel = 2, kColorBytesAPixel = 5;

/// Frames as RGB of square pixels, as they lie.
ClipRecord::ToRgb to_rgb() {
    return [maker = std::make_shared<ViewMaker>(1.0)](const AVFrame& image) {
        Frame frame;
        frame.image = reference(image);
        return maker->make(frame).rgb;
    };
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

void for_each_frame(CasePlayer& player, std::size_t clip, const std::vector<Setting>& settings,
                    const std::function<void(const QualityFrame&)>& use, const FitTick& tick) {
    const CaseOptions options = player.resolve(settings);
    const MemoryClip& held = player.clip(clip, options.fit.decode);
    PosesInFlight in_flight;
    const auto show = [&](const Frame& painted, const cv::Mat* matte) {
        const std::vector<Pose> poses = in_flight.take(painted.index);
        use({held.frames()[static_cast<std::size_t>(painted.index)], painted, poses, matte});
    };
    FitTaps taps;
    taps.posed = [&](const PosedFrame& frame) { in_flight.put(frame); };
    if (options.garments.empty()) {
        taps.frame_out = [&](const Frame& painted) { show(painted, nullptr); };
    } else {
        taps.matted = [&](const MattedFrame& painted) {
            const cv::Mat matte = as_mat(*painted.matte.image);
            show(painted.frame, &matte);
        };
    }
    player.play_in_memory(clip, settings, {std::move(taps), tick, {}});
}

QualityJudge::QualityJudge(std::shared_ptr<CasePlayer> player, const Context& context,
                           const QualityWishes& wishes, FitTick tick)
    : player_(std::move(player)),
      tick_(std::move(tick)),
      level_(wishes.level),
      seed_(context.seed),
      clips_(context.clips.size()) {
    if (!wishes.labels.empty() && wishes.labels.size() != clips_.size()) {
        throw ConfigError(fmt::format(
            "{}: files given: {}, clips: {}; give one file for each clip, in their order",
            flags::kLabels, wishes.labels.size(), clips_.size()));
    }
    if (wishes.lpips) {
        distance_ = [lpips = wishes.lpips](const cv::Mat& a, const cv::Mat& b) {
            const bool fits = std::min(a.cols, a.rows) >= lpips->least_side();
            return fits ? std::optional(lpips->distance(a, b).total) : std::nullopt;
        };
    }
    for (std::size_t i = 0; i < clips_.size(); ++i) {
        const ClipFacts& facts = context.clips[i];
        const std::size_t bytes = (wishes.lpips ? kColorBytesAPixel : kBytesAPixel) *
                                  static_cast<std::size_t>(facts.width) *
                                  static_cast<std::size_t>(facts.height);
        // The pictures of all clips' references are held at a time.
        clips_[i].pictures = frames_to_compare(facts.frames, bytes * clips_.size());
        clips_[i].frames_per_s = facts.frames_per_s;
        if (!wishes.labels.empty()) {
            clips_[i].labels = read_labels(wishes.labels[i]);
        }
    }
    for (std::size_t i = 0; i < clips_.size(); ++i) {
        clips_[i].reference = record(i, most_careful_settings());
    }
}

ClipRecord QualityJudge::record(std::size_t clip, const std::vector<Setting>& settings,
                                std::string* digest) const {
    ClipRecord record(clips_[clip].pictures, distance_ ? to_rgb() : ClipRecord::ToRgb());
    PosesDigest poses;
    for_each_frame(
        *player_, clip, settings,
        [&](const QualityFrame& frame) {
            record.add(*frame.painted.image, frame.poses, frame.matte);
            poses.add(frame.poses);
        },
        tick_);
    if (digest != nullptr) {
        *digest = poses.hex();
    }
    return record;
}

void QualityJudge::judge(Case& measured) const {
    std::vector<std::string> digests(clips_.size());
    std::vector<RecordComparison> comparisons;
    for (std::size_t i = 0; i < clips_.size(); ++i) {
        const Clip& clip = clips_[i];
        const ClipRecord tested = record(i, measured.settings, &digests[i]);
        if (tested.poses().size() == clip.reference->poses().size()) {
            comparisons.push_back(compare_records(*clip.reference, tested, clip.frames_per_s,
                                                  clip.labels ? &*clip.labels : nullptr,
                                                  distance_));
        }
    }
    const std::string digest = join_digests(digests);
    for (const Sample& sample : measured.samples) {
        if (sample.counts() && sample.work.poses_digest != digest) {
            throw Error(
                fmt::format("{}: the pass that looks at quality found other poses than the "
                            "timed ones, so its quality is not told",
                            measured.id));
        }
    }
    if (comparisons.size() == clips_.size()) {
        measured.quality = quality_of(comparisons, level_, seed_);
    }
}

}  // namespace closet::bench
