#include "infer/rtm/rtmdet.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "support/doctest_with_torch.h"

#include "core/error.h"
#include "infer/reference.h"
#include "infer/rtm_reference.h"

namespace closet {
namespace {

const cv::Size kNano(320, 320);
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// What the network says about one picture.
struct Answers {
    std::vector<float> logits;     ///< one a point, levels in order
    std::vector<float> distances;  ///< four a point, in strides

    std::vector<RtmdetLevel> levels(cv::Size input) const {
        std::vector<RtmdetLevel> result;
        std::size_t first = 0;
        for (const int stride : kRtmdetStrides) {
            const auto points =
                static_cast<std::size_t>((input.width / stride) * (input.height / stride));
            result.push_back({.stride = stride,
                              .logits = std::span(logits).subspan(first, points),
                              .distances = std::span(distances).subspan(4 * first, 4 * points)});
            first += points;
        }
        return result;
    }
};

/// As the reference has them, with distances in pixels.
Answers answers_of(const Checkpoint& file, const std::string& image) {
    Answers answers{.logits = test::numbers(file, image + ".cls_logits"),
                    .distances = test::numbers(file, image + ".ltrb_px")};
    for (std::size_t i = 0; i < answers.distances.size(); ++i) {
        const int stride = i < 4 * 1600 ? 8 : i < 4 * 2000 ? 16 : 32;
        answers.distances[i] /= static_cast<float>(stride);  // exact
    }
    return answers;
}

/// A picture without people.
Answers nothing() {
    return {.logits = std::vector<float>(2100, -8.0F),
            .distances = std::vector<float>(4 * 2100, 1.0F)};
}

TEST_CASE("rtmdet: the reference's logits give its boxes") {
    const auto expected = test::rtm_json("rtmdet_nano_person_expected.json");
    const auto file = test::rtm_tensors("rtmdet_nano_person_expected.safetensors");
    if (!expected || !file) {
        return;
    }
    std::size_t compared = 0, people = 0;
    for (const auto& image : expected->at("images")) {
        const std::string key = test::key_of(image.at("name"));
        if (file->find(key + ".cls_logits") == nullptr) {
            continue;  // only five of the nine pictures have theirs stored
        }
        CAPTURE(key);
        ++compared;
        const Answers answers = answers_of(*file, key);
        const auto boxes = decode_rtmdet(answers.levels(kNano), kNano, false);
        test::check_boxes(boxes, image.at("detections_320"), 0.01, 1e-5);

        const Letterbox letterbox =
            fit_letterbox(cv::Size(image.at("size")[0], image.at("size")[1]), kNano);
        CHECK(letterbox.content.width == image.at("resized")[0]);
        CHECK(letterbox.content.height == image.at("resized")[1]);
        const auto found = people_in_picture(boxes, letterbox);
        test::check_boxes(found, test::people_of(image.at("detections_image")), 0.05, 1e-5);
        people += found.size();
    }
    CHECK(compared == 5);
    CHECK(people == 21);
}

TEST_CASE("rtmdet: letterboxes are the reference's bit for bit") {
    const auto expected = test::rtm_json("rtmdet_nano_person_expected.json");
    const auto file = test::rtm_tensors("rtmdet_nano_person_expected.safetensors");
    if (!expected || !file) {
        return;
    }
    const auto& order = expected->at("letterbox_order");
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto name = order[i].get<std::string>();
        CAPTURE(name);
        const auto picture = test::picture_of_name(name);
        if (!picture) {
            return;
        }
        cv::Mat input(kNano, CV_8UC3);
        fill_letterbox(*picture, fit_letterbox(picture->size(), kNano), input);
        const auto off =
            test::gray_difference(input, test::picture_of(*file, "letterbox_bgr_u8", i, false));
        MESSAGE(name << ": mean " << off.mean << ", largest " << off.largest);
        CHECK(off.largest == 0);
    }
}

TEST_CASE("rtmdet: the letterbox of the larger input is the reference's") {
    const auto file = test::rtm_tensors("rtmdet_m_random_expected.safetensors");
    const auto picture = test::picture_of_name("coco/000000000785.jpg");
    if (!file || !picture) {
        return;
    }
    cv::Mat input(640, 640, CV_8UC3);
    fill_letterbox(*picture, fit_letterbox(picture->size(), input.size()), input);
    CHECK(test::gray_difference(input, test::picture_of(*file, "letterbox_bgr_u8", 0, false))
              .largest == 0);
}

TEST_CASE("rtmdet: pictures of extreme shapes keep at least a pixel and leave the rest gray") {
    for (const cv::Size size : {cv::Size(4000, 3), cv::Size(1, 1), cv::Size(2, 3000)}) {
        const Letterbox letterbox = fit_letterbox(size, kNano);
        CHECK(letterbox.content.width >= 1);
        CHECK(letterbox.content.height >= 1);
        CHECK(std::max(letterbox.content.width, letterbox.content.height) == 320);
        cv::Mat input(kNano, CV_8UC3, cv::Scalar::all(0));
        fill_letterbox(cv::Mat(size, CV_8UC3, cv::Scalar(10, 20, 30)), letterbox, input);
        CHECK(input.at<cv::Vec3b>(0, 0) == cv::Vec3b(30, 20, 10));
        const auto gray = cv::Vec3b(114, 114, 114);
        CHECK((input.at<cv::Vec3b>(319, 319) == gray) ==
              (letterbox.content.width < 320 || letterbox.content.height < 320));
    }
}

TEST_CASE("rtmdet: boxes start at whole strides and distances may be logarithms") {
    Answers answers = nothing();
    const std::size_t point = 1600 + 3 * 20 + 5;  // stride 16, row 3, column 5
    answers.logits[point] = 2.0F;
    answers.distances[4 * point] = 0.5F;
    const auto plain = decode_rtmdet(answers.levels(kNano), kNano, false);
    REQUIRE(plain.size() == 1);
    CHECK(plain[0].score == doctest::Approx(1 / (1 + std::exp(-2.0))));
    CHECK(plain[0].box.x == 5 * 16 - 8);
    CHECK(plain[0].box.y == 3 * 16 - 16);
    CHECK(plain[0].box.width == 8 + 16);
    const auto exponential = decode_rtmdet(answers.levels(kNano), kNano, true);
    REQUIRE(exponential.size() == 1);
    CHECK(exponential[0].box.x == doctest::Approx(5 * 16 - 16 * std::exp(0.5)));
    CHECK(exponential[0].box.height == doctest::Approx(2 * 16 * std::exp(1.0)));
}

TEST_CASE("rtmdet: a picture without people has none") {
    CHECK(decode_rtmdet(nothing().levels(kNano), kNano, false).empty());
}

TEST_CASE("rtmdet: numbers that are none give no box and hide no other") {
    for (const float broken : {kNaN, kInfinity, -kInfinity, 3e38F}) {
        Answers answers = nothing();
        answers.logits[100] = 4.0F;
        answers.distances[402] = broken;  // the right edge of that point
        answers.logits[2000] = broken;
        answers.logits[50] = 1.0F;
        for (const bool exponential : {false, true}) {
            for (const PersonBox& person :
                 decode_rtmdet(answers.levels(kNano), kNano, exponential)) {
                CHECK(std::isfinite(person.box.x + person.box.y + person.box.width));
                CHECK(std::isfinite(person.box.height));
                CHECK(person.box.width > 0);
                CHECK(person.score <= 1.0F);
            }
        }
        const auto found = decode_rtmdet(answers.levels(kNano), kNano, false);
        CHECK(std::any_of(found.begin(), found.end(), [](const PersonBox& person) {
            return person.box.x == 10 * 8 - 8 && person.box.y == 8 - 8;
        }));
    }
    Answers all{.logits = std::vector<float>(2100, kNaN),
                .distances = std::vector<float>(4 * 2100, kNaN)};
    CHECK(decode_rtmdet(all.levels(kNano), kNano, true).empty());
}

TEST_CASE("rtmdet: at most a hundred boxes are left of thousands") {
    Answers answers{.logits = std::vector<float>(2100, 3.0F),
                    .distances = std::vector<float>(4 * 2100, 0.2F)};
    CHECK(decode_rtmdet(answers.levels(kNano), kNano, false).size() == 100);
}

TEST_CASE("rtmdet: an answer of another size is another model's") {
    const Answers answers = nothing();
    CHECK_THROWS_AS(decode_rtmdet(answers.levels(kNano), cv::Size(640, 640), false), ModelError);
}

TEST_CASE("nms: boxes that overlap a better one go and touching ones stay") {
    const std::vector<PersonBox> boxes{{{0, 0, 10, 10}, 0.5F},
                                       {{0, 5, 10, 10}, 0.7F},    // overlaps the first by a third
                                       {{10, 5, 10, 10}, 0.6F},   // touches the second
                                       {{0, 6, 10, 10}, 0.65F}};  // overlaps it by 9 / 11
    const auto scores = [](const std::vector<PersonBox>& kept) {
        std::vector<float> result;
        for (const PersonBox& box : kept) {
            result.push_back(box.score);
        }
        return result;
    };
    CHECK(scores(suppress_overlapping(boxes, 0.6)) == std::vector<float>{0.7F, 0.6F, 0.5F});
    CHECK(scores(suppress_overlapping(boxes, 0.3)) == std::vector<float>{0.7F, 0.6F});
    CHECK(suppress_overlapping({}, 0.3).empty());
    // One pixel more at each box: 11 x 6 of 2 x 121 - 66 are shared instead of a third.
    const std::vector<PersonBox> two(boxes.begin(), boxes.begin() + 2);
    CHECK(suppress_overlapping(two, 0.35).size() == 2);
    CHECK(suppress_overlapping(two, 0.35, 1.0).size() == 1);
}

}  // namespace
}  // namespace closet
