#include "warp/occlusion/scene_light.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <vector>

#include "core/device_picture.h"
#include "warp/paint/pixel_row.h"

namespace closet {
namespace {

constexpr int kGrid = 48;       ///< rows of pixels that are looked at
constexpr int kColumns = 80;    ///< pixels in a row
constexpr double kWhite = 235;  ///< luma of a white garment in a catalogue photo
constexpr double kHalfWay = 0.5;
/// Luma of the brightest hundredth: up to the first a white garment gets no brighter than it, from
/// the second on it is no dark scene. In 32 ordinary pictures and clips it lies at 226 and above.
constexpr double kDark = 170, kBright = 205;
constexpr double kGray = 12;          ///< chroma levels at which a pixel hardly counts as gray
constexpr double kEnoughGray = 0.05;  ///< mean weight from which the color is fully believed

/// The luma that `share` of the pixels reach.
int percentile(const std::array<int, 256>& luma, int count, double share) {
    int bright = 255;
    for (int above = luma[255]; bright > 0 && above < share * count;) {
        --bright;
        above += luma[static_cast<std::size_t>(bright)];
    }
    return bright;
}

/// By what the gains are multiplied for darkness: continuous, and 1 at kBright.
float dim_of(double brightest) {
    const double least = static_cast<double>(SceneLight::kLeast);
    const double dark = std::min(brightest, kDark) / 255 / least;
    const double way = std::clamp((brightest - kDark) / (kBright - kDark), 0.0, 1.0);
    return static_cast<float>(dark + (1 - dark) * way);
}

/// What one frame says of its light.
struct LightEstimate {
    LightGains gains{1.0F, 1.0F, 1.0F};
    float dim = 1.0F;
};

float limited(double gain) {
    return std::clamp(static_cast<float>(gain), SceneLight::kLeast, SceneLight::kMost);
}

/// Some pixels of some pairs of rows: CV_8UC3, Y Cb Cr; empty where they cannot be read.
cv::Mat light_samples(const occlusion::ShownPicture& picture) {
    const AVFrame& frame = picture.image;
    const int rows = std::clamp(frame.height / 2, 1, kGrid);
    const int width = (frame.width + 1) & ~1;
    const int columns = std::min(width / 2, kColumns);
    const auto row_at = [&](int j) { return (frame.height * j / rows) & ~1; };
    const auto column_at = [&](int i) { return width / 2 * i / columns; };
    cv::Mat samples;
    if (picture.is_on_device()) {
        std::vector<int> at_rows, at_columns;
        for (int j = 0; j < rows; ++j) {
            at_rows.push_back(row_at(j));
        }
        for (int i = 0; i < columns; ++i) {
            at_columns.push_back(2 * column_at(i));
        }
        const cv::Rect all(0, 0, width, std::max(frame.height & ~1, 2));
        read_device_colors(*picture.frame, all, at_rows, at_columns, samples);
        return samples;
    }
    samples.create(rows, columns, CV_8UC3);
    const auto plain = occlusion::PlainColors::of(frame, {0, 0, width, frame.height & ~1});
    cv::Mat colors(1, width / 2, CV_8UC3);
    for (int j = 0; j < rows; ++j) {
        const cv::Rect strip(0, row_at(j), width, 2);
        if (plain && strip.br().y <= frame.height) {
            plain->read(strip.y / 2, {0, colors.cols}, colors.ptr(), frame.height / 2 / rows);
        } else if (!occlusion::read_colors(frame, strip, colors)) {
            return {};
        }
        for (int i = 0; i < columns; ++i) {
            samples.at<cv::Vec3b>(j, i) = colors.at<cv::Vec3b>(0, column_at(i));
        }
    }
    return samples;
}

LightEstimate estimate_light(const occlusion::ShownPicture& picture) {
    std::array<double, 3> sums{};
    double weights = 0;
    std::array<int, 256> luma{};
    int count = 0;
    const cv::Mat samples = light_samples(picture);
    if (samples.empty()) {
        return {};
    }
    for (int j = 0; j < samples.rows; ++j) {
        for (int i = 0; i < samples.cols; ++i) {
            const auto color = samples.at<cv::Vec3b>(j, i);
            const double u = color[1] - 128.0;
            const double v = color[2] - 128.0;
            const std::array rgb{color[0] + 1.402 * v, color[0] - 0.344 * u - 0.714 * v,
                                 color[0] + 1.772 * u};
            const double bright_share = color[0] / 255.0;
            const double weight =
                bright_share * bright_share * std::exp(-(u * u + v * v) / (2 * kGray * kGray));
            weights += weight;
            for (std::size_t c = 0; c < 3; ++c) {
                sums[c] += weight * rgb[c];
            }
            ++luma[color[0]];
            ++count;
        }
    }
    const int bright = percentile(luma, count, 0.05);
    const double brightness = std::pow(std::max(bright, 1) / kWhite, kHalfWay);
    const double mean = (sums[0] + sums[1] + sums[2]) / 3;
    const double trust = kHalfWay * std::min(weights / count / kEnoughGray, 1.0);
    LightEstimate estimate;
    estimate.dim = dim_of(percentile(luma, count, 0.01));
    for (std::size_t c = 0; c < 3; ++c) {
        const double color = mean > 0 ? std::max(sums[c] / mean, 1e-3) : 1.0;
        estimate.gains[c] = limited(brightness * std::pow(color, trust));
    }
    return estimate;
}

LightGains dimmed(LightGains gains, float dim) {
    for (float& gain : gains) {
        gain *= dim;
    }
    return gains;
}

}  // namespace

LightGains measure_light(const AVFrame& frame) {
    const LightEstimate estimate = estimate_light(frame);
    return dimmed(estimate.gains, estimate.dim);
}

LightGains SceneLight::update(const occlusion::ShownPicture& picture, double seconds,
                              bool scene_start) {
    const LightEstimate now = estimate_light(picture);
    const double passed = seconds - last_s_;
    const bool restart = !started_ || scene_start || !(passed >= 0.0);
    const auto share = [&](double seconds_constant) {
        return restart ? 1.0F : static_cast<float>(1.0 - std::exp(-passed / seconds_constant));
    };
    for (std::size_t c = 0; c < 3; ++c) {
        gains_[c] += share(kSeconds) * (now.gains[c] - gains_[c]);
    }
    dim_ += share(kDimSeconds) * (now.dim - dim_);
    last_s_ = seconds;
    started_ = true;
    return dimmed(gains_, dim_);
}

RowLight::RowLight(const LightGains& gains) {
    constexpr std::int16_t kOne = 1 << pixel_row::kGainBits;
    gains_.fill(kOne);
    for (std::size_t c = 0; c < 3; ++c) {
        gains_[c] =
            static_cast<std::int16_t>(std::lround(std::ldexp(gains[c], pixel_row::kGainBits)));
    }
    changes_ = std::any_of(gains_.begin(), gains_.end(), [](int g) { return g != kOne; });
}

void RowLight::apply(std::uint8_t* rgba, std::size_t n) const {
    if (changes_) {
        pixel_row::scale(rgba, n, gains_);
    }
}

void apply_light(cv::Mat& rgba, const LightGains& gains) {
    const RowLight light(gains);
    for (int y = 0; y < rgba.rows; ++y) {
        const auto seen = pixel_row::visible(rgba.ptr(y), static_cast<std::size_t>(rgba.cols));
        light.apply(rgba.ptr(y) + 4 * seen.begin, seen.size());
    }
}

}  // namespace closet
