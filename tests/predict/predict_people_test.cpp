#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "interpolate/label_fixtures.h"
#include "interpolate/people.h"
#include "interpolate/shapes.h"
#include "predict/predict.h"
#include "predict/predict_fixtures.h"

namespace closet {
namespace {

using test::box_labels;
using test::figure;
using test::kPicture;
using test::kStep;
using test::label_at;
using test::numbered;
using test::place_x;

constexpr double kSoon = 1e-6;

PredictOptions rule(PersonRule::Kind kind) {
    return {.person = {.kind = kind}, .hold_s = 0.3, .fade_s = 0.2};
}
const PredictOptions kEverybody = rule(PersonRule::Kind::kAll);

/// Results for `length` seconds from `from` on; returns the time of the last one.
template <class People>
double feed(PredictPoses& predict, double from, double length, People people) {
    double last = from;
    for (int i = 0; i * kStep < length; ++i) {
        last = from + i * kStep;
        predict.observe(last, people(last), kPicture, false);
    }
    return last;
}

const auto kOne = [](double) { return std::vector{figure(500, 500)}; };
const auto kNobody = [](double) { return std::vector<Pose>{}; };

std::shared_ptr<const PersonMask> flat_mask() {
    auto mask = std::make_shared<PersonMask>();
    mask->probability = cv::Mat(256, 256, CV_8UC1, cv::Scalar(255));
    mask->mask_from_shown = {0.25, 0, 0, 0, 0.25, 0};
    return mask;
}

TEST_CASE("predict: somebody lost is held and then fades and then is gone") {
    PredictPoses predict(kEverybody);
    const double seen = feed(predict, 0, 1, kOne);
    const auto fade_at = [&](double seconds) {
        const auto poses = predict.at(seconds);
        return poses.empty() ? 0.0F : poses.front().fade;
    };
    predict.observe(seen + kStep, {}, kPicture, false);
    CHECK(fade_at(seen) == 1.0F);
    CHECK(fade_at(seen + 0.29) == 1.0F);
    CHECK(fade_at(seen + 0.4) == doctest::Approx(0.5F));
    CHECK(fade_at(seen + 0.45) == doctest::Approx(0.25F));
    CHECK(fade_at(seen + 0.51) == 0.0F);
    feed(predict, seen + 2 * kStep, 1, kNobody);
    CHECK(predict.at(seen + 1).empty());
}

TEST_CASE("predict: nobody fades because results are late") {
    PredictPoses predict(kEverybody);
    const double seen = feed(predict, 0, 1, kOne);
    const auto poses = predict.at(seen + 5);
    REQUIRE(poses.size() == 1);
    CHECK(poses.front().fade == 1.0F);
    CHECK(poses.front().origin == PoseOrigin::kPredicted);
}

TEST_CASE("predict: somebody found again comes back from where the fade was") {
    PredictPoses predict(kEverybody);
    double now = feed(predict, 0, 1, kOne);
    now = feed(predict, now + kStep, 0.4, kNobody);
    const float before = predict.at(now).front().fade;
    REQUIRE(before > 0.1F);
    REQUIRE(before < 0.9F);
    const int id = predict.at(now).front().person_id;
    predict.observe(now + kSoon, kOne(now), kPicture, false);
    const auto again = predict.at(now + kSoon);
    REQUIRE(again.size() == 1);
    CHECK(again.front().person_id == id);
    CHECK(again.front().fade == doctest::Approx(before).epsilon(0.01));
    CHECK(predict.at(now + 0.2).front().fade == 1.0F);
}

TEST_CASE("predict: being overlooked for a moment does not show") {
    PredictPoses predict(kEverybody);
    for (int i = 0; i < 40; ++i) {
        const double now = i * kStep;
        predict.observe(now, i % 4 == 3 ? kNobody(now) : kOne(now), kPicture, false);
        const auto poses = predict.at(now + 0.05);
        REQUIRE(poses.size() == 1);
        CHECK(poses.front().fade == 1.0F);
        CHECK(poses.front().person_id == 0);
    }
}

TEST_CASE("predict: only who is there at the first result does not fade in") {
    PredictPoses predict(kEverybody);
    double now = feed(predict, 0, 0.5, kOne);
    CHECK(predict.at(0.0).front().fade == 1.0F);
    const std::vector both{figure(500, 500), figure(1400, 500)};
    predict.observe(now += kStep, both, kPicture, false);
    CHECK(predict.at(now).size() == 1);  // the other one is not seen yet
    auto poses = predict.at(now + 0.05);
    REQUIRE(poses.size() == 2);
    CHECK(poses[0].fade == 1.0F);
    CHECK(poses[1].fade == doctest::Approx(1.0 / 3));
    poses = predict.at(now + 0.2);
    CHECK(poses.at(1).fade == 1.0F);

    PredictPoses late(kEverybody);
    late.observe(0, {}, kPicture, true);
    late.observe(kStep, kOne(0), kPicture, false);
    CHECK(late.at(kStep).empty());
}

TEST_CASE("predict: a cut forgets everybody at once") {
    PredictPoses predict(kEverybody);
    double now = feed(predict, 0, 1, kOne);
    predict.observe(now += kStep, {figure(1400, 600)}, kPicture, true);
    const auto poses = predict.at(now);
    REQUIRE(poses.size() == 1);
    CHECK(place_x(poses.front()) == doctest::Approx(1400));
    CHECK(poses.front().fade == 1.0F);
    CHECK(predict.at(now - 0.01).empty());  // the new scene's people were not there
    predict.observe(now += kStep, {}, kPicture, true);
    CHECK(predict.at(now).empty());
}

TEST_CASE("predict: reset begins anew even at earlier times") {
    PredictPoses predict(kEverybody);
    feed(predict, 100, 1, kOne);
    predict.reset();
    CHECK(predict.at(101).empty());
    predict.observe(0, {figure(800, 500)}, kPicture, true);
    REQUIRE(predict.at(0.05).size() == 1);
    CHECK(predict.at(0.05).front().fade == 1.0F);
    CHECK(predict.at(0.05).front().person_id == 0);
}

TEST_CASE("predict: people who cross keep their ids") {
    for (const bool with_numbers : {false, true}) {
        CAPTURE(with_numbers);
        PredictPoses predict(kEverybody);
        double now = 0;
        for (; now < 2; now += kStep) {
            // The one walks right, the other left and lower; the order changes all the time.
            Pose a = figure(300 + 500 * now, 400);
            Pose b = figure(1300 - 500 * now, 470);
            if (with_numbers) {
                a = numbered(7, std::move(a));
                b = numbered(3, std::move(b));
            }
            std::vector<Pose> poses{a, b};
            // Ids are given in the order of the first result.
            if (now > 0 && std::lround(now / kStep) % 2 == 1) {
                std::swap(poses[0], poses[1]);
            }
            predict.observe(now, poses, kPicture, false);
            const auto shown = predict.at(now + 0.06);
            REQUIRE(shown.size() == 2);
            CHECK(shown[0].person_id == 0);
            CHECK(std::abs(place_x(shown[0]) - (300 + 500 * (now + 0.06))) < 40);
            CHECK(std::abs(place_x(shown[1]) - (1300 - 500 * (now + 0.06))) < 40);
        }
    }
}

TEST_CASE("predict: numbers of inference win over nearness") {
    PredictPoses predict(kEverybody);
    double now = feed(predict, 0, 0.5, [](double) {
        return std::vector{numbered(4, figure(500, 500)), numbered(5, figure(900, 500))};
    });
    predict.observe(now += kStep, {numbered(5, figure(520, 500)), numbered(4, figure(880, 500))},
                    kPicture, false);
    predict.observe(now += kStep, {numbered(5, figure(520, 500)), numbered(4, figure(880, 500))},
                    kPicture, false);
    const auto poses = predict.at(now);
    REQUIRE(poses.size() >= 2);
    for (const Pose& pose : poses) {
        if (pose.fade == 1.0F && pose.origin == PoseOrigin::kMeasured) {
            CHECK(std::abs(place_x(pose) - (pose.person_id == 0 ? 880 : 520)) < 20);
        }
    }
}

TEST_CASE("predict: the rule says who wears the garment") {
    const auto small_and_large = [](double) {
        return std::vector{figure(1000, 500, 0.8), figure(400, 500, 1.2)};
    };
    const auto worn_by = [&](const PersonRule& person) {
        PredictPoses predict({.person = person});
        const double now = feed(predict, 0, 0.5, small_and_large);
        std::vector<int> ids;
        for (const Pose& pose : predict.at(now + 0.05)) {
            ids.push_back(pose.person_id);
        }
        return ids;
    };
    using Kind = PersonRule::Kind;
    CHECK(worn_by({.kind = Kind::kLargest}) == std::vector{1});
    CHECK(worn_by({.kind = Kind::kCenter}) == std::vector{0});
    CHECK(worn_by({.kind = Kind::kPoint, .point = {410, 450}}) == std::vector{1});
    CHECK(worn_by({.kind = Kind::kId, .id = 0}) == std::vector{0});
    CHECK(worn_by({.kind = Kind::kId, .id = 5}).empty());
    CHECK(worn_by({.kind = Kind::kAll}) == std::vector{0, 1});
}

TEST_CASE("predict: the garment changes its wearer by fading") {
    PredictPoses predict(rule(PersonRule::Kind::kLargest));
    double now = feed(predict, 0, 1, [](double) {
        return std::vector{figure(400, 500, 1.2), figure(1000, 500, 1.0)};
    });
    CHECK(predict.at(now).size() == 1);
    // The larger one leaves; the other one takes over once the first is given up.
    int most = 0;
    float last_fade = 0;
    for (const double end = now + 1.5; now < end;) {
        predict.observe(now += kStep, {figure(1000, 500, 1.0)}, kPicture, false);
        const auto poses = predict.at(now);
        most = std::max(most, static_cast<int>(poses.size()));
        last_fade = poses.empty() ? 0.0F : poses.back().fade;
    }
    CHECK(most >= 1);
    CHECK(last_fade == 1.0F);
    CHECK(predict.at(now).front().person_id == 1);
}

TEST_CASE("predict: masks move along with the trunk") {
    PredictPoses predict(kEverybody);
    double now = 0;
    for (int i = 0; i < 40; ++i) {
        now = i * kStep;
        Pose pose = figure(100 + 300 * now, 500);
        pose.mask = flat_mask();
        predict.observe(now, {pose}, kPicture, false);
    }
    const Pose seen = predict.at(now).front();
    const Pose later = predict.at(now + 0.1).front();
    REQUIRE(seen.mask != nullptr);
    REQUIRE(later.mask != nullptr);
    CHECK(later.mask->probability.data == seen.mask->probability.data);
    // The trunk's middle is at the same place of the mask.
    const auto in_mask = [](const Pose& pose) {
        return pose.mask->mask_from_shown * cv::Vec3d(place_x(pose), 500, 1);
    };
    CHECK(place_x(later) > place_x(seen) + 10);
    CHECK(std::abs(in_mask(later)[0] - in_mask(seen)[0]) < 0.1);
    CHECK(std::abs(in_mask(later)[1] - in_mask(seen)[1]) < 0.1);
}

TEST_CASE("predict: labels move along, and are held between looks and for a while after the last") {
    PredictPoses predict(kEverybody);
    double now = 0;
    const auto see = [&](bool labeled) {
        Pose pose = figure(100 + 300 * now, 500);
        pose.labels = labeled ? box_labels(100 + 300 * now, 500) : nullptr;
        predict.observe(now, {pose}, kPicture, false);
    };
    const auto is_in_place = [&](double when) {
        const Pose pose = predict.at(when).front();
        REQUIRE(pose.labels);
        const double x = place_x(pose);
        return label_at(*pose.labels, Label::kPerson, x - 35, 500) == 255 &&
               label_at(*pose.labels, Label::kPerson, x + 35, 500) == 255 &&
               label_at(*pose.labels, Label::kPerson, x - 46, 500) == 0 &&
               label_at(*pose.labels, Label::kPerson, x + 46, 500) == 0;
    };
    for (int i = 0; i < 40; ++i) {
        now = i * kStep;
        see(i % 3 == 0);
        CHECK(is_in_place(now));
        CHECK(is_in_place(now + 0.1));
        CHECK((i == 0 || is_in_place(now - kStep / 2)));
    }
    for (const double last = 39 * kStep; now < last + 1;) {
        now += kStep;
        see(false);
        const bool is_labeled = predict.at(now).front().labels != nullptr;
        CHECK((std::abs(now - last - 0.5) < 1e-6 || is_labeled == (now - last < 0.5)));
    }
    predict.observe_still(now + kStep);
    CHECK(predict.at(now + kStep).front().labels == nullptr);
    now += 2 * kStep;
    see(true);
    predict.observe_still(now + 1);
    CHECK(predict.at(now + 1).front().labels != nullptr);  // the picture is the one they are of
}

TEST_CASE("predict: silhouettes are measured in masks") {
    PredictPoses predict(kEverybody);
    const double now = feed(predict, 0, 0.5, [](double) {
        auto mask = std::make_shared<PersonMask>(*flat_mask());
        mask->probability = cv::Scalar(0);
        cv::rectangle(mask->probability, cv::Rect(115, 95, 20, 80), 255, cv::FILLED);
        Pose pose = figure(500, 500);
        pose.mask = mask;
        return std::vector{pose};
    });
    const Pose pose = predict.at(now + 0.05).front();
    REQUIRE(pose.shape != nullptr);
    // 20 mask pixels are 80 of the frame, shoulders are 70 apart.
    const Measure& waist = pose.shape->half_width[0][BodyShape::kRows / 2];
    CHECK(waist.certainty > 0);
    CHECK(waist.value == doctest::Approx(40.0 / 70).epsilon(0.1));
}

TEST_CASE("predict: silhouettes are smoothed by certainty") {
    PredictPoses predict({.person = kEverybody.person, .shape_tau_s = 0.2});
    double now = feed(predict, 0, 1, [](double) {
        return std::vector{test::with_shape(figure(500, 500), test::uniform_shape(0.5F))};
    });
    CHECK(predict.at(now).front().shape->top[0].value == doctest::Approx(0.5F));
    const auto value_after = [&](float certainty) {
        PredictPoses copy({.person = kEverybody.person, .shape_tau_s = 0.2});
        double t = feed(copy, 0, 1, [](double) {
            return std::vector{test::with_shape(figure(500, 500), test::uniform_shape(0.5F))};
        });
        t += kStep;
        copy.observe(t, {test::with_shape(figure(500, 500), test::uniform_shape(0.9F, certainty))},
                     kPicture, false);
        return copy.at(t).front().shape->top[0];
    };
    // 1 - exp(-.05 / .2) = .2212 of the way for what is as sure as before.
    CHECK(value_after(1.0F).value == doctest::Approx(0.5 + 0.4 * 0.2212).epsilon(1e-3));
    CHECK(value_after(0.1F).value == doctest::Approx(0.5 + 0.4 * 0.02763).epsilon(2e-3));
    CHECK(value_after(0.0F).value == doctest::Approx(0.5F));
    CHECK(value_after(0.0F).certainty == doctest::Approx(0.7788F).epsilon(1e-3));
}

TEST_CASE("predict: memory stays the same whatever comes") {
    PredictPoses predict(kEverybody);
    std::vector<std::weak_ptr<const PersonMask>> masks;
    const auto alive = [&] {
        std::size_t count = 0;
        for (const auto& mask : masks) {
            count += mask.expired() ? 0 : 1;
        }
        return count;
    };
    // Somebody new with each result, and somebody who stays.
    for (int i = 0; i < 2000; ++i) {
        Pose stays = numbered(0, figure(300, 500));
        Pose passes = numbered(i + 1, figure(1200, 500));
        stays.mask = flat_mask();
        passes.mask = stays.mask;
        masks.push_back(stays.mask);
        predict.observe(i * kStep, {stays, passes}, kPicture, false);
    }
    CHECK(alive() < 40);
    CHECK(predict.at(2000 * kStep).size() < 20);
    // A crowd.
    std::vector<Pose> crowd;
    for (int i = 0; i < 5000; ++i) {
        crowd.push_back(figure(10 * i, 500, 1.0 + i % 7));
    }
    predict.observe(3000 * kStep, crowd, kPicture, true);
    CHECK(predict.at(3000 * kStep).size() <= 100);
}

}  // namespace
}  // namespace closet
