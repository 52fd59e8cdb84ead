#pragma once

#include <memory>

#include <opencv2/imgproc.hpp>

#include "warp/paint/composite.h"
#include "warp/paint/patch.h"
#include "warp/warp_fixtures.h"

namespace closet::test {

/// A person drawn in flat colors, whose every pixel is known. Colors are R G B.
struct DrawnPerson {
    cv::Scalar skin{210, 160, 130}, clothes{40, 60, 160}, hair{50, 35, 25}, ground{120, 120, 120};
    float wrist_z = 0;    ///< of the right arm, the one across the chest, frame pixels
    bool strand = false;  ///< of hair, over the chest
    bool pocket = false;  ///< of the hair's color, not connected to it
    cv::Size size{320, 240};

    static constexpr double kUnit = 60;  ///< shoulder width

    /// Shoulders at (130, 90) and (190, 90); the right forearm from (118, 135) to (165, 135).
    Pose pose() const {
        Pose result = standing_pose({160, 90}, kUnit);
        result.at(Joint::kRightElbow) = {118, 135, 0, 1};
        result.at(Joint::kRightWrist) = {165, 135, wrist_z, 1};
        result.person_id = 0;
        auto mask = std::make_shared<PersonMask>();
        mask->probability = cv::Mat(size, CV_8UC1, cv::Scalar(0));
        mask->mask_from_shown = {1, 0, 0, 0, 1, 0};
        const cv::Mat drawn = picture();
        for (int y = 0; y < size.height; ++y) {
            for (int x = 0; x < size.width; ++x) {
                const auto& p = drawn.at<cv::Vec4b>(y, x);
                const bool is_ground = p[0] == ground[0] && p[1] == ground[1] && p[2] == ground[2];
                mask->probability.at<std::uint8_t>(y, x) = is_ground ? 0 : 255;
            }
        }
        result.mask = mask;
        return result;
    }

    /// CV_8UC4, R G B A, opaque.
    cv::Mat picture() const {
        const auto opaque = [](cv::Scalar c) { return cv::Scalar(c[0], c[1], c[2], 255); };
        cv::Mat image(size, CV_8UC4, opaque(ground));
        cv::rectangle(image, {118, 84, 84, 110}, opaque(clothes), cv::FILLED);
        cv::circle(image, {160, 53}, 19, opaque(hair), cv::FILLED);
        cv::ellipse(image, {160, 58}, {11, 16}, 0, 0, 360, opaque(skin), cv::FILLED);
        if (strand) {
            cv::rectangle(image, {142, 50, 8, 60}, opaque(hair), cv::FILLED);
        }
        if (pocket) {
            cv::rectangle(image, {174, 96, 14, 12}, opaque(hair), cv::FILLED);
        }
        cv::line(image, {118, 135}, {185, 135}, opaque(skin), 11);  // forearm and hand
        return image;
    }

    /// The picture in a frame of a format, without tags of color.
    AvFrame frame(AVPixelFormat format) const {
        AvFrame result = noise_frame(format, size, 1);
        const cv::Rect where = align_to_chroma({{0, 0}, size});
        cv::Mat even;
        cv::copyMakeBorder(picture(), even, 0, where.height - size.height, 0,
                           where.width - size.width, cv::BORDER_REPLICATE);
        Composite().paint(*result, {where, even});
        return result;
    }
};

/// An opaque sheet of one color over a part of the frame.
inline Patch sheet(cv::Rect where, cv::Scalar rgba = {200, 30, 30, 255}) {
    return {where, cv::Mat(where.size(), CV_8UC4, rgba)};
}

inline int alpha_at(const Patch& patch, int x, int y) {
    return patch.rgba.at<cv::Vec4b>(y - patch.where.y, x - patch.where.x)[3];
}

inline bool same_patch(const Patch& a, const Patch& b) {
    return a.where == b.where && cv::norm(a.rgba, b.rgba, cv::NORM_INF) == 0;
}

}  // namespace closet::test
