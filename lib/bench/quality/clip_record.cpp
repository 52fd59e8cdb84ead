#include "bench/quality/clip_record.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "bench/stats/bootstrap.h"

namespace closet::bench {
namespace {

constexpr double kShortestBlockS = 0.5;  ///< frames nearer to each other look alike

/// The figure over any frames: sum of totals over sum of weights, NaN without weight.
FrameStatistic statistic_of(const FrameMetric& figure) {
    return [&figure](std::span<const std::uint32_t> frames) {
        double total = 0, weight = 0;
        for (const std::uint32_t frame : frames) {
            total += figure.total[frame];
            weight += figure.weight[frame];
        }
        return weight > 0 ? total / weight : NAN;
    };
}

/// What a frame says by itself; NaN where it says nothing.
std::vector<double> values_of(const FrameMetric& figure) {
    std::vector<double> values(figure.total.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = figure.weight[i] > 0 ? figure.total[i] / figure.weight[i] : NAN;
    }
    return values;
}

class Estimator {
  public:
    explicit Estimator(const QualityOptions& options)
        : shortest_(static_cast<std::uint32_t>(
              std::clamp(std::lround(options.frames_per_s * kShortestBlockS), 1L, 1000L))),
          bootstrap_{.level = options.level, .seed = options.seed} {}

    /// Of a figure that lies between `low` and `high` by its nature; so does its interval.
    Estimate operator()(const FrameMetric& figure, double low, double high) const {
        return within(estimate(figure, shortest_), low, high);
    }

    /// Of pictures, which are farther apart than a block anyway.
    Estimate of_pictures(const FrameMetric& figure, double low, double high) const {
        return within(estimate(figure, 1), low, high);
    }

  private:
    static Estimate within(Estimate estimate, double low, double high) {
        estimate.low = std::max(estimate.low, low);
        estimate.high = std::min(estimate.high, high);
        return estimate;
    }

    Estimate estimate(const FrameMetric& figure, std::uint32_t shortest) const {
        const auto frames = static_cast<std::uint32_t>(figure.total.size());
        const std::uint32_t length = block_length(values_of(figure), shortest);
        return bootstrap_blocks(frames, length, statistic_of(figure), bootstrap_);
    }

    std::uint32_t shortest_;
    BootstrapOptions bootstrap_;
};

bool says_something(const FrameMetric& figure) {
    return std::any_of(figure.weight.begin(), figure.weight.end(), [](double w) { return w > 0; });
}

void compare_pictures(const ClipRecord& reference, const ClipRecord& tested,
                      const Estimator& estimate, const PerceptualDistance& distance,
                      Quality& quality) {
    FrameMetric ssim(reference.pictures().size()), psnr(reference.pictures().size()),
        lpips(reference.pictures().size());
    std::size_t i = 0;
    for (const auto& [frame, picture] : reference.pictures()) {
        const auto other = tested.pictures().find(frame);
        const auto alike = other == tested.pictures().end()
                               ? std::nullopt
                               : compare_dressed(picture, other->second, distance);
        if (alike) {
            ssim.total[i] = alike->ssim;
            psnr.total[i] = alike->psnr_db;
            ssim.weight[i] = psnr.weight[i] = 1;
            lpips.total[i] = alike->lpips.value_or(0);
            lpips.weight[i] = alike->lpips ? 1 : 0;
        }
        ++i;
    }
    if (says_something(ssim)) {
        quality.ssim = estimate.of_pictures(ssim, -1, 1);
        quality.psnr_db = estimate.of_pictures(psnr, 0, GarmentSimilarity::kSameDb);
    }
    if (says_something(lpips)) {
        quality.lpips = estimate.of_pictures(lpips, 0, INFINITY);
    }
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

Quality compare_records(const ClipRecord& reference, const ClipRecord& tested,
                        const QualityOptions& options) {
    const PoseErrors errors = compare_poses(reference.poses(), tested.poses());
    const Estimator estimate(options);
    Quality quality;
    quality.keypoint_error = estimate(errors.error, 0, INFINITY);
    quality.pck = estimate(errors.pck, 0, 1);
    quality.missing = estimate(errors.missing, 0, 1);
    quality.jitter = estimate(jitter(tested.poses()), 0, INFINITY);
    quality.reference_jitter = estimate(jitter(reference.poses()), 0, INFINITY);
    compare_pictures(reference, tested, estimate, options.distance, quality);
    if (options.labels != nullptr) {
        const FrameMetric similarity = compare_with_labels(*options.labels, tested.poses());
        if (says_something(similarity)) {
            quality.oks = estimate(similarity, 0, 1);
        }
    }
    return quality;
}

}  // namespace closet::bench
