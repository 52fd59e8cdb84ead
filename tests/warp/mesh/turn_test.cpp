#include "warp/mesh/turn.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <doctest/doctest.h>

#include "warp/mesh/back.h"
#include "warp/mesh/mesh_fixtures.h"
#include "warp/mesh/posed_figure.h"

namespace {

using namespace closet;
using namespace closet::test;

mesh::Turn turn_at(double degrees, bool swapped = false) {
    PosedFigure figure;
    figure.turned = degrees;
    Pose pose = figure.pose();
    if (swapped) {
        swap_labels(pose);
    }
    const auto body = body_frame(pose, 0.3F);
    REQUIRE(body);
    return mesh::find_turn(pose, mesh::Silhouette(*body, nullptr));
}

}  // namespace

TEST_CASE("who faces the camera is not turned and who turns the back is seen from behind") {
    CHECK(turn_at(0).shift == doctest::Approx(0));
    CHECK(turn_at(0).away == 0);
    CHECK(turn_at(40).shift > 0.5);
    CHECK(turn_at(-40).shift < -0.5);
    CHECK(turn_at(40).away == 0);
    CHECK(turn_at(180).away == doctest::Approx(1));
    CHECK(turn_at(150).away == doctest::Approx(1));
    CHECK(turn_at(150).shift < 0);  // the back that is seen faces the other way
}

TEST_CASE("a face that is seen makes a front of shoulders whose sides are swapped") {
    for (const double degrees : {-40.0, 0.0, 30.0}) {
        CHECK(turn_at(degrees, true).away == 0);
        CHECK(turn_at(degrees, true).shift == doctest::Approx(turn_at(degrees).shift));
    }
}

TEST_CASE("small turns, of which depths tell too little, move a front and make it longer") {
    for (const double degrees : {20.0, 35.0}) {
        // BlazePose's depths of these turns are a third to a half of what they are in profile.
        PosedFigure figure;
        figure.turned = degrees;
        Pose pose = figure.pose();
        for (Keypoint& point : pose.keypoints) {
            point.z *= 0.4F;
        }
        const auto body = body_frame(pose, 0.3F);
        REQUIRE(body);
        const mesh::Turn turn = mesh::find_turn(pose, mesh::Silhouette(*body, nullptr));
        CHECK(turn.shift == doctest::Approx(std::sin(degrees * CV_PI / 180)).epsilon(0.2));
        CHECK(turn.longer() > 1.02);
        CHECK(turn.longer() < 1.25);
    }
    CHECK(turn_at(0).longer() == 1);
}

TEST_CASE("a turn that trembles moves a front little from frame to frame") {
    PosedFigure figure;
    mesh::TurnFollower follower;
    double last = 0, most = 0;
    for (int i = 0; i < 60; ++i) {
        figure.turned = i % 2 == 0 ? 4 : -4;
        const Pose pose = [&] {
            Pose tracked = figure.pose();
            tracked.person_id = 1;
            return tracked;
        }();
        const auto body = body_frame(pose, 0.3F);
        REQUIRE(body);
        follower.begin_frame(i / 25.0, false);
        const double shift = follower.find(pose, mesh::Silhouette(*body, nullptr)).shift;
        most = i > 1 ? std::max(most, std::abs(shift - last)) : 0;
        last = shift;
    }
    CHECK(most < 0.02);
    // Who turns and stays is followed to the end.
    figure.turned = 30;
    Pose pose = figure.pose();
    pose.person_id = 1;
    const auto body = body_frame(pose, 0.3F);
    const mesh::Silhouette silhouette(*body, nullptr);
    for (int i = 60; i < 200; ++i) {
        follower.begin_frame(i / 25.0, false);
        last = follower.find(pose, silhouette).shift;
    }
    CHECK(last == doctest::Approx(mesh::find_turn(pose, silhouette).shift).epsilon(0.02));
}

TEST_CASE("who turns round in a second moves what is seen without jerks") {
    mesh::TurnFollower follower;
    std::array<double, 3> last{};
    double most = 0;
    for (int i = 0; i < 60; ++i) {
        // Half a turn, from 0.6 s on, as smoothly as people turn.
        const double share = std::clamp((i / 25.0 - 0.6) / 1.2, 0.0, 1.0);
        PosedFigure figure;
        figure.turned = 180 * share * share * (3 - 2 * share);
        Pose pose = figure.pose();
        pose.person_id = 1;
        pose.facing = {static_cast<float>(figure.turned * CV_PI / 180), 1};
        const auto body = body_frame(pose, 0.3F);
        REQUIRE(body);
        follower.begin_frame(i / 25.0, false);
        last = {last[1], last[2], follower.find(pose, mesh::Silhouette(*body, nullptr)).shift};
        most = i > 1 ? std::max(most, std::abs(last[0] - 2 * last[1] + last[2])) : 0;
    }
    MESSAGE("largest second difference " << most);
    CHECK(most < 0.18);
}

TEST_CASE("people in profile and people whose depth is inside out are seen from the front") {
    for (const double degrees : {80.0, 90.0, 105.0, -90.0, -105.0}) {
        CHECK(turn_at(degrees).away == 0);
    }
    PosedFigure figure;
    Pose pose = figure.pose();
    for (Keypoint& point : pose.keypoints) {
        point.z = -point.z;  // as BlazePose has it in every now and then a frame
    }
    const auto body = body_frame(pose, 0.3F);
    REQUIRE(body);
    CHECK(mesh::find_turn(pose, mesh::Silhouette(*body, nullptr)).away == 0);
}

