#include "interpolate/interpolate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"
#include "interpolate/people.h"

using namespace closet;
using namespace closet::test;

static_assert(Stage<Interpolate>);

namespace {

/// Checks that every frame came back once, in order, and with its own time.
void check_order(const Run& run, const Clip& clip) {
    REQUIRE(run.frames.size() == clip.steps.size());
    for (std::size_t i = 0; i < run.frames.size(); ++i) {
        CHECK(run.frames[i].frame.index == static_cast<std::int64_t>(i));
        CHECK(run.frames[i].frame.pts == clip.steps[i].milliseconds);
    }
}

/// A person on a circle of 60 px, once in 1.5 s: about the acceleration of a swinging arm.
Pose on_circle(double t) {
    const double angle = 2 * std::numbers::pi * t / 1.5;
    return figure(600 + 60 * std::cos(angle), 500 + 60 * std::sin(angle));
}

Pose uniform(double t) {
    return figure(300 + 240 * t, 500 - 30 * t);
}

double worst_error(const Run& run, const Clip& clip, Pose (*truth)(double), std::size_t from,
                   std::size_t to) {
    double worst = 0;
    for (std::size_t i = from; i < to; ++i) {
        REQUIRE(run.has_pose(i));
        const Pose expected = truth(static_cast<double>(clip.steps[i].milliseconds) / 1000.0);
        for (std::size_t k = 0; k < expected.keypoints.size(); ++k) {
            worst = std::max(worst, distance(run.pose(i).keypoints[k], expected.keypoints[k]));
        }
    }
    return worst;
}

}  // namespace

TEST_CASE("a person at rest gets exactly the measured pose in every frame") {
    Clip clip;
    clip.add(61, 17, 4, [](double) { return std::vector{figure(500.3, 400.7)}; });
    const Run run = interpolate(clip);
    check_order(run, clip);
    const Pose expected = figure(500.3, 400.7);
    for (std::size_t i = 0; i < run.frames.size(); ++i) {
        REQUIRE(run.has_pose(i));
        CHECK(same_keypoints(run.pose(i), expected));
        CHECK(run.pose(i).origin ==
              (i % 4 == 0 ? PoseOrigin::kMeasured : PoseOrigin::kInterpolated));
    }
}

TEST_CASE("uniform motion is followed in every frame to a hundredth of a pixel") {
    Clip clip;
    clip.add(121, 17, 4, [](double t) { return std::vector{uniform(t)}; });
    CHECK(worst_error(interpolate(clip), clip, uniform, 0, 121) < 0.01);
}

TEST_CASE("motion on a circle is followed within one and a half percent of the trunk") {
    Clip clip;
    clip.add(181, 17, 3, [](double t) { return std::vector{on_circle(t)}; });
    const double raw = worst_error(interpolate(clip, unsmoothed()), clip, on_circle, 6, 175);
    const double smoothed = worst_error(interpolate(clip), clip, on_circle, 6, 175);
    MESSAGE("largest error in px: " << raw << " interpolated and " << smoothed << " smoothed too");
    CHECK(raw < 0.002 * kTrunkLength);
    CHECK(smoothed < 0.015 * kTrunkLength);
}

TEST_CASE("keypoints that jump where the picture stands still hardly move") {
    const auto spread_of = [](float moved, float jump) {
        Clip clip;
        int key = 0;
        clip.add(101, 20, 5, [&](double) {
            Pose pose = figure(600, 500);
            pose.moved.assign(pose.keypoints.size(), 0.0F);
            pose.moved[static_cast<std::size_t>(Joint::kLeftWrist)] = moved;
            pose.at(Joint::kLeftWrist).x += ++key / 2 % 2 == 0 ? 0 : jump;
            return std::vector{pose};
        });
        const Run run = interpolate(clip);
        float low = 1e9F, high = 0;
        for (std::size_t i = 50; i < 90; ++i) {
            const float x = run.pose(i).at(Joint::kLeftWrist).x;
            low = std::min(low, x);
            high = std::max(high, x);
        }
        return double{high} - low;
    };
    CHECK(spread_of(1, 30) > 15);
    CHECK(spread_of(0, 30) < 6);
    CHECK(spread_of(0, 80) > 40);  // of a trunk of 100: another body's
}

