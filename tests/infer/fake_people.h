#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "infer/fake_pose_model.h"
#include "infer/pose_model.h"

/// A world of people who are drawn as colored blobs, and networks that see nothing but the blobs:
/// somebody behind somebody else is hidden from them.
namespace closet::test {

struct Actor {
    int color = 0;  ///< 1..255, tells who it is
    cv::Point2d center;
    double side = 100;  ///< of the region that fits, even
};

/// The people in a picture, the nearest to the camera last.
using Scene = std::vector<Actor>;
using Play = std::function<Scene(int picture)>;

inline cv::Size blob_size(double side) {
    return {static_cast<int>(0.28 * side), static_cast<int>(0.7 * side)};
}

/// Blue holds half of the side, so that the networks know how large a half hidden person is. The
/// first pixel carries the picture's number.
inline cv::Mat draw(const Scene& scene, int number, cv::Size size = {640, 360}) {
    cv::Mat picture = numbered_picture(number, size);
    for (const Actor& actor : scene) {
        const cv::Size blob = blob_size(actor.side);
        const cv::Rect where(cv::Point(actor.center) - cv::Point(blob / 2), blob);
        cv::rectangle(picture, where, cv::Scalar(actor.color, 200, actor.side / 2), cv::FILLED);
    }
    return picture;
}

/// What can be seen of a blob in a part of a picture.
struct Blob {
    int color = 0;
    double side = 0;
    cv::Rect box;      ///< of its pixels, in the picture
    double share = 0;  ///< of the whole blob
};

inline std::vector<Blob> blobs_in(const cv::Mat& picture, const cv::Rect& part) {
    std::vector<Blob> blobs(256);
    std::vector<int> pixels(256);
    const cv::Rect seen = part & cv::Rect({}, picture.size());
    for (int y = seen.y; y < seen.br().y; ++y) {
        const auto* row = picture.ptr<cv::Vec3b>(y);
        for (int x = seen.x; x < seen.br().x; ++x) {
            if (row[x][1] == 200) {
                Blob& blob = blobs[row[x][0]];
                const cv::Rect pixel(x, y, 1, 1);
                blob.box = pixels[row[x][0]]++ == 0 ? pixel : blob.box | pixel;
                blob.color = row[x][0];
                blob.side = 2.0 * row[x][2];
            }
        }
    }
    for (Blob& blob : blobs) {
        blob.share = blob.color > 0
                         ? static_cast<double>(pixels[static_cast<std::size_t>(blob.color)]) /
                               blob_size(blob.side).area()
                         : 0;
    }
    std::erase_if(blobs, [](const Blob& blob) { return blob.color == 0; });
    return blobs;
}

inline cv::Point2d middle(const cv::Rect& box) {
    return {box.x + (box.width - 1) / 2.0, box.y + (box.height - 1) / 2.0};
}

/// Reads the blob that fills most of the middle of the region; presence is the share of it that can
/// be seen, and nobody is there with less than a half. Finds the people that can be seen, the
/// largest first.
class BlobPoseModel : public PoseModel {
  public:
    Skeleton skeleton() const override { return Skeleton::kCoco17; }
    float least_presence() const override { return 0.5F; }

    Region region_of_box(const Box& box, cv::Size) const override {
        return {.center = {box.x + box.width / 2.0, box.y + box.height / 2.0},
                .side = box.height / 0.7,
                .rotation = 0};
    }

    std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures) override {
        std::vector<std::vector<Region>> result;
        if (!pictures.empty() && pictures.front().isSubmatrix()) {  // it sees all there is at once
            result.resize(pictures.size());
            return result;
        }
        ++find_calls;
        for (const cv::Mat& picture : pictures) {
            result.emplace_back();
            for (const Blob& blob : blobs_in(picture, {{}, picture.size()})) {
                if (blob.share >= 0.5) {
                    result.back().push_back({middle(blob.box), blob.side * 1.02, 0});
                }
            }
            std::sort(result.back().begin(), result.back().end(),
                      [](const Region& a, const Region& b) { return a.side > b.side; });
        }
        return result;
    }

    std::vector<PoseEstimate> estimate(std::span<const PoseInput> inputs) override {
        looks_of_calls.push_back(inputs.size());
        std::vector<PoseEstimate> result;
        for (const PoseInput& input : inputs) {
            result.push_back(estimate(input));
        }
        return result;
    }

    int find_calls = 0;
    std::vector<std::size_t> looks_of_calls;

  private:
    PoseEstimate estimate(const PoseInput& input) const {
        const auto& [center, side, rotation] = input.region;
        const int reach = static_cast<int>(side / 2);
        const cv::Rect part(cv::Point(center) - cv::Point(reach, reach),
                            cv::Size(2 * reach, 2 * reach));
        Blob best;
        double most = 0;
        for (const Blob& blob : blobs_in(*input.picture, part)) {
            const double off = cv::norm(middle(blob.box) - center) / (side / 4);
            const double weight = blob.share * blob.side * blob.side * std::exp(-off * off);
            if (weight > most) {
                most = weight;
                best = blob;
            }
        }
        PoseEstimate estimate;
        const bool is_fitting = best.side > side / 2 && best.side < 2 * side;
        estimate.presence = is_fitting ? static_cast<float>(std::min(best.share, 1.0)) : 0.0F;
        const FakePerson person{.center = best.color > 0 ? middle(best.box) : center,
                                .side = best.color > 0 ? best.side : side};
        estimate.keypoints = figure(person);
        estimate.region = {person.center, person.side, 0};
        return estimate;
    }
};

/// Finds the blobs of which a third can be seen. Fails as it is told to.
class BlobDetector : public PersonDetector {
  public:
    std::vector<std::vector<PersonBox>> find(std::span<const cv::Mat> pictures) override {
        std::vector<std::vector<PersonBox>> result;
        if (!pictures.empty() && pictures.front().isSubmatrix()) {
            result.resize(pictures.size());
            return result;
        }
        ++calls;
        for (const cv::Mat& picture : pictures) {
            const int number = number_of(picture);
            asked.push_back(number);
            result.emplace_back();
            for (const Blob& blob : blobs_in(picture, {{}, picture.size()})) {
                if (blob.share > 0.33 && !missed.contains(number)) {
                    result.back().push_back(
                        {{static_cast<float>(blob.box.x), static_cast<float>(blob.box.y),
                          static_cast<float>(blob.box.width), static_cast<float>(blob.box.height)},
                         static_cast<float>(blob.share)});
                }
            }
            for (const PersonBox& box : extra) {
                result.back().push_back(box);
            }
            std::stable_sort(
                result.back().begin(), result.back().end(),
                [](const PersonBox& a, const PersonBox& b) { return a.score > b.score; });
        }
        return result;
    }

    std::set<int> missed;          ///< pictures in which it sees nobody
    std::vector<PersonBox> extra;  ///< found in every picture although nobody is there
    int calls = 0;
    std::vector<int> asked;  ///< the pictures' numbers
};

}  // namespace closet::test
