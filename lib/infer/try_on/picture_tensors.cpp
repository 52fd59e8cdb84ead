#include "infer/try_on/picture_tensors.h"

#include <array>
#include <cstdint>
#include <optional>

#include <ATen/ATen.h>
#include <opencv2/core.hpp>

namespace closet {
namespace {

at::Tensor normalized_bytes(const at::Tensor& bytes) {
    return (bytes.to(at::kFloat) / 255 - 0.5F) / 0.5F;
}

/// H x W x C of a picture's bytes; a copy.
at::Tensor bytes_of(const cv::Mat& picture) {
    const cv::Mat whole = picture.isContinuous() ? picture : picture.clone();
    return at::from_blob(whole.data, {whole.rows, whole.cols, whole.channels()}, at::kByte).clone();
}

/// Cut off, not rounded, as the reference writes its pictures.
at::Tensor to_byte_levels(const at::Tensor& picture) {
    return ((picture + 1) / 2 * 255).clamp(0, 255).floor();
}

}  // namespace

at::Tensor picture_tensor(const cv::Mat& rgb) {
    return normalized_bytes(bytes_of(rgb).permute({2, 0, 1}).unsqueeze(0)).contiguous();
}

at::Tensor planes_tensor(const std::vector<cv::Mat>& planes) {
    std::vector<at::Tensor> all;
    for (const cv::Mat& plane : planes) {
        all.push_back(bytes_of(plane).squeeze(2));
    }
    return normalized_bytes(at::stack(all).unsqueeze(0));
}

at::Tensor mask_tensor(const cv::Mat& mask) {
    return (bytes_of(mask).permute({2, 0, 1}).unsqueeze(0) >= 128).to(at::kFloat);
}

at::Tensor map_tensor(const cv::Mat& map) {
    return bytes_of(map).permute({2, 0, 1}).to(at::kLong);
}

at::Tensor grid_tensor(const cv::Mat& grid) {
    return at::from_blob(grid.data, {1, grid.rows, grid.cols, 2}, at::kFloat).clone();
}

at::Tensor warped(const at::Tensor& x, const at::Tensor& grid, GridBorder border, bool corners) {
    constexpr std::int64_t kBilinear = 0, kZeros = 0, kBorder = 1;
    return at::grid_sampler(x, grid, kBilinear, border == GridBorder::kEdge ? kBorder : kZeros,
                            corners);
}

at::Tensor blurred(const at::Tensor& x, int across, double sigma) {
    const at::Tensor places = at::arange(across, x.options()) - (across - 1) / 2;
    at::Tensor line = (-places.square() / (2 * sigma * sigma)).exp();
    line = line / line.sum();
    const std::int64_t channels = x.size(1);
    const std::int64_t pad = across / 2;
    // One direction after the other: the window is a product.
    const at::Tensor across_rows = line.view({1, 1, 1, -1}).expand({channels, 1, 1, across});
    const at::Tensor along_columns = line.view({1, 1, -1, 1}).expand({channels, 1, across, 1});
    constexpr std::array<std::int64_t, 2> kOne{1, 1};
    const std::array<std::int64_t, 2> beside{0, pad}, above{pad, 0};
    const at::Tensor rows =
        at::conv2d(x, across_rows.contiguous(), std::optional<at::Tensor>(), at::IntArrayRef(kOne),
                   at::IntArrayRef(beside), at::IntArrayRef(kOne), channels);
    return at::conv2d(rows, along_columns.contiguous(), std::optional<at::Tensor>(),
                      at::IntArrayRef(kOne), at::IntArrayRef(above), at::IntArrayRef(kOne),
                      channels);
}

at::Tensor as_bytes(const at::Tensor& picture) {
    return normalized_bytes(to_byte_levels(picture));
}

cv::Mat byte_plane(const at::Tensor& values) {
    const at::Tensor bytes =
        (values.squeeze().to(at::kCPU).clamp(0, 1) * 255).round().to(at::kByte).contiguous();
    return cv::Mat(static_cast<int>(bytes.size(0)), static_cast<int>(bytes.size(1)), CV_8UC1,
                   bytes.data_ptr<std::uint8_t>())
        .clone();
}

cv::Mat rgba_of(const at::Tensor& picture, const at::Tensor& mask) {
    return with_alpha(picture, byte_plane(mask));
}

cv::Mat with_alpha(const at::Tensor& picture, const cv::Mat& alpha) {
    const at::Tensor bytes = to_byte_levels(picture)
                                 .select(0, 0)
                                 .permute({1, 2, 0})
                                 .to(at::kCPU, at::kByte)
                                 .contiguous();
    const cv::Mat rgb(static_cast<int>(bytes.size(0)), static_cast<int>(bytes.size(1)), CV_8UC3,
                      bytes.data_ptr<std::uint8_t>());
    cv::Mat result(rgb.size(), CV_8UC4);
    constexpr std::array<int, 8> kOrder{0, 0, 1, 1, 2, 2, 3, 3};
    const std::array<cv::Mat, 2> parts{rgb, alpha};
    cv::mixChannels(parts.data(), parts.size(), &result, 1, kOrder.data(), kOrder.size() / 2);
    return result;
}

}  // namespace closet
