#include "live/choose_views.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include <opencv2/imgproc.hpp>

#include "core/error.h"

using closet::StillPicture;

namespace {

/// A view of a made-up room: a figure of bars and discs, moved by some pixels, under noise.
class Room {
  public:
    explicit Room(double noise) : noise_(noise) {}

    cv::Mat view(double figure_x, double light = 0) {
        cv::Mat picture(360, 640, CV_8UC3, cv::Scalar(90, 100, 110));
        cv::rectangle(picture, {40, 60, 120, 200}, cv::Scalar(140, 120, 100), cv::FILLED);
        // Drawn in 1/16 pixels.
        const auto fixed = [](double value) { return static_cast<int>(16 * value); };
        cv::circle(picture, {fixed(320 + figure_x), fixed(90)}, fixed(40),
                   cv::Scalar(200, 160, 140), cv::FILLED, cv::LINE_AA, 4);
        cv::rectangle(picture, cv::Point(fixed(260 + figure_x), fixed(140)),
                      cv::Point(fixed(380 + figure_x), fixed(330)), cv::Scalar(40, 50, 160),
                      cv::FILLED, cv::LINE_AA, 4);
        cv::Mat real;
        picture.convertTo(real, CV_32FC3, 1, light);
        cv::Mat grain(real.size(), CV_32FC3);
        random_.fill(grain, cv::RNG::NORMAL, 0, noise_);
        real += grain;
        real.convertTo(picture, CV_8UC3);
        return picture;
    }

  private:
    double noise_;
    cv::RNG random_{5};
};

}  // namespace

TEST_CASE("still picture: the first view is to be inferred and the same again is not") {
    StillPicture still;
    Room room(0);
    CHECK_FALSE(still.unchanged(room.view(0), 0));
    CHECK(still.unchanged(room.view(0), 0.04));
    CHECK(still.unchanged(room.view(0), 0.08));
}

TEST_CASE("still picture: sensor noise of any strength is no movement") {
    for (const double noise : {1, 4, 8, 16}) {
        StillPicture still(1000);
        Room room(noise);
        int moved = 0;
        for (int i = 0; i < 60; ++i) {
            moved += still.unchanged(room.view(0), 0.04 * i) ? 0 : 1;
        }
        INFO(noise);
        CHECK(moved <= 2);  // the first one, and one until the noise is known
    }
}

TEST_CASE("still picture: a movement by a pixel is seen under ordinary noise") {
    for (const double noise : {0, 4, 8}) {
        StillPicture still(1000);
        Room room(noise);
        for (int i = 0; i < 10; ++i) {
            still.unchanged(room.view(0), 0.04 * i);
        }
        INFO(noise);
        CHECK(still.unchanged(room.view(0), 0.4));
        CHECK_FALSE(still.unchanged(room.view(1.5), 0.44));
        CHECK(still.unchanged(room.view(1.5), 0.48));
    }
}

TEST_CASE("still picture: slow movements add up until they are seen") {
    StillPicture still(1000);
    Room room(2);
    int moved = 0;
    for (int i = 0; i < 100; ++i) {
        moved += still.unchanged(room.view(0.1 * i), 0.04 * i) ? 0 : 1;
    }
    CHECK(moved >= 8);  // ten pixels in all
    CHECK(moved <= 60);
}

TEST_CASE("still picture: noise is learned while somebody moves all the time") {
    StillPicture still(1000);
    Room room(8);
    for (int i = 0; i < 40; ++i) {
        CHECK_FALSE(still.unchanged(room.view(i % 2 == 0 ? 0 : 8), 0.04 * i));
    }
    CHECK_FALSE(still.unchanged(room.view(20), 2));
    for (int i = 0; i < 10; ++i) {
        CHECK(still.unchanged(room.view(20), 2.04 + 0.04 * i));
    }
}

TEST_CASE("still picture: light that changes everywhere moves nobody") {
    StillPicture still(1000);
    Room room(2);
    for (int i = 0; i < 10; ++i) {
        still.unchanged(room.view(0), 0.04 * i);
    }
    CHECK(still.unchanged(room.view(0, 12), 0.4));
    CHECK(still.unchanged(room.view(0, -12), 0.44));
}

TEST_CASE("still picture: after the longest time a view is inferred all the same") {
    StillPicture still(1);
    Room room(0);
    CHECK_FALSE(still.unchanged(room.view(0), 10));
    CHECK(still.unchanged(room.view(0), 11));
    CHECK_FALSE(still.unchanged(room.view(0), 11.01));
    CHECK(still.unchanged(room.view(0), 11.5));
}

TEST_CASE("still picture: a time that goes back and another size begin anew") {
    StillPicture still;
    Room room(0);
    CHECK_FALSE(still.unchanged(room.view(0), 10));
    CHECK_FALSE(still.unchanged(room.view(0), 9));
    cv::Mat smaller;
    cv::resize(room.view(0), smaller, {}, 0.5, 0.5, cv::INTER_AREA);
    CHECK_FALSE(still.unchanged(smaller, 9.1));
    CHECK(still.unchanged(smaller, 9.2));
    CHECK_FALSE(still.unchanged(smaller.t(), 9.3));
}

TEST_CASE("still picture: after a reset the next view is inferred") {
    StillPicture still;
    Room room(0);
    still.unchanged(room.view(0), 0);
    still.reset();
    CHECK_FALSE(still.unchanged(room.view(0), 0.04));
    CHECK(still.unchanged(room.view(0), 0.08));
}

TEST_CASE("still picture: views smaller than the blocks are compared as well") {
    StillPicture still;
    const cv::Mat dark(2, 3, CV_8UC3, cv::Scalar::all(10));
    cv::Mat spot = dark.clone();
    spot.at<cv::Vec3b>(1, 1) = {200, 200, 200};
    CHECK_FALSE(still.unchanged(dark, 0));
    CHECK(still.unchanged(dark, 0.1));
    CHECK_FALSE(still.unchanged(spot, 0.2));
}

TEST_CASE("still picture: a longest time that makes no sense is refused") {
    CHECK_THROWS_AS(StillPicture(-1), closet::ConfigError);
    CHECK_THROWS_AS(StillPicture(std::numeric_limits<double>::quiet_NaN()), closet::ConfigError);
}
