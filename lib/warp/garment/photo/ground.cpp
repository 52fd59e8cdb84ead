#include "warp/garment/photo/ground.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/median.h"

namespace closet {
namespace {

constexpr float kBorderShare = 0.025F;
constexpr int kMinBorder = 6;
/// First guess: what lies this close to the border's median color in each channel.
constexpr float kFirstReach = 12;
constexpr float kMinReach = 2;
constexpr float kMaxSlope = 6;
constexpr int kRounds = 3;
/// One gray level is 0.3 to 0.4 in L: catalogue grounds are often exactly one color, and then one
/// level is what tells a white shirt from it.
constexpr float kMinThreshold = 0.3F;
constexpr float kMaxThreshold = 5;
/// Distances from here on are a garment at the border, not the ground's noise.
constexpr float kNotNoise = 6;
constexpr float kNoisePercentile = 0.97F;
constexpr float kAboveNoise = 1.6F;

struct Sample {
    double x, y;  ///< -0.5..0.5 over the picture
    cv::Vec3f lab;
};

template <typename Visit>
void visit_border(cv::Size size, Visit&& visit) {
    const int wanted = std::max(
        kMinBorder,
        static_cast<int>(kBorderShare * static_cast<float>(std::min(size.width, size.height))));
    const int border = std::min(wanted, (std::min(size.width, size.height) + 1) / 2);
    for (int y = 0; y < size.height; ++y) {
        const bool whole_row = y < border || y >= size.height - border;
        for (int x = 0; x < size.width; ++x) {
            if (!whole_row && x == border) {
                x = std::max(x, size.width - border);
            }
            visit(y, x);
        }
    }
}

float largest_part(const cv::Vec3f& v) {
    return std::max({std::abs(v[0]), std::abs(v[1]), std::abs(v[2])});
}

cv::Vec3f at(const Ground& ground, double x, double y) {
    return ground.center + ground.per_width * static_cast<float>(x) +
           ground.per_height * static_cast<float>(y);
}

/// Least squares over the samples within reach, by the normal equations.
void fit_plane(Ground& ground, const std::vector<Sample>& samples, const std::vector<char>& used) {
    cv::Matx33d normal = cv::Matx33d::zeros();
    cv::Matx33d right = cv::Matx33d::zeros();
    for (size_t i = 0; i < samples.size(); ++i) {
        if (used[i] == 0) {
            continue;
        }
        const std::array<double, 3> row{1, samples[i].x, samples[i].y};
        for (int r = 0; r < 3; ++r) {
            for (int c = 0; c < 3; ++c) {
                normal(r, c) += row[static_cast<size_t>(r)] * row[static_cast<size_t>(c)];
                right(r, c) += row[static_cast<size_t>(r)] * double{samples[i].lab[c]};
            }
        }
    }
    cv::Matx33d plane;
    cv::solve(normal, right, plane, cv::DECOMP_SVD);
    for (int c = 0; c < 3; ++c) {
        ground.center[c] = static_cast<float>(plane(0, c));
        ground.per_width[c] = std::clamp(static_cast<float>(plane(1, c)), -kMaxSlope, kMaxSlope);
        ground.per_height[c] = std::clamp(static_cast<float>(plane(2, c)), -kMaxSlope, kMaxSlope);
    }
}

}  // namespace

cv::Mat to_lab(const cv::Mat& rgb) {
    cv::Mat lab;
    rgb.convertTo(lab, CV_32F, 1.0 / 255);
    cv::cvtColor(lab, lab, cv::COLOR_RGB2Lab);
    return lab;
}

Ground fit_ground(const cv::Mat& lab) {
    std::vector<Sample> samples;
    std::array<std::vector<float>, 3> channels;
    visit_border(lab.size(), [&](int y, int x) {
        const auto& color = lab.at<cv::Vec3f>(y, x);
        samples.push_back({(x + 0.5) / lab.cols - 0.5, (y + 0.5) / lab.rows - 0.5, color});
        for (int c = 0; c < 3; ++c) {
            channels[static_cast<size_t>(c)].push_back(color[c]);
        }
    });
    const cv::Vec3f middle{upper_median(channels[0]), upper_median(channels[1]),
                           upper_median(channels[2])};
    std::vector<char> used(samples.size());
    std::transform(samples.begin(), samples.end(), used.begin(), [&](const Sample& sample) {
        return largest_part(sample.lab - middle) < kFirstReach ? 1 : 0;
    });
    Ground ground{middle, {}, {}};
    std::vector<float> residuals(samples.size());
    for (int round = 0; round < kRounds; ++round) {
        fit_plane(ground, samples, used);
        std::vector<float> kept;
        for (size_t i = 0; i < samples.size(); ++i) {
            residuals[i] = largest_part(samples[i].lab - at(ground, samples[i].x, samples[i].y));
            if (used[i] != 0) {
                kept.push_back(residuals[i]);
            }
        }
        if (kept.empty()) {
            return Ground{middle, {}, {}};
        }
        // 1.48 times the median is the standard deviation of normal noise.
        const float reach = std::max(kMinReach, 3 * 1.48F * upper_median(kept));
        std::transform(residuals.begin(), residuals.end(), used.begin(),
                       [&](float residual) { return residual < reach ? 1 : 0; });
    }
    return ground;
}

cv::Mat ground_lab(const Ground& ground, cv::Size size) {
    cv::Mat lab(size, CV_32FC3);
    for (int y = 0; y < size.height; ++y) {
        auto* row = lab.ptr<cv::Vec3f>(y);
        for (int x = 0; x < size.width; ++x) {
            row[x] = at(ground, (x + 0.5) / size.width - 0.5, (y + 0.5) / size.height - 0.5);
        }
    }
    return lab;
}

cv::Mat distance_from_ground(const cv::Mat& difference) {
    cv::Mat distance(difference.size(), CV_32F);
    for (int y = 0; y < difference.rows; ++y) {
        const auto* in = difference.ptr<cv::Vec3f>(y);
        auto* out = distance.ptr<float>(y);
        for (int x = 0; x < difference.cols; ++x) {
            const cv::Vec3f& v = in[x];
            out[x] = std::sqrt(v[0] * v[0] + 1.5F * (v[1] * v[1] + v[2] * v[2]));
        }
    }
    return distance;
}

void set_threshold(Ground& ground, const cv::Mat& distance) {
    std::vector<float> noise;
    size_t all = 0;
    visit_border(distance.size(), [&](int y, int x) {
        ++all;
        if (const float d = distance.at<float>(y, x); d < kNotNoise) {
            noise.push_back(d);
        }
    });
    ground.share_of_border = static_cast<float>(noise.size()) / static_cast<float>(all);
    if (noise.empty()) {
        ground.threshold = kMaxThreshold;
        return;
    }
    const auto rank = noise.begin() + static_cast<std::ptrdiff_t>(
                                          kNoisePercentile * static_cast<float>(noise.size() - 1));
    std::nth_element(noise.begin(), rank, noise.end());
    ground.threshold = std::clamp(kAboveNoise * *rank, kMinThreshold, kMaxThreshold);
}

}  // namespace closet
