#include "core/rgb_scaler.h"

#include <array>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {

void RgbScaler::prepare(cv::Size size, const Colors& colors) {
    if (scaler_ && size == size_ && colors == colors_) {
        return;
    }
    AvScaler scaler(sws_getContext(size.width, size.height, AV_PIX_FMT_YUV420P, size.width,
                                   size.height, packed_, SWS_BILINEAR, nullptr, nullptr, nullptr));
    if (!scaler) {
        throw MediaError(
            fmt::format("cannot convert a {}x{} picture to RGB", size.width, size.height));
    }
    constexpr int kUnity = 1 << 16;  // contrast and saturation in 16.16
    sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(colors.matrix),
                             colors.full_range ? 1 : 0, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0,
                             kUnity, kUnity);
    scaler_ = std::move(scaler);
    size_ = size;
    colors_ = colors;
}

void RgbScaler::convert(const cv::Mat& y, const cv::Mat& u, const cv::Mat& v, const Colors& colors,
                        cv::Mat& to) {
    prepare(y.size(), colors);
    const std::array<const std::uint8_t*, 4> from{y.data, u.data, v.data, nullptr};
    const std::array<int, 4> from_step{static_cast<int>(y.step), static_cast<int>(u.step),
                                       static_cast<int>(v.step), 0};
    const std::array<std::uint8_t*, 4> packed{to.data, nullptr, nullptr, nullptr};
    const std::array<int, 4> packed_step{static_cast<int>(to.step), 0, 0, 0};
    av_check(sws_scale(scaler_.get(), from.data(), from_step.data(), 0, y.rows, packed.data(),
                       packed_step.data()),
             "cannot convert a picture to RGB");
}

}  // namespace closet
