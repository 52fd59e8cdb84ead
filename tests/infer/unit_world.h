#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/frame.h"
#include "infer/fake_people.h"
#include "infer/parse/parser.h"

/// A clip in which everything happens that stages remember, and networks that see it with errors of
/// all kinds. 25 frames a second; a view has the frame's size.
namespace closet::test {

inline constexpr int kUnitClip = 230;            ///< frames
inline constexpr int kFound = 25;                ///< nobody is found before, ...
inline constexpr int kThere = 12;                ///< ... although somebody is there
inline constexpr int kFirstCut = 80;             ///< then somebody far away, who gets lost
inline constexpr int kSecondCut = 130;           ///< then people who stand still until kMove
inline constexpr int kMove = 175, kAlone = 200;  ///< from the latter on there is one
inline const cv::Size kUnitPicture{320, 180};

/// A number between -1 and 1 that depends on what is given and on nothing else.
inline double noise(int a, int b) {
    const double x = std::sin(12.9898 * a + 78.233 * b + 1.7) * 43758.5453;
    return 2 * (x - std::floor(x)) - 1;
}

inline Scene scene_of(int i) {
    const double t = i / 25.0;
    if (i < kThere) {
        return {};
    }
    if (i < kFirstCut) {  // two cross, a third one comes and goes
        Scene scene{{1, {60 + 70 * t, 92 + 4 * std::sin(4 * t)}, 90}};
        if (i >= kFound) {
            scene.push_back({2, {270 - 65 * t, 90}, 104});
        }
        if (i > 50 && i < 70) {
            scene.insert(scene.begin(), {3, {20 + 4.0 * (i - 50), 60}, 60});
        }
        return scene;
    }
    if (i < kSecondCut) {
        return i < 92 || i > 112 ? Scene{} : Scene{{4, {100 + 0.6 * (i - 92), 70}, 30}};
    }
    const double moved = std::max(0, i - kMove);
    Scene scene{{5, {90 + 2 * moved, 90}, 100}};
    if (i < kAlone) {
        scene.push_back({6, {230 - 1.5 * moved, 96 - moved / 4}, 80});
    }
    return scene;
}

/// What is behind the people of a scene.
inline cv::Mat ground(int seed) {
    cv::Mat rgb(kUnitPicture, CV_8UC3, cv::Scalar(0, 0, 0));
    for (int y = 0; y < rgb.rows; ++y) {
        for (int x = y == 0 ? 1 : 0; x < rgb.cols; ++x) {  // the first pixel is the number
            rgb.at<cv::Vec3b>(y, x)[1] = static_cast<std::uint8_t>(
                60 + 40 * std::sin(x * 0.03 * seed + seed) * std::cos(y * 0.04 * seed));
        }
    }
    return rgb;
}

inline Frame unit_frame(int i) {
    static const cv::Mat grounds[]{ground(1), ground(5), ground(9)};
    cv::Mat rgb = draw(scene_of(i), i, kUnitPicture);
    cv::max(rgb, grounds[i < kFirstCut ? 0 : i < kSecondCut ? 1 : 2], rgb);
    Frame frame;
    frame.index = i;
    frame.pts = i;
    frame.duration = 1;
    frame.time_base = {1, 25};
    frame.image = make_av_frame();
    frame.image->format = AV_PIX_FMT_RGB24;
    frame.image->width = rgb.cols;
    frame.image->height = rgb.rows;
    av_check(av_frame_get_buffer(frame.image.get(), 0), "test picture");
    for (int y = 0; y < rgb.rows; ++y) {
        std::copy_n(
            rgb.ptr(y), 3 * rgb.cols,
            frame.image->data[0] + static_cast<std::ptrdiff_t>(y) * frame.image->linesize[0]);
    }
    return frame;
}

/// A pose network: trembles, depends a little on where it looks, takes left for right now and then,
/// and gives depths and masks. Overlooks who is small, and everybody before kFound.
class ErringPoseModel : public BlobPoseModel {
  public:
    std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures) override {
        std::vector<std::vector<Region>> result;
        for (const cv::Mat& picture : pictures) {
            const bool is_tile = picture.isSubmatrix();
            result.emplace_back();
            for (const Blob& blob : blobs_in(picture, {{}, picture.size()})) {
                if (blob.share >= 0.5 && (is_tile || (blob.side >= 40 && is_found(picture)))) {
                    result.back().push_back({middle(blob.box), blob.side * 1.02, 0});
                }
            }
            std::sort(result.back().begin(), result.back().end(),
                      [](const Region& a, const Region& b) { return a.side > b.side; });
        }
        return result;
    }

