#include "warp/mesh/rest.h"

#include <doctest/doctest.h>

using namespace closet;

namespace {

Pose person(int number) {
    Pose pose;
    pose.person_id = number;
    return pose;
}

}  // namespace

TEST_CASE("how a garment rests on shoulders is followed slowly, each person's on its own") {
    mesh::RestFollower rests;
    const double usual = 0.05, away = 0.15;
    for (int i = 0; i < 100; ++i) {
        CAPTURE(i);
        rests.begin_frame(i / 25.0, false);
        // Shoulders are lost on every tenth frame.
        const double seen = i % 10 == 9 ? away : usual;
        mesh::FollowedRest one = rests.of(person(1));
        const double shift = one.shift(seen);
        CHECK(shift >= usual - 1e-9);
        CHECK(shift < usual + 0.2 * (away - usual));
        CHECK(one.lift(2, -seen) == doctest::Approx(-shift));
        CHECK(one.lift(0, 0.3) == doctest::Approx(0.3));
        CHECK(rests.of(person(1)).shift(9) == shift);  // in the same frame
        CHECK(rests.of(person(2)).shift(0.4) == doctest::Approx(0.4));
    }
    for (int i = 100; i < 150; ++i) {
        rests.begin_frame(i / 25.0, false);
        rests.of(person(1)).shift(0.1);
    }
    CHECK(rests.of(person(1)).shift(9) == doctest::Approx(0.1).epsilon(0.02));
    rests.begin_frame(6, true);  // a cut
    CHECK(rests.of(person(1)).shift(-0.2) == doctest::Approx(-0.2));
}

TEST_CASE("who is not followed rests as the frame tells") {
    mesh::RestFollower rests;
    rests.begin_frame(0, false);
    CHECK(rests.of(person(-1)).shift(0.1) == doctest::Approx(0.1));
    CHECK(rests.of(person(-1)).shift(0.2) == doctest::Approx(0.2));
    CHECK(mesh::FollowedRest().shift(0.3) == 0.3);
}
