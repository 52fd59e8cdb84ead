#pragma once

#include <memory>
#include <optional>

#include <opencv2/imgproc.hpp>

#include "warp/classes/person_classes.h"
#include "warp/occlusion/drawn_person.h"

namespace closet::test {

/// A whole person in flat, noisy colors, and what a parser would tell: blurred and some pixels off.
struct LabeledPerson {
    cv::Size size;
    cv::Scalar skin{210, 160, 130}, upper{40, 60, 160}, lower{60, 60, 60}, hair{50, 35, 25};
    cv::Scalar ground{150, 150, 150};
    bool strand = true;       ///< of hair, over the chest
    double waist = 1.5;       ///< where upper clothes end and lower ones begin, shoulder widths
    bool bare_belly = false;  ///< below a short top; parsers call what follows torso
    /// What hangs from the left hand, beside the leg and before it; parsers call it clothes, those
    /// of bodies see nobody there.
    std::optional<cv::Scalar> bag;

    explicit LabeledPerson(cv::Size of = {1280, 720}) : size(of) {}

    double unit() const { return 0.2 * size.height; }
    /// A point in shoulder widths from the middle of the shoulders.
    cv::Point at(double x, double y) const {
        return {cvRound(size.width / 2 + x * unit()), cvRound(0.25 * size.height + y * unit())};
    }
    int px(double widths) const { return std::max(cvRound(widths * unit()), 1); }

    void draw_bag(cv::Mat& image, cv::Scalar color) const {
        cv::line(image, at(0.67, 1.6), at(0.7, 2.0), color, px(0.05));
        cv::rectangle(image, at(0.3, 1.95), at(1.0, 2.5), color, cv::FILLED);
    }

    /// Draws one kind of surface, or all: the forearm lies across the belly.
    template <class Color>
    void draw(cv::Mat& image, const Color& color) const {
        cv::circle(image, at(0, -0.68), px(0.3), color(Surface::kHair), cv::FILLED);
        cv::rectangle(image, at(-0.5, -0.08), at(0.5, waist), color(Surface::kUpperClothes),
                      cv::FILLED);
        cv::rectangle(image, at(-0.4, waist), at(0.4, 3.6), color(Surface::kLowerClothes),
                      cv::FILLED);
        if (bare_belly) {
            cv::rectangle(image, at(-0.5, 0.9), at(0.5, 1.1), color(Surface::kSkin), cv::FILLED);
            cv::rectangle(image, at(-0.5, 1.1), at(0.5, waist), color(Surface::kLowerClothes),
                          cv::FILLED);
        }
        cv::ellipse(image, at(0, -0.6), {px(0.2), px(0.28)}, 0, 0, 360, color(Surface::kSkin),
                    cv::FILLED);
        cv::rectangle(image, at(-0.1, -0.35), at(0.1, -0.02), color(Surface::kSkin), cv::FILLED);
        if (strand) {
            cv::rectangle(image, at(0.2, -0.7), at(0.34, 0.45), color(Surface::kHair), cv::FILLED);
        }
        cv::line(image, at(-0.62, 0.05), at(-0.62, 0.75), color(Surface::kUpperClothes), px(0.24));
        cv::line(image, at(0.62, 0.05), at(0.62, 0.75), color(Surface::kUpperClothes), px(0.24));
        cv::line(image, at(0.62, 0.75), at(0.66, 1.4), color(Surface::kSkin), px(0.18));
        if (bag) {
            draw_bag(image, color(Surface::kGround));
        }
        cv::circle(image, at(0.67, 1.55), px(0.12), color(Surface::kSkin), cv::FILLED);
        cv::line(image, at(-0.62, 0.75), at(0.05, 0.75), color(Surface::kSkin), px(0.18));
        cv::circle(image, at(0.15, 0.75), px(0.12), color(Surface::kSkin), cv::FILLED);
    }

    /// CV_8UC4, R G B A.
    cv::Mat picture() const {
        const auto opaque = [](cv::Scalar c) { return cv::Scalar(c[0], c[1], c[2], 255); };
        cv::Mat image(size, CV_8UC4, opaque(ground));
        draw(image, [&](Surface s) {
            return opaque(s == Surface::kGround         ? bag.value_or(ground)
                          : s == Surface::kSkin         ? skin
                          : s == Surface::kHair         ? hair
                          : s == Surface::kUpperClothes ? upper
                                                        : lower);
        });
        cv::Mat noise(size, CV_8UC4);
        cv::RNG(1).fill(noise, cv::RNG::NORMAL, cv::Scalar(8, 8, 8, 0), cv::Scalar(3, 3, 3, 0));
        image += noise;
        image -= cv::Scalar(8, 8, 8, 0);
        cv::insertChannel(cv::Mat(size, CV_8UC1, cv::Scalar(255)), image, 3);
        return image;
    }

