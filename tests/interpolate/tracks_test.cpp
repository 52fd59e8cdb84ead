#include "interpolate/tracks.h"

#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "interpolate/people.h"

using namespace closet;
using closet::test::figure;
using closet::test::numbered;

namespace {

TrackOptions raw() {
    return {{0, 0.01}, 0.5};
}

/// Ids of the tracks that were seen at this very time, by the x of their last pose.
std::vector<int> ids_by_x(const Tracks& tracks, double seconds) {
    std::vector<std::pair<float, int>> seen;
    for (const auto& track : tracks.all()) {
        if (track->last_seen().seconds == seconds) {
            seen.emplace_back(track->last_pose().keypoints.front().x, track->id());
        }
    }
    std::sort(seen.begin(), seen.end());
    std::vector<int> ids;
    ids.reserve(seen.size());
    for (const auto& [x, id] : seen) {
        ids.push_back(id);
    }
    return ids;
}

}  // namespace

TEST_CASE("people who cross keep their ids") {
    Tracks tracks(raw());
    for (int i = 0; i <= 30; ++i) {
        const double t = i * 0.04;
        // Two metres a second each, in opposite directions; they meet in the middle at t = 0.6 s,
        // one of them a bit lower. The detector swaps their order as they pass.
        const Pose a = figure(300 + 400 * t, 400);
        const Pose b = figure(780 - 400 * t, 430);
        tracks.add({i, t}, i < 15 ? std::vector{a, b} : std::vector{b, a});
        CHECK(tracks.all().size() == 2);
    }
    CHECK(ids_by_x(tracks, 30 * 0.04) == std::vector{1, 0});
}

TEST_CASE("a person who is overlooked twice keeps the id and one overlooked thrice does not") {
    for (const int overlooked : {1, 2, 3}) {
        Tracks tracks(raw());
        tracks.add({0, 0.0}, {figure(300, 400)});
        for (int i = 1; i <= overlooked; ++i) {
            tracks.add({i, i * 0.04}, {});
        }
        const double back = (overlooked + 1) * 0.04;
        tracks.add({overlooked + 1, back}, {figure(310, 400)});
        CAPTURE(overlooked);
        CHECK(ids_by_x(tracks, back).front() == (overlooked <= 2 ? 0 : 1));
    }
}

TEST_CASE("a gap that lasts too long ends the track even when one key frame is missing") {
    Tracks tracks(raw());
    tracks.add({0, 0.0}, {figure(300, 400)});
    tracks.add({30, 0.3}, {});
    tracks.add({60, 0.6}, {figure(300, 400)});
    CHECK(ids_by_x(tracks, 0.6) == std::vector{1});
    CHECK(tracks.find(0)->gone_from() == 30);
}

TEST_CASE("somebody far away or of another size or skeleton is somebody else") {
    Pose blaze = figure(300, 400);
    blaze.skeleton = Skeleton::kBlazePose33;
    blaze.keypoints.resize(33, blaze.keypoints.back());
    for (const Pose& other : {figure(600, 400), figure(300, 400, 2.5), blaze}) {
        Tracks tracks(raw());
        tracks.add({0, 0.0}, {figure(300, 400)});
        tracks.add({1, 0.04}, {other});
        CHECK(ids_by_x(tracks, 0.04) == std::vector{1});
    }
}

TEST_CASE("somebody whose sides the network exchanges for a moment is the same person") {
    // On a face that it cannot see it takes a front for a back, at any rate of key frames.
    Tracks tracks(raw());
    for (int i = 0; i <= 30; ++i) {
        Pose pose = figure(300, 400);
        const float middle = pose.at(Joint::kNose).x;
        for (Keypoint& point : pose.keypoints) {  // broad, so that sides lie far apart
            point.x = middle + 3 * (point.x - middle);
        }
        if (i % 3 == 1) {
            exchange_sides(pose.keypoints, pose.skeleton);
        }
        tracks.add({i, i / 60.0}, {pose});
    }
    CHECK(ids_by_x(tracks, 30 / 60.0) == std::vector{0});
    CHECK(tracks.all().size() == 1);
}

TEST_CASE("a cut ends all tracks though the person stands still") {
    Tracks tracks(raw());
    tracks.add({0, 0.0}, {figure(300, 400)});
    tracks.cut({1, 0.04});
    tracks.add({1, 0.04}, {figure(300, 400)});
    CHECK(ids_by_x(tracks, 0.04) == std::vector{1});
}

