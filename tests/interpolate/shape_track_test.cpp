#include <cmath>
#include <random>

#include <doctest/doctest.h>

#include "body/figure.h"
#include "interpolate/people.h"
#include "interpolate/shapes.h"
#include "poses/pose_file.h"
#include "support/temporary_folder.h"

using namespace closet;
using namespace closet::test;

namespace {

/// 60 frames a second, every second one a key frame.
Clip clip_of(int frames, const std::function<std::vector<Pose>(double)>& people) {
    return Clip().add(frames, 16, 2, people);
}

float top(const Pose& pose) {
    return pose.shape ? pose.shape->top[4].value : -1.0F;
}

}  // namespace

TEST_CASE("every frame of a constant shape has exactly that shape") {
    const Run run = interpolate(clip_of(
        80, [](double) { return std::vector{with_shape(figure(500, 500), varied_shape())}; }));
    for (std::size_t i = 0; i < 79; ++i) {
        CAPTURE(i);
        REQUIRE(run.pose(i).shape);
        CHECK(same_shape(*run.pose(i).shape, rounded(varied_shape())));
    }
}

TEST_CASE("key frames without an outline take nothing from those that have one") {
    int key = 0;
    const Run run = interpolate(Clip().add(80, 33, 1, [&](double) {
        const Pose pose = figure(500, 500);
        return std::vector{key++ % 3 == 0 ? with_shape(pose, varied_shape()) : pose};
    }));
    for (std::size_t i = 0; i < 80; ++i) {
        CAPTURE(i);
        REQUIRE(run.pose(i).shape);
        CHECK(same_shape(*run.pose(i).shape, rounded(varied_shape())));
    }
}

TEST_CASE("a shape that changes steadily is not late on key frames and between them") {
    const Run run = interpolate(clip_of(121, [](double t) {
        return std::vector{
            with_shape(figure(500, 500), uniform_shape(static_cast<float>(0.4 + 0.1 * t)))};
    }));
    for (std::size_t i = 0; i < run.frames.size(); ++i) {
        CAPTURE(i);
        const double t = static_cast<double>(i) * 0.016;
        CHECK(std::abs(top(run.pose(i)) - (0.4 + 0.1 * t)) < 0.00045);  // two roundings
    }
}

TEST_CASE("a chest in profile stays where it is when the shoulders pass each other") {
    // Half widths 0.5 towards picture-right, where the chest is, and 0.3 behind.
    const Run run = interpolate(clip_of(80, [](double t) {
        Pose pose = figure(500, 500);
        const bool crossed = t > 0.65;
        for (const auto& [left, right] : side_pairs(pose.skeleton)) {
            Keypoint &a = pose.keypoints[left], &b = pose.keypoints[right];
            const auto x = static_cast<float>(500 + 20 * (0.65 - t));
            a.x = x;
            b.x = 1000 - x;
        }
        BodyShape shape = uniform_shape(0.3F);
        shape.half_width[crossed ? 1 : 0].fill({0.5F, 1});
        for (std::size_t i = 0; i < BodyShape::kTops; ++i) {
            const bool in_front = (BodyShape::top_position(i) > 0) != crossed;
            shape.top[i] = {in_front ? 0.2F : 0.1F, 1};
        }
        return std::vector{with_shape(pose, shape)};
    }));
    for (std::size_t i = 0; i < 79; ++i) {
        CAPTURE(i);
        const Pose pose = run.pose(i);
        REQUIRE(pose.shape);
        const bool crossed = pose.at(Joint::kLeftShoulder).x < pose.at(Joint::kRightShoulder).x;
        CHECK(pose.shape->half_width[crossed ? 1 : 0][20].value == doctest::Approx(0.5));
        CHECK(pose.shape->half_width[crossed ? 0 : 1][20].value == doctest::Approx(0.3));
        CHECK(pose.shape->top[crossed ? 2 : 10].value == doctest::Approx(0.2));
        CHECK(pose.shape->arm[0].outer[3].value == doctest::Approx(0.3));
    }
}

