#include "bench/quality/oks.h"

#include <cmath>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "people.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

using namespace closet;
using namespace closet::bench;
using closet::test::upright;

namespace {

LabeledPerson label_of(const Pose& pose, double area) {
    LabeledPerson person;
    for (int i = 0; i < kJointCount; ++i) {
        const Keypoint& point = pose.at(static_cast<Joint>(i));
        person.points.at(static_cast<std::size_t>(i)) = {point.x, point.y, true};
    }
    person.area = area;
    return person;
}

std::string write(const test::TemporaryFolder& folder, const std::string& text) {
    const std::string path = folder / "labels.json";
    std::ofstream(path) << text;
    return path;
}

std::string one_person(const std::string& keypoints, const std::string& area = "100") {
    return R"({"images": [{"id": 5}], "annotations": [{"image_id": 5, "area": )" + area +
           R"(, "keypoints": )" + keypoints + "}]}";
}

std::string numbers(int count) {
    std::string text = "[1";
    for (int i = 1; i < count; ++i) {
        text += ",2";
    }
    return text + "]";
}

}  // namespace

TEST_CASE("oks is the mean of Gaussians with COCO's widths") {
    Pose pose = upright(100, 100);
    LabeledPerson label = label_of(pose, 10000);
    CHECK(oks(label, pose) == 1);
    // The nose alone: sigma 0.026, so exp(-d^2 / (2 * area * 0.052^2)) with d = 5.2 is exp(-0.5).
    for (auto& point : label.points) {
        point.labeled = false;
    }
    label.points[0].labeled = true;
    pose.at(Joint::kNose).x += 5.2F;
    CHECK(oks(label, pose) == doctest::Approx(std::exp(-0.5)));
    // A hip (sigma 0.107) beside it.
    label.points[11].labeled = true;
    pose.at(Joint::kLeftHip).y += 21.4F;
    CHECK(oks(label, pose) == doctest::Approx(std::exp(-0.5)));
    pose.at(Joint::kLeftHip).y += 1e4F;
    CHECK(oks(label, pose) == doctest::Approx(std::exp(-0.5) / 2));
}

TEST_CASE("an overlooked person counts as 0 and a pose serves one person") {
    const Pose a = upright(100, 100), b = upright(500, 100);
    const ClipLabels labels{{0, {label_of(a, 1e4), label_of(b, 1e4)}}, {2, {}}};
    CHECK(compare_with_labels(labels, {{b}, {a}, {a}}).mean() == doctest::Approx(0.5));
    CHECK(compare_with_labels(labels, {{b, a}, {}, {}}).mean() == doctest::Approx(1));
}

TEST_CASE("images are frames by their index or else in the order of their ids") {
    const test::TemporaryFolder folder;
    const std::string named =
        R"({"images": [{"id": 9, "frame_index": 3}, {"id": 4, "frame_index": 8}],
        "annotations": []})";
    CHECK(read_labels(write(folder, named)).contains(8));
    const ClipLabels labels = read_labels(write(folder, one_person(numbers(51))));
    REQUIRE(labels.size() == 1);
    CHECK(labels.at(0).size() == 1);
    CHECK(labels.at(0)[0].points[1].x == 2);
}

TEST_CASE("files that are no labels are refused in one sentence") {
    const test::TemporaryFolder folder;
    const auto why = [&](const std::string& text) {
        std::string message = "nothing was refused";
        try {
            read_labels(write(folder, text));
        } catch (const ConfigError& error) {
            message = error.what();
        }
        CHECK(message.starts_with("--labels "));
        return message;
    };
    CHECK(why(one_person(numbers(50))).find("50 numbers") != std::string::npos);
    CHECK(why(one_person(numbers(51), "0")).find("no area") != std::string::npos);
    CHECK(why(one_person("\"x\"")).find("labels.json") != std::string::npos);
    why("");
    why("[]");
    why("{");
    why(R"({"images": [], "annotations": [{"image_id": 1, "keypoints": [], "area": 1}]})");
    why(std::string(200000, '['));
    CHECK_THROWS_AS(read_labels(folder / "absent.json"), ConfigError);
}

TEST_CASE("COCO's own annotations are read") {
    const auto path = test::shared_file("media/coco/annotations.json");
    if (!path) {
        return;
    }
    const ClipLabels labels = read_labels(*path);
    CHECK(labels.size() == 4);
    std::size_t people = 0;
    for (const auto& [frame, list] : labels) {
        people += list.size();
    }
    CHECK(people > 0);
    CHECK(people <= 14);
}
