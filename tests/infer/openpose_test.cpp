#include "infer/openpose/openpose.h"

#include <cmath>
#include <string>
#include <vector>

#include "core/error.h"
#include "infer/rtm_reference.h"
#include "support/doctest_with_torch.h"

using namespace closet;

namespace {

std::optional<std::filesystem::path> pose_file(const std::string& name) {
    return test::shared_file("fixtures/zoo-pose-face/" + name);
}

/// Maps of a case of the reference data, as the network gives them.
struct Maps {
    std::vector<float> heat, directions;
    cv::Size cells;
};

std::vector<float> channels_last(const Checkpoint& file, const std::string& key) {
    const std::vector<float> planes = test::numbers(file, key);
    const auto channels = static_cast<std::size_t>(file.find(key)->shape.at(0));
    const std::size_t area = planes.size() / channels;
    std::vector<float> cells(planes.size());
    for (std::size_t i = 0; i < planes.size(); ++i) {
        cells[i % area * channels + i / area] = planes[i];
    }
    return cells;
}

/// A network that says the same of every picture: one person, or nobody.
class FixedRunner : public NetworkRunner {
  public:
    explicit FixedRunner(const Maps& maps, int& runs) : maps_(maps), runs_(runs) {}
    void run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
             const WantsLastOutput&, std::span<const Crop>) override {
        for (std::size_t i = 0; i < count; ++i) {
            cv::Mat input(maps_.cells * 8, CV_8UC3);
            fill(i, input);
            const std::array<std::span<const float>, 2> outputs{maps_.directions, maps_.heat};
            take(i, outputs);
            ++runs_;
        }
    }

  private:
    const Maps& maps_;
    int& runs_;
};

Maps maps_of(const Checkpoint& file, const std::string& name) {
    const auto& shape = file.find(name + ".heat")->shape;
    return {.heat = channels_last(file, name + ".heat"),
            .directions = channels_last(file, name + ".paf"),
            .cells = cv::Size(static_cast<int>(shape.at(2)), static_cast<int>(shape.at(1)))};
}

void check_person(const OpenPosePeople& all, const OpenPosePerson& person,
                  const nlohmann::json& row) {
    for (std::size_t i = 0; i < kOpenPoseKeypoints; ++i) {
        CHECK(person.peaks[i] == row[i].get<int>());
    }
    CHECK(person.total == doctest::Approx(row[kOpenPoseKeypoints].get<double>()).epsilon(1e-5));
    CHECK(person.parts == row[kOpenPoseKeypoints + 1].get<int>());
    CHECK(all.peaks.size() > 0);
}

}  // namespace

TEST_CASE("openpose: maps become the reference's people") {
    const auto path = pose_file("openpose_body_expected.json");
    if (!path) {
        return;
    }
    const auto expected = nlohmann::json::parse(std::ifstream(*path)).at("grouping");
    const auto file = read_checkpoint(*pose_file("openpose_grouping_input.safetensors"));
    for (const auto& [name, wanted] : expected.items()) {
        CAPTURE(name);
        if (file->find(name + ".heat") == nullptr) {
            CHECK(name == "empty");
            continue;
        }
        const Maps maps = maps_of(*file, name);
        const cv::Size picture(wanted.at("image_hw")[1], wanted.at("image_hw")[0]);
        const OpenPoseView view = openpose_view(picture);
        CHECK(view.input == maps.cells * 8);
        const OpenPosePeople found = group_people({.heat = maps.heat,
                                                   .directions = maps.directions,
                                                   .cells = maps.cells,
                                                   .seen = view.seen,
                                                   .picture = picture});
        const auto& peaks = wanted.at("candidate_x_y_score_id");
        REQUIRE(found.peaks.size() == peaks.size());
        for (std::size_t i = 0; i < peaks.size(); ++i) {
            CAPTURE(i);
            CHECK(found.peaks[i].x == peaks[i][0].get<int>());
            CHECK(found.peaks[i].y == peaks[i][1].get<int>());
            CHECK(std::abs(found.peaks[i].score - peaks[i][2].get<double>()) < 1e-4);
        }
        REQUIRE(found.people.size() == wanted.at("subset").size());
        for (std::size_t i = 0; i < found.people.size(); ++i) {
            check_person(found, found.people[i], wanted.at("subset")[i]);
            const auto keypoints = coco_keypoints(found, found.people[i]);
            const auto& coco = wanted.at("coco17_x_y_score")[i];
            REQUIRE(keypoints.size() == coco.size());
            for (std::size_t k = 0; k < keypoints.size(); ++k) {
                CHECK(std::abs(keypoints[k].score - std::min(coco[k][2].get<double>(), 1.0)) <
                      1e-4);
                if (keypoints[k].score > 0) {
                    CHECK(keypoints[k].x == coco[k][0].get<float>());
                    CHECK(keypoints[k].y == coco[k][1].get<float>());
                }
            }
        }
    }
}

