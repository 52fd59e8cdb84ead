#include "live/choose_views.h"

#include <cmath>
#include <cstring>

#include <doctest/doctest.h>

#include "encode/stream/pictures.h"

namespace closet::test {
namespace {

/// A picture whose layout depends on the seed; the same picture for the same one.
CapturedFrame captured(double seconds, unsigned seed = 0, bool scene_start = false) {
    AvFrame picture = make_picture(AV_PIX_FMT_YUV420P, 64, 36, 0);
    for (int y = 0; y < 36; ++y) {
        for (int x = 0; x < 64; ++x) {
            const bool lit = seed % 2 == 0 ? x < 20 && y < 20 : x > 40 && y > 10;
            picture->data[0][y * picture->linesize[0] + x] = static_cast<std::uint8_t>(
                lit ? 220 - 40 * static_cast<int>(seed % 2) : 30 + 60 * static_cast<int>(seed % 2));
        }
    }
    CapturedFrame frame;
    frame.frame = make_frame(std::move(picture), std::llround(seconds * 1e6));
    frame.frame.scene_start = scene_start;
    frame.captured = LiveClock::time_point(std::chrono::milliseconds(std::llround(1000 * seconds)));
    return frame;
}

/// The frames, by number, that a source of `rate` frames a second gives inference.
std::vector<int> chosen(double rate, double interval_s, int frames) {
    ChooseViews choose(0.5, false);
    std::vector<int> numbers;
    for (int i = 0; i < frames; ++i) {
        const Shot shot = choose.take(captured(i / rate));
        if (choose.view_of(shot, interval_s)) {
            numbers.push_back(i);
        }
    }
    return numbers;
}

TEST_SUITE("choose_views") {
    TEST_CASE("the interval holds on average at every rate") {
        for (const double rate : {25.0, 30.0, 40.0, 60.0, 29.97}) {
            for (const double interval_s : {0.02, 0.04, 0.05, 0.1, 0.2}) {
                CAPTURE(rate);
                CAPTURE(interval_s);
                const int frames = static_cast<int>(4 * rate);
                const auto numbers = chosen(rate, interval_s, frames);
                const double wanted = std::min(4.0 / interval_s, static_cast<double>(frames));
                CHECK(std::abs(static_cast<double>(numbers.size()) - wanted) <= 1.5);
                const double most = std::ceil(interval_s * rate - 1e-6);
                for (std::size_t i = 1; i < numbers.size(); ++i) {
                    CHECK(numbers[i] - numbers[i - 1] <= std::max(most, 1.0));
                }
            }
        }
    }

    TEST_CASE("frames at the wanted interval are all chosen in spite of jitter") {
        ChooseViews choose(0.5, false);
        int views = 0;
        for (int i = 0; i < 120; ++i) {
            const double jitter = (i % 3 - 1) * 0.004;
            const Shot shot = choose.take(captured(i / 30.0 + jitter));
            views += choose.view_of(shot, 1 / 30.0) ? 1 : 0;
        }
        CHECK(views >= 118);
    }

    TEST_CASE("an interval of nothing takes every frame") {
        CHECK(chosen(30, 0, 30).size() == 30);
    }

    TEST_CASE("an interval that changes on the way counts from the next view on") {
        ChooseViews choose(0.5, false);
        int views = 0;
        for (int i = 0; i < 60; ++i) {
            const Shot shot = choose.take(captured(i / 30.0));
            views += choose.view_of(shot, i < 30 ? 0.2 : 1 / 30.0) ? 1 : 0;
        }
        CHECK(views >= 33);
        CHECK(views <= 36);
    }

    TEST_CASE("a pause of the source is followed by one view and not by many") {
        ChooseViews choose(0.5, false);
        REQUIRE(choose.view_of(choose.take(captured(0)), 0.1));
        int views = 0;
        for (int i = 0; i < 10; ++i) {
            const Shot shot = choose.take(captured(5 + i / 30.0));
            views += choose.view_of(shot, 0.1) ? 1 : 0;
        }
        CHECK(views <= 4);
        CHECK(views >= 3);
    }

    TEST_CASE("scenes are numbered and each starts with a view") {
        ChooseViews choose(0.5, false);
        std::vector<int> scenes, viewed;
        for (int i = 0; i < 12; ++i) {
            // A cut at 4; the source itself comes back with the same picture at 8.
            const Shot shot = choose.take(captured(i / 30.0, i < 4 ? 0 : 1, i == 0 || i == 8));
            scenes.push_back(shot.scene);
            if (const auto view = choose.view_of(shot, 10)) {
                viewed.push_back(i);
                CHECK(view->scene == shot.scene);
            }
        }
        CHECK(scenes == std::vector<int>{1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3});
        CHECK(viewed == std::vector<int>{0, 4, 8});
    }

    TEST_CASE("a view carries what is known of its frame") {
        ChooseViews choose(0.5, false);
        CapturedFrame frame = captured(1.5);
        frame.frame.index = 7;
        frame.frame.orientation = {90, false};
        const Shot shot = choose.take(std::move(frame));
        const auto view = choose.view_of(shot, 0.1);
        REQUIRE(view);
        CHECK(view->index == 7);
        CHECK(view->seconds == 1.5);
        CHECK(view->captured == shot.captured);
        CHECK(view->picture == cv::Size(36, 64));
        CHECK(view->view.rgb.size() == cv::Size(18, 32));  // upright
        CHECK(view->like == 7);
    }

    TEST_CASE("views in which nothing moves are still where that is wanted") {
        for (const bool skip : {false, true}) {
            ChooseViews choose(0.5, skip);
            int still = 0;
            for (int i = 0; i < 20; ++i) {
                CapturedFrame frame = captured(i / 30.0, 0, i == 10);
                frame.frame.index = i;
                const Shot shot = choose.take(std::move(frame));
                const auto view = choose.view_of(shot, 0);
                REQUIRE(view);
                CHECK(!view->view.rgb.empty());  // in case that the first one is dropped
                still += view->like < i ? 1 : 0;
                if (skip) {
                    CHECK(view->like == (i < 10 ? 0 : 10));  // of a scene nothing is known at first
                }
            }
            CHECK(still == (skip ? 18 : 0));
        }
    }
}

}  // namespace
}  // namespace closet::test
