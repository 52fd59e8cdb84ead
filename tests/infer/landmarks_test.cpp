#include "infer/blazepose/landmarks.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include "support/doctest_with_torch.h"

#include "core/error.h"
#include "infer/blazepose/blazepose.h"
#include "infer/reference.h"
#include "support/safetensors.h"

namespace closet {
namespace {

constexpr std::size_t kCells = kHeatMapSize * kHeatMapSize;
constexpr float kSurely = 20.0F;  // a logit whose sigmoid is 1 to eight digits

/// A heat map that is impossible everywhere.
std::vector<float> empty_heat_map() {
    return std::vector<float>(kCells * kLandmarkCount, -kSurely);
}

float& heat(std::vector<float>& map, int column, int row, std::size_t landmark) {
    return map[static_cast<std::size_t>(row * kHeatMapSize + column) * kLandmarkCount + landmark];
}

Landmarks at(double x, double y) {
    Landmarks landmarks;
    landmarks.fill({.x = x, .y = y, .z = 0.25, .visibility = 0.5, .presence = 0.5});
    return landmarks;
}

TEST_CASE("landmarks: raw values are shares of the crop and probabilities") {
    std::vector<float> values(kLandmarkCount * kLandmarkValues, 0.0F);
    values[5] = 64;
    values[6] = 128;
    values[7] = -32;
    values[8] = 2;
    values[9] = -2;
    const Landmark point = decode_landmarks(values)[1];
    CHECK(point.x == 0.25);
    CHECK(point.y == 0.5);
    CHECK(point.z == -0.125);
    CHECK(point.visibility == doctest::Approx(0.880797));
    CHECK(point.presence == doctest::Approx(0.119203));
}

TEST_CASE("landmarks: the heat map moves a point to its center of gravity") {
    auto map = empty_heat_map();
    heat(map, 33, 30, 0) = kSurely;
    heat(map, 34, 30, 0) = kSurely;
    Landmarks landmarks = at(0.5, 0.5);  // cell 32, 32
    refine_landmarks(landmarks, map);
    CHECK(landmarks[0].x == doctest::Approx(33.5 / 64));
    CHECK(landmarks[0].y == doctest::Approx(30.0 / 64));
    CHECK(landmarks[0].z == 0.25);
    CHECK(landmarks[1].x == 0.5);  // nothing there for the others
}

TEST_CASE("landmarks: only the seven cells around the point count") {
    auto map = empty_heat_map();
    heat(map, 32, 32, 0) = kSurely;
    heat(map, 36, 32, 0) = kSurely;
    Landmarks landmarks = at(0.5, 0.5);
    refine_landmarks(landmarks, map);
    CHECK(landmarks[0].x == doctest::Approx(0.5));
    heat(map, 35, 32, 0) = kSurely;
    landmarks = at(0.5, 0.5);
    refine_landmarks(landmarks, map);
    CHECK(landmarks[0].x == doctest::Approx(33.5 / 64));
}

TEST_CASE("landmarks: an unsure heat map changes nothing") {
    auto map = empty_heat_map();
    heat(map, 33, 33, 0) = -0.1F;
    Landmarks landmarks = at(0.5, 0.5);
    refine_landmarks(landmarks, map);
    CHECK(landmarks[0].x == 0.5);
}

TEST_CASE("landmarks: points at the edge and outside are safe") {
    auto map = empty_heat_map();
    std::fill(map.begin(), map.end(), kSurely);
    Landmarks landmarks = at(0.001, 0.999);
    refine_landmarks(landmarks, map);
    CHECK(landmarks[0].x == doctest::Approx(1.5 / 64));   // cells 0 to 3
    CHECK(landmarks[0].y == doctest::Approx(61.5 / 64));  // cells 60 to 63
    for (const double far : {-5.0, 1.0, 1e30, static_cast<double>(NAN), -INFINITY * 1.0}) {
        Landmarks outside = at(far, 0.5);
        refine_landmarks(outside, map);
        CHECK((outside[0].x == far || std::isnan(far)));
    }
}

TEST_CASE("landmarks: outputs of another network are refused with a sentence") {
    Landmarks landmarks;
    const std::vector<float> few(10);
    CHECK_THROWS_AS(decode_landmarks(few), ModelError);
    CHECK_THROWS_AS(refine_landmarks(landmarks, few), ModelError);
    CHECK_THROWS_AS(person_probability(few, 256), ModelError);
}

TEST_CASE("landmarks: back in the view they lie where the region is") {
    const Region region{.center = {300, 200}, .side = 100, .rotation = std::acos(0.0)};
    const Landmark point = to_view(at(1.0, 0.5), region)[0];
    CHECK(point.x == doctest::Approx(300));  // the right edge is at the bottom now
    CHECK(point.y == doctest::Approx(250));
    CHECK(point.z == doctest::Approx(25));
}

TEST_CASE("landmarks: the crop that the network sees is the reference's bit for bit") {
    const auto path = test::shared_file("fixtures/blazepose/pose_landmark_full.safetensors");
    const auto picture = test::reference_picture("fixtures/blazepose/000000000785.jpg");
    const auto expected = test::reference_json("expected.json");
    if (!path || !picture || !expected) {
        return;
    }
    const auto wanted = test::read_safetensors(*path).at("input_u8").as<std::uint8_t>();
    cv::Mat crop(kLandmarkCropSize, kLandmarkCropSize, CV_8UC3);
    crop_region(*picture,
                test::reference_region(
                    expected->at("images").at("000000000785.jpg").at("rect_from_detection"),
                    picture->size()),
                Border::kReplicate, crop);
    std::size_t different = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        different += wanted[i] != crop.data[i] ? 1 : 0;
    }
    // The region is given with seven digits: a position may round to the next 1/32 pixel.
    CHECK(different < wanted.size() / 100);
}

TEST_CASE("landmarks: raw outputs become the reference's landmarks and mask") {
    const auto path = test::shared_file("fixtures/blazepose/pose_landmark_full.safetensors");
    const auto expected = test::reference_json("expected.json");
    const auto mask_path = test::shared_file("fixtures/blazepose/mask_full_000000000785.png");
    if (!path || !expected || !mask_path) {
        return;
    }
    auto tensors = test::read_safetensors(*path);
    const auto& image = expected->at("images").at("000000000785.jpg");
    const cv::Size size(image.at("width"), image.at("height"));
    const Region region = test::reference_region(image.at("rect_from_detection"), size);
    Landmarks landmarks = decode_landmarks(tensors.at("landmarks_195").as<float>());
    refine_landmarks(landmarks, tensors.at("heatmap_logits").as<float>());
    landmarks = to_view(landmarks, region);
    const auto& truth = image.at("models").at("full").at("landmarks_px");
    for (std::size_t i = 0; i < 33; ++i) {
        CHECK(std::hypot(landmarks[i].x - truth[i][0].get<double>(),
                         landmarks[i].y - truth[i][1].get<double>()) < 0.1);
    }

    const cv::Mat mask =
        person_probability(tensors.at("segmentation_logits").as<float>(), kLandmarkCropSize);
    cv::Mat full;
    cv::warpAffine(mask, full, cv::Mat(crop_from_view(region, kLandmarkCropSize)), size,
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP);
    const cv::Mat wanted = cv::imread(mask_path->string(), cv::IMREAD_GRAYSCALE);
    CHECK(cv::norm(full, wanted, cv::NORM_L1) / static_cast<double>(wanted.total()) < 0.5);
    CHECK(cv::countNonZero((full > 127) != (wanted > 127)) <
          static_cast<int>(wanted.total()) / 500);
}

}  // namespace
}  // namespace closet