TEST_CASE("where the picture stands still exchanged sides change places at once") {
    Clip clip;
    int key = 0;
    clip.add(61, 20, 5, [&](double) {
        Pose pose = figure(600, 500);
        pose.moved.assign(pose.keypoints.size(), 0.0F);
        if (++key > 6) {
            exchange_sides(pose.keypoints, pose.skeleton);
        }
        return std::vector{pose};
    });
    const Run run = interpolate(clip);
    for (std::size_t i = 0; i < 61; ++i) {
        CHECK(distance(run.pose(i).at(Joint::kLeftShoulder),
                       run.pose(i).at(Joint::kRightShoulder)) > 60);
    }
}

TEST_CASE("smoothing does not lag behind the motion") {
    // The path of a noisy wave is compared with the true one, shifted by -5 to 5 frames.
    std::mt19937 random(11);
    std::normal_distribution<double> noise(0.0, 1.0);
    const auto truth = [](double t) { return 600 + 80 * std::sin(2 * std::numbers::pi * 1.2 * t); };
    Clip clip;
    clip.add(301, 17, 2, [&](double t) {
        Pose pose = figure(truth(t), 500);
        for (Keypoint& point : pose.keypoints) {
            point.x += static_cast<float>(noise(random));
        }
        return std::vector{pose};
    });
    const Run run = interpolate(clip);
    const auto mismatch = [&](int shift) {
        double sum = 0;
        for (int i = 20; i < 280; ++i) {
            const double t = (i + shift) * 0.017;
            const Pose pose = run.pose(static_cast<std::size_t>(i));
            const double offset = figure(0, 0).at(Joint::kLeftHip).x;
            sum += std::pow(pose.at(Joint::kLeftHip).x - offset - truth(t), 2);
        }
        return sum;
    };
    for (int shift = -5; shift <= 5; ++shift) {
        if (shift != 0) {
            CHECK(mismatch(0) < mismatch(shift));
        }
    }
    // A delay is told to a fraction of a frame by a parabola through the three mismatches around 0.
    const double lag =
        (mismatch(-1) - mismatch(1)) / (2 * (mismatch(-1) - 2 * mismatch(0) + mismatch(1)));
    MESSAGE("lag in frames: " << lag);
    CHECK(std::abs(lag) < 0.1);
}

TEST_CASE("smoothing takes most of the jitter") {
    std::mt19937 random(3);
    std::normal_distribution<double> noise(0.0, 0.7);
    Clip clip;
    clip.add(600, 17, 2, [&](double) {
        Pose pose = figure(600, 500);
        for (Keypoint& point : pose.keypoints) {
            point.x += static_cast<float>(noise(random));
            point.y += static_cast<float>(noise(random));
        }
        return std::vector{pose};
    });
    const auto jitter = [](const Run& run) {
        double sum = 0;
        for (std::size_t i = 1; i < 500; ++i) {
            const auto x = [&](std::size_t frame) {
                return run.pose(frame).at(Joint::kLeftShoulder).x;
            };
            sum += std::pow(x(i - 1) - 2 * x(i) + x(i + 1), 2);
        }
        return std::sqrt(sum / 499);
    };
    const double before = jitter(interpolate(clip, unsmoothed()));
    const double after = jitter(interpolate(clip));
    MESSAGE("jitter (rms of the second difference) " << before << " px before and " << after
                                                     << " px after");
    CHECK(after < 0.2 * before);
}

TEST_CASE("a body whose head is cut off, of which networks err more, is smoothed more") {
    const auto jitter = [](double y) {
        std::mt19937 random(5);
        std::normal_distribution<double> noise(0.0, 4.0);
        Clip clip;
        clip.add(200, 40, 2, [&](double t) {
            // Sways once in two seconds; the trunk is 100 px long.
            Pose pose = figure(600 + 30 * std::sin(std::numbers::pi * t), y);
            for (Keypoint& point : pose.keypoints) {
                point.x += static_cast<float>(noise(random));
            }
            return std::vector{pose};
        });
        const Run run = interpolate(clip);
        double sum = 0;
        for (std::size_t i = 1; i < 190; ++i) {
            const auto x = [&](std::size_t frame) {
                return run.pose(frame).at(Joint::kLeftShoulder).x;
            };
            sum += std::pow(x(i - 1) - 2 * x(i) + x(i + 1), 2);
        }
        return std::sqrt(sum / 189);
    };
    const double whole = jitter(500), cut = jitter(90);
    MESSAGE("jitter with a head " << whole << " px, without " << cut << " px");
    CHECK(cut < 0.7 * whole);
}

