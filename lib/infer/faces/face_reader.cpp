#include "infer/faces/face_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

/// Heads are brought to this size, so that the detector's pyramid is always the same one.
constexpr int kHeadSidePx = 160;
/// Of a head's square; a face is two fifths of it or more.
constexpr double kLeastFaceInHeadPx = 32;
/// A face further from the middle of the square, in its sides, is somebody else's.
constexpr double kMostOffCenter = 0.25;
/// Where another one is nearer than that, heads are side by side, and poses of people who cross mix
/// them up: such a look tells nothing.
constexpr double kOthersOffCenter = 0.45;
/// Below this a detection is no face that a person can be told by: on heads of passers-by from
/// behind the cascade's last network gives up to 0.8.
constexpr float kLeastSureScore = 0.9F;
/// Faces less wide, pixels of the picture, hold too little to tell people apart.
constexpr float kLeastWidthPx = 14;

constexpr float kLeastPointScore = 0.3F;
/// The square's side, in distances from the middle of the shoulders to the nose, in ear distances
/// and in shoulder widths; the largest counts, since each shrinks in some view.
constexpr double kSideOfNeck = 2.2, kSideOfEars = 2.6, kSideOfShoulders = 1.1;

cv::Point2d place(const Keypoint& point) {
    return {point.x, point.y};
}

/// Of the faces in a head's square the one that is the head's; null where none surely is.
const Face* the_face(const std::vector<Face>& faces) {
    const Face* best = nullptr;
    std::size_t near = 0;
    for (const Face& face : faces) {
        const cv::Point2d off(face.box.x + face.box.width / 2 - kHeadSidePx / 2.0,
                              face.box.y + face.box.height / 2 - kHeadSidePx / 2.0);
        const double distance = cv::norm(off) / kHeadSidePx;
        near += distance < kOthersOffCenter ? 1 : 0;
        if (distance < kMostOffCenter && face.score >= kLeastSureScore) {
            best = &face;
        }
    }
    return near == 1 ? best : nullptr;
}

}  // namespace

std::optional<cv::Rect2d> head_square(std::span<const Keypoint> keypoints, Skeleton skeleton) {
    const auto find = [&](Joint joint) -> std::optional<cv::Point2d> {
        const std::size_t index = keypoint_index(skeleton, joint);
        if (index >= keypoints.size() || !(keypoints[index].score >= kLeastPointScore) ||
            !std::isfinite(keypoints[index].x) || !std::isfinite(keypoints[index].y)) {
            return std::nullopt;
        }
        return place(keypoints[index]);
    };
    cv::Point2d center;
    int seen = 0;
    for (const Joint joint :
         {Joint::kNose, Joint::kLeftEye, Joint::kRightEye, Joint::kLeftEar, Joint::kRightEar}) {
        if (const auto point = find(joint)) {
            center += *point;
            ++seen;
        }
    }
    const auto left = find(Joint::kLeftShoulder), right = find(Joint::kRightShoulder);
    if (seen == 0 || !left || !right) {
        return std::nullopt;
    }
    center /= seen;
    double side = std::max(kSideOfNeck * cv::norm(center - (*left + *right) / 2),
                           kSideOfShoulders * cv::norm(*left - *right));
    if (const auto a = find(Joint::kLeftEar), b = find(Joint::kRightEar); a && b) {
        side = std::max(side, kSideOfEars * cv::norm(*a - *b));
    }
    if (!(side >= 1) || side > 1e5) {
        return std::nullopt;
    }
    return cv::Rect2d(center.x - side / 2, center.y - side / 2, side, side);
}

std::vector<std::optional<Face>> find_faces(const Mtcnn& detector,
                                            std::span<const HeadPlace> heads) {
    std::vector<std::optional<Face>> faces(heads.size());
    std::vector<cv::Mat> squares(heads.size());
    for (std::size_t i = 0; i < heads.size(); ++i) {
        const cv::Rect2d& square = heads[i].square;
        const double scale = kHeadSidePx / square.width;
        const cv::Matx23d matrix{scale, 0,     (0.5 - square.x) * scale - 0.5,
                                 0,     scale, (0.5 - square.y) * scale - 0.5};
        // Large heads are shrunk by areas: the detector is used to no aliasing.
        const cv::Rect inside = cv::Rect(square) & cv::Rect({0, 0}, heads[i].picture->size());
        if (scale < 0.5 && inside.size() == cv::Rect(square).size()) {
            cv::resize((*heads[i].picture)(inside), squares[i], {kHeadSidePx, kHeadSidePx}, 0, 0,
                       cv::INTER_AREA);
        } else {
            cv::warpAffine(*heads[i].picture, squares[i], matrix, {kHeadSidePx, kHeadSidePx},
                           cv::INTER_LINEAR, cv::BORDER_CONSTANT);
        }
    }
    const auto found = detector.find(squares, kLeastFaceInHeadPx);
    for (std::size_t i = 0; i < heads.size(); ++i) {
        const Face* best = the_face(found[i]);
        const double zoom = heads[i].square.width / kHeadSidePx;
        if (best == nullptr || best->box.width * zoom < kLeastWidthPx) {
            continue;
        }
        Face face = *best;
        const auto x_of = [&](float x) {
            return static_cast<float>((x + 0.5) * zoom - 0.5 + heads[i].square.x);
        };
        const auto y_of = [&](float y) {
            return static_cast<float>((y + 0.5) * zoom - 0.5 + heads[i].square.y);
        };
        face.box = {x_of(best->box.x), y_of(best->box.y),
                    static_cast<float>(best->box.width * zoom),
                    static_cast<float>(best->box.height * zoom)};
        for (cv::Point2f& point : face.points) {
            point = {x_of(point.x), y_of(point.y)};
        }
        faces[i] = face;
    }
    return faces;
}

std::vector<std::optional<SeenFace>> FaceReader::read(std::span<const HeadPlace> heads) const {
    const auto found = find_faces(detector_, heads);
    std::vector<FaceInPicture> faces;
    std::vector<std::size_t> head_of;
    for (std::size_t i = 0; i < heads.size(); ++i) {
        if (found[i]) {
            faces.push_back({heads[i].picture, *found[i]});
            head_of.push_back(i);
        }
    }
    std::vector<std::optional<SeenFace>> seen(heads.size());
    std::vector<Embedding> embeddings = embedder_.embed(faces);
    for (std::size_t i = 0; i < faces.size(); ++i) {
        seen[head_of[i]] = SeenFace{faces[i].face, std::move(embeddings[i])};
    }
    return seen;
}

std::vector<SeenFace> FaceReader::read_all(const cv::Mat& picture) const {
    std::vector<FaceInPicture> faces;
    for (const Face& face : detector_.find_in(picture)) {
        if (face.score >= kLeastSureScore) {
            faces.push_back({&picture, face});
        }
    }
    std::vector<Embedding> embeddings = embedder_.embed(faces);
    std::vector<SeenFace> seen;
    for (std::size_t i = 0; i < faces.size(); ++i) {
        seen.push_back({faces[i].face, std::move(embeddings[i])});
    }
    return seen;
}

}  // namespace closet
