#include "infer/top_down/rtmpose.h"

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

/// A crop of rtmpose_expected.json.
struct ReferenceCrop {
    std::string image;
    Box box;        ///< picture pixels
    Region region;  ///< as the reference computed it
};
struct ReferenceCrops {
    cv::Size input;
    std::vector<ReferenceCrop> crops;
};

ReferenceCrops crops_of(const nlohmann::json& group) {
    ReferenceCrops result;
    for (const auto& crop : group.at("crops")) {
        result.input = cv::Size(crop.at("input_size")[0], crop.at("input_size")[1]);
        const auto& box = crop.at("bbox_xywh");
        result.crops.push_back(
            {.image = crop.at("image"),
             .box = {box[0].get<float>(), box[1].get<float>(), box[2].get<float>(),
                     box[3].get<float>()},
             .region = {.center = {crop.at("input_center")[0], crop.at("input_center")[1]},
                        .side = crop.at("input_scale")[1],
                        .rotation = 0}});
    }
    return result;
}

TEST_CASE("rtmpose: boxes become the reference's regions and regions its crops") {
    const auto expected = test::rtm_json("rtmpose_expected.json");
    if (!expected) {
        return;
    }
    for (const auto& group : expected->at("boxes")) {
        const ReferenceCrops reference = crops_of(group);
        const auto file = test::rtm_tensors("rtmpose_input_" + group.at("res").get<std::string>() +
                                            ".safetensors");
        for (std::size_t i = 0; i < reference.crops.size(); ++i) {
            const ReferenceCrop& wanted = reference.crops[i];
            CAPTURE(wanted.image);
            const Region region = region_of_body_box(wanted.box, reference.input);
            CHECK(cv::norm(region.center - wanted.region.center) < 1e-4);
            CHECK(std::abs(region.side - wanted.region.side) < 1e-3);
            CHECK(region.rotation == 0.0);

            const auto picture = test::reference_picture("media/coco/" + wanted.image);
            if (!picture) {
                return;
            }
            cv::Mat crop(reference.input, CV_8UC3);
            crop_body(*picture, region, crop);
            const auto off = test::gray_difference(test::with_red_and_blue_exchanged(crop),
                                                   test::picture_of(*file, "crop_bgr_u8", i, true));
            MESSAGE(wanted.image << ": mean " << off.mean << ", largest " << off.largest);
            CHECK(off.mean < 0.4);     // interpolation of two versions of OpenCV: see the
            CHECK(off.largest < 5.5);  // specification, section 4
        }
    }
}

TEST_CASE("rtmpose: pictures are normalized as the reference does") {
    const auto file = test::rtm_tensors("rtmpose_input_256x192.safetensors");
    if (!file) {
        return;
    }
    const cv::Mat rgb =
        test::with_red_and_blue_exchanged(test::picture_of(*file, "crop_bgr_u8", 1, true));
    std::vector<float> values(3 * rgb.total());
    normalize(rgb, imagenet_normalization(), values);
    const std::vector<float> wanted = test::row(*file, "input", 1);  // planes
    float worst = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        worst = std::max(worst, std::abs(values[i] - wanted[i % 3 * rgb.total() + i / 3]));
    }
    CHECK(worst < 1e-6F);
}

TEST_CASE("rtmpose: logits of every size give the reference's keypoints") {
    const auto expected = test::rtm_json("rtmpose_expected.json");
    if (!expected) {
        return;
    }
    for (const auto& [tag, model] : expected->at("models").items()) {
        CAPTURE(tag);
        const bool large = tag.find("384") != std::string::npos;
        const ReferenceCrops reference = crops_of(expected->at("boxes")[large ? 1 : 0]);
        const auto logits = test::rtm_tensors(tag + "_expected.safetensors");
        REQUIRE(reference.crops.size() == model.at("decoded").size());
        for (std::size_t i = 0; i < reference.crops.size(); ++i) {
            const PoseEstimate estimate =
                interpret_simcc(test::row(*logits, "simcc_x", i), test::row(*logits, "simcc_y", i),
                                reference.crops[i].region, reference.input);
            const auto& wanted = model.at("decoded")[i];
            float sum = 0;
            for (std::size_t k = 0; k < estimate.keypoints.size(); ++k) {
                const Keypoint& point = estimate.keypoints[k];
                const auto score = wanted.at("scores")[k].get<float>();
                CHECK(point.score == doctest::Approx(std::clamp(score, 0.0F, 1.0F)).epsilon(1e-5));
                sum += point.score;
                if (score > 0) {
                    CHECK(std::abs(point.x - wanted.at("keypoints")[k][0].get<double>()) < 1e-3);
                    CHECK(std::abs(point.y - wanted.at("keypoints")[k][1].get<double>()) < 1e-3);
                }
            }
            CHECK(estimate.presence == doctest::Approx(sum / 17));
        }
    }
}

