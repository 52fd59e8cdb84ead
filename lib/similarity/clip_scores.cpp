#include "similarity/clip_scores.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "batch/view.h"
#include "core/color.h"
#include "core/error.h"
#include "decode/decode.h"
#include "pipeline/worker_pool.h"
#include "similarity/similarity.h"

namespace closet {
namespace {

/// Whether the samples of two frames mean the same, so that they can be compared as they are.
bool is_stored_alike(const Frame& a, const Frame& b) {
    const auto format = static_cast<AVPixelFormat>(a.image->format);
    return a.image->format == b.image->format && !is_rgb(format) &&
           geometry_of(a) == geometry_of(b) && is_full_range(*a.image) == is_full_range(*b.image) &&
           matrix_of(*a.image) == matrix_of(*b.image) &&
           transfer_of(*a.image) == transfer_of(*b.image);
}

/// Compares pairs of frames, one at a time.
class PairScorer {
  public:
    explicit PairScorer(const ClipScoreOptions& options) : options_(options) {}

    /// Fills the figures of `score`; false where the stored luma could not be compared.
    bool score(const Frame& first, const Frame& second, FrameScore& score) {
        const bool wants_luma = options_.ssim || options_.psnr;
        bool is_stored = false;
        if (wants_luma && is_stored_alike(first, second)) {
            const auto a = luma_of(*first.image), b = luma_of(*second.image);
            is_stored = a && b;
            if (is_stored) {
                fill(measure_similarity(a->samples, b->samples, a->peak), score);
            }
        }
        if (!is_stored || options_.lpips != nullptr) {
            const cv::Mat a = first_.make(first).rgb, b = second_.make(second).rgb;
            if (wants_luma && !is_stored) {
                fill(measure_similarity(gray(a), gray(b), 255), score);
            }
            if (options_.lpips != nullptr) {
                score.lpips = options_.lpips->distance(a, b).total;
            }
        }
        return is_stored || !wants_luma;
    }

  private:
    static cv::Mat gray(const cv::Mat& rgb) {
        cv::Mat result;
        cv::cvtColor(rgb, result, cv::COLOR_RGB2GRAY);
        return result;
    }
    void fill(const Similarity& alike, FrameScore& score) const {
        score.ssim = options_.ssim ? std::optional(alike.ssim) : std::nullopt;
        score.psnr_db = options_.psnr ? std::optional(alike.psnr_db) : std::nullopt;
    }

    const ClipScoreOptions& options_;
    ViewMaker first_{1}, second_{1};
};

/// Times of a clip's frames, from its first one on.
class FrameTimes {
  public:
    double operator()(const Frame& frame) {
        const double now_s = frame.seconds();
        start_s_ = start_s_.value_or(now_s);
        gap_s_ = now_s - last_s_.value_or(now_s);
        last_s_ = now_s;
        return now_s - *start_s_;
    }
    double gap_s() const { return gap_s_; }  ///< since the frame before; 0 at the first one

  private:
    std::optional<double> start_s_, last_s_;
    double gap_s_ = 0;
};

/// Two clips, read side by side.
class FramePairs {
  public:
    FramePairs(const std::string& first, const std::string& second, bool shortest)
        : names_{first, second}, first_(first), second_(second), shortest_(shortest) {}

    struct Pair {
        Frame first, second;
        double seconds = 0;
    };

    /// Nothing at the end.
    std::optional<Pair> next() {
        std::optional<Frame> first = first_.next(), second = second_.next();
        if (!first || !second) {
            check_ends(first.has_value(), second.has_value());
            return std::nullopt;
        }
        const double first_s = first_times_(*first), second_s = second_times_(*second);
        check_size(geometry_of(*first).shown, geometry_of(*second).shown);
        check_times(first_s, second_s);
        ++count_;
        return Pair{std::move(*first), std::move(*second), first_s};
    }

    /// 0 where the files do not tell.
    std::int64_t expected() const {
        return std::min(first_.info()->estimated_frames, second_.info()->estimated_frames);
    }

  private:
    void check_size(cv::Size first, cv::Size second) const {
        if (first != second) {
            throw MediaError(fmt::format(
                "{} is {}x{} pixels as shown and {} is {}x{}: only pictures of one size can be "
                "compared; scale one of them first",
                names_[0], first.width, first.height, names_[1], second.width, second.height));
        }
    }
    void check_times(double first_s, double second_s) const {
        const double gap_s = std::min(first_times_.gap_s(), second_times_.gap_s());
        if (std::abs(first_s - second_s) >= gap_s / 2 && gap_s > 0) {
            throw MediaError(fmt::format(
                "frame {} is at {:.3f} s in {} and at {:.3f} s in {}: the clips do not show the "
                "same moments; bring them to one frame rate first",
                count_, first_s, names_[0], second_s, names_[1]));
        }
    }
    void check_ends(bool first_goes_on, bool second_goes_on) const {
        if (first_goes_on != second_goes_on && !shortest_) {
            throw MediaError(
                fmt::format("{} ends after {} frames and {} goes on: {} leaves out what is more",
                            names_[first_goes_on ? 1 : 0], count_, names_[first_goes_on ? 0 : 1],
                            flags::kShortest));
        }
    }

    std::string names_[2];
    Decode first_, second_;
    FrameTimes first_times_, second_times_;
    bool shortest_;
    std::int64_t count_ = 0;
};

}  // namespace

ClipScores compare_clips(const std::string& first, const std::string& second,
                         const ClipScoreOptions& options,
                         const std::function<bool(std::int64_t, std::int64_t)>& tick) {
    FramePairs pairs(first, second, options.shortest);
    WorkerPool pool(options.workers);
    std::vector<PairScorer> scorers;
    for (unsigned i = 0; i < pool.concurrency(); ++i) {
        scorers.emplace_back(options);
    }
    ClipScores result;
    while (result.is_complete) {
        std::vector<FramePairs::Pair> some;
        while (some.size() < scorers.size()) {
            auto pair = pairs.next();
            if (!pair) {
                break;
            }
            some.push_back(std::move(*pair));
        }
        if (some.empty()) {
            break;
        }
        const std::size_t done = result.frames.size();
        std::vector<char> is_stored(some.size());
        result.frames.resize(done + some.size());
        pool.for_each(some.size(), [&](std::size_t i) {
            FrameScore& score = result.frames[done + i];
            score.index = static_cast<std::int64_t>(done + i);
            score.seconds = some[i].seconds;
            is_stored[i] = scorers[i].score(some[i].first, some[i].second, score) ? 1 : 0;
        });
        result.stored_luma =
            result.stored_luma && std::count(is_stored.begin(), is_stored.end(), 0) == 0;
        result.is_complete =
            tick(static_cast<std::int64_t>(result.frames.size()), pairs.expected());
    }
    return result;
}

}  // namespace closet
