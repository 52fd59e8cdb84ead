#include "decode/capture/frame_maker.h"

#include <new>
#include <utility>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/error.h"
#include "core/log.h"
#include "core/pixel_format.h"
#include "decode/pixel_convert.h"

namespace closet {

CapturedFrame FrameMaker::make(FedPicture fed) {
    CapturedPicture& picture = fed.picture;
    CapturedFrame result;
    result.captured = fed.captured;
    Frame& frame = result.frame;
    frame.index = frames_++;
    frame.time_base = AV_TIME_BASE_Q;
    frame.pts = fed.pts_us;
    if (last_pts_us_ && frame.pts <= *last_pts_us_) {
        frame.pts = *last_pts_us_ + 1;
    }
    last_pts_us_ = frame.pts;
    frame.duration = picture.duration_us;
    frame.orientation = settle_how_shown(*picture.image, *picture.stream);
    const PictureGeometry geometry = geometry_of(*picture.image, frame.orientation);
    frame.scene_start = fed.scene_start || geometry_ != geometry;
    geometry_ = geometry;
    frame.image = paintable(std::move(picture.image));
    frame.image->pts = frame.pts;
    return result;
}

AvFrame FrameMaker::paintable(AvFrame image) {
    const auto format = static_cast<AVPixelFormat>(image->format);
    const AVPixelFormat target = paintable_format(format);
    if (format == target) {
        return image;
    }
    if (std::exchange(told_format_, format) != format) {
        log::info("{}: converting {} to {}, which garments can be painted on", input_,
                  av_get_pix_fmt_name(format), av_get_pix_fmt_name(target));
    }
    return convert_(*image, {.format = target});
}

SourceFacts FrameMaker::facts_of(const CapturedPicture& picture) const {
    const AVRational rate = picture.stream->frame_rate;
    SourceFacts facts;
    facts.kind = kind_;
    facts.codec = avcodec_get_name(picture.stream->video().codec->codec_id);
    facts.width = picture.image->width;
    facts.height = picture.image->height;
    facts.rate = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
    facts.pixel_format =
        av_get_pix_fmt_name(paintable_format(static_cast<AVPixelFormat>(picture.image->format)));
    return facts;
}

std::shared_ptr<const MediaInfo> info_of(const CapturedPicture& first, AVPixelFormat format) {
    const MediaInfo& source = *first.stream;
    const StreamInfo& video = source.video();
    auto info = std::make_shared<MediaInfo>();
    info->path = source.path;
    info->format = source.format;
    AvFrame picture = reference(*first.image);
    info->orientation = settle_how_shown(*picture, source);
    info->frame_rate = source.frame_rate;
    StreamInfo& stream = info->streams.emplace_back();
    stream.codec.reset(avcodec_parameters_alloc());
    if (!stream.codec) {
        throw std::bad_alloc();
    }
    av_check(avcodec_parameters_copy(stream.codec.get(), video.codec.get()),
             "cannot copy the parameters of a stream");
    stream.codec->width = first.image->width;  // a container may not have told
    stream.codec->height = first.image->height;
    stream.codec->format = format;
    stream.time_base = AV_TIME_BASE_Q;
    stream.avg_frame_rate = video.avg_frame_rate;
    stream.sample_aspect_ratio = picture->sample_aspect_ratio;
    stream.side_data = video.side_data;
    return info;
}

}  // namespace closet
