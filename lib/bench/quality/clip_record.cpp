#include "bench/quality/clip_record.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "bench/stats/clip_figure.h"

namespace closet::bench {
namespace {

/// A figure of comparisons.
using FigureOf = FrameMetric RecordComparison::*;

bool says_something(const FrameMetric& figure) {
    return std::any_of(figure.weight.begin(), figure.weight.end(), [](double w) { return w > 0; });
}

class Estimator {
  public:
    Estimator(std::span<const RecordComparison> clips, double level, std::uint64_t seed)
        : clips_(clips), bootstrap_{.level = level, .seed = seed} {}

    /// Of a figure that lies between `low` and `high` by its nature; so does its interval.
    Estimate operator()(const std::function<const FrameMetric&(const RecordComparison&)>& figure_of,
                        double low, double high, bool of_pictures = false) const {
        std::vector<ClipFrames> frames;
        for (const RecordComparison& clip : clips_) {
            const FrameMetric& figure = figure_of(clip);
            // Pictures are farther apart than a block anyway.
            frames.emplace_back(figure.total, figure.weight, of_pictures ? 0 : clip.frames_per_s);
        }
        Estimate estimate = bootstrap_clips(frames, bootstrap_);
        estimate.low = std::max(estimate.low, low);
        estimate.high = std::min(estimate.high, high);
        return estimate;
    }

    Estimate operator()(FigureOf figure, double low, double high) const {
        return (*this)(std::mem_fn(figure), low, high);
    }

    /// Nothing where no picture says anything.
    std::optional<Estimate> of_pictures(FigureOf figure, double low, double high) const {
        return is_told(figure) ? std::optional((*this)(std::mem_fn(figure), low, high, true))
                               : std::nullopt;
    }

    bool is_told(FigureOf figure) const {
        return std::any_of(clips_.begin(), clips_.end(), [figure](const RecordComparison& clip) {
            return says_something(clip.*figure);
        });
    }

  private:
    std::span<const RecordComparison> clips_;
    BootstrapOptions bootstrap_;
};

void compare_pictures(const ClipRecord& reference, const ClipRecord& tested,
                      const PerceptualDistance& distance, RecordComparison& comparison) {
    std::size_t i = 0;
    for (const auto& [frame, picture] : reference.pictures()) {
        const auto other = tested.pictures().find(frame);
        const auto alike = other == tested.pictures().end()
                               ? std::nullopt
                               : compare_dressed(picture, other->second, distance);
        if (alike) {
            comparison.ssim.total[i] = alike->ssim;
            comparison.psnr_db.total[i] = alike->psnr_db;
            comparison.ssim.weight[i] = comparison.psnr_db.weight[i] = 1;
            comparison.lpips.total[i] = alike->lpips.value_or(0);
            comparison.lpips.weight[i] = alike->lpips ? 1 : 0;
        }
        ++i;
    }
}

/// Rounded as it is stored, so that a result that was read back says the same.
FrameErrors frame_errors_of(const FrameMetric& error) {
    constexpr double kStep = 1e-6;  // of the trunk's length
    FrameErrors errors;
    for (std::size_t i = 0; i < error.total.size(); ++i) {
        const double mean = error.weight[i] > 0 ? error.total[i] / error.weight[i] : 0;
        errors.error.push_back(std::round(mean / kStep) * kStep);
        errors.joints.push_back(error.weight[i]);
    }
    return errors;
}

}  // namespace

void ClipRecord::add(const AVFrame& dressed, const std::vector<Pose>& poses, const cv::Mat* matte) {
    const auto frame = static_cast<std::int64_t>(poses_.size());
    poses_.push_back(poses);
    for (Pose& pose : poses_.back()) {
        pose.mask.reset();
        pose.shape.reset();
    }
    if (matte != nullptr && std::binary_search(wanted_.begin(), wanted_.end(), frame)) {
        if (auto picture = keep_picture(dressed, *matte)) {
            if (to_rgb_) {
                picture->rgb = to_rgb_(dressed);
            }
            pictures_.emplace(frame, std::move(*picture));
        }
    }
}

RecordComparison compare_records(const ClipRecord& reference, const ClipRecord& tested,
                                 double frames_per_s, const ClipLabels* labels,
                                 const PerceptualDistance& distance) {
    const std::size_t pictures = reference.pictures().size();
    RecordComparison comparison{.errors = compare_poses(reference.poses(), tested.poses()),
                                .jitter = jitter(tested.poses()),
                                .reference_jitter = jitter(reference.poses()),
                                .ssim = FrameMetric(pictures),
                                .psnr_db = FrameMetric(pictures),
                                .lpips = FrameMetric(pictures),
                                .oks = labels != nullptr
                                           ? compare_with_labels(*labels, tested.poses())
                                           : FrameMetric(tested.poses().size()),
                                .frames_per_s = frames_per_s};
    compare_pictures(reference, tested, distance, comparison);
    return comparison;
}

Quality quality_of(std::span<const RecordComparison> clips, double level, std::uint64_t seed) {
    const Estimator estimate(clips, level, seed);
    const auto of_errors = [&](FrameMetric PoseErrors::*figure, double high) {
        return estimate(
            [figure](const RecordComparison& clip) -> const FrameMetric& {
                return clip.errors.*figure;
            },
            0, high);
    };
    Quality quality;
    quality.keypoint_error = of_errors(&PoseErrors::error, INFINITY);
    quality.pck = of_errors(&PoseErrors::pck, 1);
    quality.missing = of_errors(&PoseErrors::missing, 1);
    quality.jitter = estimate(&RecordComparison::jitter, 0, INFINITY);
    quality.reference_jitter = estimate(&RecordComparison::reference_jitter, 0, INFINITY);
    quality.ssim = estimate.of_pictures(&RecordComparison::ssim, -1, 1);
    quality.psnr_db =
        estimate.of_pictures(&RecordComparison::psnr_db, 0, GarmentSimilarity::kSameDb);
    quality.lpips = estimate.of_pictures(&RecordComparison::lpips, 0, INFINITY);
    if (estimate.is_told(&RecordComparison::oks)) {
        quality.oks = estimate(&RecordComparison::oks, 0, 1);
    }
    for (const RecordComparison& clip : clips) {
        quality.frame_errors.push_back(frame_errors_of(clip.errors.error));
    }
    return quality;
}

}  // namespace closet::bench
