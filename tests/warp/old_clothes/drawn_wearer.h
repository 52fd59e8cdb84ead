#pragma once

#include <memory>

#include "core/frame.h"
#include "warp/occlusion/drawn_person.h"

namespace closet::test {

/// A person in flat colors whose shirt is wider and longer than the garment that is laid on it.
/// Colors are R G B.
struct DrawnWearer {
    cv::Scalar skin{210, 160, 130}, shirt{40, 60, 160}, trousers{60, 60, 60}, ground{200, 205, 200};
    int hem = 400;        ///< of the shirt, y
    int half_width = 82;  ///< of the shirt
    cv::Size size{480, 640};

    static constexpr double kUnit = 120;  ///< shoulder width
    static constexpr int kMiddle = 240;   ///< of the body, x
    /// What the garment covers: to y = 370.
    static inline const cv::Rect kGarment{kMiddle - 70, 170, 140, 200};

    /// Shoulders at (180, 180) and (300, 180), hips at y = 360, arms hanging well apart.
    Pose pose() const {
        Pose result = standing_pose({kMiddle, 180}, kUnit);
        for (const auto& [joint, x, y] : {std::tuple{Joint::kLeftElbow, 345.0F, 270.0F},
                                          {Joint::kRightElbow, 135.0F, 270.0F},
                                          {Joint::kLeftWrist, 375.0F, 345.0F},
                                          {Joint::kRightWrist, 105.0F, 345.0F}}) {
            result.at(joint) = {x, y, 0, 1};
        }
        result.person_id = 0;
        auto mask = std::make_shared<PersonMask>();
        mask->mask_from_shown = {1, 0, 0, 0, 1, 0};
        cv::inRange(picture(), ground_pixel(), ground_pixel(), mask->probability);
        cv::bitwise_not(mask->probability, mask->probability);
        result.mask = mask;
        return result;
    }

    /// CV_8UC4, R G B A, opaque.
    cv::Mat picture() const {
        cv::Mat image(size, CV_8UC4, ground_pixel());
        const auto opaque = [](cv::Scalar c) { return cv::Scalar(c[0], c[1], c[2], 255); };
        cv::rectangle(image, {kMiddle - 70, 350, 140, 290}, opaque(trousers), cv::FILLED);
        cv::rectangle(image, {kMiddle - half_width, 172, 2 * half_width, hem - 172}, opaque(shirt),
                      cv::FILLED);
        cv::ellipse(image, {kMiddle, 106}, {24, 34}, 0, 0, 360, opaque(skin), cv::FILLED);
        cv::rectangle(image, {kMiddle - 12, 130, 24, 44}, opaque(skin), cv::FILLED);
        for (const int side : {-1, 1}) {
            cv::line(image, {kMiddle + side * 72, 190}, {kMiddle + side * 105, 270}, opaque(skin),
                     22);
            cv::line(image, {kMiddle + side * 105, 270}, {kMiddle + side * 135, 350}, opaque(skin),
                     20);
        }
        return image;
    }

    AvFrame frame(AVPixelFormat format) const {
        AvFrame result = noise_frame(format, size, 1);
        Composite().paint(*result, {{{0, 0}, size}, picture()});
        return result;
    }

    /// Pixels of the shirt that a patch leaves to be seen, from y = `top` on.
    int shirt_left(const Patch& patch, int top = 220) const {
        const cv::Mat image = picture();
        int count = 0;
        for (int y = top; y < size.height; ++y) {
            for (int x = 0; x < size.width; ++x) {
                const auto& pixel = image.at<cv::Vec4b>(y, x);
                const bool is_covered =
                    patch.where.contains({x, y}) && alpha_at(patch, x, y) >= 128;
                count += is_shirt(pixel) && !is_covered ? 1 : 0;
            }
        }
        return count;
    }

    /// Pixels of anything but the shirt and the first garment's place that a patch covers.
    int others_covered(const Patch& patch) const {
        const cv::Mat image = picture();
        int count = 0;
        for (int y = patch.where.y; y < patch.where.br().y; ++y) {
            for (int x = patch.where.x; x < patch.where.br().x; ++x) {
                count += cv::Rect({0, 0}, size).contains({x, y}) && !kGarment.contains({x, y}) &&
                                 !is_shirt(image.at<cv::Vec4b>(y, x)) &&
                                 alpha_at(patch, x, y) >= 128
                             ? 1
                             : 0;
            }
        }
        return count;
    }

  private:
    cv::Scalar ground_pixel() const { return {ground[0], ground[1], ground[2], 255}; }
    bool is_shirt(const cv::Vec4b& p) const {
        return p[0] == shirt[0] && p[1] == shirt[1] && p[2] == shirt[2];
    }
};

}  // namespace closet::test