/// Logits of 17 points whose peaks lie at the given bins.
struct Logits {
    std::vector<float> x = std::vector<float>(17 * 384, -1.0F);
    std::vector<float> y = std::vector<float>(17 * 512, -1.0F);

    void set(std::size_t point, std::size_t column, std::size_t line, float score) {
        x[point * 384 + column] = score;
        y[point * 512 + line] = score;
    }
};
const cv::Size kInput(192, 256);

TEST_CASE("rtmpose: the next region is that of the box around the keypoints relied on") {
    Logits logits;
    logits.set(0, 160, 100, 0.9F);  // (80, 50)
    logits.set(5, 240, 340, 0.8F);  // (120, 170)
    logits.set(6, 200, 200, 1.7F);  // inside; more than sure
    logits.set(9, 10, 10, 0.2F);    // not relied on
    const Region region{.center = {300, 200}, .side = 512, .rotation = 0};  // two pixels a pixel
    const PoseEstimate estimate = interpret_simcc(logits.x, logits.y, region, kInput);
    CHECK(estimate.keypoints[0].x == 300 + 2 * (80 - 96));
    CHECK(estimate.keypoints[0].y == 200 + 2 * (50 - 128));
    CHECK(estimate.keypoints[6].score == 1.0F);
    CHECK(estimate.presence == doctest::Approx((0.9 + 0.8 + 1.0 + 0.2) / 17));
    // The box is 80 x 240 around (100, 110) of the crop.
    CHECK(estimate.region.center.x == doctest::Approx(300 + 2 * (100 - 96)));
    CHECK(estimate.region.center.y == doctest::Approx(200 + 2 * (110 - 128)));
    CHECK(estimate.region.side == doctest::Approx(240 * 1.25 * 1.25));
    CHECK(estimate.region.rotation == 0.0);
}

TEST_CASE("rtmpose: keypoints that are not there have no score and do not stretch the person") {
    Logits logits;  // nothing above zero
    logits.x[3 * 384] = std::numeric_limits<float>::quiet_NaN();
    logits.y[4 * 512] = std::numeric_limits<float>::infinity();
    const Region region{.center = {300, 200}, .side = 100, .rotation = 0};
    const PoseEstimate estimate = interpret_simcc(logits.x, logits.y, region, kInput);
    CHECK(estimate.presence == 0.0F);
    CHECK(difference(estimate.region, region).shift == 0.0);
    CHECK(difference(estimate.region, region).zoom == 0.0);
    for (const Keypoint& point : estimate.keypoints) {
        CHECK(point.score == 0.0F);
        CHECK(point.x == 300.0F);
        CHECK(point.y == 200.0F);
    }
    CHECK_THROWS_AS(interpret_simcc(logits.x, logits.x, region, kInput), ModelError);
}

TEST_CASE("rtmpose: of a larger skeleton the keypoints of COCO are read") {
    Logits body;
    body.set(0, 160, 100, 0.9F);
    body.set(16, 240, 340, 0.8F);
    Logits with_feet = body;
    with_feet.x.resize(26 * 384, -1.0F);
    with_feet.y.resize(26 * 512, -1.0F);
    with_feet.set(25, 10, 500, 1.0F);
    const Region region{.center = {300, 200}, .side = 512, .rotation = 0};
    const PoseEstimate expected = interpret_simcc(body.x, body.y, region, kInput);
    const PoseEstimate found = interpret_simcc(with_feet.x, with_feet.y, region, kInput);
    REQUIRE(found.keypoints.size() == 17);
    CHECK(found.presence == expected.presence);
    CHECK(found.region.side == expected.region.side);
    CHECK(found.keypoints[16].x == expected.keypoints[16].x);
    with_feet.x.pop_back();
    CHECK_THROWS_AS(interpret_simcc(with_feet.x, with_feet.y, region, kInput), ModelError);
}