TEST_CASE("a body that turns round by small steps changes by small steps") {
    mesh::Turn last = turn_at(0);
    for (int degrees = 1; degrees <= 360; ++degrees) {
        CAPTURE(degrees);
        const mesh::Turn turn = turn_at(degrees);
        CHECK(std::abs(turn.shift - last.shift) < 0.12);
        CHECK(std::abs(turn.away - last.away) < 0.16);
        CHECK(std::abs(turn.longer() - last.longer()) < 0.02);
        last = turn;
    }
}

TEST_CASE("a garment is as long on a back in profile as on a front") {
    // Where the surface that is seen changes, at about 115 degrees, `shift` passes 0.
    for (const double degrees : {60.0, 90.0, 105.0, 112.0, 118.0, 125.0}) {
        CAPTURE(degrees);
        CHECK(turn_at(degrees).longer() > 1.25);
        CHECK(turn_at(-degrees).longer() == doctest::Approx(turn_at(degrees).longer()));
    }
}

TEST_CASE("turned rows keep their ends and their order") {
    for (const double shift : {-1.0, -0.4, 0.0, 0.7, 1.0}) {
        double last = mesh::turned_across(-1, shift, 1);
        CHECK(last == -1);
        for (double across = -0.99; across < 1.3; across += 0.01) {
            const double now = mesh::turned_across(across, shift, 1);
            CHECK(now > last);
            last = now;
        }
    }
    CHECK(mesh::turned_across(0, 0.6, 1) > mesh::turned_across(0, 0.6, 0));
}

TEST_CASE("a back has neither print nor neckline") {
    auto front = tee();
    front->rgba.forEach<cv::Vec4b>([](cv::Vec4b& p, const int* at) {
        const bool print = at[0] > 250 && at[0] < 300 && at[1] > 190 && at[1] < 310;
        const std::uint8_t alpha = p[3];
        p = print ? cv::Vec4b(250, 250, 250, alpha) : cv::Vec4b(60, 90, 40, alpha);
        if (at[0] < 110 && std::abs(at[1] - 250) < 30) {
            p[3] = 0;  // a deep neckline
        }
    });
    const Garment back = mesh::back_of(*front);
    CHECK(cv::norm(back.rgba.at<cv::Vec4b>(275, 250), cv::Vec4b(60, 90, 40, 255)) < 3);
    CHECK(back.rgba.at<cv::Vec4b>(100, 250)[3] == 255);
    CHECK(back.rgba.at<cv::Vec4b>(40, 250)[3] == 0);
    CHECK(back.rgba.size() == front->rgba.size());
}

TEST_CASE("a pattern runs around to the back and a large print does not") {
    const auto dyed = [](auto is_light) {
        auto garment = tee();
        garment->rgba.forEach<cv::Vec4b>([&](cv::Vec4b& p, const int* at) {
            const cv::Vec4b color = is_light(at[1], at[0]) ? cv::Vec4b(250, 250, 250, p[3])
                                                           : cv::Vec4b(60, 90, 40, p[3]);
            p = color;
        });
        return garment;
    };
    const auto checks = dyed([](int x, int y) { return (x / 12 + y / 12) % 2 == 0; });
    CHECK(cv::norm(mesh::back_of(*checks).rgba.rowRange(150, 300), checks->rgba.rowRange(150, 300),
                   cv::NORM_INF) == 0);
    const auto print =
        dyed([](int x, int y) { return y > 130 && y < 350 && std::abs(x - 250) < 50; });
    CHECK(cv::norm(mesh::back_of(*print).rgba.at<cv::Vec4b>(240, 250), cv::Vec4b(60, 90, 40, 255)) <
          3);
}

TEST_CASE("pale letters in a dark box and soft edges leave no ghost behind") {
    auto front = tee();
    front->rgba.forEach<cv::Vec4b>([](cv::Vec4b& p, const int* at) {
        const int inside = std::min({at[0] - 230, 310 - at[0], at[1] - 190, 310 - at[1]});
        const bool letter = std::abs(at[0] - 270) < 12 && std::abs(at[1] - 250) < 12;
        const double share = letter ? 0.14 : std::clamp((inside + 4) / 8.0, 0.0, 1.0);
        for (int c = 0; c < 3; ++c) {
            p[c] = cv::saturate_cast<std::uint8_t>(200 - 130 * share);
        }
    });
    const Garment back = mesh::back_of(*front);
    for (const cv::Point at : {cv::Point(250, 270), cv::Point(215, 270), cv::Point(190, 270),
                               cv::Point(250, 230), cv::Point(313, 280)}) {
        CAPTURE(at);
        CHECK(cv::norm(back.rgba.at<cv::Vec4b>(at), cv::Vec4b(200, 200, 200, 255)) < 6);
    }
}

TEST_CASE("folds are no pattern: the print on a creased front does not show behind") {
    auto front = tee();
    front->rgba.forEach<cv::Vec4b>([](cv::Vec4b& p, const int* at) {
        if (at[0] > 220 && at[0] < 320 && std::abs(at[1] - 250) < 40) {
            p = cv::Vec4b(240, 230, 200, p[3]);
            return;
        }
        const double light = 1 + 0.35 * std::sin(at[1] / 9.0);  // upright folds
        p = cv::Vec4b(cv::saturate_cast<std::uint8_t>(60 * light),
                      cv::saturate_cast<std::uint8_t>(140 * light),
                      cv::saturate_cast<std::uint8_t>(100 * light), p[3]);
    });
    const cv::Vec4b behind = mesh::back_of(*front).rgba.at<cv::Vec4b>(275, 250);
    CHECK(cv::norm(behind, cv::Vec4b(60, 140, 100, 255)) < 30);
}
