#include "infer/simcc.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "support/doctest_with_torch.h"

#include "core/error.h"
#include "infer/body_crop.h"
#include "infer/rtm_reference.h"

namespace closet {
namespace {

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
