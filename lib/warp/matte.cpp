#include "warp/matte.h"

#include <cstring>
#include <new>
#include <utility>

#include "core/av_compat.h"

namespace closet {
namespace {

/// Bytes between lines are a multiple of it, and as many are free behind the last line: encoders
/// load whole vectors.
constexpr int kAlign = 64;

/// `matte` as a picture of the same moment as `frame`.
Frame of_moment(const Frame& frame, AvFrame matte) {
    Frame result;
    result.index = frame.index;
    result.pts = frame.pts;
    result.duration = frame.duration;
    result.time_base = frame.time_base;
    result.orientation = frame.orientation;
    result.scene_start = frame.scene_start;
    result.image = std::move(matte);
    return result;
}

}  // namespace

void add_to_matte(cv::Mat& matte, const Patch& patch) {
    const cv::Rect where = patch.where & cv::Rect({0, 0}, matte.size());
    const int skipped = where.x - patch.where.x;
    for (int y = where.y; y < where.br().y; ++y) {
        const auto* source = patch.rgba.ptr<cv::Vec4b>(y - patch.where.y) + skipped;
        std::uint8_t* target = matte.ptr<std::uint8_t>(y) + where.x;
        for (int x = 0; x < where.width; ++x) {
            const unsigned left = (255U - target[x]) * (255U - source[x][3]);
            target[x] = static_cast<std::uint8_t>(255U - (left + 127U) / 255U);
        }
    }
}

void WarpWithMatte::process(PosedFrame input, const Emit<MattedFrame>& emit) {
    MattedFrame result;
    AvFrame image = blank(*input.frame.image);
    cv::Mat matte(image->height, image->width, CV_8UC1, image->data[0],
                  static_cast<std::size_t>(image->linesize[0]));
    result.frame = warp_.dress(std::move(input), &matte);
    result.matte = of_moment(result.frame, std::move(image));
    emit(std::move(result));
}

/// A matte on which nothing is painted, for a frame of that size and shape of pixel.
AvFrame WarpWithMatte::blank(const AVFrame& like) {
    AvFrame image = make_av_frame();
    image->format = AV_PIX_FMT_GRAY8;
    image->color_range = AVCOL_RANGE_JPEG;
    image->width = like.width;
    image->height = like.height;
    image->sample_aspect_ratio = like.sample_aspect_ratio;
    set_field_order(*image, field_order_of(like));
    image->linesize[0] = (like.width + kAlign - 1) / kAlign * kAlign;
    const std::size_t size =
        static_cast<std::size_t>(image->linesize[0]) * static_cast<std::size_t>(image->height) +
        kAlign;
    if (!pool_ || size != buffer_size_) {
        pool_.reset(av_buffer_pool_init(size, nullptr));
        buffer_size_ = size;
    }
    image->buf[0] = pool_ ? av_buffer_pool_get(pool_.get()) : nullptr;
    if (image->buf[0] == nullptr) {
        throw std::bad_alloc();
    }
    image->data[0] = image->buf[0]->data;
    image->extended_data = image->data;
    std::memset(image->data[0], 0, size);
    return image;
}

}  // namespace closet
