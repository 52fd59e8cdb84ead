#include "infer/blazepose/detection.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "support/doctest_with_torch.h"

#include "infer/blazepose/blazepose.h"
#include "infer/reference.h"
#include "support/safetensors.h"

namespace closet {
namespace {

Detection detection(float score, cv::Rect2f box) {
    Detection result{.score = score, .box = box, .points = {}};
    result.points.fill(box.tl());
    return result;
}

TEST_CASE("detection: anchors are those of the reference") {
    REQUIRE(anchors().size() == kAnchorCount);
    const auto path = test::shared_file("fixtures/blazepose/pose_detection.safetensors");
    if (!path) {
        return;
    }
    const auto expected = test::read_safetensors(*path).at("anchors").as<float>();
    float largest = 0;
    for (std::size_t i = 0; i < kAnchorCount; ++i) {
        largest = std::max({largest, std::abs(anchors()[i].x - expected[2 * i]),
                            std::abs(anchors()[i].y - expected[2 * i + 1])});
    }
    CHECK(largest < 1e-6F);
}

TEST_CASE("detection: the network's raw output decodes to the reference's detection") {
    const auto path = test::shared_file("fixtures/blazepose/pose_detection.safetensors");
    const auto expected = test::reference_json("expected.json");
    if (!path || !expected) {
        return;
    }
    auto tensors = test::read_safetensors(*path);
    const auto boxes = tensors.at("boxes").as<float>();
    const auto scores = tensors.at("scores").as<float>();
    const auto people = merge_overlapping(decode_detections(boxes, scores, 0.5F), 0.3F);
    REQUIRE(people.size() == 1);
    const auto& image = expected->at("images").at("000000000785.jpg");
    const cv::Size picture(image.at("width"), image.at("height"));
    const auto& truth = image.at("detection");
    CHECK(people[0].score == doctest::Approx(truth.at("score").get<double>()).epsilon(1e-4));
    const Region whole = letterbox(picture);
    for (std::size_t i = 0; i < 4; ++i) {
        const cv::Point2d point = view_from_region(whole, people[0].points[i]);
        const auto& wanted = truth.at("keypoints_px")[i];
        CHECK(std::hypot(point.x - wanted[0].get<double>(), point.y - wanted[1].get<double>()) <
              0.02);
    }
    const cv::Point2d corner = view_from_region(whole, people[0].box.tl());
    CHECK(corner.x == doctest::Approx(truth.at("box_xyxy_px")[0].get<double>()).epsilon(1e-3));
    CHECK(corner.y == doctest::Approx(truth.at("box_xyxy_px")[1].get<double>()).epsilon(1e-3));
}

TEST_CASE("detection: overlapping ones become their weighted mean with the best score") {
    const auto merged = merge_overlapping(
        {detection(0.6F, {0.1F, 0.1F, 0.4F, 0.4F}), detection(0.9F, {0.2F, 0.1F, 0.4F, 0.4F}),
         detection(0.7F, {0.7F, 0.7F, 0.2F, 0.2F})},
        0.3F);
    REQUIRE(merged.size() == 2);
    CHECK(merged[0].score == 0.9F);
    CHECK(merged[0].box.x == doctest::Approx((0.6 * 0.1 + 0.9 * 0.2) / 1.5));
    CHECK(merged[0].box.width == doctest::Approx(0.4));
    CHECK(merged[0].points[2].x == doctest::Approx((0.6 * 0.1 + 0.9 * 0.2) / 1.5));
    CHECK(merged[1].score == 0.7F);
    CHECK(merged[1].box.x == doctest::Approx(0.7));
}

TEST_CASE("detection: ones that overlap too little stay apart") {
    // Intersection over union: .1 / .7.
    CHECK(merge_overlapping({detection(0.9F, {0.0F, 0.0F, 0.4F, 0.4F}),
                             detection(0.8F, {0.3F, 0.0F, 0.4F, 0.4F})},
                            0.3F)
              .size() == 2);
    CHECK(merge_overlapping({}, 0.3F).empty());
}

TEST_CASE("detection: empty boxes neither loop nor merge") {
    CHECK(merge_overlapping({detection(0.9F, {0.5F, 0.5F, 0.0F, 0.0F}),
                             detection(0.8F, {0.5F, 0.5F, 0.0F, 0.0F})},
                            0.3F)
              .size() == 2);
}

TEST_CASE("detection: rows that are no numbers or below the threshold are dropped") {
    std::vector<float> boxes(kAnchorCount * kDetectionValues, 10.0F);
    std::vector<float> scores(kAnchorCount, -5.0F);
    scores[3] = 4.0F;
    scores[5] = NAN;
    scores[7] = 1000.0F;
    boxes[7 * kDetectionValues + 4] = INFINITY;
    scores[9] = 3.0F;
    boxes[9 * kDetectionValues + 2] = -1.0F;
    const auto found = decode_detections(boxes, scores, 0.5F);
    REQUIRE(found.size() == 1);
    CHECK(found[0].score == doctest::Approx(1.0 / (1.0 + std::exp(-4.0))));
    CHECK(decode_detections({}, {}, 0.5F).empty());
}

TEST_CASE("detection: the letterbox is centerd on the picture") {
    const Region wide = letterbox({640, 360});
    CHECK(wide.side == 640);
    CHECK(view_from_region(wide, {0.5, 0.5}) == cv::Point2d(320, 180));
    CHECK(view_from_region(wide, {0, 0}).y == doctest::Approx(-140));
}

TEST_CASE("detection: the picture that the network sees is the reference's bit for bit") {
    const auto path = test::shared_file("fixtures/blazepose/pose_detection.safetensors");
    const auto picture = test::reference_picture("fixtures/blazepose/000000000785.jpg");
    if (!path || !picture) {
        return;
    }
    const auto expected = test::read_safetensors(*path).at("input_u8").as<std::uint8_t>();
    cv::Mat crop(kDetectorSize, kDetectorSize, CV_8UC3);
    crop_region(*picture, letterbox(picture->size()), Border::kBlack, crop);
    CHECK(std::equal(expected.begin(), expected.end(), crop.data));
}

}  // namespace
}  // namespace closet
