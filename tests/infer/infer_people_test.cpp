#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "support/doctest_with_torch.h"

#include "core/error.h"
#include "infer/fake_people.h"
#include "infer/infer.h"

namespace closet {
namespace {

using test::BlobDetector;
using test::BlobPoseModel;
using test::Scene;

/// Two people, the right one larger, who are seen by the networks in every frame.
Scene two(int) {
    return {{1, {200, 180}, 100}, {2, {450, 180}, 140}};
}

/// Every frame a key frame, 25 a second; views are half as large as the frames.
FrameBatch make_batch(int first, int count) {
    FrameBatch batch;
    for (int i = first; i < first + count; ++i) {
        Frame frame;
        frame.index = i;
        frame.pts = i;
        frame.time_base = {1, 25};
        frame.scene_start = i == 0;
        batch.keys.push_back(
            {batch.frames.size(), View{test::draw(two(i), i), cv::Matx23d(2, 0, 0, 0, 2, 0)}});
        batch.frames.push_back(std::move(frame));
    }
    return batch;
}

InferOptions following(int max_people) {
    InferOptions options;
    options.max_people = max_people;
    return options;
}

/// The poses of 40 frames in batches of 5.
std::vector<std::vector<Pose>> poses_of(Infer& infer) {
    std::vector<std::vector<Pose>> poses;
    for (int batch = 0; batch < 8; ++batch) {
        infer.process(make_batch(5 * batch, 5), [&](PosedBatch posed) {
            for (auto& key : posed.keys) {
                poses.push_back(std::move(key.poses));
            }
            return true;
        });
    }
    return poses;
}

TEST_CASE("infer: poses of several people are in the order of their numbers") {
    for (const bool has_detector : {true, false}) {
        const auto detector = has_detector ? std::make_shared<BlobDetector>() : nullptr;
        Infer infer(std::make_shared<BlobPoseModel>(), detector, following(5));
        const auto poses = poses_of(infer);
        REQUIRE(poses.size() == 40);
        for (const auto& people : poses) {
            REQUIRE(people.size() == 2);
            CHECK(people[0].person_id == 0);
            CHECK(people[1].person_id == 1);
            CHECK(std::abs(people[0].at(Joint::kNose).x - 2 * 450) < 6);
            CHECK(std::abs(people[1].at(Joint::kNose).x - 2 * 200) < 6);
        }
        CHECK(infer.key_frames() == 40);
    }
}

TEST_CASE("infer: with a detector a single person is followed too") {
    const auto detector = std::make_shared<BlobDetector>();
    Infer infer(std::make_shared<BlobPoseModel>(), detector, following(1));
    for (const auto& people : poses_of(infer)) {
        REQUIRE(people.size() == 1);
        CHECK(std::abs(people[0].at(Joint::kNose).x - 2 * 450) < 6);
    }
    CHECK(detector->calls > 0);
}

TEST_CASE("infer: settings of several people out of range are refused by the flag's name") {
    const auto with = [](auto change) {
        InferOptions options;
        options.device = "cpu";
        change(options);
        return options;
    };
    CHECK_NOTHROW(validate(with([](InferOptions& o) { o.max_people = 100; })));
    CHECK_THROWS_WITH_AS(validate(with([](InferOptions& o) { o.max_people = 0; })),
                         doctest::Contains("--max-people 0"), ConfigError);
    CHECK_THROWS_WITH_AS(validate(with([](InferOptions& o) { o.detect_every_s = -1; })),
                         doctest::Contains("--detect-every"), ConfigError);
    CHECK_THROWS_WITH_AS(validate(with([](InferOptions& o) { o.detector = "yolo"; })),
                         doctest::Contains("--detector yolo"), ConfigError);
}

}  // namespace
}  // namespace closet
