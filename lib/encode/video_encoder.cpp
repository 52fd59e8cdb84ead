#include "encode/video_encoder.h"

#include <new>

#include <fmt/format.h>

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/pixdesc.h>
}

#include "core/av_compat.h"
#include "core/color.h"
#include "core/device_picture.h"
#include "core/error.h"
#include "core/log.h"
#include "decode/libav_log.h"
#include "encode/codec_settings.h"
#include "encode/kept_metadata.h"
#include "encode/upright.h"

namespace closet {
namespace {

/// BT.470BG and SMPTE 170M are two names of the matrix of BT.601.
bool same_matrix(AVColorSpace a, AVColorSpace b) {
    const auto plain = [](AVColorSpace matrix) {
        return matrix == AVCOL_SPC_SMPTE170M ? AVCOL_SPC_BT470BG : matrix;
    };
    return plain(a) == plain(b);
}

/// True where the pixels have to change, not only what they are called (yuvj420p for yuv420p).
bool needs_conversion(const AVFrame& frame, const PixelLayout& layout) {
    const auto format = static_cast<AVPixelFormat>(frame.format);
    const AVPixFmtDescriptor& from = *av_pix_fmt_desc_get(format);
    const AVPixFmtDescriptor& to = *av_pix_fmt_desc_get(layout.format);
    const bool same_samples =
        format == layout.format ||
        (from.nb_components == to.nb_components && from.comp[0].depth == to.comp[0].depth &&
         from.log2_chroma_w == to.log2_chroma_w && from.log2_chroma_h == to.log2_chroma_h &&
         from.flags == AV_PIX_FMT_FLAG_PLANAR && to.flags == AV_PIX_FMT_FLAG_PLANAR &&
         from.comp[1].step == 1 && to.comp[1].step == 1);
    if (!same_samples) {
        return true;
    }
    return !is_rgb(format) && (is_full_range(frame) != (layout.range == AVCOL_RANGE_JPEG) ||
                               !same_matrix(matrix_of(frame), layout.matrix));
}

/// The first of both that says something and has a `name`: clips hold numbers that no standard
/// knows.
template <class T>
T first_known(T a, T b, T unknown, const char* (*name)(T)) {
    const auto is_known = [&](T value) { return value != unknown && name(value) != nullptr; };
    return is_known(a) ? a : is_known(b) ? b : unknown;
}

void set_colors(AVCodecContext& encoder, const AVFrame& frame, const AVCodecParameters& input) {
    encoder.color_range = first_known(frame.color_range, input.color_range, AVCOL_RANGE_UNSPECIFIED,
                                      av_color_range_name);
    encoder.colorspace = first_known(frame.colorspace, input.color_space, AVCOL_SPC_UNSPECIFIED,
                                     av_color_space_name);
    encoder.color_primaries = first_known(frame.color_primaries, input.color_primaries,
                                          AVCOL_PRI_UNSPECIFIED, av_color_primaries_name);
    encoder.color_trc = first_known(frame.color_trc, input.color_trc, AVCOL_TRC_UNSPECIFIED,
                                    av_color_transfer_name);
    encoder.chroma_sample_location = first_known(frame.chroma_location, input.chroma_location,
                                                 AVCHROMA_LOC_UNSPECIFIED, av_chroma_location_name);
}

/// Without these flags x264 codes fields as frames, and the field order is lost.
void set_fields(AVCodecContext& encoder, const AVFrame& frame, const AVCodecParameters& input) {
    const FieldOrder order = field_order_of(frame);
    if (input.field_order <= AV_FIELD_PROGRESSIVE && !order.is_interlaced) {
        return;
    }
    encoder.flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
    encoder.field_order = input.field_order > AV_FIELD_PROGRESSIVE ? input.field_order
                          : order.is_top_first                     ? AV_FIELD_TT
                                                                   : AV_FIELD_BB;
}

/// Encoders of pictures that write the ICC profile of a frame.
bool keeps_profiles(AVCodecID codec) {
    return codec == AV_CODEC_ID_PNG || codec == AV_CODEC_ID_APNG || codec == AV_CODEC_ID_MJPEG ||
           codec == AV_CODEC_ID_TIFF;
}

AVRational aspect_ratio(const AVFrame& frame, const StreamInfo& stream) {
    if (frame.sample_aspect_ratio.num > 0) {
        return frame.sample_aspect_ratio;
    }
    return stream.sample_aspect_ratio.num > 0 ? stream.sample_aspect_ratio
                                              : stream.codec->sample_aspect_ratio;
}

}  // namespace

VideoEncoder::VideoEncoder(const EncodeOptions& options, Mux& mux, const MediaInfo& info)
    : path_(mux.name()),
      info_(info),
      is_picture_(mux.is_picture()),
      keeps_orientation_(mux.keeps_orientation()),
      codec_(&choose_encoder(options, mux)),
      context_(avcodec_alloc_context3(codec_)) {
    if (!context_) {
        throw std::bad_alloc();
    }
    apply_options(*context_, mux, options);
    if ((mux.format().flags & AVFMT_GLOBALHEADER) != 0) {
        context_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    }
}

void VideoEncoder::open(const Frame& first, bool tells) {
    told_alpha_ = told_alpha_ || !tells;
    (keeps_orientation_ ? orientation_ : turned_by_) = first.orientation;
    if (tells && !is_picture_ && !turned_by_.is_upright()) {
        log::info(
            "{}: a file of this kind cannot tell that its picture is to be {}, so its pixels "
            "are",
            path_, to_string(turned_by_));
    }
    layout_ = choose_layout(*codec_, *first.image, context_->pix_fmt);
    if (turned_by_.swaps_sides()) {
        layout_.format = upright_format(layout_.format);
    }
    if (tells && needs_conversion(*first.image, layout_)) {
        log::info("{}: converting {} to {}, which {} takes", path_,
                  av_get_pix_fmt_name(static_cast<AVPixelFormat>(first.image->format)),
                  av_get_pix_fmt_name(layout_.format), codec_->name);
    }
    Frame picture = share_picture(first);
    const bool stays = first.on_device && takes_device_frames(*codec_) &&
                       !needs_conversion(*first.image, layout_) && turned_by_.is_upright() &&
                       first.width() % 2 == 0 && first.height() % 2 == 0;
    if (stays) {
        context_->hw_frames_ctx = av_buffer_ref(first.on_device.surface->hw_frames_ctx);
    } else {
        fetch(picture, fetched_);
        picture.image = prepare(std::move(picture.image));
    }
    const AVFrame* const frame = picture.image.get();
    const StreamInfo& stream = info_.video();
    context_->width = frame->width;
    context_->height = frame->height;
    context_->pix_fmt = stays ? AV_PIX_FMT_CUDA : layout_.format;
    context_->sample_aspect_ratio =
        is_picture_ ? frame->sample_aspect_ratio : aspect_ratio(*frame, stream);
    context_->time_base = first.time_base;
    context_->framerate = info_.frame_rate;
    set_colors(*context_, *frame, *stream.codec);
    set_fields(*context_, *frame, *stream.codec);
    if (tells && av_frame_get_side_data(frame, AV_FRAME_DATA_ICC_PROFILE) != nullptr &&
        !keeps_profiles(codec_->id)) {
        log::loss(
            "{}: the color profile of the input is lost, {} has no place for it; use a .png or a "
            ".jpg, or colors may look paler or stronger",
            path_, codec_->name);
    }
    light_ = light_metadata(*frame, stream);
    set_light_metadata(*context_, light_);
    forget_libav_error();
    check(avcodec_open2(context_.get(), codec_, nullptr), "does not start");
}

EncodedVideo VideoEncoder::video() const {
    EncodedVideo video{AvCodecParameters(avcodec_parameters_alloc()), context_->time_base, light_,
                       orientation_};
    if (!video.codec) {
        throw std::bad_alloc();
    }
    check(avcodec_parameters_from_context(video.codec.get(), context_.get()),
          "cannot be described");
    return video;
}

void VideoEncoder::send(Frame frame) {
    const bool stays = context_->hw_frames_ctx != nullptr;
    if (!stays) {
        fetch(frame, fetched_);
    }
    AvFrame image = stays && frame.on_device ? std::move(frame.on_device.surface)
                    : stays                  ? to_device(*frame.image)
                                             : prepare(std::move(frame.image));
    if (image->width != context_->width || image->height != context_->height) {
        throw MediaError(fmt::format(
            "cannot write {}: frame {} is {}x{}, the ones before were {}x{}", path_, frame.index,
            image->width, image->height, context_->width, context_->height));
    }
    image->pts = av_rescale_q(frame.pts, frame.time_base, context_->time_base);
    image->pict_type = AV_PICTURE_TYPE_NONE;  // otherwise the source's types would be forced
    if (last_pts_ && image->pts <= *last_pts_) {
        throw MediaError(fmt::format(
            "cannot write {}: the time stamp of frame {} is not later than the one before", path_,
            frame.index));
    }
    last_pts_ = image->pts;
    durations_[image->pts] = av_rescale_q(frame.duration, frame.time_base, context_->time_base);
    check(avcodec_send_frame(context_.get(), image.get()), "fails");
}

void VideoEncoder::drain() {
    check(avcodec_send_frame(context_.get(), nullptr), "fails");
}

std::optional<AvPacket> VideoEncoder::receive() {
    AvPacket packet = make_av_packet();
    const int code = avcodec_receive_packet(context_.get(), packet.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) {
        return std::nullopt;
    }
    check(code, "fails");
    // libx264 leaves the duration open (FFmpeg 5.1).
    if (const auto entry = durations_.find(packet->pts); entry != durations_.end()) {
        packet->duration = packet->duration > 0 ? packet->duration : entry->second;
        durations_.erase(entry);
    }
    return packet;
}

AvFrame VideoEncoder::prepare(AvFrame image) {
    if (needs_conversion(*image, layout_)) {
        tell_lost_alpha(*image);
        image = convert_(*image, layout_);
    } else {
        image->format = layout_.format;
        if (layout_.range == AVCOL_RANGE_JPEG && !is_full_range(*image)) {
            image->color_range = layout_.range;  // the name of the format may no longer tell
        }
    }
    return turn_upright(std::move(image), turned_by_);
}

/// A frame that had to come down, for an encoder that has others on the device.
AvFrame VideoEncoder::to_device(const AVFrame& image) {
    AvFrame surface = make_av_frame();
    check(av_hwframe_get_buffer(context_->hw_frames_ctx, surface.get(), 0), "takes no frame");
    check(av_hwframe_transfer_data(surface.get(), &image, 0), "takes no frame");
    check(av_frame_copy_props(surface.get(), &image), "takes no frame");
    return surface;
}

/// Once, at the first frame that is transparent somewhere.
void VideoEncoder::tell_lost_alpha(const AVFrame& image) {
    if (told_alpha_ || has_alpha(layout_.format) || is_opaque(image)) {
        return;
    }
    told_alpha_ = true;
    log::loss("{}: the transparency of the input is lost, {} in {} has none; {}", path_,
              codec_->name, av_get_pix_fmt_name(layout_.format),
              is_picture_ ? "use a .png"
                          : fmt::format("use {0} prores_ks with .mov or {0} ffv1 with .mkv",
                                        flags::kEncoder));
}

void VideoEncoder::check(int code, const char* what) const {
    if (code == AVERROR(ENOMEM)) {
        throw std::bad_alloc();
    }
    if (code < 0) {
        const std::string detail = last_libav_error();
        throw MediaError(
            fmt::format("cannot write {}: the encoder {} {}, {}{}", path_, codec_->name, what,
                        av_error_text(code), detail.empty() ? "" : " (" + detail + ")"),
            code);
    }
}

}  // namespace closet
