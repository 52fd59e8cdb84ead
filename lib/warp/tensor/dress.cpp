#include "warp/tensor/dress.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include <ATen/ATen.h>
#include <opencv2/imgproc.hpp>

#include "warp/paint/pixel_row.h"
#include "warp/tensor/arithmetic.h"
#include "warp/tensor/upload.h"

namespace closet::tensor {
namespace {

using std::int64_t;

at::Tensor alpha_of(const at::Tensor& picture) {
    return picture.narrow(0, 3, 1);
}
at::Tensor colors_of(const at::Tensor& picture) {
    return picture.narrow(0, 0, 3);
}
at::Tensor with_alpha(const at::Tensor& colors, const at::Tensor& alpha) {
    return at::cat({colors, alpha});
}

/// Levels of a mean or a mix of levels.
at::Tensor levels(const at::Tensor& numbers) {
    return at::round(numbers).to(at::kInt);
}

/// Enlarged by interpolation, outer edges in place: rows x columns times `factor`, floats.
at::Tensor enlarged(const at::Tensor& plane, int64_t factor) {
    return at::upsample_bilinear2d(plane.to(at::kFloat).unsqueeze(0).unsqueeze(0),
                                   {factor * plane.size(0), factor * plane.size(1)},
                                   /*align_corners=*/false)
        .squeeze(0)
        .squeeze(0);
}

/// mesh::darken.
void darken(at::Tensor& canvas, const mesh::Shade& shade) {
    const int64_t height = canvas.size(1) - shade.corner.y, width = canvas.size(2) - shade.corner.x;
    const at::Tensor all =
        levels(enlarged(upload(shade.dark, canvas.device()), mesh::Shade::kShrink));
    const at::Tensor dark =
        all.narrow(0, 0, std::min(height, all.size(0))).narrow(1, 0, std::min(width, all.size(1)));
    const at::Tensor keep = quotient(256 * 255 - dark * mesh::Shade::kStrengthOf256, 255);
    at::Tensor part = colors_of(canvas)
                          .narrow(1, shade.corner.y, dark.size(0))
                          .narrow(2, shade.corner.x, dark.size(1));
    part.copy_(at::bitwise_right_shift(part * keep, 8));
}

/// mesh::cut_above and cut_below.
at::Tensor cut(const at::Tensor& canvas, const cv::Point& corner, const BodyFrame& body,
               const mesh::WaistCut& cut, bool above) {
    const auto floats = at::TensorOptions(at::kFloat).device(canvas.device());
    const at::Tensor x = at::arange(canvas.size(2), floats) + (corner.x - body.middle.x);
    const at::Tensor y =
        (at::arange(canvas.size(1), floats) + (corner.y - body.middle.y)).unsqueeze(1);
    const auto along = [&](const cv::Point2d& direction) {
        return x * direction.x + y * direction.y;
    };
    constexpr auto kLast = static_cast<double>(OwnClothes::kColumns - 1);
    constexpr double kReach = OwnClothes::kReach;
    const at::Tensor place =
        ((along(body.across) / body.unit + kReach) * (kLast / (2 * kReach))).clamp(0, kLast);
    const at::Tensor before = at::floor(place).clamp_max(kLast - 1);
    const std::vector<float> numbers(cut.line.waist.begin(), cut.line.waist.end());
    const at::Tensor waist =
        upload(numbers, {static_cast<int64_t>(numbers.size())}, canvas.device());
    const at::Tensor i = before.to(at::kLong);
    const at::Tensor level = rows_at(waist, i);
    const at::Tensor end = level + (rows_at(waist, i + 1) - level) * (place - before) + cut.drop;
    const at::Tensor beyond = (along(body.down) - end * body.unit) * (above ? -1 : 1);
    const at::Tensor keep = (0.5 - beyond).clamp(0, 1);
    return at::floor(canvas * keep + 0.5).to(at::kInt);
}

/// What MeshWarp paints of one side; `layers`: its layers' pictures.
at::Tensor side(const mesh::DrawnSide& drawn, const at::Tensor& layers, const cv::Point& corner) {
    at::Tensor canvas = at::zeros_like(layers[0]);
    for (std::size_t i = 0; i < drawn.layers.size(); ++i) {
        const mesh::DrawnLayer& layer = drawn.layers[i];
        const at::Tensor before = canvas;
        if (layer.shade) {
            canvas = canvas.clone();
            darken(canvas, *layer.shade);
        }
        const at::Tensor top = layers[static_cast<int64_t>(i)];
        canvas = over(canvas, top, alpha_of(top));
        if (layer.opacity < 1) {
            canvas = levels(canvas * layer.opacity + before * (1 - layer.opacity));
        }
        if (layer.under) {
            canvas = cut(canvas, corner, drawn.body, *layer.under, true);
        }
        if (layer.tucked) {
            canvas = cut(canvas, corner, drawn.body, *layer.tucked, false);
        }
    }
    return canvas;
}

/// The whole garment, premultiplied.
at::Tensor sides(const mesh::GarmentDrawing& drawing, Atlas& atlas) {
    std::vector<const mesh::DrawnLayer*> layers;
    for (const mesh::DrawnSide& one : drawing.sides) {
        for (const mesh::DrawnLayer& layer : one.layers) {
            layers.push_back(&layer);
        }
    }
    const at::Tensor pictures = rasterize(layers, drawing.where.size(), atlas);
    int64_t first = 0;
    at::Tensor mixed;
    for (const mesh::DrawnSide& one : drawing.sides) {
        const auto count = static_cast<int64_t>(one.layers.size());
        const at::Tensor own = side(one, pictures.narrow(0, first, count), drawing.where.tl());
        if (drawing.sides.size() == 1) {
            return own;
        }
        mixed = mixed.defined() ? mixed + own * one.share : own * one.share;
        first += count;
    }
    return levels(mixed);
}

/// pixel_row::unpremultiply.
at::Tensor straight(const at::Tensor& picture) {
    const at::Tensor alpha = alpha_of(picture).clamp_min(1).to(at::kLong);
    const at::Tensor reciprocal = quotient((255 << 16) + quotient(alpha, 2), alpha);
    const at::Tensor colors =
        at::bitwise_right_shift(colors_of(picture) * reciprocal + (1 << 15), 16);
    return with_alpha(colors.clamp_max(255).to(at::kInt), alpha_of(picture));
}

/// apply_light.
at::Tensor lit(const at::Tensor& picture, const LightGains& gains) {
    std::vector<std::int32_t> factors;
    for (const float gain : gains) {
        factors.push_back(
            static_cast<std::int32_t>(std::lround(std::ldexp(gain, pixel_row::kGainBits))));
    }
    const at::Tensor wide = at::bitwise_left_shift(colors_of(picture), 15 - pixel_row::kGainBits);
    const at::Tensor product = at::bitwise_right_shift(
        at::bitwise_right_shift(wide * upload(factors, {3, 1, 1}, picture.device()), 14) + 1, 1);
    return with_alpha(product.clamp_max(255), alpha_of(picture));
}

/// A plane of floats blurred by a Gaussian as cv::GaussianBlur does bytes, edges repeated.
at::Tensor blurred(const at::Tensor& plane, double sigma) {
    constexpr double kReach = 3;  // of OpenCV, for bytes
    const int taps = cvRound(2 * kReach * sigma + 1) | 1;
    const cv::Mat kernel = cv::getGaussianKernel(taps, sigma, CV_32F);
    const std::vector<float> numbers(kernel.begin<float>(), kernel.end<float>());
    const at::Tensor weights = upload(numbers, {taps}, plane.device());
    const int64_t reach = taps / 2;
    const at::Tensor edged =
        at::replication_pad2d(plane.unsqueeze(0).unsqueeze(0), {reach, reach, reach, reach})
            .squeeze(0)
            .squeeze(0);
    const auto along = [&](const at::Tensor& picture, int64_t dimension) {
        const at::Tensor windows = picture.unfold(dimension, taps, 1);
        return windows.reshape({-1, taps}).mv(weights).view({windows.size(0), windows.size(1)});
    };
    return along(along(edged, 1), 0);
}

/// ContactShadow::add: black under the colors.
at::Tensor shaded(const at::Tensor& picture, const cv::Rect& where, const ShadowCast& cast) {
    const int64_t step = cast.step;
    const int64_t left = where.x - cast.where.x, top = where.y - cast.where.y;
    const at::Tensor alpha = alpha_of(picture);
    const at::Tensor all = at::constant_pad_nd(
        alpha.to(at::kFloat),
        {left, cast.where.width - left - where.width, top, cast.where.height - top - where.height});
    const at::Tensor sums = at::avg_pool2d(all, {step, step}, {step, step}, {0, 0},
                                           /*ceil_mode=*/false, /*count_include_pad=*/true,
                                           /*divisor_override=*/1);
    const at::Tensor garment =
        quotient(sums.to(at::kInt).squeeze(0) + step * step / 2, step * step).to(at::kFloat);
    // Down by a fraction of a row: between the rows above, the first one repeated.
    const auto whole = static_cast<int64_t>(std::floor(cast.shift));
    const double share = cast.shift - static_cast<double>(whole);
    const int64_t rows = garment.size(0);
    const at::Tensor high = at::cat({garment.narrow(0, 0, 1).expand({whole + 1, -1}), garment});
    const at::Tensor moved =
        at::round(high.narrow(0, 1, rows) * (1 - share) + high.narrow(0, 0, rows) * share);
    const at::Tensor person = upload(cast.person, picture.device());
    const at::Tensor soft = at::round(at::round(blurred(moved, cast.sigma)) * person / 255);
    const int64_t weights = pixel_row::weights_of(cast.step);
    const at::Tensor spread = levels(enlarged(soft, step) * static_cast<double>(weights))
                                  .narrow(0, top, where.height)
                                  .narrow(1, left, where.width)
                                  .unsqueeze(0);
    const at::Tensor black = at::bitwise_right_shift(
        quotient(quotient(spread * cast.share, weights) * (255 - alpha), 255) + 128, 8);
    const at::Tensor sum = alpha + black;
    const at::Tensor colors =
        quotient(colors_of(picture) * alpha + at::bitwise_right_shift(sum, 1), sum.clamp_min(1));
    return with_alpha(colors, sum);
}

}  // namespace

at::Tensor dress(const TensorGarment& garment, Atlas& atlas) {
    const cv::Rect& where = garment.drawing.where;
    at::Tensor patch = lit(straight(sides(garment.drawing, atlas)), garment.light);
    if (garment.shadow) {
        patch = shaded(patch, where, *garment.shadow);
    }
    at::Tensor alpha = alpha_of(patch);
    if (!garment.kept.empty()) {
        alpha = quotient(alpha * upload(garment.kept, patch.device()).to(at::kInt) + 127, 255);
    }
    if (garment.opacity < 1) {
        alpha = at::floor(alpha * garment.opacity + 0.5).to(at::kInt);
    }
    return with_alpha(colors_of(patch), alpha);
}

}  // namespace closet::tensor
