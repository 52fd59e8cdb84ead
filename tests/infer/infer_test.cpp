#include "infer/infer.h"

#include <cmath>
#include <optional>
#include <vector>

#include "support/doctest_with_torch.h"

#include "infer/fake_pose_model.h"

namespace closet {
namespace {

static_assert(Stage<Infer>);

using test::FakePerson;
using test::FakePoseModel;

/// A batch of `count` frames from `first` on; every second one is a key frame, and the last.
FrameBatch make_batch(int first, int count, const cv::Matx23d& shown_from_view) {
    FrameBatch batch;
    for (int i = 0; i < count; ++i) {
        Frame frame;
        frame.index = first + i;
        frame.pts = first + i;
        frame.duration = 1;
        frame.time_base = {1, 30};
        frame.scene_start = first + i == 0;
        batch.frames.push_back(std::move(frame));
        if (i % 2 == 0 || i == count - 1) {
            batch.keys.push_back({static_cast<std::size_t>(i),
                                  View{test::numbered_picture(first + i), shown_from_view}});
        }
    }
    return batch;
}

PosedBatch process(Infer& infer, FrameBatch batch) {
    std::vector<PosedBatch> out;
    const Emit<PosedBatch> emit = [&](PosedBatch posed) {
        out.push_back(std::move(posed));
        return true;
    };
    infer.process(std::move(batch), emit);
    infer.flush(emit);  // with nobody on it, it is held back
    REQUIRE(out.size() == 1);
    return std::move(out[0]);
}

const cv::Matx23d kHalf(2, 0, 0.5, 0, 2, 0.5);

TEST_CASE("infer: frames pass through and key frames get poses in frame pixels") {
    const auto model = std::make_shared<FakePoseModel>([](int i) {
        return FakePerson{.center = {200.0 + i, 150}};
    });
    Infer infer(model, {});
    const PosedBatch posed = process(infer, make_batch(0, 6, kHalf));
    REQUIRE(posed.frames.size() == 6);
    REQUIRE(posed.keys.size() == 4);
    CHECK(infer.key_frames() == 4);
    for (const auto& key : posed.keys) {
        REQUIRE(key.poses.size() == 1);
        const Pose& pose = key.poses[0];
        const auto index = static_cast<double>(posed.frames[key.frame].index);
        const auto truth = test::figure({.center = {200.0 + index, 150}});
        const auto& nose = pose.at(Joint::kNose);
        CHECK(nose.x == doctest::Approx(2 * truth[0].x + 0.5));
        CHECK(nose.y == doctest::Approx(2 * truth[0].y + 0.5));
        CHECK(nose.z == doctest::Approx(2));
        CHECK(nose.score == doctest::Approx(0.9));
        CHECK(pose.score == doctest::Approx(0.97));
        CHECK(pose.origin == PoseOrigin::kMeasured);
        CHECK(pose.skeleton == Skeleton::kCoco17);
        CHECK(pose.box.width > 0);
        CHECK(pose.box.y <= nose.y);
    }
}

TEST_CASE("infer: key frames that need no reading are none") {
    const auto model = std::make_shared<FakePoseModel>([](int i) {
        return FakePerson{.center = {200.0 + i, 150}};
    });
    Infer infer(model, {});
    for (const int first : {0, 6, 12}) {
        FrameBatch batch = make_batch(first, 6, kHalf);
        for (std::size_t i = first == 0 ? 1 : 0; i < batch.keys.size(); ++i) {
            batch.keys[i].view.rgb(cv::Rect(8, 8, 600, 340)) = cv::Scalar::all(20.0 * first);
            batch.keys[i].need =
                i + 1 == batch.keys.size() ? KeyNeed::kUnlessStill : KeyNeed::kIfNeeded;
        }
        const PosedBatch posed = process(infer, std::move(batch));
        CHECK(posed.frames.size() == 6);
        REQUIRE_FALSE(posed.keys.empty());
        CHECK(posed.keys.back().frame == 5);
        CHECK(posed.keys.size() <= (first == 12 ? 1 : 4));
        const auto truth = test::figure({.center = {200.0 + first + 5, 150}});
        CHECK(posed.keys.back().poses.at(0).at(Joint::kNose).x ==
              doctest::Approx(2 * truth[0].x + 0.5));
    }
}

TEST_CASE("infer: where nothing moved the poses of before hold, labels too") {
    const auto model = std::make_shared<FakePoseModel>([](int) {
        return FakePerson{.center = {200, 150}};
    });
    Infer infer(model, {});
    std::vector<PosedBatch> posed;
    for (const int first : {0, 6}) {
        FrameBatch batch = make_batch(first, 6, kHalf);
        for (std::size_t i = 0; i < batch.keys.size(); ++i) {
            batch.keys[i].view.rgb = test::numbered_picture(0);
            batch.keys[i].need = first + i == 0               ? KeyNeed::kAlways
                                 : i + 1 == batch.keys.size() ? KeyNeed::kUnlessStill
                                                              : KeyNeed::kIfNeeded;
        }
        posed.push_back(process(infer, std::move(batch)));
    }
    const int readings = model->readings;
    FrameBatch batch = make_batch(12, 6, kHalf);
    batch.keys.erase(batch.keys.begin(), batch.keys.end() - 1);
    batch.keys[0].view.rgb = test::numbered_picture(0);
    batch.keys[0].need = KeyNeed::kUnlessStill;
    posed.push_back(process(infer, std::move(batch)));
    CHECK(model->readings == readings);
    REQUIRE(posed[2].keys.size() == 1);
    REQUIRE(posed[2].keys[0].poses.size() == 1);
    CHECK(posed[2].keys[0].poses[0].mask == posed[1].keys.back().poses[0].mask);
}

TEST_CASE("infer: views without frames get the poses that frames would get") {
    const auto model = std::make_shared<FakePoseModel>([](int i) {
        return i < 4 ? std::optional(FakePerson{.center = {200.0 + i, 150}}) : std::nullopt;
    });
    Infer by_frames(model, {});
    Infer by_views(model, {});
    CHECK(by_views.follow({}).empty());
    for (const int first : {0, 6}) {
        const FrameBatch batch = make_batch(first, 6, kHalf);
        std::vector<StreamView> views;
        for (const FrameBatch::Key& key : batch.keys) {
            const Frame& frame = batch.frames[key.frame];
            views.push_back({&key.view, frame.seconds(), frame.scene_start});
        }
        const auto poses = by_views.follow(views);
        const PosedBatch posed = process(by_frames, make_batch(first, 6, kHalf));
        REQUIRE(poses.size() == posed.keys.size());
        for (std::size_t i = 0; i < poses.size(); ++i) {
            REQUIRE(poses[i].size() == posed.keys[i].poses.size());
            for (std::size_t p = 0; p < poses[i].size(); ++p) {
                CHECK(poses[i][p].person_id == posed.keys[i].poses[p].person_id);
                CHECK(poses[i][p].at(Joint::kNose).x == posed.keys[i].poses[p].at(Joint::kNose).x);
            }
        }
    }
}

TEST_CASE("infer: masks are read now and then where key frames are close") {
    const auto model = std::make_shared<FakePoseModel>([](int i) {
        return FakePerson{.center = {200.0 + i, 150}};
    });
    Infer infer(model, {.masks_every_s = 0.1});
    std::vector<bool> masks;
    for (const int first : {0, 6, 12}) {
        FrameBatch batch = make_batch(first, 6, kHalf);
        batch.keys.clear();
        for (std::size_t i = 0; i < 6; ++i) {
            const int number = first + static_cast<int>(i);
            batch.keys.push_back({i, View{test::numbered_picture(number), kHalf}});
            batch.frames[i].scene_start = number == 0 || number == 10;
        }
        for (const PosedBatch::Key& key : process(infer, std::move(batch)).keys) {
            REQUIRE(key.poses.size() == 1);
            masks.push_back(key.poses[0].mask != nullptr);
        }
    }
    REQUIRE(masks.size() == 18);
    // Whoever the detector finds in the batches that begin a scene has one; then every 0.1 s.
    const std::vector<bool> expected{true, true, true, true,  true, true,  true,  false, false,
                                     true, true, true, false, true, false, false, true,  false};
    CHECK(masks == expected);
}

TEST_CASE("infer: key frames a tenth of a second apart but for whole frames all have masks") {
    double due_s = -INFINITY;
    int looks = 0;
    for (const int frame : {1, 4, 6, 8, 11, 13, 16, 18, 21}) {  // of 25 a second
        if (is_due(frame / 25.0, due_s, 0.1)) {
            due_s = due_after(frame / 25.0, due_s, 0.1);
            ++looks;
        }
    }
    CHECK(looks == 9);
    CHECK_FALSE(is_due(22 / 25.0, due_s, 0.1));
}

TEST_CASE("infer: who is found between two looks at masks has one") {
    const auto model = std::make_shared<FakePoseModel>([](int i) {
        return i >= 4 ? std::optional(FakePerson{.center = {200.0 + i, 150}}) : std::nullopt;
    });
    Infer infer(model, {.masks_every_s = 1});
    const PosedBatch posed = process(infer, make_batch(0, 6, kHalf));
    REQUIRE(posed.keys.size() == 4);
    REQUIRE(posed.keys[2].poses.size() == 1);
    CHECK(posed.keys[2].poses[0].mask != nullptr);
}

TEST_CASE("infer: the mask is placed in the frame turned or not") {
    const cv::Matx23d turned(0, 2, 3, -2, 0, 900);
    for (const cv::Matx23d& shown_from_view : {kHalf, turned}) {
        const auto model = std::make_shared<FakePoseModel>([](int) {
            return FakePerson{.center = {200, 150}};
        });
        Infer infer(model, {});
        const PosedBatch posed = process(infer, make_batch(0, 1, shown_from_view));
        const auto& mask = posed.keys.at(0).poses.at(0).mask;
        REQUIRE(mask);
        CHECK(mask->probability.size() == cv::Size(8, 8));
        // The region's center is the mask's center; the region may have been any near the person.
        const cv::Vec2d in_frame = shown_from_view * cv::Vec3d(200, 150, 1);
        const cv::Vec2d in_mask = mask->mask_from_shown * cv::Vec3d(in_frame[0], in_frame[1], 1);
        CHECK(cv::norm(in_mask - cv::Vec2d(4, 4)) < 0.5);
    }
}

TEST_CASE("infer: a view that was turned upright gives points of the frame as stored") {
    const auto model = std::make_shared<FakePoseModel>([](int) {
        return FakePerson{.center = {200, 150}};
    });
    Infer infer(model, {});
    const cv::Matx23d turned(0, 1, 0, -1, 0, 639);
    const PosedBatch posed = process(infer, make_batch(0, 1, turned));
    const auto truth = test::figure({.center = {200, 150}});
    const Keypoint& nose = posed.keys[0].poses.at(0).at(Joint::kNose);
    CHECK(nose.x == doctest::Approx(truth[0].y));
    CHECK(nose.y == doctest::Approx(639 - truth[0].x));
    CHECK(nose.z == doctest::Approx(1));
}

TEST_CASE("infer: nobody gives key frames without poses and no error") {
    const auto model = std::make_shared<FakePoseModel>([](int) { return std::nullopt; });
    Infer infer(model, {});
    const PosedBatch posed = process(infer, make_batch(0, 5, kHalf));
    CHECK(posed.frames.size() == 5);
    REQUIRE(posed.keys.size() == 3);
    for (const auto& key : posed.keys) {
        CHECK(key.poses.empty());
    }
}

TEST_CASE("infer: a batch without key frames passes through") {
    const auto model = std::make_shared<FakePoseModel>([](int) {
        return FakePerson{.center = {200, 150}};
    });
    Infer infer(model, {});
    FrameBatch batch = make_batch(0, 3, kHalf);
    batch.keys.clear();
    const PosedBatch posed = process(infer, std::move(batch));
    CHECK(posed.frames.size() == 3);
    CHECK(posed.keys.empty());
}

TEST_CASE("infer: a cut between two key frames ends the track") {
    const auto model = std::make_shared<FakePoseModel>([](int) {
        return FakePerson{.center = {200, 150}};
    });
    Infer infer(model, {});
    process(infer, make_batch(0, 4, kHalf));
    FrameBatch batch = make_batch(4, 4, kHalf);
    batch.frames[1].scene_start = true;  // not a key frame itself
    const PosedBatch posed = process(infer, std::move(batch));
    CHECK(posed.keys[0].poses.at(0).person_id == 0);
    CHECK(posed.keys[1].poses.at(0).person_id == 1);
}

/// Batches of 6 frames, and who is on their key frames. The clip is cut at the batch `cut_at`.
std::vector<PosedBatch> process_all(Infer& infer, int batches, int cut_at) {
    std::vector<PosedBatch> out;
    const Emit<PosedBatch> emit = [&](PosedBatch posed) {
        out.push_back(std::move(posed));
        return true;
    };
    for (int i = 0; i < batches; ++i) {
        FrameBatch batch = make_batch(6 * i, 6, kHalf);
        batch.frames[0].scene_start = i == 0 || i == cut_at;
        infer.process(std::move(batch), emit);
    }
    infer.flush(emit);
    return out;
}

TEST_CASE("infer: who is found late is found in the frames before, back to a cut") {
    for (const int cut_at : {-1, 2}) {
        // There from picture 4 on; the detector sees her from 20 on, in the fourth batch.
        const auto model = std::make_shared<FakePoseModel>([](int i) {
            return i >= 4 ? std::optional(FakePerson{.center = {200, 150}}) : std::nullopt;
        });
        model->detected_from = 20;
        Infer infer(model, {});
        const auto out = process_all(infer, 6, cut_at);
        REQUIRE(out.size() == 6);
        for (std::size_t b = 0; b < out.size(); ++b) {
            REQUIRE(out[b].frames.size() == 6);
            CHECK(out[b].frames.front().pts == static_cast<std::int64_t>(6 * b));
            for (const auto& key : out[b].keys) {
                const std::size_t number = 6 * b + key.frame;
                CAPTURE(number);
                CHECK(key.poses.size() == (number >= (cut_at < 0 ? 4U : 12U) ? 1U : 0U));
                CHECK((key.poses.empty() || key.poses.front().person_id == 0));
            }
        }
    }
}

TEST_CASE("infer: of a long empty clip little is held back") {
    const auto model = std::make_shared<FakePoseModel>([](int) { return std::nullopt; });
    Infer infer(model, {});
    std::size_t emitted = 0;
    for (int i = 0; i < 40; ++i) {
        infer.process(make_batch(6 * i, 6, kHalf), [&](PosedBatch posed) {
            emitted += posed.frames.size();
            return true;
        });
        CHECK(6 * static_cast<std::size_t>(i + 1) - emitted <= kMostLookBackFrames);
    }
}

TEST_CASE("infer: where the model finds nobody by the head it is asked for bodies") {
    for (const int people : {1, 3}) {
        const auto model = std::make_shared<FakePoseModel>([](int) {
            return FakePerson{.center = {200, 150}};
        });
        model->detects = false;
        model->detects_bodies = true;
        InferOptions options;
        options.max_people = people;
        Infer infer(model, options);
        for (const auto& key : process(infer, make_batch(0, 6, kHalf)).keys) {
            CHECK(key.poses.size() == 1);
        }
    }
}

}  // namespace
}  // namespace closet