TEST_CASE("a spike in one key frame does not move the garment") {
    Clip clip;
    clip.add(40, 20, 2, [](double t) {
        Pose pose = figure(500, 400);
        if (std::abs(t - 0.4) < 1e-9) {
            pose.at(Joint::kLeftWrist).x += 90;
        }
        return std::vector{pose};
    });
    for (const auto& options : {InterpolateOptions{}, unsmoothed()}) {
        const Run run = interpolate(clip, options);
        const bool smoothed = options.sigma_s > 0;
        double worst = 0;
        for (std::size_t i = 0; i < 40; ++i) {
            worst = std::max(worst, distance(run.pose(i).at(Joint::kLeftWrist),
                                             figure(500, 400).at(Joint::kLeftWrist)));
        }
        CHECK(worst == doctest::Approx(smoothed ? 0 : 90).epsilon(1e-4));
    }
}

TEST_CASE("of a body whose head is cut off a small spike is one, of a whole one a movement") {
    const auto worst = [](double y) {
        Clip clip;
        clip.add(40, 40, 2, [y](double t) {
            Pose pose = figure(500, y);
            pose.at(Joint::kLeftElbow).x += std::abs(t - 0.8) < 1e-9 ? 13.0F : 0.0F;
            return std::vector{pose};
        });
        const Run run = interpolate(clip);
        double most = 0;
        for (std::size_t i = 0; i < 40; ++i) {
            most = std::max(most, distance(run.pose(i).at(Joint::kLeftElbow),
                                           figure(500, y).at(Joint::kLeftElbow)));
        }
        return most;
    };
    CHECK(worst(90) < 1);
    CHECK(worst(500) > 4);
}

TEST_CASE("nothing is carried across a cut") {
    Clip clip;
    clip.add(22, 20, 4, [](double) { return std::vector{figure(300, 400)}; });
    clip.add(20, 20, 4, [](double) { return std::vector{figure(340, 400)}; });
    clip.steps[22].scene_start = true;
    const Run run = interpolate(clip);
    check_order(run, clip);
    for (std::size_t i = 0; i < 22; ++i) {
        CHECK(same_keypoints(run.pose(i), figure(300, 400)));
    }
    CHECK(run.pose(21).origin == PoseOrigin::kHeld);
    CHECK(run.pose(22).person_id != run.pose(21).person_id);
    for (std::size_t i = 22; i < 42; ++i) {
        CHECK(same_keypoints(run.pose(i), figure(340, 400)));
    }
}

TEST_CASE("frames between a cut and the next key frame have no pose") {
    Clip clip;
    clip.add(24, 20, 4, [](double) { return std::vector{figure(300, 400)}; });
    clip.steps[9].scene_start = true;
    const Run run = interpolate(clip);
    CHECK(run.pose(8).origin == PoseOrigin::kMeasured);
    for (const std::size_t i : {9U, 10U, 11U}) {
        CHECK_FALSE(run.has_pose(i));
    }
    CHECK(run.has_pose(12));
}

TEST_CASE("a person overlooked for a moment is bridged and one who left is not") {
    const auto with_gap = [](double from, double to) {
        Clip clip;
        clip.add(80, 20, 2, [&](double t) {
            return t > from && t < to ? std::vector<Pose>{} : std::vector{uniform(t)};
        });
        return clip;
    };
    // Key frames every 0.04 s: two are missing.
    const Clip moment = with_gap(0.41, 0.5);
    const Run bridged = interpolate(moment);
    CHECK(worst_error(bridged, moment, uniform, 0, 79) < 0.01);
    CHECK(bridged.pose(22).origin == PoseOrigin::kInterpolated);
    CHECK(bridged.pose(79).person_id == 0);

    const Run left = interpolate(with_gap(0.41, 0.9));
    CHECK(left.pose(20).origin == PoseOrigin::kMeasured);
    CHECK(left.pose(21).origin == PoseOrigin::kHeld);
    for (std::size_t i = 22; i < 46; ++i) {
        CHECK_FALSE(left.has_pose(i));
    }
    CHECK(left.pose(46).origin == PoseOrigin::kMeasured);
    CHECK(left.pose(46).person_id == 1);
}