TEST_CASE("poses without usable numbers are left out") {
    Tracks tracks(raw());
    std::vector<Pose> bad(5, figure(300, 400));
    bad[0].keypoints[3].x = std::numeric_limits<float>::quiet_NaN();
    bad[1].keypoints[3].y = std::numeric_limits<float>::infinity();
    bad[2].keypoints.pop_back();
    bad[3].keypoints[0].score = 1.5F;
    bad[4].box.width = std::numeric_limits<float>::quiet_NaN();
    tracks.add({0, 0.0}, bad);
    CHECK(tracks.all().empty());
}

TEST_CASE("somebody whom inference knows comes back under the same id and not in the same track") {
    for (const int number : {5, 6}) {
        CAPTURE(number);
        Tracks tracks(raw());
        tracks.add({0, 0.0}, {numbered(5, figure(300, 400)), numbered(7, figure(900, 400))});
        for (int i = 1; i <= 10; ++i) {
            tracks.add({i, i * 0.04}, {numbered(7, figure(900, 400))});
        }
        tracks.add({11, 0.44}, {numbered(7, figure(900, 400)), numbered(number, figure(320, 400))});
        CHECK(ids_by_x(tracks, 0.44) == std::vector{number == 5 ? 0 : 2, 1});
        CHECK(tracks.all().size() == 3);
        const Track* back = tracks.find(number == 5 ? 0 : 2);
        REQUIRE(back != nullptr);
        CHECK_FALSE(back->ended());
        CHECK(back->first_seen().frame == 11);
        CHECK(std::is_sorted(tracks.all().begin(), tracks.all().end(),
                             [](const auto& a, const auto& b) { return a->id() < b->id(); }));
    }
}

TEST_CASE("who is who is what inference says where it says something") {
    Tracks tracks(raw());
    tracks.add({0, 0.0}, {numbered(0, figure(300, 400)), numbered(1, figure(340, 400))});
    // Each one is now where the other one was.
    tracks.add({1, 0.04}, {numbered(1, figure(300, 400)), numbered(0, figure(340, 400))});
    CHECK(ids_by_x(tracks, 0.04) == std::vector{1, 0});
    // Somebody new stands where one of them stood.
    tracks.add({2, 0.08}, {numbered(1, figure(300, 400)), numbered(2, figure(340, 400))});
    CHECK(ids_by_x(tracks, 0.08) == std::vector{1, 2});
}

TEST_CASE("somebody who jumps is somebody else whatever the number says") {
    Tracks tracks(raw());
    tracks.add({0, 0.0}, {numbered(3, figure(300, 400))});
    tracks.add({2, 0.04}, {numbered(3, figure(600, 400))});
    REQUIRE(tracks.all().size() == 2);
    CHECK(ids_by_x(tracks, 0.04) == std::vector{1});
    // The number is now that of the other one.
    for (int i = 3; i < 8; ++i) {
        tracks.add({i, i * 0.04}, {});
    }
    tracks.add({8, 0.32}, {numbered(3, figure(620, 400))});
    CHECK(ids_by_x(tracks, 0.32) == std::vector{1});
}

TEST_CASE("numbers that repeat in one key frame or after a cut are other people") {
    Tracks tracks(raw());
    tracks.add({0, 0.0}, {numbered(0, figure(300, 400)), numbered(0, figure(900, 400))});
    CHECK(ids_by_x(tracks, 0.0) == std::vector{0, 1});
    tracks.cut({1, 0.04});
    tracks.add({1, 0.04}, {numbered(0, figure(300, 400))});
    CHECK(ids_by_x(tracks, 0.04) == std::vector{2});
}

TEST_CASE("memory of a long track stays bounded") {
    TrackOptions options = raw();
    options.smoothing.sigma_s = 0.05;
    Tracks tracks(options);
    for (int i = 0; i < 5000; ++i) {
        tracks.add({i, i * 0.04}, {figure(300, 400)});
        tracks.forget_before({i, i * 0.04});
    }
    REQUIRE(tracks.all().size() == 1);
    CHECK(tracks.all().front()->key_count() == 5000);
    CHECK(tracks.all().front()->kept_keys() < 18);
}
