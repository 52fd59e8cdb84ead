#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/body_frame.h"
#include "core/pose.h"

namespace closet::test {

/// A made-up person in three dimensions, seen without perspective: x to picture-right, y down, z
/// away from the camera, in shoulder widths from the middle of the shoulders. Turned by 0, the
/// person faces the camera and the wearer's left is on picture-right.
struct PosedFigure {
    /// Directions of one arm's bones, of any length > 0; x is outwards, to the arm's own side.
    struct Arm {
        cv::Point3d upper{0.2, 1.0, 0.0}, fore{0.1, 1.0, -0.1};
    };
    std::string name;
    std::array<Arm, 2> arm{};  ///< left, right
    double turned = 0;         ///< degrees around the spine, the chest to picture-right
    bool sits = false;         ///< thighs towards the camera
    bool hips_unseen = false;  ///< the picture ends above them
    double unit = 110;         ///< shoulder width, pixels

    static constexpr double kUpperArm = 0.92, kForearm = 0.85;
    static constexpr double kHips = 1.5;  ///< below the shoulders

    cv::Size size() const {
        return {static_cast<int>(4.2 * unit), static_cast<int>((hips_unseen ? 2.9
                                                                : sits      ? 4.4
                                                                            : 4.2) *
                                                               unit)};
    }

    Pose pose() const;

    /// CV_8UC3, B G R: skin, a gray undershirt and trousers, shaded by depth. `mask` (CV_8UC1, 255
    /// = person) may be null.
    cv::Mat picture(cv::Mat* mask = nullptr) const;

