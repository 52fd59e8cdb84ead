#include "live/choose_views.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/median.h"
#include "core/picture_geometry.h"
#include "pipeline/part_clock.h"

namespace closet {
namespace {

/// Blocks along the sides of the picture, each as its mean brightness: 20 x 20 pixels of a 640 x
/// 360 view.
constexpr int kAlongLong = 32;
constexpr int kAlongShort = 18;

// Measured on a clip of somebody who moves (1080 x 1920, 60 frames a second, views of 360 x 640),
// with Gaussian noise of 0 to 16 levels added to every sample of the views:
// - where only the noise differs, the largest step of any block reached 5.4 times the estimate;
// - frames 33 ms apart differ by 6.0 levels or more in 99 of 100 cases, 25 in half of them;
// - a shift by half a pixel of the view makes a step of at least 4.1 levels, by a pixel 8.8.
constexpr double kLeastStep = 1;  ///< levels of 255; rounding and compression make smaller ones
constexpr double kNoises = 7;     ///< times the noise

/// How fast the noise estimate goes down and up: most pictures hold more than noise.
constexpr double kFall = 0.3;
constexpr double kRise = 0.05;

/// Mean brightness of the blocks, 0..255. In two steps, since 8 bits make the first one fast, and
/// the second one evens out what they lose.
std::vector<double> blocks_of(const cv::Mat& view) {
    const bool wide = view.cols >= view.rows;
    const cv::Size blocks =
        wide ? cv::Size(kAlongLong, kAlongShort) : cv::Size(kAlongShort, kAlongLong);
    cv::Mat small;
    cv::resize(view, small, blocks * 4, 0, 0, cv::INTER_AREA);
    cv::cvtColor(small, small, cv::COLOR_RGB2GRAY);
    small.convertTo(small, CV_32F);
    cv::resize(small, small, blocks, 0, 0, cv::INTER_AREA);
    return {small.begin<float>(), small.end<float>()};
}

/// b - a, less what all of the picture became brighter: light and exposure move nobody.
std::vector<double> steps_between(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> steps(a.size());
    std::transform(b.begin(), b.end(), a.begin(), steps.begin(), std::minus<>());
    const double light = upper_median(steps);
    for (double& step : steps) {
        step = std::abs(step - light);
    }
    return steps;
}

}  // namespace

struct StillPicture::State {
    double max_s = 0;
    cv::Size size;                 ///< of the last view
    std::vector<double> last;      ///< blocks of the last view
    std::vector<double> inferred;  ///< of the last one that was to be inferred; empty: none
    double inferred_s = 0;         ///< its time
    std::optional<double> noise;   ///< standard deviation of steps where nothing moves
    void measure_noise(const std::vector<double>& blocks);
};

/// From the blocks' median, so that whoever moves in less than half of the picture does not count.
void StillPicture::State::measure_noise(const std::vector<double>& blocks) {
    constexpr double kSigmaOfMedian = 1.4826;  // of absolute values that are normal
    const double now = kSigmaOfMedian * upper_median(steps_between(last, blocks));
    if (!noise) {
        noise = now;
    }
    *noise += (now < *noise ? kFall : kRise) * (now - *noise);
}

StillPicture::StillPicture(double max_s) : state_(std::make_unique<State>()) {
    if (!(max_s >= 0)) {
        throw ConfigError("the longest time without inference cannot be negative");
    }
    state_->max_s = max_s;
}

StillPicture::~StillPicture() = default;

bool StillPicture::unchanged(const cv::Mat& view, double seconds) {
    State& state = *state_;
    std::vector<double> blocks = blocks_of(view);
    if (view.size() != state.size) {
        state.size = view.size();
        state.inferred.clear();
    } else {
        state.measure_noise(blocks);
    }
    state.last = blocks;
    const double since_s = seconds - state.inferred_s;
    if (!state.inferred.empty() && since_s >= 0 && since_s <= state.max_s) {
        const std::vector<double> steps = steps_between(state.inferred, blocks);
        const double step = *std::max_element(steps.begin(), steps.end());
        if (step <= std::max(kLeastStep, kNoises * state.noise.value_or(0))) {
            return true;
        }
    }
    state.inferred = std::move(blocks);
    state.inferred_s = seconds;
    return false;
}

void StillPicture::reset() {
    state_->inferred.clear();
}

Shot ChooseViews::take(CapturedFrame captured) {
    Frame& frame = captured.frame;
    const bool is_cut = cuts_.is_cut(*frame.image);
    if (is_cut || frame.scene_start || scene_ == 0) {
        ++scene_;
    }
    return {std::move(frame), captured.captured, scene_};
}

std::optional<LiveView> ChooseViews::view_of(const Shot& shot, double interval_s) {
    clock_.set_interval(interval_s);
    if (!clock_.is_key(shot.frame, shot.scene != seen_scene_)) {
        return std::nullopt;
    }
    LiveView chosen;
    {
        const PartTimer timer(Part::kDownscale);
        chosen.view = views_.make(shot.frame);
    }
    chosen.index = shot.frame.index;
    chosen.seconds = shot.frame.seconds();
    chosen.captured = shot.captured;
    chosen.picture = geometry_of(shot.frame).shown;
    chosen.scene = shot.scene;
    if (shot.scene != seen_scene_) {
        still_.reset();
    }
    if (!skip_still_ || !still_.unchanged(chosen.view.rgb, chosen.seconds)) {
        like_ = chosen.index;
    }
    chosen.like = like_;
    seen_scene_ = shot.scene;
    return chosen;
}

}  // namespace closet
