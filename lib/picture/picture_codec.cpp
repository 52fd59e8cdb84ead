#include "picture/picture_codec.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <webp/decode.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include "core/av_handles.h"
#include "core/error.h"
#include "picture/jpeg.h"

namespace closet {
namespace {

/// Added to the level of a codec's messages: none is printed, the caller has a sentence. Of the sum
/// only the low byte counts.
constexpr int kSilent = 100;

cv::Mat decode_webp(std::span<const std::uint8_t> bytes) {
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(bytes.data(), bytes.size(), &features) != VP8_STATUS_OK ||
        features.has_animation != 0) {
        return {};
    }
    cv::Mat picture(features.height, features.width, features.has_alpha != 0 ? CV_8UC4 : CV_8UC3);
    const std::size_t size = picture.total() * picture.elemSize();
    const auto decode = features.has_alpha != 0 ? WebPDecodeBGRAInto : WebPDecodeBGRInto;
    return decode(bytes.data(), bytes.size(), picture.data, size,
                  static_cast<int>(picture.step[0])) != nullptr
               ? picture
               : cv::Mat();
}

/// Whether a TIFF's strips or tiles lie within the file: libav leaves black what is cut off. TIFF
/// 6.0, sections 2 and 8: at 4 where the directory lies, in it a count and entries of 12 bytes
/// (tag, type, count, value or where the values lie).
bool is_whole_tiff(std::span<const std::uint8_t> bytes) {
    constexpr std::uint64_t kOffsets = 273, kCounts = 279, kTileOffsets = 324, kTileCounts = 325;
    constexpr std::uint64_t kShort = 3, kLong = 4;
    const bool big_endian = bytes[0] == 'M';
    const auto number = [&](std::uint64_t at, std::uint64_t size) -> std::uint64_t {
        std::uint64_t value = 0;
        for (std::uint64_t i = 0; i < size && at + i < bytes.size(); ++i) {
            value |= std::uint64_t{bytes[at + i]} << 8 * (big_endian ? size - 1 - i : i);
        }
        return value;
    };
    const auto values = [&](std::uint64_t entry) {
        const std::uint64_t size = number(entry + 2, 2) == kShort ? 2 : 4;
        const std::uint64_t count = number(entry + 4, 4);
        const std::uint64_t at = count * size <= 4 ? entry + 8 : number(entry + 8, 4);
        std::vector<std::uint64_t> all;
        for (std::uint64_t i = 0; i < count && at + i * size < bytes.size(); ++i) {
            all.push_back(number(at + i * size, size));
        }
        return all.size() == count ? all : std::vector<std::uint64_t>();
    };
    const std::uint64_t directory = number(4, 4);
    std::optional<std::vector<std::uint64_t>> offsets, counts;  // the first of each counts
    for (std::uint64_t i = 0; i < number(directory, 2); ++i) {
        const std::uint64_t entry = directory + 2 + 12 * i;
        const std::uint64_t tag = number(entry, 2), type = number(entry + 2, 2);
        if (entry + 12 > bytes.size() || (type != kShort && type != kLong)) {
            continue;
        }
        if (!offsets && (tag == kOffsets || tag == kTileOffsets)) {
            offsets = values(entry);
        } else if (!counts && (tag == kCounts || tag == kTileCounts)) {
            counts = values(entry);
        }
    }
    bool is_whole = offsets && counts && !offsets->empty() && offsets->size() == counts->size();
    for (std::size_t i = 0; is_whole && i < offsets->size(); ++i) {
        is_whole = (*counts)[i] > 0 && (*offsets)[i] + (*counts)[i] <= bytes.size();
    }
    return is_whole;
}

/// What one of libav's decoders makes of a file that is one packet; null where it is damaged.
AvFrame decode_by_libav(std::span<const std::uint8_t> bytes, AVCodecID id) {
    const AVCodec* const codec = avcodec_find_decoder(id);
    const AvCodecContext decoder(codec != nullptr ? avcodec_alloc_context3(codec) : nullptr);
    const AvPacket packet = make_av_packet();
    if (decoder == nullptr ||
        bytes.size() > std::numeric_limits<int>::max() - AV_INPUT_BUFFER_PADDING_SIZE ||
        av_new_packet(packet.get(), static_cast<int>(bytes.size())) < 0) {
        return nullptr;
    }
    std::copy(bytes.begin(), bytes.end(), packet->data);
    decoder->log_level_offset = kSilent;
    decoder->thread_count = 1;
    // Of a TIFF this would refuse every tag that libav has no use for.
    decoder->err_recognition = id == AV_CODEC_ID_PNG ? AV_EF_CRCCHECK | AV_EF_EXPLODE : 0;
    AvFrame frame = make_av_frame();
    const bool is_whole = avcodec_open2(decoder.get(), codec, nullptr) == 0 &&
                          avcodec_send_packet(decoder.get(), packet.get()) == 0 &&
                          avcodec_send_packet(decoder.get(), nullptr) == 0 &&
                          avcodec_receive_frame(decoder.get(), frame.get()) == 0 &&
                          (frame->flags & AV_FRAME_FLAG_CORRUPT) == 0 &&
                          frame->decode_error_flags == 0;
    return is_whole ? std::move(frame) : nullptr;
}

/// One channel of a row, as wide as `depth` has it, brought to 8 or 16 bits.
template <class Sample>
void put_channel(const std::vector<std::uint16_t>& values, int bits, Sample* to, int channels) {
    constexpr std::uint32_t kMost = std::numeric_limits<Sample>::max();
    const std::uint32_t most = (1U << bits) - 1;
    for (std::size_t x = 0; x < values.size(); ++x, to += channels) {
        *to = static_cast<Sample>((values[x] * kMost + most / 2) / most);
    }
}

/// B G R (A) or gray of a frame in gray, R G B or a palette; empty for other formats.
cv::Mat picture_of(const AVFrame& frame) {
    const AVPixFmtDescriptor* const format =
        av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    if (format == nullptr || (format->flags & (AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_HWACCEL |
                                               AV_PIX_FMT_FLAG_BAYER)) != 0) {
        return {};
    }
    const bool is_palette = (format->flags & AV_PIX_FMT_FLAG_PAL) != 0;
    const bool has_alpha = (format->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    const int colors = is_palette ? 3 : format->nb_components - (has_alpha ? 1 : 0);
    if (colors != 1 && (colors != 3 || (format->flags & AV_PIX_FMT_FLAG_RGB) == 0) && !is_palette) {
        return {};
    }
    const int bits = is_palette ? 8 : format->comp[0].depth;
    const auto* const palette =
        is_palette ? reinterpret_cast<const std::uint32_t*>(frame.data[1]) : nullptr;  // A R G B
    const bool is_opaque = is_palette
                               ? std::all_of(palette, palette + AVPALETTE_COUNT,
                                             [](std::uint32_t color) { return color >> 24 == 255; })
                               : !has_alpha;
    const int channels = is_opaque ? colors : 4;
    cv::Mat picture(frame.height, frame.width, CV_MAKETYPE(bits > 8 ? CV_16U : CV_8U, channels));
    std::array<const std::uint8_t*, 4> data{};
    std::copy_n(frame.data, 4, data.begin());
    std::vector<std::uint16_t> values(static_cast<std::size_t>(frame.width));
    for (int y = 0; y < frame.height; ++y) {
        for (int c = 0; c < channels; ++c) {
            // The component that goes there: R G B of the frame backwards, gray three times.
            const int component = is_palette || (colors == 1 && c < 3) ? 0
                                  : c == 3                             ? format->nb_components - 1
                                                                       : 2 - c;
            av_read_image_line2(values.data(), data.data(), frame.linesize, format, 0, y, component,
                                frame.width, 0, sizeof(std::uint16_t));
            if (is_palette) {
                for (std::uint16_t& value : values) {
                    value = static_cast<std::uint16_t>(palette[value] >> (8 * c) & 255U);
                }
            }
            if (bits > 8) {
                put_channel(values, bits, picture.ptr<std::uint16_t>(y) + c, channels);
            } else {
                put_channel(values, bits, picture.ptr<std::uint8_t>(y) + c, channels);
            }
        }
    }
    return picture;
}

bool begins_with(std::span<const std::uint8_t> bytes, std::string_view text, std::size_t at = 0) {
    return bytes.size() >= at + text.size() &&
           std::memcmp(bytes.data() + at, text.data(), text.size()) == 0;
}

}  // namespace

cv::Mat decode_picture(std::span<const std::uint8_t> bytes) {
    if (begins_with(bytes, "\xFF\xD8\xFF")) {
        return decode_jpeg(bytes);
    }
    if (begins_with(bytes, "RIFF") && begins_with(bytes, "WEBP", 8)) {
        return decode_webp(bytes);
    }
    const bool is_png = begins_with(bytes, "\x89PNG");
    if (!is_png && !begins_with(bytes, "II*") && !begins_with(bytes, {"MM\0*", 4})) {
        return {};
    }
    if (!is_png && !is_whole_tiff(bytes)) {
        return {};
    }
    const AvFrame frame = decode_by_libav(bytes, is_png ? AV_CODEC_ID_PNG : AV_CODEC_ID_TIFF);
    return frame != nullptr ? picture_of(*frame) : cv::Mat();
}

std::vector<std::uint8_t> encode_png(const cv::Mat& picture, PngLevel level) {
    CV_Assert(!picture.empty() && picture.depth() == CV_8U);
    cv::Mat rgb;
    if (picture.channels() == 1) {
        rgb = picture;
    } else {
        cv::cvtColor(picture, rgb,
                     picture.channels() == 4 ? cv::COLOR_BGRA2RGBA : cv::COLOR_BGR2RGB);
    }
    const AVCodec* const codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
    const AvCodecContext encoder(codec != nullptr ? avcodec_alloc_context3(codec) : nullptr);
    const AvFrame frame = make_av_frame();
    const AvPacket packet = make_av_packet();
    const auto format = rgb.channels() == 4   ? AV_PIX_FMT_RGBA
                        : rgb.channels() == 3 ? AV_PIX_FMT_RGB24
                                              : AV_PIX_FMT_GRAY8;
    frame->width = rgb.cols;
    frame->height = rgb.rows;
    frame->format = format;
    bool is_written = encoder != nullptr && av_frame_get_buffer(frame.get(), 0) == 0;
    if (is_written) {
        for (int y = 0; y < rgb.rows; ++y) {
            std::memcpy(frame->data[0] + std::ptrdiff_t{y} * frame->linesize[0], rgb.ptr(y),
                        static_cast<std::size_t>(rgb.cols) * rgb.elemSize());
        }
        encoder->width = rgb.cols;
        encoder->height = rgb.rows;
        encoder->pix_fmt = format;
        encoder->time_base = {1, 1};
        encoder->thread_count = 1;
        encoder->log_level_offset = kSilent;
        encoder->compression_level = static_cast<int>(level);
        // Masks and quick pictures are mostly runs; others gain from the best filter of each row.
        av_opt_set(encoder->priv_data, "pred", level == PngLevel::kQuick ? "up" : "mixed", 0);
        is_written = avcodec_open2(encoder.get(), codec, nullptr) == 0 &&
                     avcodec_send_frame(encoder.get(), frame.get()) == 0 &&
                     avcodec_receive_packet(encoder.get(), packet.get()) == 0;
    }
    if (!is_written) {
        throw MediaError(
            fmt::format("PNG cannot hold {}x{} pixels here", picture.cols, picture.rows));
    }
    return {packet->data, packet->data + packet->size};
}

}  // namespace closet
