#pragma once

#include <cstdint>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/core/Tensor.h>
#include <opencv2/core/mat.hpp>

namespace closet::tensor {

/// Numbers of the host, copied to a device.
template <class T>
at::Tensor upload(const std::vector<T>& numbers, std::vector<std::int64_t> shape,
                  c10::Device device) {
    // from_blob wants to be able to write; nobody does.
    return at::from_blob(const_cast<T*>(numbers.data()), shape, c10::CppTypeToScalarType<T>::value)
        .to(device, c10::CppTypeToScalarType<T>::value, /*non_blocking=*/false, /*copy=*/true);
}

/// The bytes of a picture as numbers: rows x columns of CV_8UC1, rows x columns x channels of
/// others.
inline at::Tensor upload(const cv::Mat& picture, c10::Device device) {
    CV_Assert(picture.depth() == CV_8U && !picture.empty());
    std::vector<std::int64_t> shape{picture.rows, picture.cols};
    std::vector<std::int64_t> strides{static_cast<std::int64_t>(picture.step),
                                      static_cast<std::int64_t>(picture.elemSize())};
    if (picture.channels() > 1) {
        shape.push_back(picture.channels());
        strides.push_back(1);
    }
    return at::from_blob(picture.data, shape, strides, at::kByte)
        .to(device, at::kByte, /*non_blocking=*/false, /*copy=*/true);
}

}  // namespace closet::tensor