TEST_CASE("openpose: pictures become what the reference's network sees") {
    const auto path = pose_file("openpose_body_input.safetensors");
    if (!path) {
        return;
    }
    const auto file = read_checkpoint(*path);
    const std::vector<float> bytes = test::numbers(*file, "picture_u8_bgr_hwc");
    cv::Mat rgb(199, 150, CV_8UC3);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::size_t pixel = i / 3, channel = i % 3;
        rgb.ptr<std::uint8_t>()[pixel * 3 + 2 - channel] = static_cast<std::uint8_t>(bytes[i]);
    }
    const OpenPoseView view = openpose_view(rgb.size());
    CHECK(view.seen == cv::Size(139, 184));
    CHECK(view.input == cv::Size(144, 184));
    cv::Mat input(view.input, CV_8UC3);
    show_openpose(rgb, input);
    const std::vector<float> rows = test::numbers(*file, "picture_net_input_rows_80_88");
    double worst = 0;
    for (int y = 0; y < 8; ++y) {
        for (int x = 0; x < view.input.width; ++x) {
            for (int c = 0; c < 3; ++c) {
                const double ours = input.at<cv::Vec3b>(80 + y, x)[c] / 256.0 - 0.5;
                worst = std::max(
                    worst, std::abs(ours - rows[static_cast<std::size_t>((c * 8 + y) * 144 + x)]));
            }
        }
    }
    CHECK(worst <= 1.01 / 256);  // a gray level: OpenCV's versions round differently
}

TEST_CASE("openpose: everybody is found in one look, and asked for one by one without another") {
    const auto path = pose_file("openpose_grouping_input.safetensors");
    if (!path) {
        return;
    }
    const auto file = read_checkpoint(*path);
    const Maps maps = maps_of(*file, "three_apart");
    int runs = 0;
    OpenPose model([&](cv::Size) { return std::make_unique<FixedRunner>(maps, runs); });
    const cv::Mat picture(368, 640, CV_8UC3, cv::Scalar(1, 2, 3));
    const cv::Mat other(368, 640, CV_8UC3, cv::Scalar(1, 2, 4));
    const auto people = model.find(std::vector{picture}).at(0);
    REQUIRE(people.size() == 3);
    CHECK(people[0].side >= people[1].side);
    CHECK(runs == 1);
    const auto estimates = model.estimate(std::vector<PoseInput>{
        {.picture = &picture, .region = people[2]},
        {.picture = &picture, .region = people[0]},
        {.picture = &picture, .region = {.center = {5, 5}, .side = 4, .rotation = 0}}});
    CHECK(runs == 1);
    CHECK(estimates[0].presence > 0.5F);
    CHECK(estimates[0].region.center.x == people[2].center.x);
    CHECK(estimates[1].region.center.x == people[0].center.x);
    CHECK(estimates[2].presence == 0);
    CHECK(estimates[2].keypoints.size() == 17);
    model.find(std::vector{other, picture});
    CHECK(runs == 2);
}

TEST_CASE("openpose: maps of other sizes and values that are no numbers are harmless") {
    const OpenPoseMaps wrong{
        .heat = {}, .directions = {}, .cells = {4, 4}, .seen = {32, 32}, .picture = {64, 64}};
    CHECK_THROWS_AS(group_people(wrong), ModelError);
    const std::vector<float> heat(16 * 19, std::numeric_limits<float>::quiet_NaN());
    const std::vector<float> directions(16 * 38, std::numeric_limits<float>::infinity());
    OpenPoseMaps maps{.heat = heat,
                      .directions = directions,
                      .cells = {4, 4},
                      .seen = {32, 32},
                      .picture = {64, 64}};
    CHECK(group_people(maps).people.empty());
    maps.seen = {40, 32};
    CHECK_THROWS_AS(group_people(maps), ModelError);
}
