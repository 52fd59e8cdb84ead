#include "dev/look/torso_metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "core/error.h"

namespace closet::figures {
namespace {

constexpr int kRows = 50, kSteps = 100, kTorsoRows = 24;

cv::Point2d at(const Pose& pose, Joint joint) {
    return {pose.at(joint).x, pose.at(joint).y};
}

cv::Point2d unit(cv::Point2d v) {
    const double length = std::hypot(v.x, v.y);
    return length > 1e-9 ? v / length : cv::Point2d(0, 0);
}

double interpolate(double x, const std::array<double, 5>& xs, const std::array<double, 5>& ys) {
    if (x <= xs.front()) {
        return ys.front();
    }
    for (std::size_t i = 1; i < xs.size(); ++i) {
        if (x <= xs[i]) {
            return ys[i - 1] + (ys[i] - ys[i - 1]) * (x - xs[i - 1]) / (xs[i] - xs[i - 1]);
        }
    }
    return ys.back();
}

/// Shoulder, elbow, wrist and hip of one side of the picture.
struct HalfBody {
    cv::Point2d shoulder, elbow, wrist, hip;
};

/// Signed distance to the arm's limbs, negative inside.
double distance_to_arm(cv::Point2d p, const HalfBody& side, double sw) {
    const auto limb = [&](cv::Point2d a, cv::Point2d b, double r0, double r1) {
        const cv::Point2d e = b - a;
        const double t = std::clamp((p - a).dot(e) / (e.dot(e) + 1e-9), 0.0, 1.0);
        return std::hypot(p.x - a.x - t * e.x, p.y - a.y - t * e.y) - (r0 + (r1 - r0) * t) * sw;
    };
    return std::min(
        {limb(side.shoulder + (side.elbow - side.shoulder) * 0.12, side.elbow, 0.165, 0.13),
         limb(side.elbow, side.wrist, 0.13, 0.085),
         limb(side.wrist, side.wrist + (side.wrist - side.elbow) * 0.35, 0.10, 0.08)});
}

cv::Mat mask_of_frame(const PersonMask& mask, cv::Size frame) {
    cv::Mat result;
    cv::warpAffine(mask.probability, result, mask.mask_from_shown, frame,
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP);
    return result > 127;
}

}  // namespace

Figure measure_figure(const Pose& pose, cv::Size frame) {
    if (!pose.mask) {
        throw Error("a pose without a mask cannot be measured");
    }
    HalfBody a{at(pose, Joint::kRightShoulder), at(pose, Joint::kRightElbow),
               at(pose, Joint::kRightWrist), at(pose, Joint::kRightHip)};
    HalfBody b{at(pose, Joint::kLeftShoulder), at(pose, Joint::kLeftElbow),
               at(pose, Joint::kLeftWrist), at(pose, Joint::kLeftHip)};
    if (b.shoulder.x < a.shoulder.x) {
        std::swap(a, b);
    }
    Figure figure;
    figure.middle = (a.shoulder + b.shoulder) / 2;
    const cv::Point2d axis = unit(b.shoulder - a.shoulder);
    const double sw = std::max(cv::norm(b.shoulder - a.shoulder), 1.0);
    cv::Point2d hips = (a.hip + b.hip) / 2;
    double torso = cv::norm(hips - figure.middle);
    if (std::min(pose.at(Joint::kLeftHip).score, pose.at(Joint::kRightHip).score) <= 0.5F ||
        torso <= 0.8 * sw) {
        cv::Point2d down(-axis.y, axis.x);
        down = down.y > 0 ? down : -down;
        torso = 1.5 * sw;
        hips = figure.middle + down * torso;
        a.hip = hips - axis * (0.33 * sw);
        b.hip = hips + axis * (0.33 * sw);
    }
    figure.unit = std::max(sw, 0.5 * torso);
    figure.down = unit(hips - figure.middle);
    const cv::Point2d square(-figure.down.y, figure.down.x);
    figure.across = square.dot(axis) > 0 ? square : -square;
    const cv::Point2d top = unit(axis * 0.5 + figure.across * 0.5);
    const cv::Point2d hip_axis = unit(b.hip - a.hip);
    const cv::Point2d bottom = hip_axis.dot(figure.across) > 0.5
                                   ? unit(hip_axis * 0.35 + figure.across * 0.65)
                                   : figure.across;
    const auto row = [&](double v) {
        const double t = std::clamp(v / torso, 0.0, 1.0);
        return unit(top * (1 - t) + bottom * t);
    };
    const auto spine = [&](double v) { return figure.middle + figure.down * v; };
    const double first = -0.1 * figure.unit, last = 1.35 * torso;

    figure.person = mask_of_frame(*pose.mask, frame);
    // Half widths: the first end of the mask or of the torso at an arm, mixed with a prior and
    // smoothed along the spine by the sureness of each.
    std::array<std::array<double, kRows>, 2> edge{};
    for (std::size_t s = 0; s < 2; ++s) {
        const HalfBody& side = s == 0 ? a : b;
        const double sign = s == 0 ? -1 : 1;
        const double shoulder = std::abs((side.shoulder - figure.middle).dot(figure.across));
        const double hip =
            std::max(std::abs((side.hip - hips).dot(figure.across)), 0.28 * figure.unit);
        std::array<double, kRows> value{}, weight{}, prior{};
        for (int i = 0; i < kRows; ++i) {
            const auto k = static_cast<std::size_t>(i);
            const double v = first + (last - first) * i / (kRows - 1);
            prior[k] = interpolate(v / torso, {0, 0.25, 0.6, 1, 1.3},
                                   {shoulder * 1.02, shoulder * 0.98, 0.45 * shoulder + 0.7 * hip,
                                    hip * 1.55, hip * 1.65});
            double end = prior[k], sureness = 0.15;
            for (int j = 0; j < kSteps; ++j) {
                const double r = (0.12 + (1.15 - 0.12) * j / (kSteps - 1)) * figure.unit;
                const cv::Point2d p = spine(v) + row(v) * (sign * r);
                const cv::Point pixel(std::clamp(cvRound(p.x), 0, frame.width - 1),
                                      std::clamp(cvRound(p.y), 0, frame.height - 1));
                if (distance_to_arm(p, side, figure.unit) < 0) {
                    end = std::max(r, prior[k]);
                    sureness = 0.35;
                    break;
                }
                if (figure.person.at<std::uint8_t>(pixel) == 0) {
                    end = r;
                    sureness = 1;
                    break;
                }
            }
            value[k] = std::clamp(end, 0.72 * prior[k], 1.45 * prior[k]);
            weight[k] = v < 0.22 * torso ? 0.05 : sureness;
        }
        for (int i = 0; i < kRows; ++i) {
            double sum = 0, weights = 0;
            for (int j = -4; j <= 4; ++j) {  // the study's kernel of sigma 3 has 9 taps
                const auto k = static_cast<std::size_t>(std::clamp(i + j, 0, kRows - 1));
                const double g = std::exp(-0.5 * j * j / 9.0);
                sum += g * (value[k] * weight[k] + prior[k] * 0.12);
                weights += g * (weight[k] + 0.12);
            }
            edge[s][static_cast<std::size_t>(i)] = sum / weights;
        }
    }
    std::vector<cv::Point> outline, back;
    for (int i = 0; i < kTorsoRows; ++i) {
        const double v =
            0.1 * figure.unit + (0.85 * torso - 0.1 * figure.unit) * i / (kTorsoRows - 1);
        const auto k = static_cast<std::size_t>(std::clamp(
            static_cast<int>(std::ceil((v - first) / (last - first) * (kRows - 1))), 0, kRows - 1));
        outline.emplace_back(spine(v) - row(v) * edge[0][k]);
        back.emplace_back(spine(v) + row(v) * edge[1][k]);
    }
    outline.insert(outline.end(), back.rbegin(), back.rend());
    figure.torso = cv::Mat::zeros(frame, CV_8UC1);
    cv::fillPoly(figure.torso, std::vector{outline}, 255);
    figure.torso &= figure.person;
    const int reach = static_cast<int>(0.06 * figure.unit) | 1;
    cv::dilate(figure.person, figure.around,
               cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * reach + 1, 2 * reach + 1}));
    return figure;
}

Cover measure_cover(const Figure& figure, const cv::Mat& garment) {
    const auto share = [](const cv::Mat& part, const cv::Mat& whole) {
        return static_cast<double>(cv::countNonZero(part)) / std::max(cv::countNonZero(whole), 1);
    };
    return {share(garment & figure.torso, figure.torso), share(garment & ~figure.around, garment)};
}

}  // namespace closet::figures