    /// Where a surface is seen: CV_8UC1, 255 or 0.
    cv::Mat truth(Surface surface) const {
        cv::Mat mask(size, CV_8UC1, cv::Scalar(surface == Surface::kGround ? 255 : 0));
        draw(mask, [&](Surface s) { return cv::Scalar(s == surface ? 255 : 0); });
        return mask;
    }

    AvFrame frame(AVPixelFormat format) const {
        AvFrame result = noise_frame(format, size, 1);
        Composite().paint(*result, {{{0, 0}, size}, picture()});
        return result;
    }

    std::shared_ptr<PersonLabels> labels() const {
        auto labels = std::make_shared<PersonLabels>();
        const double scale = 256.0 / std::max(size.width, size.height);
        const cv::Size small(cvRound(size.width * scale), cvRound(size.height * scale));
        const auto put = [&](Label label, const cv::Mat& mask) {
            cv::Mat& plane = labels->of(label);
            cv::resize(mask, plane, small, 0, 0, cv::INTER_AREA);
            cv::GaussianBlur(plane, plane, {}, 1.5);
        };
        const cv::Mat none(size, CV_8UC1, cv::Scalar(0));
        const auto part = [&](auto&& drawing) {
            cv::Mat mask = none.clone();
            drawing(mask);
            return mask;
        };
        const cv::Scalar on(255), off(0);
        const cv::Mat face = part([&](cv::Mat& m) {
            cv::ellipse(m, at(0, -0.6), {px(0.22), px(0.3)}, 0, 0, 360, on, cv::FILLED);
        });
        const cv::Mat lower_arm = part([&](cv::Mat& m) {
            cv::line(m, at(-0.62, 0.75), at(0.05, 0.75), on, px(0.2));
            cv::line(m, at(0.62, 0.75), at(0.66, 1.4), on, px(0.2));
        });
        const cv::Mat hand = part([&](cv::Mat& m) {
            cv::circle(m, at(0.15, 0.75), px(0.14), on, cv::FILLED);
            cv::circle(m, at(0.67, 1.55), px(0.14), on, cv::FILLED);
        });
        const cv::Mat upper_arm = part([&](cv::Mat& m) {
            cv::line(m, at(-0.62, 0.05), at(-0.62, 0.7), on, px(0.26));
            cv::line(m, at(0.62, 0.05), at(0.62, 0.7), on, px(0.26));
        });
        const cv::Mat torso = part([&](cv::Mat& m) {
            cv::rectangle(m, at(-0.5, -0.3), at(0.5, 1.5), on, cv::FILLED);
            m.setTo(0, lower_arm | hand | upper_arm | face);
        });
        const cv::Mat legs = part([&](cv::Mat& m) {
            cv::rectangle(m, at(-0.42, 1.5), at(0.42, 3.6), on, cv::FILLED);
            m.setTo(0, hand);
        });
        const cv::Mat held = part([&](cv::Mat& m) {
            if (bag) {
                draw_bag(m, on);
            }
        });
        put(Label::kPerson, ~truth(Surface::kGround) | (held & legs));
        put(Label::kFace, face);
        put(Label::kUpperArm, upper_arm);
        put(Label::kLowerArm, lower_arm & ~hand);
        put(Label::kHand, hand);
        put(Label::kTorso, torso);
        put(Label::kLeg, legs);
        put(Label::kFoot, none);
        put(Label::kSkin, truth(Surface::kSkin));
        put(Label::kClothes, truth(Surface::kUpperClothes) | truth(Surface::kLowerClothes) | held);
        put(Label::kHair, truth(Surface::kHair));
        const double sx = static_cast<double>(small.width) / size.width;
        const double sy = static_cast<double>(small.height) / size.height;
        // A pixel off to the right, as networks are.
        labels->labels_from_shown = {sx, 0, 0.5 * sx - 0.5 + 1, 0, sy, 0.5 * sy - 0.5};
        return labels;
    }

    /// With labels, without a mask.
    Pose pose() const {
        Pose result = standing_pose(cv::Point2d(at(0, 0)), unit());
        const auto put = [&](Joint joint, double x, double y) {
            const cv::Point p = at(x, y);
            result.at(joint) = {static_cast<float>(p.x), static_cast<float>(p.y), 0, 1};
        };
        put(Joint::kRightElbow, -0.62, 0.75);
        put(Joint::kRightWrist, 0.05, 0.75);
        result.box = enclosing_box(result.keypoints);
        result.person_id = 0;
        result.labels = labels();
        return result;
    }
};

/// Intersection over union of a class, from 1/2 on, with the truth.
inline double overlap(const PersonClasses& classes, Surface surface, const cv::Mat& truth) {
    cv::Mat plane;
    cv::warpAffine(classes.of(surface), plane, classes.classes_from_shown, truth.size(),
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, 0);
    const cv::Mat is_seen = plane > 127;
    return static_cast<double>(cv::countNonZero(is_seen & truth)) /
           std::max(cv::countNonZero(is_seen | truth), 1);
}

}  // namespace closet::test