TEST_CASE("shapes do not mix over a cut nor between people") {
    Clip clip = clip_of(40, [](double) {
        return std::vector{with_shape(figure(300, 500), uniform_shape(0.3F)),
                           with_shape(figure(900, 500), uniform_shape(0.9F))};
    });
    clip.add(40, 16, 2, [](double) {
        return std::vector{with_shape(figure(300, 500), uniform_shape(0.5F)),
                           with_shape(figure(900, 500), uniform_shape(0.7F))};
    });
    clip.steps[40].scene_start = true;
    InterpolateOptions options;
    options.person = parse_person("all");
    const Run run = interpolate(clip, options);
    for (std::size_t i = 0; i < 80; ++i) {
        CAPTURE(i);
        REQUIRE(run.frames[i].poses.size() == 2);
        for (const Pose& pose : run.frames[i].poses) {
            const bool left = pose.keypoints[0].x < 600;
            CHECK(top(pose) == (i < 40 ? (left ? 0.3F : 0.9F) : (left ? 0.5F : 0.7F)));
        }
    }
}

TEST_CASE("held frames keep the last shape and key frames whose mask shows nobody are bridged") {
    Clip clip = clip_of(40, [](double t) {
        Pose pose = figure(500, 500);
        if (t < 0.3 || t > 0.4) {
            return std::vector{with_shape(pose, uniform_shape(0.5F))};
        }
        pose.mask = std::make_shared<PersonMask>(
            PersonMask{cv::Mat::zeros(64, 64, CV_8UC1), {0.064, 0, 0, 0, 0.064, 0}});
        return std::vector{pose};
    });
    clip.add(8, 16, 100,
             [](double) { return std::vector{with_shape(figure(500, 500), uniform_shape(0.5F))}; });
    clip.steps[40].is_key = false;
    const Run run = interpolate(clip);
    for (std::size_t i = 0; i < 48; ++i) {
        CAPTURE(i);
        REQUIRE(run.has_pose(i));
        CHECK(top(run.pose(i)) == 0.5F);
    }
    CHECK(run.pose(45).origin == PoseOrigin::kHeld);
    CHECK(run.pose(22).shape->top[4].certainty < 1);
}

TEST_CASE("poses without masks and shapes have no shape and wait no longer") {
    const auto plain = [](double) { return std::vector{figure(500, 500)}; };
    const auto shaped = [](double) {
        return std::vector{with_shape(figure(500, 500), uniform_shape(0.5F))};
    };
    const Run without = interpolate(clip_of(200, plain));
    const Run with = interpolate(clip_of(200, shaped));
    MESSAGE("frames held back without shapes " << without.most_held << " and with "
                                               << with.most_held);
    CHECK(without.pose(100).shape == nullptr);
    CHECK(without.most_held <= 28);
    CHECK(with.most_held > without.most_held);
    CHECK(with.most_held <= 36);
}

TEST_CASE("with key frames 0.1 s apart shapes come no later than keypoints") {
    const auto held = [](bool shaped) {
        return interpolate(Clip().add(200, 16, 6,
                                      [&](double) {
                                          const Pose pose = figure(500, 500);
                                          return std::vector{
                                              shaped ? with_shape(pose, uniform_shape(0.5F))
                                                     : pose};
                                      }))
            .most_held;
    };
    CHECK(held(false) <= 42);
    CHECK(held(true) == held(false));
}

TEST_CASE("how batches are cut does not change a shape") {
    std::mt19937 random(8);
    std::normal_distribution<float> noise(0, 0.02F);
    const Clip clip = clip_of(120, [&](double) {
        return std::vector{with_shape(figure(500, 500), varied_shape(noise(random)))};
    });
    const Run one = interpolate(clip, {}, 1);
    const Run many = interpolate(clip, {}, 9);
    for (std::size_t i = 0; i < 119; ++i) {
        REQUIRE(one.pose(i).shape);
        CHECK(same_shape(*one.pose(i).shape, *many.pose(i).shape));
    }
}