TEST_CASE("the last pose is held for a while after the last key frame") {
    Clip clip;
    clip.add(61, 20, 40, [](double t) { return std::vector{uniform(t)}; });
    const Run run = interpolate(clip);
    CHECK(run.pose(40).origin == PoseOrigin::kMeasured);
    for (std::size_t i = 41; i < 61; ++i) {
        const bool held = (static_cast<double>(i) - 40) * 0.02 <= 0.25;
        CHECK(run.has_pose(i) == held);
        if (held) {
            CHECK(run.pose(i).origin == PoseOrigin::kHeld);
            CHECK(same_keypoints(run.pose(i), run.pose(40)));
        }
    }
}

TEST_CASE("people who cross keep their own poses") {
    Clip clip;
    const auto a = [](double t) { return figure(300 + 300 * t, 400); };
    const auto b = [](double t) { return figure(900 - 300 * t, 430); };
    int key = 0;
    clip.add(121, 17, 3, [&](double t) {
        // The order in which the detector gives them changes all the time.
        return ++key % 2 == 0 ? std::vector{a(t), b(t)} : std::vector{b(t), a(t)};
    });
    InterpolateOptions options;
    options.person = parse_person("all");
    const Run run = interpolate(clip, options);
    for (std::size_t i = 0; i < run.frames.size(); ++i) {
        REQUIRE(run.frames[i].poses.size() == 2);
        const double t = static_cast<double>(clip.steps[i].milliseconds) / 1000.0;
        CHECK(run.frames[i].poses[0].person_id == 0);
        CHECK(distance(run.frames[i].poses[0].keypoints[0], b(t).keypoints[0]) < 0.05);
        CHECK(distance(run.frames[i].poses[1].keypoints[0], a(t).keypoints[0]) < 0.05);
    }
    options.person = parse_person("900,430");
    const Run one = interpolate(clip, options);
    for (std::size_t i = 0; i < one.frames.size(); ++i) {
        REQUIRE(one.frames[i].poses.size() == 1);
        CHECK(one.pose(i).person_id == 0);
    }
}

TEST_CASE("the person chosen is dressed before and after being hidden and nobody in between") {
    // Key frames every 0.051 s; number 1 is behind number 0 from 1 s to 1.5 s.
    Clip clip;
    clip.add(181, 17, 3, [](double t) {
        std::vector<Pose> poses{test::numbered(0, figure(700, 400, 1.2))};
        if (t < 1.0 || t > 1.5) {
            poses.push_back(test::numbered(1, figure(300 + 300 * t, 430)));
        }
        return poses;
    });
    for (const auto* person : {"300,430", "id:1"}) {
        CAPTURE(person);
        InterpolateOptions options;
        options.person = parse_person(person);
        const Run run = interpolate(clip, options);
        for (std::size_t i = 0; i < run.frames.size(); ++i) {
            CAPTURE(i);
            const double t = static_cast<double>(clip.steps[i].milliseconds) / 1000.0;
            const bool is_dressed = !run.frames[i].poses.empty();
            for (const Pose& pose : run.frames[i].poses) {
                CHECK(pose.person_id == 1);
            }
            CHECK(run.frames[i].poses.size() <= 1);
            CHECK_FALSE((is_dressed && t > 1.06 && t < 1.49));
            CHECK_FALSE((!is_dressed && (t < 0.99 || t > 1.56)));
        }
    }
    InterpolateOptions nobody;
    nobody.person = parse_person("id:7");
    for (const PosedFrame& frame : interpolate(clip, nobody).frames) {
        CHECK(frame.poses.empty());
    }
}

TEST_CASE("a mask moves with the person between key frames, and to those that have none") {
    for (const int mask_every : {1, 3}) {
        CAPTURE(mask_every);
        Clip clip;
        const int key_every = mask_every == 1 ? 4 : 1;
        clip.add(41, 17, key_every, [&, key = 0](double t) mutable {
            Pose pose = uniform(t);
            if (key++ % mask_every == 0) {
                auto mask = std::make_shared<PersonMask>();
                mask->probability = cv::Mat(4, 4, CV_8UC1, cv::Scalar::all(key));
                mask->mask_from_shown = {1, 0, -pose.keypoints[0].x, 0, 1, -pose.keypoints[0].y};
                pose.mask = mask;
            }
            return std::vector{pose};
        });
        const Run run = interpolate(clip);
        for (std::size_t i = 0; i < run.frames.size(); ++i) {
            CAPTURE(i);
            const Pose pose = run.pose(i);
            REQUIRE(pose.mask);
            const Keypoint nose = pose.keypoints[0];
            const cv::Vec2d where = pose.mask->mask_from_shown * cv::Vec3d(nose.x, nose.y, 1);
            CHECK(std::abs(where[0]) < 0.01);
            CHECK(std::abs(where[1]) < 0.01);
            if (mask_every == 3) {  // of the nearest key frame that has one; the last two have none
                const std::size_t nearest = std::min<std::size_t>((i + 1) / 3 * 3, 39);
                CHECK(pose.mask->probability.at<uchar>(0, 0) == nearest + 1);
            }
        }
    }
}