  private:
    cv::Point3d turn(cv::Point3d p) const {
        const double angle = turned * CV_PI / 180;
        return {p.x * std::cos(angle) - p.z * std::sin(angle), p.y,
                p.x * std::sin(angle) + p.z * std::cos(angle)};
    }
    cv::Point2d on_picture(cv::Point3d p) const {
        return cv::Point2d(size().width / 2.0, 1.75 * unit) + cv::Point2d(p.x, p.y) * unit;
    }
    std::array<cv::Point3d, kJointCount> joints() const;
};

inline std::array<cv::Point3d, kJointCount> PosedFigure::joints() const {
    std::array<cv::Point3d, kJointCount> at;
    const auto set = [&](Joint joint, cv::Point3d p) { at[static_cast<std::size_t>(joint)] = p; };
    const auto get = [&](Joint joint) { return at[static_cast<std::size_t>(joint)]; };
    const auto pair = [&](Joint left, Joint right, cv::Point3d p) {
        set(left, p);
        set(right, {-p.x, p.y, p.z});
    };
    set(Joint::kNose, {0, -0.62, -0.3});
    pair(Joint::kLeftEye, Joint::kRightEye, {0.08, -0.69, -0.24});
    pair(Joint::kLeftEar, Joint::kRightEar, {0.18, -0.65, 0.0});
    pair(Joint::kLeftShoulder, Joint::kRightShoulder, {0.5, 0, 0});
    pair(Joint::kLeftHip, Joint::kRightHip, {0.3, kHips, 0});
    pair(Joint::kLeftKnee, Joint::kRightKnee,
         sits ? cv::Point3d(0.4, kHips + 0.15, -1.0) : cv::Point3d(0.3, kHips + 1.15, 0));
    pair(Joint::kLeftAnkle, Joint::kRightAnkle,
         sits ? cv::Point3d(0.4, kHips + 1.15, -0.9) : cv::Point3d(0.3, kHips + 2.2, 0));
    const auto bone = [](cv::Point3d direction, double sign, double length) {
        const double norm = std::sqrt(direction.dot(direction));
        return cv::Point3d(sign * direction.x, direction.y, direction.z) * (length / norm);
    };
    const auto lay = [&](const Arm& bones, double sign, Joint shoulder, Joint elbow, Joint wrist) {
        set(elbow, get(shoulder) + bone(bones.upper, sign, kUpperArm));
        set(wrist, get(elbow) + bone(bones.fore, sign, kForearm));
    };
    lay(arm[0], 1, Joint::kLeftShoulder, Joint::kLeftElbow, Joint::kLeftWrist);
    lay(arm[1], -1, Joint::kRightShoulder, Joint::kRightElbow, Joint::kRightWrist);
    for (cv::Point3d& p : at) {
        p = turn(p);
    }
    return at;
}

inline Pose PosedFigure::pose() const {
    Pose pose;
    const auto at = joints();
    const bool away = std::cos(turned * CV_PI / 180) < -0.3;
    for (std::size_t i = 0; i < at.size(); ++i) {
        const cv::Point2d p = on_picture(at[i]);
        const bool face = i <= static_cast<std::size_t>(Joint::kRightEye);
        const bool inside = p.y < size().height;
        pose.keypoints.push_back({static_cast<float>(p.x), static_cast<float>(p.y),
                                  static_cast<float>(at[i].z * unit / kDepthScale),
                                  !inside        ? 0.05F
                                  : face && away ? 0.4F
                                                 : 0.99F});
    }
    pose.score = 1;
    pose.box = enclosing_box(pose.keypoints, 0.3F);
    auto mask = std::make_shared<PersonMask>();
    mask->mask_from_shown = {1, 0, 0, 0, 1, 0};
    picture(&mask->probability);
    pose.mask = mask;
    return pose;
}

inline cv::Mat PosedFigure::picture(cv::Mat* mask) const {
    const auto at = joints();
    const auto joint = [&](Joint which) { return at[static_cast<std::size_t>(which)]; };
    struct Stroke {
        cv::Point3d from, to;
        double radius_from, radius_to;  ///< shoulder widths
        cv::Scalar color;
    };
    const cv::Scalar skin(130, 160, 210), shirt(150, 150, 150), trousers(90, 60, 50),
        hair(25, 35, 50);
    std::vector<Stroke> strokes;
    // The torso: an ellipse of rows across and deep, as strokes along it from front to back.
    for (const double depth : {-0.16, 0.0, 0.16}) {
        for (double x = -0.24; x < 0.3; x += 0.12) {
            strokes.push_back({turn({x * 1.35, 0.13, depth * 0.6}), turn({x, kHips + 0.1, depth}),
                               0.17, 0.14, shirt});
        }
    }
    strokes.push_back({turn({0, -0.35, 0}), turn({0, 0.0, 0}), 0.19, 0.22, skin});
    strokes.push_back({turn({0, -0.72, -0.02}), turn({0, -0.52, -0.08}), 0.26, 0.2, skin});
    strokes.push_back({turn({0, -0.82, 0.1}), turn({0, -0.6, 0.14}), 0.26, 0.22, hair});
    const auto limb = [&](Joint from, Joint to, double a, double b, const cv::Scalar& color) {
        strokes.push_back({joint(from), joint(to), a, b, color});
    };
    for (const auto& [shoulder, elbow, wrist, hip, knee, ankle] :
         {std::array{Joint::kLeftShoulder, Joint::kLeftElbow, Joint::kLeftWrist, Joint::kLeftHip,
                     Joint::kLeftKnee, Joint::kLeftAnkle},
          std::array{Joint::kRightShoulder, Joint::kRightElbow, Joint::kRightWrist,
                     Joint::kRightHip, Joint::kRightKnee, Joint::kRightAnkle}}) {
        limb(shoulder, elbow, 0.12, 0.11, skin);
        limb(elbow, wrist, 0.12, 0.08, skin);
        strokes.push_back(
            {joint(wrist), joint(wrist) + (joint(wrist) - joint(elbow)) * 0.25, 0.09, 0.08, skin});
        limb(hip, knee, 0.28, 0.2, trousers);
        limb(knee, ankle, 0.2, 0.13, trousers);
    }
    cv::Mat image(size(), CV_8UC3, cv::Scalar(205, 200, 190));
    cv::Mat person(size(), CV_8UC1, cv::Scalar(0));
    // Farthest first, each stroke as discs, shaded a little by depth.
    struct Disc {
        cv::Point3d at;
        double radius;
        cv::Scalar color;
    };
    std::vector<Disc> discs;
    constexpr int kDiscs = 40;
    for (const Stroke& stroke : strokes) {
        for (int i = 0; i <= kDiscs; ++i) {
            const double t = i / double{kDiscs};
            discs.push_back({stroke.from * (1 - t) + stroke.to * t,
                             stroke.radius_from * (1 - t) + stroke.radius_to * t, stroke.color});
        }
    }
    std::stable_sort(discs.begin(), discs.end(), [](const Disc& a, const Disc& b) {
        return a.at.z - a.radius > b.at.z - b.radius;
    });
    for (const Disc& disc : discs) {
        const cv::Point2d p = on_picture(disc.at);
        const cv::Point center(cvRound(p.x), cvRound(p.y));
        const int radius = cvRound(disc.radius * unit);
        cv::circle(image, center, radius, disc.color * std::clamp(0.9 - 0.15 * disc.at.z, 0.7, 1.0),
                   cv::FILLED);
        cv::circle(person, center, radius, 255, cv::FILLED);
    }
    if (mask != nullptr) {
        *mask = person;
    }
    return image;
}

/// The poses that a wearer takes, besides standing with hanging arms.
inline std::vector<PosedFigure> posed_figures() {
    std::vector<PosedFigure> all;
    const auto add = [&](std::string name, PosedFigure::Arm left, PosedFigure::Arm right,
                         double turned = 0) -> PosedFigure& {
        PosedFigure figure;
        figure.name = std::move(name);
        figure.arm = {left, right};
        figure.turned = turned;
        all.push_back(std::move(figure));
        return all.back();
    };
    const auto raised = [](double degrees) {
        const double angle = degrees * CV_PI / 180;
        const cv::Point3d along(std::sin(angle), std::cos(angle), 0);
        return PosedFigure::Arm{along, along};
    };
    const PosedFigure::Arm hanging;
    for (const int degrees : {90, 120, 150, 178}) {
        add("raised_" + std::to_string(degrees), raised(degrees), raised(degrees));
    }
    add("one_up", raised(165), hanging);
    add("crossed", {{0.1, 1.0, -0.35}, {-1.0, -0.12, -0.45}},
        {{0.1, 1.0, -0.3}, {-1.0, -0.05, -0.2}});
    add("on_hips", {{0.75, 0.9, 0.15}, {-0.75, 0.55, -0.2}},
        {{0.75, 0.9, 0.15}, {-0.75, 0.55, -0.2}});
    add("behind_head", {{1.0, -0.75, -0.1}, {-0.85, -0.45, 0.5}},
        {{1.0, -0.75, -0.1}, {-0.85, -0.45, 0.5}});
    add("folded_up", {{0.25, 1.0, -0.1}, {0.05, -1.0, -0.25}}, {{0.9, 0.4, 0}, {-0.1, -1.0, -0.1}});
    add("behind_back", {{0.35, 1.0, 0.5}, {-1.0, 0.25, 0.3}},
        {{0.35, 1.0, 0.5}, {-1.0, 0.25, 0.3}});
    for (const int degrees : {30, 60, 90, 135, 180, -60}) {
        add("turned_" + std::to_string(degrees), hanging, hanging, degrees);
    }
    add("sitting", {{0.2, 1.0, -0.2}, {-0.1, 0.5, -1.0}}, {{0.2, 1.0, -0.2}, {-0.1, 0.5, -1.0}})
        .sits = true;
    add("hips_unseen", {{0.3, 1.0, 0}, {0, 1, -0.2}}, {{0.3, 1.0, 0}, {0, 1, -0.2}}).hips_unseen =
        true;
    return all;
}

}  // namespace closet::test
