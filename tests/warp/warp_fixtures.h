#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include "core/garment.h"
#include "core/pixel_format.h"
#include "core/pose.h"

namespace closet::test {

/// A garment of known geometry: a rounded sheet with a gradient, soft edges, and shoulder anchors
/// at a quarter and three quarters of its width.
inline std::shared_ptr<Garment> shirt(cv::Size size) {
    auto garment = std::make_shared<Garment>();
    garment->name = "shirt";
    garment->rgba = cv::Mat(size, CV_8UC4);
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            const double u = (2.0 * x + 1.0) / size.width - 1.0;
            const double v = (2.0 * y + 1.0) / size.height - 1.0;
            const double outside = std::pow(u, 8) + std::pow(v, 8) - 0.9;
            const int alpha = static_cast<int>(std::clamp(255.0 - outside * 4000.0, 0.0, 255.0));
            garment->rgba.at<cv::Vec4b>(y, x) = {
                static_cast<std::uint8_t>(40 + 180 * x / size.width),
                static_cast<std::uint8_t>(200 - 150 * y / size.height), 90,
                static_cast<std::uint8_t>(alpha)};
        }
    }
    const auto width = static_cast<float>(size.width);
    const auto height = static_cast<float>(size.height);
    garment->anchors = {{"right_shoulder", {0.25F * width, 0.15F * height}},
                        {"left_shoulder", {0.75F * width, 0.15F * height}}};
    return garment;
}

/// A person who faces the camera, turned by `angle` (radians, clockwise on screen) around the
/// middle of the shoulders. All 17 points are sure.
inline Pose standing_pose(cv::Point2d shoulders, double width, double angle = 0.0) {
    // COCO order, in shoulder widths from the middle of the shoulders; left is on the right.
    constexpr double kFigure[kJointCount][2] = {
        {0.00, -0.62}, {0.08, -0.68}, {-0.08, -0.68}, {0.18, -0.64}, {-0.18, -0.64}, {0.5, 0.0},
        {-0.5, 0.0},   {0.62, 0.75},  {-0.62, 0.75},  {0.66, 1.4},   {-0.66, 1.4},   {0.32, 1.5},
        {-0.32, 1.5},  {0.3, 2.6},    {-0.3, 2.6},    {0.3, 3.6},    {-0.3, 3.6}};
    Pose pose;
    for (const auto& [x, y] : kFigure) {
        const double turned_x = x * std::cos(angle) - y * std::sin(angle);
        const double turned_y = x * std::sin(angle) + y * std::cos(angle);
        pose.keypoints.push_back({static_cast<float>(shoulders.x + width * turned_x),
                                  static_cast<float>(shoulders.y + width * turned_y), 0.0F, 1.0F});
    }
    pose.score = 1.0F;
    pose.box = enclosing_box(pose.keypoints);
    return pose;
}

inline std::vector<AVPixelFormat> paintable_formats() {
    std::vector<AVPixelFormat> formats;
    const AVPixFmtDescriptor* descriptor = nullptr;
    while ((descriptor = av_pix_fmt_desc_next(descriptor)) != nullptr) {
        if (const AVPixelFormat format = av_pix_fmt_desc_get_id(descriptor); is_paintable(format)) {
            formats.push_back(format);
        }
    }
    return formats;
}

inline std::string name_of(AVPixelFormat format) {
    return av_get_pix_fmt_name(format);
}

/// The number of meaningful bytes of each line of a plane, and its lines.
inline cv::Size plane_bytes(const AVFrame& frame, int plane) {
    const auto format = static_cast<AVPixelFormat>(frame.format);
    const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
    const bool chroma =
        (plane == 1 || plane == 2) && (descriptor->flags & AV_PIX_FMT_FLAG_RGB) == 0;
    return {av_image_get_linesize(format, frame.width, plane),
            chroma ? AV_CEIL_RSHIFT(frame.height, descriptor->log2_chroma_h) : frame.height};
}

inline bool same_pixels(const AVFrame& a, const AVFrame& b) {
    for (int plane = 0; plane < av_pix_fmt_count_planes(static_cast<AVPixelFormat>(a.format));
         ++plane) {
        const cv::Size bytes = plane_bytes(a, plane);
        for (int y = 0; y < bytes.height; ++y) {
            if (std::memcmp(a.data[plane] + std::ptrdiff_t{y} * a.linesize[plane],
                            b.data[plane] + std::ptrdiff_t{y} * b.linesize[plane],
                            static_cast<std::size_t>(bytes.width)) != 0) {
                return false;
            }
        }
    }
    return true;
}

/// A writable frame of reproducible noise; samples stay within the format's depth.
inline AvFrame noise_frame(AVPixelFormat format, cv::Size size, unsigned seed) {
    AvFrame frame = make_av_frame();
    frame->format = format;
    frame->width = size.width;
    frame->height = size.height;
    if (av_frame_get_buffer(frame.get(), 0) < 0) {
        throw std::bad_alloc();
    }
    std::mt19937 random(seed);
    const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
    const bool words = descriptor->comp[0].depth > 8;
    const int shift = descriptor->comp[0].shift;
    const unsigned mask = (1U << descriptor->comp[0].depth) - 1;
    for (int plane = 0; plane < av_pix_fmt_count_planes(format); ++plane) {
        const cv::Size bytes = plane_bytes(*frame, plane);
        for (int y = 0; y < bytes.height; ++y) {
            std::uint8_t* line = frame->data[plane] + std::ptrdiff_t{y} * frame->linesize[plane];
            for (int x = 0; x < bytes.width; x += words ? 2 : 1) {
                if (words) {
                    *reinterpret_cast<std::uint16_t*>(line + x) =
                        static_cast<std::uint16_t>((random() & mask) << shift);
                } else {
                    line[x] = static_cast<std::uint8_t>(random());
                }
            }
        }
    }
    return frame;
}

/// Somebody in the middle of a picture of this size.
inline const cv::Size kSize(320, 240);
inline const Pose kPerson = standing_pose({160, 80}, 60);

}  // namespace closet::test
