#pragma once

#include <memory>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/pose.h"

/// Labels made in code.
namespace closet::test {

inline constexpr int kLabelSide = 64;

/// Labels of 64 x 64 points, `step` frame pixels apart, whose middle is the point (x, y) of the
/// frame: a person as a box of `width` x 40 points around the middle, and hair on its upper third
/// with the probability `hair`.
inline std::shared_ptr<PersonLabels> box_labels(double x, double y, double step = 4, int width = 20,
                                                int hair = 255) {
    auto labels = std::make_shared<PersonLabels>();
    const cv::Rect person((kLabelSide - width) / 2, 12, width, 40);
    for (const Label label : {Label::kPerson, Label::kHair}) {
        labels->of(label) = cv::Mat(kLabelSide, kLabelSide, CV_8UC1, cv::Scalar(0));
    }
    labels->of(Label::kPerson)(person) = 255;
    labels->of(Label::kHair)(cv::Rect(person.tl(), cv::Size(width, 13))) = hair;
    const double middle = (kLabelSide - 1) / 2.0;
    labels->labels_from_shown = {1 / step, 0, middle - x / step, 0, 1 / step, middle - y / step};
    return labels;
}

/// What a plane says at a point of the frame: the nearest point's number.
inline int label_at(const PersonLabels& labels, Label label, double x, double y) {
    const cv::Vec2d at = labels.labels_from_shown * cv::Vec3d(x, y, 1);
    const cv::Point place(cvRound(at[0]), cvRound(at[1]));
    const cv::Mat& plane = labels.of(label);
    return cv::Rect({}, plane.size()).contains(place) ? plane.at<std::uint8_t>(place) : -1;
}

}  // namespace closet::test
