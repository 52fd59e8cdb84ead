// What is read of frames on a device: core/device_picture.h says what each function does.

#include <algorithm>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "core/color.h"
#include "core/device_picture.h"
#include "warp/occlusion/half_view.h"
#include "warp/tensor/arithmetic.h"
#include "warp/tensor/guarded.h"
#include "warp/tensor/plane_tensors.h"
#include "warp/tensor/upload.h"

namespace closet {
namespace {

using std::int64_t;

constexpr const char* kRead = "read a frame";

/// Brings rows x columns x channels of bytes or words into memory.
void bring(const at::Tensor& samples, cv::Mat& to) {
    const bool is_bytes = samples.scalar_type() == at::kByte;
    to.create(static_cast<int>(samples.size(0)), static_cast<int>(samples.size(1)),
              CV_MAKETYPE(is_bytes ? CV_8U : CV_16U, static_cast<int>(samples.size(2))));
    const auto row = static_cast<int64_t>(to.step / to.elemSize1());
    at::from_blob(to.data, samples.sizes(), {row, samples.size(2), 1}, samples.scalar_type())
        .copy_(samples);
}

/// Samples of some rows and columns.
at::Tensor picked(const at::Tensor& plane, const std::vector<int64_t>& rows,
                  const std::vector<int64_t>& columns) {
    const auto on_device = [&](const std::vector<int64_t>& numbers) {
        return tensor::upload(numbers, {static_cast<int64_t>(numbers.size())}, plane.device());
    };
    return plane.index_select(0, on_device(rows)).index_select(1, on_device(columns));
}

/// The luma and the chroma samples under half-size pixels that begin at `at`; beyond the picture
/// its edge is repeated.
struct Under {
    std::vector<int64_t> luma, chroma;

    Under(const std::vector<int>& at, int extent) {
        for (const int first : at) {
            luma.push_back(std::clamp(first, 0, extent - 1));
            luma.push_back(std::clamp(first + 1, 0, extent - 1));
            chroma.push_back(std::clamp(first >> 1, 0, (extent + 1) / 2 - 1));
        }
    }
};

/// PlainColors: sums of four samples of luma and samples of chroma to levels of full range, by its
/// integers.
std::pair<at::Tensor, at::Tensor> plain_colors(const at::Tensor& luma, const at::Tensor& chroma,
                                               bool full) {
    const int64_t by_luma = full ? 0 : occlusion::kFullLuma;
    const int64_t by_chroma = full ? 0 : occlusion::kFullChroma;
    const at::Tensor sum = luma - (full ? 0 : 64);
    const at::Tensor off = (chroma - 128) * by_chroma;
    return {at::bitwise_right_shift(sum + at::bitwise_right_shift(sum * by_luma, 16) + 2, 2),
            chroma + at::bitwise_right_shift(off, 16) +
                at::bitwise_and(at::bitwise_right_shift(off, 15), 1)};
}

/// And those of all other cases: means in floating point.
std::pair<at::Tensor, at::Tensor> mean_colors(const at::Tensor& luma, const at::Tensor& chroma,
                                              int depth, bool full) {
    const auto per_level = [&](int samples) { return 1.0 / (samples << (depth - 8)); };
    const double by_luma = full ? 1.0F : 255.0F / 219.0F;
    const double by_chroma = full ? 1.0F : 255.0F / 224.0F;
    const at::Tensor y = luma.to(at::kFloat) * per_level(4);
    const at::Tensor uv = chroma.to(at::kFloat) * per_level(1);
    return {(y - (full ? 0.0 : 16.0)) * by_luma + 0.5, (uv - 128) * by_chroma + 128 + 0.5};
}

}  // namespace

// For torch/register.cpp.
void device_plane_by_tensors(const Frame& frame, int plane, cv::Size least, cv::Mat& samples) {
    tensor::guarded(frame.on_device.device, kRead, [&] {
        const at::Tensor whole = tensor::PlaneTensors(frame).plane(plane);
        int64_t rows = whole.size(0), columns = whole.size(1);
        const auto can_halve = [&] {
            return rows % 2 == 0 && columns % 2 == 0 && rows >= 2 * int64_t{least.height} &&
                   columns >= 2 * int64_t{least.width};
        };
        if (!can_halve()) {
            return bring(whole, samples);
        }
        at::Tensor levels = tensor::levels_of(whole, 0, whole.device());
        while (can_halve()) {
            rows /= 2;
            columns /= 2;
            const at::Tensor sum = levels.reshape({rows, 2, columns, 2, whole.size(2)})
                                       .sum({1, 3}, /*keepdim=*/false, at::kInt);
            // Means between two levels: OpenCV takes one channel up, and several to the even one.
            const at::Tensor up = at::bitwise_right_shift(sum + 2, 2);
            levels = whole.size(2) == 1 ? up : up - (sum.bitwise_and(7).eq(2)).to(at::kInt);
        }
        bring(tensor::bytes_or_words(levels, whole.scalar_type()), samples);
    });
}

void device_luma_by_tensors(const Frame& frame, cv::Mat& luma) {
    tensor::guarded(frame.on_device.device, kRead, [&] {
        const tensor::PlaneTensors planes(frame);
        const auto middles = [](int cells, int extent) {
            std::vector<int64_t> at;
            for (int64_t i = 0; i < cells; ++i) {
                at.push_back((2 * i + 1) * extent / (2 * cells));
            }
            return at;
        };
        const at::Tensor samples = picked(planes.plane(0), middles(luma.rows, frame.height()),
                                          middles(luma.cols, frame.width()));
        const AVComponentDescriptor& y = planes.format().comp[0];
        bring(tensor::levels_of(samples, y.shift + y.depth - 8, planes.device).to(at::kByte), luma);
    });
}

void device_colors_by_tensors(const Frame& frame, cv::Rect where, const std::vector<int>& rows,
                              const std::vector<int>& columns, cv::Mat& colors) {
    tensor::guarded(frame.on_device.device, kRead, [&] {
        const tensor::PlaneTensors planes(frame);
        const AVComponentDescriptor& y = planes.format().comp[0];
        const Under down(rows, frame.height()), across(columns, frame.width());
        const auto levels = [&](int plane, const auto& at_rows, const auto& at_columns) {
            return tensor::levels_of(picked(planes.plane(plane), at_rows, at_columns), y.shift,
                                     planes.device);
        };
        const auto height = static_cast<int64_t>(rows.size());
        const auto width = static_cast<int64_t>(columns.size());
        const at::Tensor luma = levels(0, down.luma, across.luma)
                                    .reshape({height, 2, width, 2})
                                    .sum({1, 3}, /*keepdim=*/false, at::kInt)
                                    .unsqueeze(2);
        const at::Tensor chroma = levels(1, down.chroma, across.chroma);
        const bool is_inside = (where & cv::Rect(0, 0, frame.width(), frame.height())) == where;
        const bool full = is_full_range(*frame.image);
        const auto [first, others] = is_inside && y.depth == 8
                                         ? plain_colors(luma, chroma, full)
                                         : mean_colors(luma, chroma, y.depth, full);
        bring(at::cat({first, others}, 2).clamp(0, 255).to(at::kByte), colors);
    });
}

}  // namespace closet
