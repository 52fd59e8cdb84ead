#include "infer/run/device_input.h"

#include <cstdint>
#include <map>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/TensorIndexing.h>

namespace closet {
namespace {

using std::int64_t;

constexpr int64_t kSteps = 32;  ///< of a pixel: INTER_TAB_SIZE

/// The pictures of crops, each once, as P x H x W x 3, and which of them each crop is of.
struct Pictures {
    at::Tensor all;
    std::vector<int64_t> of_crop;

    Pictures(std::span<const Crop> crops, c10::Device device) {
        std::map<const std::uint8_t*, int64_t> known;
        std::vector<at::Tensor> uploaded;
        for (const Crop& crop : crops) {
            const cv::Mat& picture = *crop.picture;
            const auto [at, is_new] =
                known.emplace(picture.data, static_cast<int64_t>(uploaded.size()));
            if (is_new) {
                uploaded.push_back(at::from_blob(picture.data, {picture.rows, picture.cols, 3},
                                                 {static_cast<int64_t>(picture.step), 3, 1},
                                                 at::kByte)
                                       .to(device));
            }
            of_crop.push_back(at->second);
        }
        all = at::stack(uploaded);
    }
};

}  // namespace

at::Tensor crops_on(c10::Device device, std::span<const Crop> crops, cv::Size input) {
    const Pictures pictures(crops, device);
    const auto count = static_cast<int64_t>(crops.size());
    const int64_t height = pictures.all.size(1), width = pictures.all.size(2);
    std::vector<double> matrices;
    std::vector<int64_t> replicates;
    for (const Crop& crop : crops) {
        // A mirrored pixel x is the plain one at width - 1 - x.
        const cv::Matx23d& m = crop.picture_from_input;
        const double sign = crop.mirrored ? -1 : 1, first = crop.mirrored ? input.width - 1 : 0;
        for (const int row : {0, 1}) {
            matrices.insert(matrices.end(),
                            {sign * m(row, 0), m(row, 1), m(row, 2) + m(row, 0) * first});
        }
        replicates.push_back(crop.replicates ? 1 : 0);
    }
    const auto numbers = [&](const auto& values, at::ScalarType type) {
        return at::tensor(values, type).to(device);
    };
    const at::Tensor matrix = numbers(matrices, at::kDouble).view({count, 2, 3, 1, 1});
    const at::Tensor keeps_edge = numbers(replicates, at::kLong).view({count, 1, 1}).ne(0);
    const at::Tensor first_pixel =
        numbers(pictures.of_crop, at::kLong).view({count, 1, 1}) * (height * width);
    const auto doubles = at::TensorOptions(at::kDouble).device(device);
    const at::Tensor x = at::arange(input.width, doubles);
    const at::Tensor y = at::arange(input.height, doubles).unsqueeze(1);
    const auto position = [&](int64_t row) {  // in steps
        const at::Tensor m = matrix.select(1, row);
        return at::round((m.select(1, 0) * x + m.select(1, 1) * y + m.select(1, 2)) *
                         static_cast<double>(kSteps))
            .to(at::kLong);
    };
    const at::Tensor u = position(0), v = position(1);
    const at::Tensor column = at::div(u, kSteps, "floor"), row = at::div(v, kSteps, "floor");
    const at::Tensor share_u = u - column * kSteps, share_v = v - row * kSteps;
    const at::Tensor pixels = pictures.all.reshape({-1, 3});
    const auto corner = [&](int64_t right, int64_t down) {
        const at::Tensor i = column + right, j = row + down;
        const at::Tensor inside = i.ge(0) & i.lt(width) & j.ge(0) & j.lt(height);
        const at::Tensor at = first_pixel + j.clamp(0, height - 1) * width + i.clamp(0, width - 1);
        const at::Tensor weight = (right == 0 ? kSteps - share_u : share_u) *
                                  (down == 0 ? kSteps - share_v : share_v) * (inside | keeps_edge);
        return pixels.index({at.flatten()}).to(at::kInt) * weight.to(at::kInt).view({-1, 1});
    };
    constexpr int64_t kWhole = kSteps * kSteps;
    const at::Tensor sum = corner(0, 0) + corner(1, 0) + corner(0, 1) + corner(1, 1);
    return at::div(sum + kWhole / 2, kWhole, "floor")
        .to(at::kByte)
        .view({count, input.height, input.width, 3});
}

at::Tensor per_channel(const std::array<float, 3>& values, c10::Device device) {
    return at::tensor(c10::ArrayRef<float>(values), at::kFloat).view({1, 3, 1, 1}).to(device);
}

at::Tensor network_input(const at::Tensor& pictures, const at::Tensor& scale,
                         const at::Tensor& offset) {
    return pictures.permute({0, 3, 1, 2}).to(at::kFloat).mul_(scale).add_(offset);
}

}  // namespace closet