TEST_CASE("poses follow real time where the frame rate varies") {
    std::mt19937 random(5);
    std::uniform_int_distribution<std::int64_t> step(1, 60);
    Clip clip;
    std::int64_t now = -500;
    for (int i = 0; i < 300; ++i) {
        now += step(random);
        const bool is_key = i % 4 == 0;
        clip.steps.push_back(
            {now, is_key,
             is_key ? std::vector{uniform(static_cast<double>(now) / 1000)} : std::vector<Pose>{},
             false});
    }
    CHECK(worst_error(interpolate(clip), clip, uniform, 0, 297) < 0.02);
}

TEST_CASE("timestamps that repeat or fall back give finite poses") {
    std::mt19937 random(9);
    std::uniform_int_distribution<std::int64_t> step(-20, 30);
    for (int round = 0; round < 20; ++round) {
        Clip clip;
        std::int64_t now = 0;
        for (int i = 0; i < 60; ++i) {
            now += round == 0 ? 0 : step(random);
            clip.steps.push_back({now, i % 3 == 0, {}, false});
            if (i % 3 == 0) {
                clip.steps.back().poses = {figure(500 + i, 400)};
            }
        }
        const Run run = interpolate(clip);
        check_order(run, clip);
        for (const PosedFrame& frame : run.frames) {
            REQUIRE(frame.poses.size() == 1);
            for (const Keypoint& point : frame.poses[0].keypoints) {
                REQUIRE(std::isfinite(point.x));
                REQUIRE(std::isfinite(point.y));
                REQUIRE(std::abs(point.x - 530) < 150);
            }
        }
    }
}

TEST_CASE("a time base without a meaning gives finite poses") {
    Clip clip;
    clip.add(20, 20, 2, [](double) { return std::vector{figure(500, 400)}; });
    Interpolate stage;
    std::size_t count = 0;
    const Emit<PosedFrame> emit = [&](PosedFrame frame) {
        ++count;
        CHECK(same_keypoints(frame.poses.at(0), figure(500, 400)));
        return true;
    };
    for (PosedBatch& batch : clip.batches(4)) {
        for (Frame& frame : batch.frames) {
            frame.time_base = {1, 0};
        }
        stage.process(std::move(batch), emit);
    }
    stage.flush(emit);
    CHECK(count == 20);
}

TEST_CASE("the result does not depend on where batches end") {
    std::mt19937 random(21);
    std::normal_distribution<double> noise(0.0, 2.0);
    std::bernoulli_distribution found(0.85);
    Clip clip;
    clip.add(400, 17, 3, [&](double t) {
        std::vector<Pose> poses;
        for (const auto& pose : {uniform(t), on_circle(t)}) {
            if (found(random)) {
                poses.push_back(pose);
                for (Keypoint& point : poses.back().keypoints) {
                    point.x += static_cast<float>(noise(random));
                }
            }
        }
        return poses;
    });
    clip.steps[200].scene_start = true;
    for (const auto* person : {"all", "largest"}) {
        for (const std::size_t cap : {240U, 7U}) {
            InterpolateOptions options;
            options.person = parse_person(person);
            options.max_held = cap;
            const Run reference = interpolate(clip, options, 1);
            check_order(reference, clip);
            for (const std::size_t batch : {3U, 8U, 1000U}) {
                const Run other = interpolate(clip, options, batch);
                for (std::size_t i = 0; i < clip.steps.size(); ++i) {
                    REQUIRE(other.frames[i].poses.size() == reference.frames[i].poses.size());
                    for (std::size_t p = 0; p < other.frames[i].poses.size(); ++p) {
                        const Pose& x = other.frames[i].poses[p];
                        const Pose& y = reference.frames[i].poses[p];
                        REQUIRE(same_keypoints(x, y));
                        REQUIRE(x.origin == y.origin);
                        REQUIRE(x.person_id == y.person_id);
                    }
                }
            }
        }
    }
}

