#include "infer/faces/area_resize.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace closet {

void area_resize(const cv::Mat& picture, cv::Size size, std::span<float> numbers) {
    const auto begin = [](int i, int in, int out) {
        return static_cast<int>(std::int64_t{i} * in / out);
    };
    const auto end = [](int i, int in, int out) {
        return static_cast<int>(((std::int64_t{i} + 1) * in + out - 1) / out);
    };
    const std::size_t width = 3 * static_cast<std::size_t>(picture.cols);
    std::vector<std::int32_t> columns(width);  // sums over the rows of an output pixel
    float* out = numbers.data();
    for (int y = 0; y < size.height; ++y) {
        std::fill(columns.begin(), columns.end(), 0);
        const int top = begin(y, picture.rows, size.height);
        const int bottom = end(y, picture.rows, size.height);
        for (int row = top; row < bottom; ++row) {
            const std::uint8_t* bytes = picture.ptr<std::uint8_t>(row);
            for (std::size_t i = 0; i < width; ++i) {
                columns[i] += bytes[i];
            }
        }
        for (int x = 0; x < size.width; ++x) {
            const int left = begin(x, picture.cols, size.width);
            const int right = end(x, picture.cols, size.width);
            std::int64_t sum[3] = {0, 0, 0};
            for (int column = left; column < right; ++column) {
                for (std::size_t c = 0; c < 3; ++c) {
                    sum[c] += columns[3 * static_cast<std::size_t>(column) + c];
                }
            }
            for (const std::int64_t of_channel : sum) {
                *out++ = static_cast<float>(of_channel) / static_cast<float>(bottom - top) /
                         static_cast<float>(right - left);
            }
        }
    }
}

}  // namespace closet
