#include "infer/cutter/resample.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include <opencv2/core.hpp>

namespace closet {
namespace {

/// Pillow's PRECISION_BITS: of weights that are whole numbers.
constexpr int kWeightBits = 32 - 8 - 2;

double sinc(double x) {
    return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

double support_of(ResampleFilter filter) {
    return filter == ResampleFilter::kBilinear ? 1 : filter == ResampleFilter::kBicubic ? 2 : 3;
}

double weight_at(ResampleFilter filter, double x) {
    const double away = std::abs(x);
    switch (filter) {
        case ResampleFilter::kBilinear:
            return std::max(0.0, 1 - away);
        case ResampleFilter::kBicubic: {
            constexpr double kA = -0.5;
            if (away < 1) {
                return ((kA + 2) * away - (kA + 3)) * away * away + 1;
            }
            return away < 2 ? (((away - 5) * away + 8) * away - 4) * kA : 0;
        }
        case ResampleFilter::kLanczos:
            return away < 3 ? sinc(x) * sinc(x / 3) : 0;
    }
    return 0;
}

/// Which pixels an output pixel is made of, and how much of each.
struct Taps {
    int first = 0;
    std::vector<std::int32_t> weights;
};

std::vector<Taps> taps_of(int from, int to, ResampleFilter filter) {
    const double scale = static_cast<double>(from) / to;
    const double widened = std::max(scale, 1.0);
    const double support = support_of(filter) * widened;
    std::vector<Taps> all(static_cast<std::size_t>(to));
    for (int i = 0; i < to; ++i) {
        const double center = (i + 0.5) * scale;
        const int first = std::max(0, static_cast<int>(center - support + 0.5));
        const int end = std::min(from, static_cast<int>(center + support + 0.5));
        std::vector<double> weights;
        double sum = 0;
        for (int x = first; x < end; ++x) {
            weights.push_back(weight_at(filter, (x - center + 0.5) * (1.0 / widened)));
            sum += weights.back();
        }
        Taps& taps = all[static_cast<std::size_t>(i)];
        taps.first = first;
        for (const double weight : weights) {
            const double scaled = weight / sum * (1 << kWeightBits);
            taps.weights.push_back(static_cast<std::int32_t>(scaled + (scaled < 0 ? -0.5 : 0.5)));
        }
    }
    return all;
}

uchar rounded(std::int32_t sum) {
    return cv::saturate_cast<uchar>(sum >> kWeightBits);
}

cv::Mat along_rows(const cv::Mat& picture, int width, ResampleFilter filter) {
    const auto taps = taps_of(picture.cols, width, filter);
    const int channels = picture.channels();
    cv::Mat result(picture.rows, width, picture.type());
    for (int y = 0; y < picture.rows; ++y) {
        const uchar* const from = picture.ptr(y);
        uchar* to = result.ptr(y);
        for (const Taps& tap : taps) {
            for (int c = 0; c < channels; ++c) {
                std::int32_t sum = 1 << (kWeightBits - 1);
                const uchar* pixel = from + std::ptrdiff_t{tap.first} * channels + c;
                for (const std::int32_t weight : tap.weights) {
                    sum += *pixel * weight;
                    pixel += channels;
                }
                *to++ = rounded(sum);
            }
        }
    }
    return result;
}

cv::Mat along_columns(const cv::Mat& picture, int height, ResampleFilter filter) {
    const auto taps = taps_of(picture.rows, height, filter);
    const auto length =
        static_cast<std::size_t>(picture.cols) * static_cast<std::size_t>(picture.channels());
    cv::Mat result(height, picture.cols, picture.type());
    std::vector<std::int32_t> sums(length);
    for (int y = 0; y < height; ++y) {
        const Taps& tap = taps[static_cast<std::size_t>(y)];
        std::fill(sums.begin(), sums.end(), 1 << (kWeightBits - 1));
        for (std::size_t k = 0; k < tap.weights.size(); ++k) {
            const uchar* const from = picture.ptr(tap.first + static_cast<int>(k));
            for (std::size_t x = 0; x < length; ++x) {
                sums[x] += from[x] * tap.weights[k];
            }
        }
        std::transform(sums.begin(), sums.end(), result.ptr(y), rounded);
    }
    return result;
}

}  // namespace

cv::Mat resample(const cv::Mat& picture, cv::Size size, ResampleFilter filter) {
    cv::Mat result = picture;
    if (size.width != picture.cols) {
        result = along_rows(result, size.width, filter);
    }
    if (size.height != picture.rows) {
        result = along_columns(result, size.height, filter);
    }
    return result.data == picture.data ? picture.clone() : result;
}

}  // namespace closet