TEST_CASE("every frame leaves once and in order whatever comes in") {
    std::mt19937 random(42);
    const auto chance = [&](int percent) {
        return std::uniform_int_distribution<int>(0, 99)(random) < percent;
    };
    std::uniform_real_distribution<double> place(0, 1900);
    std::uniform_int_distribution<std::int64_t> step(0, 200);
    for (int round = 0; round < 60; ++round) {
        Clip clip;
        std::int64_t now = 0;
        const int length = std::uniform_int_distribution<int>(0, 120)(random);
        for (int i = 0; i < length; ++i) {
            now += step(random);
            Clip::Step next{now, chance(40), {}, chance(3)};
            while (next.is_key && chance(60)) {
                next.poses.push_back(figure(place(random), 500, chance(10) ? 0.0 : 1.0));
            }
            clip.steps.push_back(std::move(next));
        }
        InterpolateOptions options;
        options.max_held = 10;
        options.person = parse_person(chance(50) ? "all" : "center");
        const Run run = interpolate(clip, options, 1 + static_cast<std::size_t>(round % 7));
        check_order(run, clip);
        CHECK(run.most_held <= 10);
        for (const PosedFrame& frame : run.frames) {
            for (const Pose& pose : frame.poses) {
                REQUIRE(std::isfinite(pose.box.width));
                REQUIRE(pose.score >= 0);
                REQUIRE(pose.score <= 1);
            }
        }
    }
}

TEST_CASE("few frames are held back however long the clip is") {
    const auto most_held = [](int batches) {
        Clip clip;
        clip.add(batches * 12, 17, 3, [](double t) { return std::vector{on_circle(t)}; });
        return interpolate(clip, {}, 4).most_held;
    };
    MESSAGE("frames held back at 59 frames and 20 key frames a second: " << most_held(1000));
    CHECK(most_held(1000) == most_held(50));
    CHECK(most_held(1000) <= 30);
}

TEST_CASE("nobody in the picture holds nothing back") {
    Clip clip;
    clip.add(100, 17, 3, [](double) { return std::vector<Pose>{}; });
    const Run run = interpolate(clip);
    check_order(run, clip);
    CHECK(run.most_held == 0);
}

TEST_CASE("key frames further apart than the cap are held and not interpolated") {
    Clip clip;
    clip.add(100, 10, 50, [](double t) { return std::vector{uniform(t)}; });
    InterpolateOptions options;
    options.max_held = 20;
    const Run run = interpolate(clip, options);
    check_order(run, clip);
    CHECK(run.most_held <= 20);
    CHECK(run.pose(10).origin == PoseOrigin::kHeld);
    CHECK_FALSE(run.has_pose(28));
    CHECK(run.pose(45).origin == PoseOrigin::kInterpolated);
}

TEST_CASE("clips of one frame and batches without key frames pass") {
    Clip one;
    one.add(1, 17, 1, [](double) { return std::vector{figure(500, 400)}; });
    const Run run = interpolate(one);
    REQUIRE(run.frames.size() == 1);
    CHECK(run.pose(0).origin == PoseOrigin::kMeasured);
    CHECK(same_keypoints(run.pose(0), figure(500, 400)));

    Clip none;
    none.steps.resize(5);
    CHECK(interpolate(none).frames.size() == 5);
    CHECK(interpolate(Clip{}).frames.empty());
}

TEST_CASE("a stage whose consumer is gone stops") {
    Clip clip;
    clip.add(60, 17, 1, [](double) { return std::vector<Pose>{}; });
    Interpolate stage;
    int emitted = 0;
    for (PosedBatch& batch : clip.batches(60)) {
        stage.process(std::move(batch), [&](PosedFrame) { return ++emitted < 3; });
    }
    CHECK(emitted == 3);
}

TEST_CASE("settings out of range are refused") {
    const auto refused = [](auto change) {
        InterpolateOptions options;
        change(options);
        CHECK_THROWS_AS(Interpolate{options}, ConfigError);
    };
    refused([](InterpolateOptions& o) { o.sigma_s = -1; });
    refused([](InterpolateOptions& o) { o.sigma_s = std::numeric_limits<double>::quiet_NaN(); });
    refused([](InterpolateOptions& o) { o.max_bias = 0; });
    refused([](InterpolateOptions& o) { o.max_gap_s = -0.1; });
    refused([](InterpolateOptions& o) { o.max_hold_s = 1e9; });
    refused([](InterpolateOptions& o) { o.max_held = 0; });
}