    std::vector<PoseEstimate> estimate(std::span<const PoseInput> inputs) override {
        std::vector<PoseEstimate> estimates = BlobPoseModel::estimate(inputs);
        for (std::size_t i = 0; i < estimates.size(); ++i) {
            err(inputs[i], estimates[i]);
        }
        return estimates;
    }

    static bool is_found(const cv::Mat& picture) { return number_of(picture) >= kFound; }

  private:
    static void err(const PoseInput& input, PoseEstimate& estimate) {
        const int number = number_of(*input.picture);
        const bool stands = number > kSecondCut && number < kMove;
        const int who = cvRound(estimate.region.side);
        const auto side = static_cast<float>(estimate.region.side);
        const cv::Point2d off = input.region.center - estimate.region.center;
        for (std::size_t k = 0; k < estimate.keypoints.size(); ++k) {
            Keypoint& point = estimate.keypoints[k];
            const int seed = static_cast<int>(100 * k) + (stands ? 7 : number);
            point.x += static_cast<float>(0.01 * side * noise(seed, who) + 0.02 * off.x);
            point.y += static_cast<float>(0.01 * side * noise(seed, who + 1) + 0.02 * off.y);
            point.z = static_cast<float>(0.1 * side * noise(seed, who + 2));
            point.score = static_cast<float>(0.8 + 0.2 * noise(seed, who + 3));
        }
        if (noise(number, who) > 0.7) {
            exchange_sides(estimate.keypoints, skeleton_);
        }
        if (noise(number, who + 9) > 0.8 && std::abs(input.region.rotation) < 0.05) {
            for (std::size_t k = 9; k < 17; ++k) {
                estimate.keypoints[k].x += 0.3F * side;
            }
        }
        estimate.region.side *= 1 + 0.02 * noise(number, who + 4);
        estimate.region.rotation = 0.03 * noise(number, who + 5);
        estimate.mask_left_out = !wants_mask(input, estimate.region);
        if (!estimate.mask_left_out) {
            constexpr int kSide = 64;
            estimate.mask = cv::Mat(kSide, kSide, CV_8UC1, cv::Scalar(0));
            cv::ellipse(estimate.mask, {kSide / 2, kSide / 2},
                        {11 + cvRound(2 * noise(number, who)), 28}, 0, 0, 360, cv::Scalar(255),
                        cv::FILLED);
            estimate.mask_from_view = crop_from_view(input.region, kSide);
        }
    }

    static constexpr Skeleton skeleton_ = Skeleton::kCoco17;
};

/// A detector that overlooks likewise.
class ErringDetector : public BlobDetector {
  public:
    std::vector<std::vector<PersonBox>> find(std::span<const cv::Mat> pictures) override {
        std::vector<std::vector<PersonBox>> result = BlobDetector::find(pictures);
        for (std::size_t i = 0; i < pictures.size(); ++i) {
            if (!pictures[i].isSubmatrix() && !ErringPoseModel::is_found(pictures[i])) {
                result[i].clear();
            }
        }
        return result;
    }
};

/// A parser whose labels move about: now they agree with those before, now they do not.
class ErringParser : public PersonParser {
  public:
    std::string name() const override { return "erring"; }
    std::vector<PersonLabels> look(std::span<const ParseInput> inputs) override {
        std::vector<PersonLabels> all;
        for (const ParseInput& input : inputs) {
            const int number = number_of(*input.picture);
            PersonLabels& found = all.emplace_back();
            found.labels_from_shown = labels_from_picture(input.region);
            found.front_odds = static_cast<float>(3 * noise(number, input.region.x));
            const int place = noise(number, 3) > 0.6 ? 50 : cvRound(4 * noise(number, 5));
            for (const Label label : {Label::kPerson, Label::kTorso, Label::kUpperArm,
                                      Label::kLowerArm, Label::kSkin}) {
                cv::Mat plane(kLabelPoints, kLabelPoints, CV_8UC1, cv::Scalar(0));
                plane(cv::Rect(30 + place, 8 + static_cast<int>(label), 40, 100)) = 250;
                found.of(label) = plane;
            }
        }
        return all;
    }
};

}  // namespace closet::test
