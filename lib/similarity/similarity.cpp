#include "similarity/similarity.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace closet {
namespace {

constexpr int kWindow = 2 * kSimilarityReachPx + 1;
constexpr double kSigma = 1.5;
constexpr double kK1 = 0.01, kK2 = 0.03;

template <class Sample>
cv::Mat copy_component(const AVFrame& frame, const AVComponentDescriptor& component, int type) {
    cv::Mat samples(frame.height, frame.width, type);
    const int mask = (1 << component.depth) - 1;
    for (int y = 0; y < frame.height; ++y) {
        const std::uint8_t* row = frame.data[component.plane] +
                                  static_cast<std::ptrdiff_t>(y) * frame.linesize[component.plane] +
                                  component.offset;
        auto* out = samples.ptr<Sample>(y);
        for (int x = 0; x < frame.width; ++x, row += component.step) {
            const int value = component.depth > 8 ? row[0] | row[1] << 8 : row[0];
            out[x] = static_cast<Sample>((value >> component.shift) & mask);
        }
    }
    return samples;
}

cv::Mat1f blurred(const cv::Mat& picture) {
    cv::Mat1f result;
    cv::GaussianBlur(picture, result, {kWindow, kWindow}, kSigma, kSigma, cv::BORDER_REFLECT_101);
    return result;
}

/// The structural similarity around each sample.
cv::Mat1f ssim_map(const cv::Mat1f& a, const cv::Mat1f& b, double peak) {
    const double c1 = (kK1 * peak) * (kK1 * peak), c2 = (kK2 * peak) * (kK2 * peak);
    const cv::Mat1f mean_a = blurred(a), mean_b = blurred(b);
    const cv::Mat1f aa = blurred(cv::Mat(a.mul(a))), bb = blurred(cv::Mat(b.mul(b))),
                    ab = blurred(cv::Mat(a.mul(b)));
    cv::Mat1f map(a.size());
    for (int y = 0; y < map.rows; ++y) {
        for (int x = 0; x < map.cols; ++x) {
            const double ma = mean_a(y, x), mb = mean_b(y, x);
            const double va = aa(y, x) - ma * ma, vb = bb(y, x) - mb * mb;
            const double covariance = ab(y, x) - ma * mb;
            map(y, x) = static_cast<float>((2 * ma * mb + c1) * (2 * covariance + c2) /
                                           ((ma * ma + mb * mb + c1) * (va + vb + c2)));
        }
    }
    return map;
}

}  // namespace

std::optional<Luma> luma_of(const AVFrame& frame) {
    const AVPixFmtDescriptor* format =
        av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    constexpr std::uint64_t kUnreadable = AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM |
                                          AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BE |
                                          AV_PIX_FMT_FLAG_FLOAT;
    if (format == nullptr || (format->flags & kUnreadable) != 0 || frame.data[0] == nullptr) {
        return std::nullopt;
    }
    const bool is_rgb = (format->flags & AV_PIX_FMT_FLAG_RGB) != 0;
    const AVComponentDescriptor& component = format->comp[is_rgb ? 1 : 0];
    if (component.depth < 8 || component.depth > 16) {
        return std::nullopt;
    }
    return Luma{component.depth > 8 ? copy_component<std::uint16_t>(frame, component, CV_16UC1)
                                    : copy_component<std::uint8_t>(frame, component, CV_8UC1),
                static_cast<double>((1 << component.depth) - 1)};
}

Similarity measure_similarity(const cv::Mat& a, const cv::Mat& b, double peak,
                              const cv::Mat& inside) {
    if (a.size() != b.size()) {
        throw std::invalid_argument("the pictures compared are of different size");
    }
    cv::Mat1f first, second;
    a.convertTo(first, CV_32F);
    b.convertTo(second, CV_32F);
    Similarity result;
    result.ssim = cv::mean(ssim_map(first, second, peak), inside)[0];
    const double count = inside.empty() ? static_cast<double>(a.total()) : cv::countNonZero(inside);
    const double squares = cv::norm(first, second, cv::NORM_L2SQR, inside) / count;
    result.psnr_db = Similarity::kSameDb;
    if (squares > 0) {
        result.psnr_db = std::min(Similarity::kSameDb, 10 * std::log10(peak * peak / squares));
    }
    return result;
}

}  // namespace closet
