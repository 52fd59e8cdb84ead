#include "people/segments.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

extern "C" {
#include <libavutil/frame.h>
}

#include "core/error.h"
#include "core/picture_geometry.h"
#include "pipeline/bounded_queue.h"
#include "pipeline/stage_timing.h"
#include "pipeline/thread_group.h"

namespace closet {
namespace {

/// Frames that wait for a worker.
constexpr std::size_t kQueue = 16;
/// Frames from look to look at the caller's wishes.
constexpr std::int64_t kTickFrames = 8;

/// The window around the largest box: keypoints end at eyes and ankles.
constexpr double kWiden = 1.35, kHeighten = 1.3;
constexpr int kLeastSidePx = 64;
/// Width of the smoothing of the window's way, seconds.
constexpr double kSmoothS = 0.4;

int even(double length, int most) {
    const int rounded = 2 * static_cast<int>(std::lround(length / 2));
    return std::max(2, std::min(std::max(rounded, kLeastSidePx), most / 2 * 2));
}

/// The clip without other streams and titles; its times begin where the segment does.
std::shared_ptr<const MediaInfo> info_of_segment(const MediaInfo& input, double start_s) {
    auto info = std::make_shared<MediaInfo>(video_made_of(input));
    info->cut_us = std::max<std::int64_t>(
        0, static_cast<std::int64_t>(std::llround(start_s * 1e6)) - input.start_us);
    const AVCodecParameters& source = *input.video().codec;
    AVCodecParameters& codec = *info->streams[0].codec;
    codec.color_range = source.color_range;
    codec.color_space = source.color_space;
    codec.color_primaries = source.color_primaries;
    codec.color_trc = source.color_trc;
    return info;
}

/// The frame's pixels inside of a window, shared with it. `window`: stored pixels, sides even.
Frame cut_out(const Frame& frame, cv::Rect window) {
    Frame result = share_picture(frame);
    AVFrame& image = *result.image;
    image.crop_left = static_cast<std::size_t>(window.x);
    image.crop_top = static_cast<std::size_t>(window.y);
    image.crop_right = static_cast<std::size_t>(image.width - window.x - window.width);
    image.crop_bottom = static_cast<std::size_t>(image.height - window.y - window.height);
    if (av_frame_apply_cropping(&image, AV_FRAME_CROP_UNALIGNED) < 0) {
        throw MediaError(fmt::format("frame {} cannot be cut to a window of it", frame.index));
    }
    return result;
}

/// The window in stored pixels, of `size` there; corners even, as chroma needs them.
cv::Rect stored_window(const PictureGeometry& geometry, cv::Rect shown, cv::Size size) {
    const cv::Rect around = geometry.stored_around(shown);
    const auto corner = [](int wanted, int side, int most) {
        return std::clamp(wanted, 0, std::max(0, most - side)) / 2 * 2;
    };
    return {corner(around.x, size.width, geometry.stored.width),
            corner(around.y, size.height, geometry.stored.height), size.width, size.height};
}

cv::Size stored_size(const PictureGeometry& geometry, cv::Size shown) {
    const cv::Rect around = geometry.stored_around({{0, 0}, shown});
    return {even(around.width, geometry.stored.width), even(around.height, geometry.stored.height)};
}

/// What a worker is handed: a frame of a segment, or its end.
struct SegmentItem {
    std::size_t segment = 0;
    std::optional<Frame> frame;
};

/// A segment while it is encoded; its worker's.
struct Running {
    std::unique_ptr<Encode> encode;
};

}  // namespace

SegmentWindow::SegmentWindow(const std::vector<Sighting>& sightings, cv::Size picture)
    : picture_(picture) {
    double width = 0, height = 0;
    for (const Sighting& sighting : sightings) {
        width = std::max(width, double{sighting.box.width});
        height = std::max(height, double{sighting.box.height});
        times_.push_back(sighting.time_s);
    }
    size_ = {even(kWiden * width, picture.width), even(kHeighten * height, picture.height)};
    for (const Sighting& at_center : sightings) {
        cv::Point2d sum;
        double weights = 0;
        for (const Sighting& sighting : sightings) {
            const double distance = (sighting.time_s - at_center.time_s) / kSmoothS;
            const double weight = std::exp(-distance * distance / 2);
            sum += weight * cv::Point2d(sighting.box.x + sighting.box.width / 2.0,
                                        sighting.box.y + sighting.box.height / 2.0);
            weights += weight;
        }
        centers_.push_back(sum / weights);
    }
}

cv::Rect SegmentWindow::at(double time_s) const {
    const auto next = std::lower_bound(times_.begin(), times_.end(), time_s);
    cv::Point2d center;
    if (next == times_.begin()) {
        center = centers_.front();
    } else if (next == times_.end()) {
        center = centers_.back();
    } else {
        const auto i = static_cast<std::size_t>(next - times_.begin());
        const double share = (time_s - times_[i - 1]) / (times_[i] - times_[i - 1]);
        center = centers_[i - 1] + share * (centers_[i] - centers_[i - 1]);
    }
    const auto corner = [](double middle, int side, int most) {
        return std::clamp(static_cast<int>(std::lround(middle - side / 2.0)), 0,
                          std::max(0, most - side));
    };
    return {corner(center.x, size_.width, picture_.width),
            corner(center.y, size_.height, picture_.height), size_.width, size_.height};
}

std::vector<std::unique_ptr<Encode>> encode_segments(const std::string& clip,
                                                     const DecodeOptions& decode_options,
                                                     const std::vector<SegmentPlan>& plans,
                                                     const EncodeOptions& options, unsigned workers,
                                                     const SegmentTick& tick) {
    Decode decode(clip, decode_options);
    const std::shared_ptr<const MediaInfo> media = decode.info();
    EncodeOptions encoder = options;
    encoder.threads = 1;

    std::vector<Running> running(plans.size());
    std::vector<std::unique_ptr<BoundedQueue<SegmentItem>>> queues;
    const std::size_t count =
        std::max<std::size_t>(1, std::min<std::size_t>(std::max(1U, workers), plans.size()));
    for (std::size_t i = 0; i < count; ++i) {
        queues.push_back(std::make_unique<BoundedQueue<SegmentItem>>(kQueue));
    }
    ThreadGroup threads;
    threads.on_stop([&] {
        for (const auto& queue : queues) {
            queue->close();
        }
    });
    for (const auto& queue : queues) {
        threads.add("encode segment", [&, own = queue.get()](const std::stop_token&, StageClock&) {
            while (auto item = own->pop()) {
                Running& segment = running[item->segment];
                if (!item->frame) {
                    if (segment.encode != nullptr) {
                        segment.encode->finish();
                    }
                    continue;
                }
                if (segment.encode == nullptr) {
                    segment.encode = std::make_unique<Encode>(
                        plans[item->segment].file, info_of_segment(*media, item->frame->seconds()),
                        encoder);
                }
                segment.encode->consume(std::move(*item->frame));
            }
        });
    }

    std::vector<std::optional<cv::Size>> sizes(plans.size());
    std::vector<bool> ended(plans.size());
    const auto push = [&](std::size_t segment, std::optional<Frame> frame) {
        return queues[segment % queues.size()]->push({segment, std::move(frame)});
    };
    bool go_on = true;
    std::int64_t frames = 0;
    while (go_on && !threads.stopping()) {
        const std::optional<Frame> frame = decode.next();
        if (!frame) {
            break;
        }
        const PictureGeometry geometry = geometry_of(*frame);
        for (std::size_t i = 0; i < plans.size(); ++i) {
            const SegmentWindow& window = plans[i].window;
            const double now = frame->seconds();
            if (now < window.start_s() || ended[i]) {
                continue;
            }
            if (now > window.end_s()) {
                ended[i] = true;
                push(i, std::nullopt);
                continue;
            }
            if (!sizes[i]) {
                sizes[i] = stored_size(geometry, window.size());
            }
            push(i, cut_out(*frame, stored_window(geometry, window.at(now), *sizes[i])));
        }
        if (++frames % kTickFrames == 0 && tick) {
            go_on = tick(frames, media->estimated_frames);
        }
    }
    for (std::size_t i = 0; i < plans.size() && go_on; ++i) {
        if (!ended[i]) {
            push(i, std::nullopt);
        }
    }
    if (!go_on) {
        threads.stop();
    }
    for (const auto& queue : queues) {
        queue->finish();
    }
    threads.wait();
    std::vector<std::unique_ptr<Encode>> done;
    for (Running& segment : running) {
        if (go_on && segment.encode != nullptr) {
            done.push_back(std::move(segment.encode));
        }
    }
    return done;
}

}  // namespace closet
