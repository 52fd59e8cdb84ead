#include "models/nhwc/lone_conv.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "models/nhwc/plan.h"

namespace closet {
LoneConv::LoneConv(const ConvNode& conv, const NhwcKernels& kernels, std::int64_t width)
    : window_(conv.window),
      in_channels_(static_cast<std::int64_t>(conv.weights.size() / conv.bias.size()) /
                   (conv.window.kernel_h * conv.window.kernel_w)),
      out_channels_(static_cast<std::int64_t>(conv.bias.size())),
      range_(range_of(conv.activation)) {
    const std::ptrdiff_t pitch = nhwc_pitch(kernels, out_channels_);
    kernels_ = &nhwc_kernels_for(kernels, pitch, Element::kFloat);
    vectors_ = static_cast<int>(pitch) / kernels_->lanes;
    const auto is_whole = [&](std::int64_t channels) { return channels % kernels_->lanes == 0; };
    if (winograd_pays(conv, in_channels_, width, width) && is_whole(in_channels_) &&
        is_whole(out_channels_)) {
        winograd_.emplace(conv, *kernels_, width);
        return;
    }
    widest_ = kernels_->widest_block(static_cast<int>(width));
    weights_ = pack_dense(conv, *kernels_, vectors_, widest_);
    bias_ = pack_bias(conv, pitch);
}

LoneConv::Size LoneConv::result_size(const Size& in) const {
    return {window_.result_rows(in.height), window_.result_columns(in.width)};
}

std::int64_t LoneConv::rows_at_once(const Size& in) const {
    if (winograd_) {
        const Size result = result_size(in);
        return winograd_->rows_at_once(result.height, result.width);
    }
    const std::int64_t row_bytes = (in.width + window_.pad_left + window_.pad_right) *
                                   in_channels_ * window_.stride_h *
                                   static_cast<std::int64_t>(sizeof(float));
    const std::int64_t weights = window_.kernel_h * window_.kernel_w * in_channels_ *
                                 out_channels_ * static_cast<std::int64_t>(sizeof(float));
    return rows_of_task(window_, row_bytes, weights);
}

/// Copies `rows` input rows from row `first` on, those that exist, with zeros on both sides.
void LoneConv::pad_rows(const float* in, const Size& size, std::int64_t first, std::int64_t rows,
                        float* to) const {
    const auto left = static_cast<std::size_t>(window_.pad_left * in_channels_);
    const auto right = static_cast<std::size_t>(window_.pad_right * in_channels_);
    const auto row = static_cast<std::size_t>(size.width * in_channels_);
    for (std::int64_t y = first; y < first + rows; ++y, to += left + row + right) {
        if (y >= 0 && y < size.height) {
            std::fill_n(to, left, 0.0F);
            std::memcpy(to + left, in + static_cast<std::size_t>(y) * row, row * sizeof(float));
            std::fill_n(to + left + row, right, 0.0F);
        }
    }
}

void LoneConv::run(const float* in, const Size& size, float* out, std::int64_t first,
                   std::int64_t end) const {
    const Size result = result_size(size);
    const auto task_to = [&](float* to, std::int64_t pitch) {
        ConvTask task{};
        task.pixels = static_cast<int>(result.width);
        task.out = to;
        task.out_step = pitch;
        task.out_row = result.width * pitch;
        task.float_out = true;
        task.finish.low = range_.low;
        task.finish.high = range_.high;
        return task;
    };
    if (winograd_) {
        const AlignedBytes scratch =
            aligned_bytes(winograd_->scratch_bytes(result.height, result.width));
        winograd_->run({.first = in,
                        .pixel = in_channels_,
                        .row = size.width * in_channels_,
                        .height = size.height,
                        .width = size.width},
                       task_to(out, out_channels_), first, end, scratch.get());
        return;
    }
    const bool pads = window_.pad_left + window_.pad_right > 0;
    const std::int64_t in_row = (size.width + window_.pad_left + window_.pad_right) * in_channels_;
    const std::int64_t pitch = std::int64_t{vectors_} * kernels_->lanes;
    const bool direct = pitch == out_channels_;
    const std::int64_t most = std::min(rows_at_once(size), end - first);
    const std::int64_t seen = (most - 1) * window_.stride_h + rows_seen(window_);
    const auto floats = [](std::int64_t count) {
        return aligned_bytes(static_cast<std::size_t>(count) * sizeof(float));
    };
    const AlignedBytes padded = floats(pads ? seen * in_row : 0);
    const AlignedBytes wide = floats(direct ? 0 : most * result.width * pitch);
    std::array<const void*, kTaskPointers> rows{};
    for (std::int64_t y = first; y < end; y += most) {
        const std::int64_t count = std::min(most, end - y);
        const std::int64_t top = y * window_.stride_h - window_.pad_top;
        auto* const copied = reinterpret_cast<float*>(padded.get());
        if (pads) {
            pad_rows(in, size, top, (count - 1) * window_.stride_h + rows_seen(window_), copied);
        }
        for (std::int64_t i = 0; i < count * window_.kernel_h; ++i) {
            const std::int64_t down =
                i / window_.kernel_h * window_.stride_h + i % window_.kernel_h * window_.dilation_h;
            const bool exists = top + down >= 0 && top + down < size.height;
            rows[static_cast<std::size_t>(i)] = !exists ? nullptr
                                                : pads  ? copied + down * in_row
                                                        : in + (top + down) * in_row;
        }
        float* const to = out + y * result.width * out_channels_;
        float* const target = direct ? to : reinterpret_cast<float*>(wide.get());
        ConvTask task = task_to(target, pitch);
        task.rows = rows.data();
        task.out_rows = static_cast<int>(count);
        task.kernel_h = static_cast<int>(window_.kernel_h);
        task.kernel_w = static_cast<int>(window_.kernel_w);
        task.channels = static_cast<int>(in_channels_);
        task.tap_step = window_.dilation_w * in_channels_;
        task.pixel_step = window_.stride_w * in_channels_;
        task.weights = weights_.get();
        task.bias = reinterpret_cast<const float*>(bias_.get());
        task.vectors = vectors_;
        task.widest = widest_;
        kernels_->conv(task);
        if (!direct) {
            for (std::int64_t i = 0; i < count * result.width; ++i) {
                std::memcpy(to + i * out_channels_, target + i * pitch,
                            static_cast<std::size_t>(out_channels_) * sizeof(float));
            }
        }
    }
}

}  // namespace closet
