#include "warp/tensor/composite.h"

#include <algorithm>
#include <array>
#include <span>

#include <ATen/ATen.h>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/color.h"
#include "warp/paint/blend.h"
#include "warp/paint/frame_color.h"
#include "warp/tensor/arithmetic.h"

namespace closet::tensor {
namespace {

using std::int64_t;

/// Samples of `levels`, with the bits below that were there.
at::Tensor samples_of(const at::Tensor& levels, const at::Tensor& was, int shift) {
    at::Tensor numbers = levels;
    if (shift > 0) {
        numbers =
            at::bitwise_or(at::bitwise_left_shift(levels, shift),
                           at::bitwise_and(was.to(levels.device()).to(at::kInt), (1 << shift) - 1));
    }
    return bytes_or_words(numbers, was.scalar_type());
}

/// r g b of 3 planes by a row of a matrix.
at::Tensor weighted(const YuvRow& row, const at::Tensor& colors) {
    return colors[0] * row.rgb[0] + colors[1] * row.rgb[1] + colors[2] * row.rgb[2];
}

/// The part of a plane that a patch covers, and where it begins in the patch.
struct Overlap {
    cv::Rect on_plane;
    int64_t x = 0, y = 0;

    Overlap(const cv::Rect& patch, cv::Size plane)
        : on_plane(patch & cv::Rect({0, 0}, plane)),
          x(on_plane.x - patch.x),
          y(on_plane.y - patch.y) {}
    /// The same part of a picture of the patch.
    at::Tensor of(const at::Tensor& picture) const {
        return picture.narrow(-2, y, on_plane.height).narrow(-1, x, on_plane.width);
    }
};

/// Sums of `count` pixels beside each other from every `step`th on, by weights.
at::Tensor filtered(const at::Tensor& picture, int64_t dimension, int64_t step, int64_t count,
                    std::span<const std::int64_t> weights) {
    at::Tensor sum;
    for (std::size_t k = 0; k < weights.size(); ++k) {
        if (weights[k] != 0) {
            const auto first = static_cast<int64_t>(k);
            const at::Tensor part =
                picture.slice(dimension, first, first + step * (count - 1) + 1, step) * weights[k];
            sum = sum.defined() ? sum + part : part;
        }
    }
    return sum;
}

}  // namespace

bool can_paint(const PlaneTensors& planes) {
    const AVFrame& frame = planes.picture;
    const AVPixFmtDescriptor* format =
        av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    constexpr std::uint64_t kOther = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_ALPHA |
                                     AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_HWACCEL |
                                     AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_PAL;
    if (format == nullptr || (format->flags & kOther) != 0 || format->nb_components != 3) {
        return false;
    }
    const int depth = format->comp[0].depth;
    const bool forwards = std::all_of(format->comp, format->comp + 3, [&](const auto& component) {
        const int step = planes.memory.linesize[component.plane];
        return step > 0 && step % (component.depth > 8 ? 2 : 1) == 0;
    });
    return (depth == 8 || depth == 10) && format->comp[1].plane != format->comp[0].plane &&
           forwards && transfer_of(frame) == AVCOL_TRC_BT709 &&
           primaries_of(frame) == AVCOL_PRI_BT709 &&
           av_frame_get_side_data(&frame, AV_FRAME_DATA_ICC_PROFILE) == nullptr;
}

Composition::Composition(const PlaneTensors& planes, const at::Tensor& patch, const cv::Rect& where,
                         cv::Mat* matte) {
    if ((where & cv::Rect(0, 0, planes.picture.width, planes.picture.height)).empty()) {
        return;
    }
    add_luma(planes, patch, where);
    add_chroma(planes, patch, where);
    if (matte != nullptr) {
        add_matte(*matte, patch, where);
    }
}

void Composition::add_luma(const PlaneTensors& planes, const at::Tensor& patch,
                           const cv::Rect& where) {
    const AVComponentDescriptor& luma = planes.format().comp[0];
    const YuvRow row = frame_color(planes.picture).y;
    const Overlap overlap(where, {planes.picture.width, planes.picture.height});
    const at::Tensor colors = overlap.of(patch);
    const at::Tensor alpha = colors[3];
    const int64_t rounding = (int64_t{row.offset} << FrameColor::kLumaBits) +
                             (int64_t{1} << (FrameColor::kLumaBits - 1));
    const at::Tensor own =
        at::bitwise_right_shift(weighted(row, colors) + rounding, FrameColor::kLumaBits);
    const at::Tensor target = planes.samples(0, overlap.on_plane);
    const at::Tensor was = levels_of(target, luma.shift, patch.device());
    // Half of 255 is no level: both of Note [Blending]'s kernels round to nearest.
    const at::Tensor now = quotient(own * alpha + was * (255 - alpha) + 127, 255);
    planes_.push_back({target, samples_of(now, target, luma.shift)});
}

void Composition::add_chroma(const PlaneTensors& planes, const at::Tensor& patch,
                             const cv::Rect& where) {
    const AVPixFmtDescriptor& format = planes.format();
    const FrameColor color = frame_color(planes.picture);
    const int log2_width = format.log2_chroma_w, log2_height = format.log2_chroma_h;
    const cv::Rect on_chroma(where.x >> log2_width, where.y >> log2_height,
                             where.width >> log2_width, where.height >> log2_height);
    const Overlap overlap(on_chroma, {AV_CEIL_RSHIFT(planes.picture.width, log2_width),
                                      AV_CEIL_RSHIFT(planes.picture.height, log2_height)});
    if (overlap.on_plane.empty()) {
        return;
    }
    const at::Tensor alpha = patch.narrow(0, 3, 1);
    // Transparent pixels around: samples look at those before and behind their own.
    const at::Tensor edged =
        at::constant_pad_nd(at::cat({patch.narrow(0, 0, 3) * alpha, alpha}), {1, 2, 1, 2});
    const std::array<int64_t, 4> rows{color.row_weights[0], color.row_weights[1],
                                      color.row_weights[2], color.row_weights[3]};
    using Weights = std::array<int64_t, 4>;
    const Weights columns = color.columns == ColumnFilter::kOwn       ? Weights{0, 4, 0, 0}
                            : color.columns == ColumnFilter::kCosited ? Weights{1, 2, 1, 0}
                                                                      : Weights{0, 2, 2, 0};
    const at::Tensor sums =
        filtered(filtered(edged, 1, int64_t{1} << log2_height, on_chroma.height, rows), 2,
                 int64_t{1} << log2_width, on_chroma.width, columns);
    const at::Tensor part = overlap.of(sums);
    const at::Tensor colors =
        quotient(part.narrow(0, 0, 3) + blend::kSumWeights / 2, blend::kSumWeights);
    const at::Tensor whole = part[3];
    constexpr int64_t kShift = FrameColor::kChromaBits - 4;
    const int64_t most = (1 << format.comp[1].depth) - 1;
    for (const int i : {1, 2}) {
        const AVComponentDescriptor& component = format.comp[i];
        const YuvRow& row = i == 1 ? color.u : color.v;
        const at::Tensor own =
            at::bitwise_right_shift(weighted(row, colors) + (int64_t{1} << (kShift - 1)), kShift) +
            whole * row.offset;
        const at::Tensor target = planes.samples(i, overlap.on_plane);
        const at::Tensor was = levels_of(target, component.shift, patch.device());
        const at::Tensor now =
            quotient(own + was * (int64_t{blend::kSumWhole} - whole) + blend::kSumWhole / 2,
                     blend::kSumWhole)
                .clamp_max(most);
        planes_.push_back({target, samples_of(now, target, component.shift)});
    }
}

void Composition::add_matte(cv::Mat& matte, const at::Tensor& patch, const cv::Rect& where) {
    const Overlap overlap(where, matte.size());
    const at::Tensor target = at::from_blob(matte.ptr(overlap.on_plane.y) + overlap.on_plane.x,
                                            {overlap.on_plane.height, overlap.on_plane.width},
                                            {static_cast<int64_t>(matte.step), 1}, at::kByte);
    const at::Tensor was = target.to(patch.device()).to(at::kInt);
    const at::Tensor left = (255 - was) * (255 - overlap.of(patch)[3]);
    planes_.push_back({target, (255 - quotient(left + 127, 255)).to(at::kByte)});
}

void Composition::put() {
    std::vector<at::Tensor> back;
    for (const Plane& plane : planes_) {
        back.push_back(plane.painted.to(plane.target.device()));  // all before anything is changed
    }
    for (std::size_t i = 0; i < back.size(); ++i) {
        planes_[i].target.copy_(back[i]);
    }
}

}  // namespace closet::tensor
