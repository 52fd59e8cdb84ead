#include "restore/followed_face.h"

#include <cmath>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/picture_geometry.h"
#include "infer/faces/face_reader.h"
#include "infer/faces/mtcnn.h"
#include "models/checkpoint/checkpoint.h"
#include "pipeline/worker_pool.h"
#include "support/shared_data.h"

using namespace closet;

namespace {

constexpr double kFrameS = 1.0 / 25;

/// The template at a place, with eyes so far apart.
FacePoints points_at(cv::Point2d middle, double eyes_px) {
    FacePoints points = AlignedFace::kPoints;
    const double scale = eyes_px / cv::norm(points[0] - points[1]);
    for (cv::Point2f& point : points) {
        point = cv::Point2f(middle + (cv::Point2d(point) - cv::Point2d(256, 256)) * scale);
    }
    return points;
}

/// Where the middle of the square lies in the picture.
cv::Point2d middle_of(const AlignedFace& face) {
    return apply(inverse(face.square_from_picture), cv::Point2d(256, 256));
}

/// How much the picture moves within the square from frame to frame, root mean square over four
/// places of the face, pixels of the square.
double jitter(const std::vector<AlignedFace>& faces) {
    double sum = 0;
    int count = 0;
    for (std::size_t i = 1; i < faces.size(); ++i) {
        for (const cv::Point2d at : {cv::Point2d(156, 156), cv::Point2d(356, 156),
                                     cv::Point2d(156, 356), cv::Point2d(356, 356)}) {
            const cv::Point2d place = apply(inverse(faces[i - 1].square_from_picture), at);
            const cv::Point2d off = apply(faces[i].square_from_picture, place) - at;
            sum += off.dot(off);
            ++count;
        }
    }
    return std::sqrt(sum / count);
}

}  // namespace

TEST_CASE("the alignment of a face that stands still is smoothed") {
    std::mt19937 random(1);
    std::normal_distribution<float> noise(0, 0.6F);
    FollowedFace followed;
    std::vector<AlignedFace> raw, smoothed;
    for (int frame = 0; frame < 100; ++frame) {
        FacePoints points = points_at({200, 150}, 25);
        for (cv::Point2f& point : points) {
            point += cv::Point2f(noise(random), noise(random));
        }
        followed.update(&points, {200, 140}, kFrameS);
        raw.push_back(*align(points));
        smoothed.push_back(*followed.aligned());
    }
    CHECK(jitter(smoothed) < 0.3 * jitter(raw));
    CHECK(cv::norm(middle_of(smoothed.back()) - cv::Point2d(200, 150)) < 0.5);
}

TEST_CASE("MTCNN's points on still clips with noise jitter less once they are smoothed") {
    const auto weights = test::shared_file("fixtures/zoo-pose-face/mtcnn_weights.safetensors");
    if (!weights) {
        return;
    }
    WorkerPool workers{0};
    InferOptions options;
    options.device = "cpu";
    const Mtcnn mtcnn(std::vector(3, read_checkpoint(*weights)), options, workers);
    cv::RNG random(7);
    for (const std::string name : {"person_00034", "person_00055", "person_01992"}) {
        const auto photo = test::shared_file("media/people/" + name + ".jpg");
        if (!photo) {
            return;
        }
        CAPTURE(name);
        cv::Mat picture;
        cv::cvtColor(cv::imread(photo->string()), picture, cv::COLOR_BGR2RGB);
        cv::resize(picture, picture, {}, 0.5, 0.5, cv::INTER_AREA);
        const auto found = mtcnn.find_in(picture);
        REQUIRE_FALSE(found.empty());
        const Box& box = found.front().box;
        const cv::Rect2d square(box.x - 0.6 * box.width, box.y - 0.4 * box.height, 2.2 * box.width,
                                2.2 * box.width);
        FollowedFace followed;
        std::vector<AlignedFace> raw, smoothed;
        for (int frame = 0; frame < 24; ++frame) {
            cv::Mat noise(picture.size(), CV_16SC3), noisy;
            random.fill(noise, cv::RNG::NORMAL, 0, 10);
            cv::add(picture, noise, noisy, cv::noArray(), CV_8UC3);
            const HeadPlace head{&noisy, square};
            const auto face = find_faces(mtcnn, std::span(&head, 1))[0];
            REQUIRE(face);
            followed.update(&face->points, {square.x, square.y}, kFrameS);
            raw.push_back(*align(face->points));
            smoothed.push_back(*followed.aligned());
        }
        MESSAGE(name << ", face " << box.width << " pixels wide; pixels of the square from frame "
                     << "to frame: " << jitter(raw) << " as found, " << jitter(smoothed)
                     << " smoothed");
        CHECK(jitter(smoothed) < 0.4 * jitter(raw));
    }
}

TEST_CASE("a face that moves takes its square along") {
    constexpr double kEyesPx = 25;
    FollowedFace followed;
    for (int frame = 0; frame < 50; ++frame) {
        const cv::Point2d middle(100 + 6 * frame, 150 - 2 * frame);
        const FacePoints points = points_at(middle, kEyesPx);
        followed.update(&points, middle, kFrameS);
        CHECK(cv::norm(middle_of(*followed.aligned()) - middle) <=
              FollowedFace::kSlack * kEyesPx + 0.01);
    }
    CHECK(followed.eye_distance_px() == doctest::Approx(kEyesPx).epsilon(0.02));
}

TEST_CASE("a face that is not seen stays on the head for a moment and then is gone") {
    FollowedFace followed;
    followed.update(nullptr, {10, 10}, 0);
    CHECK_FALSE(followed.is_there());
    CHECK(followed.eye_distance_px() == 0);
    const FacePoints points = points_at({100, 100}, 25);
    followed.update(&points, {100, 90}, kFrameS);
    CHECK(followed.is_there());
    followed.update(nullptr, {103, 92}, kFrameS);
    CHECK(followed.is_there());
    CHECK(cv::norm(middle_of(*followed.aligned()) - cv::Point2d(103, 102)) < 0.01);
    for (int frame = 0; frame < 4; ++frame) {
        followed.update(nullptr, {103, 92}, kFrameS);
    }
    CHECK_FALSE(followed.is_there());
    followed.update(&points, {100, 90}, kFrameS);
    CHECK(followed.is_there());
}
