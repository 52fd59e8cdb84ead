#include "batch/key_frames.h"
#include "batch/batch.h"

#include <cmath>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"

namespace closet {
namespace {

/// The indices of the key frames among frames at these times, milliseconds.
std::vector<std::size_t> keys_of(KeyFrameClock& clock, const std::vector<std::int64_t>& times_ms,
                                 std::int64_t duration_ms) {
    std::vector<std::size_t> keys;
    for (std::size_t i = 0; i < times_ms.size(); ++i) {
        Frame frame;
        frame.time_base = {1, 1000};
        frame.pts = times_ms[i];
        frame.duration = duration_ms;
        if (clock.is_key(frame, frame.scene_start)) {
            keys.push_back(i);
        }
    }
    return keys;
}

std::vector<std::int64_t> constant_rate(double rate, int count) {
    std::vector<std::int64_t> times;
    for (int i = 0; i < count; ++i) {
        times.push_back(static_cast<std::int64_t>(i * 1000.0 / rate + 0.5));
    }
    return times;
}

using Keys = std::vector<std::size_t>;

TEST_CASE("key frames: an interval of whole frames takes every so many frames despite rounding") {
    KeyFrameClock clock(0.1, std::nullopt);
    CHECK(keys_of(clock, constant_rate(30, 13), 33) == Keys{0, 3, 6, 9, 12});
}

TEST_CASE("key frames: an interval between whole frames keeps its mean rate") {
    KeyFrameClock clock(0.04, std::nullopt);  // 2.4 frames at 60 a second
    const Keys keys = keys_of(clock, constant_rate(60, 601), 17);
    CHECK(keys.size() == 251);
    for (std::size_t i = 1; i < keys.size(); ++i) {
        CHECK(keys[i] - keys[i - 1] >= 2);
        CHECK(keys[i] - keys[i - 1] <= 3);
    }
}

TEST_CASE("key frames: an interval below the frame duration takes every frame") {
    KeyFrameClock clock(0.005, std::nullopt);
    CHECK(keys_of(clock, constant_rate(25, 5), 40) == Keys{0, 1, 2, 3, 4});
}

TEST_CASE("key frames: an interval of zero or none at all takes every frame") {
    KeyFrameClock zero(0.0, std::nullopt);
    CHECK(keys_of(zero, constant_rate(25, 4), 40) == Keys{0, 1, 2, 3});
    KeyFrameClock none;
    CHECK(keys_of(none, constant_rate(25, 4), 40) == Keys{0, 1, 2, 3});
}

TEST_CASE("key frames: a variable rate follows the clock and not the frame count") {
    KeyFrameClock clock(0.1, std::nullopt);
    // Dense, then a gap of a second, then dense again: the gap is not made up for.
    CHECK(keys_of(clock, {0, 20, 40, 60, 80, 100, 1100, 1120, 1140, 1160, 1180, 1200}, 20) ==
          Keys{0, 5, 6, 11});
}

TEST_CASE("key frames: unknown durations are taken from the timestamps") {
    KeyFrameClock clock(0.1, std::nullopt);
    CHECK(keys_of(clock, constant_rate(30, 10), 0) == Keys{0, 3, 6, 9});
}

TEST_CASE("key frames: a pause before a frame of unknown duration is no reason to wait longer") {
    KeyFrameClock clock(0.1);
    CHECK(keys_of(clock, {0, 5000, 5033, 5067, 5100, 5133, 5167, 5200}, 0) == Keys{0, 1, 4, 7});
}

TEST_CASE("key frames: every n-th frame wins over an interval") {
    KeyFrameClock clock(0.001, 4);
    CHECK(keys_of(clock, constant_rate(25, 10), 40) == Keys{0, 4, 8});
}

TEST_CASE("key frames: a scene start is one and restarts the count") {
    for (const bool by_interval : {true, false}) {
        KeyFrameClock clock(by_interval ? 0.16 : 0.0,
                            by_interval ? std::nullopt : std::optional(4));
        Keys keys;
        for (std::size_t i = 0; i < 12; ++i) {
            Frame frame;
            frame.time_base = {1, 25};
            frame.pts = static_cast<std::int64_t>(i);
            frame.duration = 1;
            frame.scene_start = i == 6;
            if (clock.is_key(frame, frame.scene_start)) {
                keys.push_back(i);
            }
        }
        CHECK(keys == Keys{0, 4, 6, 10});
    }
}

TEST_CASE("key frames: time that runs backwards restarts the interval") {
    KeyFrameClock clock(0.1, std::nullopt);
    CHECK(keys_of(clock, {5000, 5050, 5100, 0, 50, 100}, 50) == Keys{0, 2, 3, 5});
}

TEST_CASE("key frames: impossible settings are refused") {
    CHECK_THROWS_AS(Batch({.interval_s = -0.1}), ConfigError);
    CHECK_THROWS_AS(Batch({.interval_s = std::nan("")}), ConfigError);
    CHECK_THROWS_AS(Batch({.interval_s = INFINITY}), ConfigError);
    CHECK_THROWS_AS(Batch({.every = 0}), ConfigError);
}

TEST_CASE("key frames: a change of the interval holds from the next key frame on") {
    KeyFrameClock clock(0.04);
    CHECK(keys_of(clock, {0, 20, 40, 60, 80}, 20) == Keys{0, 2, 4});
    clock.set_interval(0.1);
    CHECK(keys_of(clock, {100, 120, 140, 220, 240, 260, 340}, 20) == Keys{1, 3, 6});
    clock.set_interval(0);
    CHECK(keys_of(clock, {460, 480, 500}, 20) == Keys{0, 1, 2});
}

}  // namespace
}  // namespace closet
