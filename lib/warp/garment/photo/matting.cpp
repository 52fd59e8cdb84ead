#include "warp/garment/photo/matting.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "warp/garment/photo/morphology.h"

namespace closet {
namespace {

/// Below the first distance of colors (RGB, 0..255) the projection is noise, above the second it
/// is trusted alone.
constexpr float kFaintContrast = 25;
constexpr float kFullContrast = 65;
/// JPEG noise is kept out of what should be 0 or 1: alpha * 1.1 - 0.05.
constexpr float kAlphaGain = 1.1F;
constexpr float kAlphaOffset = -0.05F;
/// Colors are kept this many radii beyond the outline; farther out the picture is empty, which
/// compresses well.
constexpr float kColorReach = 4;

/// Parts farther than this many radii from what is thicker are thin; nearer ones are its corners.
constexpr float kThinReach = 4;

/// How deep, in radii, mixed pixels are looked for, and their alpha at most.
constexpr float kMixedReach = 3;
constexpr float kMixedAlpha = 0.85F;

/// Fills pixels of weight 0 from the level below, which has half the size. Weights are 0..1.
void push_pull(cv::Mat& color, cv::Mat& weight) {
    if (std::min(color.cols, color.rows) <= 1) {
        return;
    }
    const cv::Size half{(color.cols + 1) / 2, (color.rows + 1) / 2};
    cv::Mat small_color;
    cv::Mat small_weight;
    cv::resize(color, small_color, half, 0, 0, cv::INTER_AREA);
    cv::resize(weight, small_weight, half, 0, 0, cv::INTER_AREA);
    for (int y = 0; y < half.height; ++y) {
        auto* c = small_color.ptr<cv::Vec3f>(y);
        auto* w = small_weight.ptr<float>(y);
        for (int x = 0; x < half.width; ++x) {
            // Premultiplied colors: a level that is known enough stands for itself.
            if (w[x] > 0) {
                const float full = std::min(1.0F, 4 * w[x]);
                c[x] *= full / w[x];
                w[x] = full;
            }
        }
    }
    push_pull(small_color, small_weight);
    cv::Mat up_color;
    cv::Mat up_weight;
    cv::resize(small_color, up_color, color.size(), 0, 0, cv::INTER_LINEAR);
    cv::resize(small_weight, up_weight, color.size(), 0, 0, cv::INTER_LINEAR);
    for (int y = 0; y < color.rows; ++y) {
        auto* c = color.ptr<cv::Vec3f>(y);
        auto* w = weight.ptr<float>(y);
        const auto* uc = up_color.ptr<cv::Vec3f>(y);
        const auto* uw = up_weight.ptr<float>(y);
        for (int x = 0; x < color.cols; ++x) {
            if (w[x] < 1 && uw[x] > 0) {
                const float missing = 1 - w[x];
                c[x] += uc[x] * (missing / uw[x]);
                w[x] = 1;
            }
        }
    }
}

float ramp(float value, float low, float high) {
    return std::clamp((value - low) / (high - low), 0.0F, 1.0F);
}

/// Alpha of one pixel of the band; `softened` is what it is where projection says nothing.
float project(const cv::Vec3f& color, const cv::Vec3f& garment, const cv::Vec3f& ground,
              float softened) {
    const cv::Vec3f line = garment - ground;
    const float square = std::max(1.0F, line.dot(line));
    const float alpha =
        std::clamp((color - ground).dot(line) / square * kAlphaGain + kAlphaOffset, 0.0F, 1.0F);
    const float trust = ramp(std::sqrt(square), kFaintContrast, kFullContrast);
    return trust * alpha + (1 - trust) * softened;
}

struct Band {
    cv::Mat inner;     ///< certainly garment
    cv::Mat outer;     ///< everything that may be visible
    cv::Mat softened;  ///< CV_32F, 0..1
    cv::Mat depth;     ///< CV_32F, pixels inside the silhouette's outline
    cv::Mat colors;    ///< CV_32FC3, the garment's, continued over the band and beyond
};

Band make_band(const cv::Mat& rgb, const cv::Mat& mask, float radius) {
    Band band;
    band.inner = shrink(mask, radius);
    // Parts thinner than the band (straps) know no better color than that of their middle.
    cv::distanceTransform(mask, band.depth, cv::DIST_L2, cv::DIST_MASK_5);
    cv::Mat ridge;
    const int side = 2 * static_cast<int>(std::ceil(radius)) + 1;
    cv::dilate(band.depth, ridge, cv::getStructuringElement(cv::MORPH_RECT, {side, side}));
    const cv::Mat thin = (ridge <= radius) & (band.depth >= ridge) & mask;
    band.inner |= thin & ~widen(band.inner, kThinReach * radius);
    band.outer = widen(mask, std::max(1.0F, radius * 2 / 3));
    mask.convertTo(band.softened, CV_32F, 1.0 / 255);
    cv::GaussianBlur(band.softened, band.softened, {}, double{radius} * 0.4);
    band.colors = continue_colors(rgb, band.inner);
    return band;
}

/// Pixels near an inner corner that are mixed with ground, and connected with the outside by such:
/// silhouettes end in round corners, armpits in sharp ones. Elsewhere light cloth would look so.
cv::Mat find_mixed(const cv::Mat& rgb, const cv::Mat& mask, const cv::Mat& ground, const Band& band,
                   float radius) {
    const float reach = kMixedReach * radius;
    const cv::Mat colors = continue_colors(rgb, band.inner & ~(mask & (band.depth <= reach)));
    const cv::Mat corners = close_mask(mask, radius * 1.5F) & ~mask;
    const cv::Mat near_corners = widen(corners, reach) & mask & (band.depth <= reach);
    cv::Mat open = ~mask;
    for (int y = 0; y < mask.rows; ++y) {
        for (int x = 0; x < mask.cols; ++x) {
            if (near_corners.at<uchar>(y, x) == 0) {
                continue;
            }
            const auto& behind = ground.at<cv::Vec3f>(y, x);
            const cv::Vec3f line = colors.at<cv::Vec3f>(y, x) - behind;
            const float square = line.dot(line);
            const cv::Vec3f color = rgb.at<cv::Vec3b>(y, x);
            if (square > kFullContrast * kFullContrast &&
                (color - behind).dot(line) < kMixedAlpha * square) {
                open.at<uchar>(y, x) = 255;
            }
        }
    }
    cv::Mat labels;
    const int count = cv::connectedComponents(open, labels, 4);
    std::vector<uchar> outside(static_cast<size_t>(count), 0);
    for (int y = 0; y < mask.rows; ++y) {
        for (int x = 0; x < mask.cols; ++x) {
            if (mask.at<uchar>(y, x) == 0) {
                outside[static_cast<size_t>(labels.at<int>(y, x))] = 255;
            }
        }
    }
    cv::Mat mixed = cv::Mat::zeros(mask.size(), CV_8U);
    for (int y = 0; y < mask.rows; ++y) {
        for (int x = 0; x < mask.cols; ++x) {
            if (band.depth.at<float>(y, x) > radius && open.at<uchar>(y, x) != 0) {
                mixed.at<uchar>(y, x) = outside[static_cast<size_t>(labels.at<int>(y, x))];
            }
        }
    }
    return mixed;
}

template <typename Alpha>
cv::Mat compose(const cv::Mat& rgb, const Band& band, float radius, Alpha&& alpha_at) {
    const cv::Mat reach = widen(band.outer, kColorReach * radius);
    cv::Mat rgba = cv::Mat::zeros(rgb.size(), CV_8UC4);
    for (int y = 0; y < rgb.rows; ++y) {
        for (int x = 0; x < rgb.cols; ++x) {
            auto& out = rgba.at<cv::Vec4b>(y, x);
            if (band.inner.at<uchar>(y, x) != 0) {
                const auto& c = rgb.at<cv::Vec3b>(y, x);
                out = {c[0], c[1], c[2], 255};
            } else if (reach.at<uchar>(y, x) != 0) {
                const auto& c = band.colors.at<cv::Vec3f>(y, x);
                const float alpha = band.outer.at<uchar>(y, x) != 0 ? alpha_at(y, x) : 0.0F;
                out = {cv::saturate_cast<uchar>(c[0]), cv::saturate_cast<uchar>(c[1]),
                       cv::saturate_cast<uchar>(c[2]), cv::saturate_cast<uchar>(alpha * 255)};
            }
        }
    }
    return rgba;
}

}  // namespace

cv::Mat continue_colors(const cv::Mat& colors, const cv::Mat& known) {
    cv::Mat weight;
    known.convertTo(weight, CV_32F, 1.0 / 255);
    cv::Mat color;
    colors.convertTo(color, CV_32F);
    color.setTo(0, known == 0);
    push_pull(color, weight);
    return color;
}

Matte matte(const cv::Mat& rgb, const cv::Mat& mask, const cv::Mat& ground, float radius) {
    Band band = make_band(rgb, mask, radius);
    if (const cv::Mat mixed = find_mixed(rgb, mask, ground, band, radius);
        cv::countNonZero(mixed) > 0) {
        band.inner &= ~widen(mixed, 1);
        band.colors = continue_colors(rgb, band.inner);
    }
    const cv::Mat outline = mask & ~shrink(mask, 1.5F);
    size_t outline_pixels = 0;
    size_t faint_pixels = 0;
    for (int y = 0; y < mask.rows; ++y) {
        for (int x = 0; x < mask.cols; ++x) {
            if (outline.at<uchar>(y, x) != 0) {
                const cv::Vec3f line = band.colors.at<cv::Vec3f>(y, x) - ground.at<cv::Vec3f>(y, x);
                ++outline_pixels;
                faint_pixels += line.dot(line) < kFaintContrast * kFaintContrast ? 1 : 0;
            }
        }
    }
    Matte result;
    result.rgba = compose(rgb, band, radius, [&](int y, int x) {
        const cv::Vec3f color = rgb.at<cv::Vec3b>(y, x);
        const float softened = band.softened.at<float>(y, x);
        float alpha =
            project(color, band.colors.at<cv::Vec3f>(y, x), ground.at<cv::Vec3f>(y, x), softened);
        // A light thread inside is no ground: the deeper, the less is taken away.
        alpha = std::max(alpha, ramp(band.depth.at<float>(y, x) / radius, 1.0F / 3, 1));
        // Nothing far outside of the silhouette, whatever its color.
        return alpha * std::min(1.0F, softened * 2.2F);
    });
    result.faint_edge =
        static_cast<float>(faint_pixels) / static_cast<float>(std::max<size_t>(1, outline_pixels));
    return result;
}

Matte matte(const cv::Mat& rgb, const cv::Mat& mask, float radius) {
    const Band band = make_band(rgb, mask, radius);
    return {compose(rgb, band, radius, [&](int y, int x) { return band.softened.at<float>(y, x); }),
            0};
}

}  // namespace closet