TEST_CASE("what is measured in masks is steady although keypoints shake") {
    // The keypoints shake against the mask; the widths that are measured do not.
    const Pose drawn = draw(Figure{});
    std::mt19937 random(9);
    std::normal_distribution<float> noise(0, 1.5F);
    const Run run = interpolate(clip_of(60, [&](double) {
        Pose pose = drawn;
        for (Keypoint& point : pose.keypoints) {
            point.x += noise(random);
            point.y += noise(random);
        }
        return std::vector{pose};
    }));
    const Figure figure;
    double change = 0;
    for (std::size_t i = 11; i < 50; ++i) {
        REQUIRE(run.pose(i).shape);
        const Measure& left = run.pose(i).shape->half_width[0][row_at(1)];
        const Measure& earlier = run.pose(i - 1).shape->half_width[0][row_at(1)];
        CHECK(left.certainty > 0.95F);
        CHECK(std::abs(left.value - figure.half_width(Side::kLeft, 1)) < 0.02);
        change += std::abs(left.value - earlier.value);
    }
    CHECK(change / 39 < 0.003);
}

TEST_CASE("silhouettes know the picture's borders and that it is upright") {
    // The right side beyond the picture's border, with neither head nor hips seen.
    const auto shape_at = [&](cv::Point2d at, double degrees) {
        Pose drawn = draw(Figure{}, {.degrees = degrees, .scale = 1, .at = at});
        for (const Joint joint : {Joint::kNose, Joint::kLeftEye, Joint::kRightEye, Joint::kLeftEar,
                                  Joint::kRightEar, Joint::kLeftHip, Joint::kRightHip}) {
            drawn.at(joint).score = 0.05F;
        }
        Interpolate stage;
        BodyShape shape;
        const Emit<PosedFrame> emit = [&](PosedFrame posed) {
            REQUIRE(posed.poses.size() == 1);
            REQUIRE(posed.poses[0].shape);
            shape = *posed.poses[0].shape;
            return true;
        };
        PosedBatch batch;
        batch.frames.push_back(make_frame(0, 0));
        batch.keys.push_back({0, {drawn}});
        stage.process(std::move(batch), emit);
        stage.flush(emit);
        return shape;
    };
    const BodyShape upright = shape_at({30, 500}, 0);
    CHECK(upright.half_width[0][row_at(1)].certainty == 1);
    CHECK(std::abs(upright.half_width[0][row_at(1)].value - Figure{}.half_width(Side::kLeft, 1)) <
          0.01);
    CHECK(upright.half_width[1][row_at(1)].certainty == 0);
    // With the wrong end up that row lies in the head.
    CHECK(shape_at({1890, 500}, 180).half_width[0][row_at(1)].value <
          Figure{}.half_width(Side::kLeft, 1) - 0.1);
}

TEST_CASE("a clip dressed from a pose file has the very same shapes") {
    std::mt19937 random(10);
    std::normal_distribution<float> noise(0, 0.05F);
    const Run run = interpolate(clip_of(50, [&](double) {
        return std::vector{with_shape(figure(500, 500), varied_shape(noise(random)))};
    }));
    const TemporaryFolder folder;
    const auto path = folder.path() / "poses.jsonl";
    PoseWriter writer(path, {});
    const Emit<PosedFrame> ignore = [](PosedFrame) { return true; };
    for (const PosedFrame& posed : run.frames) {
        writer.process({make_frame(posed.frame.index, posed.frame.pts), posed.poses}, ignore);
    }
    writer.flush(ignore);
    writer.file().publish();
    PoseReader reader(path);
    for (std::size_t i = 0; i < 49; ++i) {
        const auto frame = reader.next();
        REQUIRE(frame);
        REQUIRE(frame->poses.size() == 1);
        REQUIRE(frame->poses[0].shape);
        CHECK(same_shape(*frame->poses[0].shape, *run.pose(i).shape));
        CHECK(same_keypoints(frame->poses[0], run.pose(i)));
    }
}
