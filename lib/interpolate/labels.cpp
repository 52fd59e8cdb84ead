#include "interpolate/labels.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/picture_geometry.h"
#include "interpolate/trunk.h"

namespace closet {
namespace {

constexpr double kHalfSure = 127;

/// Room for the planes that `is_there` says, all in one picture.
template <class IsThere>
PersonLabels tall_planes(cv::Size size, IsThere is_there) {
    int count = 0;
    for (std::size_t l = 0; l < kLabelCount; ++l) {
        count += is_there(l) ? 1 : 0;
    }
    PersonLabels labels;
    const cv::Mat all(size.height * std::max(count, 1), size.width, CV_8UC1);
    int row = 0;
    for (std::size_t l = 0; l < kLabelCount; ++l) {
        if (is_there(l)) {
            labels.probability[l] = all.rowRange(row, row + size.height);
            row += size.height;
        }
    }
    return labels;
}

cv::Size size_of(const PersonLabels& labels) {
    const auto found = std::find_if(labels.probability.begin(), labels.probability.end(),
                                    [](const cv::Mat& plane) { return !plane.empty(); });
    return found == labels.probability.end() ? cv::Size() : found->size();
}

cv::Mat silhouette(const PersonLabels& labels) {
    if (!labels.of(Label::kPerson).empty()) {
        return labels.of(Label::kPerson) > kHalfSure;
    }
    constexpr std::array kCovering{Label::kSkin,         Label::kClothes,      Label::kHair,
                                   Label::kUpperClothes, Label::kLowerClothes, Label::kDress};
    cv::Mat all(size_of(labels), CV_8UC1, cv::Scalar(0));
    for (const Label label : kCovering) {
        if (!labels.of(label).empty()) {
            cv::max(all, labels.of(label), all);
        }
    }
    return all > kHalfSure;
}

}  // namespace

SharedLabels moved_labels(const Pose& key, const Pose& pose) {
    if (!key.labels) {
        return nullptr;
    }
    auto moved = std::make_shared<PersonLabels>(*key.labels);
    moved->labels_from_shown = compose(key.labels->labels_from_shown, trunk_motion(pose, key));
    return moved;
}

PersonLabels laid_onto(const PersonLabels& labels, const Pose& from, const PersonLabels& onto,
                       const Pose& to) {
    const cv::Matx23d labels_from_onto = compose(
        labels.labels_from_shown, compose(trunk_motion(to, from), inverse(onto.labels_from_shown)));
    const cv::Size size = size_of(onto);
    PersonLabels laid =
        tall_planes(size, [&](std::size_t l) { return !labels.probability[l].empty(); });
    laid.labels_from_shown = onto.labels_from_shown;
    for (std::size_t l = 0; l < kLabelCount; ++l) {
        if (!labels.probability[l].empty()) {
            cv::warpAffine(labels.probability[l], laid.probability[l], labels_from_onto, size,
                           cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT);
        }
    }
    return laid;
}

double agreement(const PersonLabels& a, const PersonLabels& b) {
    const cv::Mat first = silhouette(a), second = silhouette(b);
    if (first.size() != second.size()) {
        return 0;
    }
    const int all = cv::countNonZero(first | second);
    return all == 0 ? 1.0 : static_cast<double>(cv::countNonZero(first & second)) / all;
}

PersonLabels mix(const std::vector<WeightedLabels>& all) {
    double sum = 0;
    for (const WeightedLabels& one : all) {
        sum += one.weight;
    }
    const PersonLabels& first = *all.front().labels;
    const cv::Size size = size_of(first);
    PersonLabels mixed = tall_planes(size, [&](std::size_t l) {
        return std::all_of(all.begin(), all.end(), [&](const WeightedLabels& one) {
            return one.labels->probability[l].size() == size;
        });
    });
    mixed.labels_from_shown = first.labels_from_shown;
    cv::Mat total;
    for (std::size_t l = 0; l < kLabelCount; ++l) {
        if (mixed.probability[l].empty()) {
            continue;
        }
        total = cv::Mat::zeros(size, CV_32FC1);
        for (const WeightedLabels& one : all) {
            cv::scaleAdd(cv::Mat_<float>(one.labels->probability[l]), one.weight / sum, total,
                         total);
        }
        total.convertTo(mixed.probability[l], CV_8U);
    }
    return mixed;
}

}  // namespace closet
