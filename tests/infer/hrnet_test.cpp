#include "infer/top_down/hrnet.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "infer/rtm_reference.h"
#include "support/doctest_with_torch.h"

using namespace closet;

namespace {

constexpr std::size_t kJoints = 17;

std::optional<nlohmann::json> zoo_json(const std::string& name) {
    const auto path = test::shared_file("fixtures/zoo-pose-face/" + name);
    return path ? std::optional(nlohmann::json::parse(std::ifstream(*path))) : std::nullopt;
}

/// Planes of maps as the network gives them: cells of points.
std::vector<float> cells_of(const std::vector<float>& planes, std::size_t points) {
    std::vector<float> cells(planes.size());
    const std::size_t area = planes.size() / points;
    for (std::size_t i = 0; i < planes.size(); ++i) {
        cells[i % area * points + i / area] = planes[i];
    }
    return cells;
}

struct RuleCase {
    HeatmapRule rule;
    const char* heatmap;
    const char* image;
};
constexpr RuleCase kRules[]{{HeatmapRule::kOriginal, "original_heatmap_xy", "original_image_xy"},
                            {HeatmapRule::kMmpose, "mmpose_heatmap_xy", "mmpose_image_xy"}};

}  // namespace

TEST_CASE("hrnet: peaks at borders, ties and negative maps decode by each repository's rule") {
    const auto cases = zoo_json("hrnet_decode_cases.json");
    if (!cases) {
        return;
    }
    const cv::Size cells(cases->at("heatmap_size_wh")[0], cases->at("heatmap_size_wh")[1]);
    const auto& maps = cases->at("cases");
    std::vector<float> planes;
    for (const auto& map : maps) {
        std::vector<float> plane(static_cast<std::size_t>(cells.area()), map.at("fill"));
        for (const auto& peak : map.at("peaks")) {
            plane[peak[1].get<std::size_t>() * static_cast<std::size_t>(cells.width) +
                  peak[0].get<std::size_t>()] = peak[2];
        }
        planes.insert(planes.end(), plane.begin(), plane.end());
    }
    const cv::Matx23d view_from_crop =
        view_from_body_crop({.center = {cases->at("center")[0], cases->at("center")[1]},
                             .side = 200 * cases->at("scale_over_200")[1].get<double>(),
                             .rotation = 0},
                            cells * 4);
    for (const RuleCase& rule : kRules) {
        CAPTURE(rule.heatmap);
        const auto points =
            decode_heatmaps(cells_of(planes, maps.size()), cells, maps.size(), rule.rule);
        REQUIRE(points.size() == maps.size());
        for (std::size_t i = 0; i < points.size(); ++i) {
            CAPTURE(i);
            CHECK(points[i].x == cases->at(rule.heatmap)[i][0].get<float>());
            CHECK(points[i].y == cases->at(rule.heatmap)[i][1].get<float>());
            const auto score = cases->at("scores")[i].get<float>();
            CHECK(points[i].accepted() == (score > 0));
            CHECK(points[i].score == std::max(score, 0.0F));
            const cv::Vec2d place =
                view_from_crop * cv::Vec3d(4.0 * points[i].x, 4.0 * points[i].y, 1.0);
            CHECK(std::abs(place[0] - cases->at(rule.image)[i][0].get<double>()) < 1e-4);
            CHECK(std::abs(place[1] - cases->at(rule.image)[i][1].get<double>()) < 1e-4);
        }
    }
}

TEST_CASE("hrnet: heat maps become the reference's keypoints") {
    const auto expected = zoo_json("hrnet_expected.json");
    if (!expected) {
        return;
    }
    for (const auto& [model, facts] : expected->at("models").items()) {
        CAPTURE(model);
        const auto file = read_checkpoint(
            *test::shared_file("fixtures/zoo-pose-face/" + model + "_expected.safetensors"));
        const cv::Size cells(facts.at("heatmap")[1], facts.at("heatmap")[0]);
        const auto points = decode_heatmaps(cells_of(test::numbers(*file, "heatmap"), kJoints),
                                            cells, kJoints, HeatmapRule::kOriginal);
        const auto& box = facts.at("crops")[0].at("box_xywh");
        const Region region = region_of_body_box(
            {.x = box[0], .y = box[1], .width = box[2], .height = box[3]}, cells * 4);
        const cv::Matx23d view_from_crop = view_from_body_crop(region, cells * 4);
        const auto& wanted = facts.at("decoded");
        for (std::size_t i = 0; i < kJoints; ++i) {
            const cv::Vec2d place =
                view_from_crop * cv::Vec3d(4.0 * points[i].x, 4.0 * points[i].y, 1.0);
            CHECK(std::abs(place[0] - wanted.at("keypoints")[0][i][0].get<double>()) < 1e-3);
            CHECK(std::abs(place[1] - wanted.at("keypoints")[0][i][1].get<double>()) < 1e-3);
            const auto score = wanted.at("scores")[0][i].get<float>();
            CHECK(points[i].score == doctest::Approx(std::max(score, 0.0F)).epsilon(1e-5));
        }
    }
}

TEST_CASE("hrnet: the mirror image's maps come back to their side, one column to the right") {
    const cv::Size cells(4, 1);
    const auto at = [](std::size_t column, std::size_t joint) { return column * kJoints + joint; };
    std::vector<float> maps(4 * kJoints, 0.0F), mirrored(4 * kJoints, 0.0F);
    maps[at(2, 5)] = 2;
    mirrored[at(2, 6)] = 4;  // column 1 before it was mirrored, of the other shoulder
    mirrored[at(3, 0)] = 6;  // column 0, which is held; the nose has no other side
    const auto mean = mean_with_mirrored(maps, mirrored, cells, kJoints);
    CHECK(mean[at(2, 5)] == 3);
    CHECK(mean[at(0, 0)] == 3);
    CHECK(mean[at(1, 0)] == 3);
    CHECK(mean[at(2, 6)] == 0);
    CHECK_THROWS_AS(mean_with_mirrored(maps, {}, cells, kJoints), ModelError);
}

TEST_CASE("hrnet: maps that are no numbers reject their point and no other") {
    const cv::Size cells(3, 2);
    for (const float broken :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        std::vector<float> maps(12, 0.1F);
        maps[3] = broken;  // of the second of two points
        maps[8] = 0.5F;
        const auto points = decode_heatmaps(maps, cells, 2, HeatmapRule::kMmpose);
        CHECK(points[0].accepted());
        CHECK(points[0].x == 1);
        CHECK(points[0].y == 1);
        CHECK_FALSE(points[1].accepted());
    }
    CHECK_THROWS_AS(decode_heatmaps(std::vector<float>(13), cells, 2, HeatmapRule::kMmpose),
                    ModelError);
}
