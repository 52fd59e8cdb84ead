#include "warp/resize_area.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <opencv2/core.hpp>

namespace closet {
namespace {

/// The source pixels that one pixel of the result covers, along one direction.
struct Cover {
    int first = 0, last = 0;                  ///< inclusive
    float first_weight = 1, last_weight = 1;  ///< share of the outer pixels that is covered
    float weight(int i) const { return i == first ? first_weight : i == last ? last_weight : 1.0F; }
};

std::vector<Cover> covers(int source, int target) {
    std::vector<Cover> result(static_cast<std::size_t>(target));
    const double scale = static_cast<double>(source) / target;
    for (int i = 0; i < target; ++i) {
        const double begin = i * scale;
        const double end = i + 1 == target ? source : (i + 1) * scale;
        Cover& cover = result[static_cast<std::size_t>(i)];
        cover.first = std::min(static_cast<int>(begin), source - 1);
        cover.last = std::clamp(static_cast<int>(std::ceil(end)) - 1, cover.first, source - 1);
        cover.first_weight = static_cast<float>(std::min(cover.first + 1.0, end) - begin);
        cover.last_weight =
            cover.last == cover.first ? cover.first_weight : static_cast<float>(end - cover.last);
    }
    return result;
}

/// One source row shrunk horizontally: 4 floats a pixel, colours times alpha.
void shrink_row(const cv::Vec4b* source, const std::vector<Cover>& columns,
                std::vector<cv::Vec4f>& out) {
    for (std::size_t x = 0; x < columns.size(); ++x) {
        const Cover& cover = columns[x];
        cv::Vec4f sum(0, 0, 0, 0);
        for (int i = cover.first; i <= cover.last; ++i) {
            const cv::Vec4b& p = source[i];
            const float a = cover.weight(i) * static_cast<float>(p[3]);
            sum += cv::Vec4f(static_cast<float>(p[0]) * a, static_cast<float>(p[1]) * a,
                             static_cast<float>(p[2]) * a, a);
        }
        out[x] = sum;
    }
}

std::uint8_t to_byte(float value) {
    return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
}

}  // namespace

cv::Mat resize_area(const cv::Mat& source, cv::Size size) {
    CV_Assert(source.type() == CV_8UC4 && size.width >= 1 && size.height >= 1 &&
              size.width <= source.cols && size.height <= source.rows);
    const std::vector<Cover> columns = covers(source.cols, size.width);
    const std::vector<Cover> rows = covers(source.rows, size.height);
    const auto area = static_cast<float>(source.total()) / static_cast<float>(size.area());

    cv::Mat result(size, CV_8UC4);
    std::vector<cv::Vec4f> row(columns.size());
    std::vector<cv::Vec4f> sum(columns.size());
    int loaded = -1;
    for (int y = 0; y < size.height; ++y) {
        const Cover& cover = rows[static_cast<std::size_t>(y)];
        std::fill(sum.begin(), sum.end(), cv::Vec4f(0, 0, 0, 0));
        for (int i = cover.first; i <= cover.last; ++i) {
            if (i != loaded) {  // the row that two results share is shrunk once
                shrink_row(source.ptr<cv::Vec4b>(i), columns, row);
                loaded = i;
            }
            const float weight = cover.weight(i);
            for (std::size_t x = 0; x < row.size(); ++x) {
                sum[x] += row[x] * weight;
            }
        }
        auto* out = result.ptr<cv::Vec4b>(y);
        for (std::size_t x = 0; x < sum.size(); ++x) {
            const float a = sum[x][3];
            const float scale = a > 0 ? 1.0F / a : 0.0F;
            out[x] = {to_byte(sum[x][0] * scale), to_byte(sum[x][1] * scale),
                      to_byte(sum[x][2] * scale), to_byte(a / area)};
        }
    }
    return result;
}

void bleed_color(cv::Mat& rgba) {
    CV_Assert(rgba.type() == CV_8UC4);
    for (int y = 0; y < rgba.rows; ++y) {
        for (int x = 0; x < rgba.cols; ++x) {
            auto& pixel = rgba.at<cv::Vec4b>(y, x);
            if (pixel[3] != 0) {
                continue;
            }
            std::array<int, 3> sum{};
            int weight = 0;
            for (int ny = std::max(y - 1, 0); ny <= std::min(y + 1, rgba.rows - 1); ++ny) {
                for (int nx = std::max(x - 1, 0); nx <= std::min(x + 1, rgba.cols - 1); ++nx) {
                    const auto& near = rgba.at<cv::Vec4b>(ny, nx);
                    weight += near[3];
                    for (std::size_t c = 0; c < 3; ++c) {
                        sum[c] += near[static_cast<int>(c)] * near[3];
                    }
                }
            }
            for (std::size_t c = 0; c < 3 && weight != 0; ++c) {
                pixel[static_cast<int>(c)] =
                    static_cast<std::uint8_t>((sum[c] + weight / 2) / weight);
            }
        }
    }
}

}  // namespace closet