TEST_CASE("rtmpose: a turned region is cropped upright and maps back") {
    cv::Mat picture(400, 400, CV_8UC3, cv::Scalar::all(0));
    cv::circle(picture, {260, 150}, 4, cv::Scalar::all(255), cv::FILLED);
    const Region region{.center = {200, 200}, .side = 256, .rotation = 0.5};
    cv::Mat crop(kInput, CV_8UC3);
    crop_body(picture, region, crop);
    cv::Mat gray;
    cv::extractChannel(crop, gray, 0);
    const cv::Moments moments = cv::moments(gray);
    REQUIRE(moments.m00 > 0);
    const cv::Vec2d place = view_from_body_crop(region, kInput) *
                            cv::Vec3d(moments.m10 / moments.m00, moments.m01 / moments.m00, 1.0);
    CHECK(std::abs(place[0] - 260) < 0.1);
    CHECK(std::abs(place[1] - 150) < 0.1);
}

/// The bins of one axis as simcc_decode_cases.json writes them: "*" stands for all of them.
std::vector<float> bins(const nlohmann::json& peaks, std::size_t count, float fill) {
    std::vector<float> values(count, fill);
    for (const auto& [at, value] : peaks.items()) {
        if (at == "*") {
            values.assign(count, value.get<float>());
        } else {
            values.at(std::stoul(at)) = value.get<float>();
        }
    }
    return values;
}

TEST_CASE("simcc: ties and rejected points and both ends decode as the reference has them") {
    const auto cases = test::rtm_json("simcc_decode_cases.json");
    if (!cases) {
        return;
    }
    const cv::Size input(cases->at("input_size")[0], cases->at("input_size")[1]);
    const auto fill = cases->at("fill").get<float>();
    std::vector<float> x, y;
    for (const auto& peak : cases->at("peaks")) {
        const auto columns = bins(peak.at("x"), static_cast<std::size_t>(2 * input.width), fill);
        const auto rows = bins(peak.at("y"), static_cast<std::size_t>(2 * input.height), fill);
        x.insert(x.end(), columns.begin(), columns.end());
        y.insert(y.end(), rows.begin(), rows.end());
    }
    const auto points = decode_simcc(x, y, cases->at("peaks").size());
    const Region region{.center = {cases->at("center")[0], cases->at("center")[1]},
                        .side = cases->at("scale")[1],
                        .rotation = 0};
    const cv::Matx23d view_from_crop = view_from_body_crop(region, input);
    for (std::size_t i = 0; i < points.size(); ++i) {
        CAPTURE(i);
        CHECK(points[i].x == cases->at("keypoints_input_px")[i][0].get<float>());
        CHECK(points[i].y == cases->at("keypoints_input_px")[i][1].get<float>());
        CHECK(points[i].score == cases->at("scores")[i].get<float>());
        CHECK(points[i].accepted() == (cases->at("scores")[i].get<float>() > 0));
        const cv::Vec2d place = view_from_crop * cv::Vec3d(points[i].x, points[i].y, 1.0);
        CHECK(std::abs(place[0] - cases->at("keypoints_image_px")[i][0].get<double>()) < 1e-6);
        CHECK(std::abs(place[1] - cases->at("keypoints_image_px")[i][1].get<double>()) < 1e-6);
    }
}

TEST_CASE("simcc: logits that are no numbers reject their point and no other") {
    constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
    constexpr float infinity = std::numeric_limits<float>::infinity();
    for (const float broken : {not_a_number, infinity, -infinity}) {
        std::vector<float> x(3 * 8, 0.1F), y(3 * 6, 0.1F);
        x[8 + 5] = broken;
        y[2 * 6 + 3] = 0.4F;
        const auto points = decode_simcc(x, y, 3);
        CHECK(points[0].accepted());
        CHECK_FALSE(points[1].accepted());
        CHECK(points[1].score == 0.0F);
        CHECK(points[1].x == -0.5F);
        CHECK(points[1].y == -0.5F);
        CHECK(points[2].y == 1.5F);
    }
}

TEST_CASE("simcc: values that are no whole rows are another model's") {
    const std::vector<float> ten(10), six(6);
    CHECK_THROWS_AS(decode_simcc(ten, six, 3), ModelError);
    CHECK_THROWS_AS(decode_simcc(six, ten, 3), ModelError);
    CHECK_THROWS_AS(decode_simcc({}, six, 3), ModelError);
    CHECK_THROWS_AS(decode_simcc(six, six, 0), ModelError);
}

}  // namespace
}  // namespace closet
