#include "interpolate/shape.h"

#include <cmath>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include "interpolate/shapes.h"

using namespace closet;
using namespace closet::test;

namespace {

struct Series {
    std::vector<double> times;
    std::vector<BodyShape> shapes;

    void add(double seconds, const BodyShape& shape) {
        times.push_back(seconds);
        shapes.push_back(shape);
    }
    std::optional<BodyShape> smooth(double seconds, double sigma) const {
        std::vector<ObservedShape> observations;
        for (std::size_t i = 0; i < times.size(); ++i) {
            observations.push_back({times[i], &shapes[i]});
        }
        return smooth_shape(observations, seconds, sigma);
    }
    float value(double seconds, double sigma) const {
        return smooth(seconds, sigma).value_or(BodyShape{}).top[3].value;
    }
};

}  // namespace

TEST_CASE("a constant shape stays what it is exactly") {
    std::mt19937 random(3);
    std::uniform_real_distribution<double> step(0.0, 0.08);
    Series series;
    double now = 0;
    for (int i = 0; i < 30; ++i) {
        series.add(now += step(random), varied_shape());
    }
    for (const double at : series.times) {
        const auto smoothed = series.smooth(at, 0.1);
        REQUIRE(smoothed);
        CHECK(same_shape(*smoothed, varied_shape()));
    }
}

TEST_CASE("a steady change is kept in the middle and at both ends and over uneven steps") {
    std::mt19937 random(4);
    std::uniform_real_distribution<double> step(0.01, 0.08);
    Series series;
    double now = 0;
    for (int i = 0; i < 40; ++i) {
        series.add(now, uniform_shape(static_cast<float>(0.4 + 0.3 * now)));
        now += step(random);
    }
    for (const double at : series.times) {
        CHECK(std::abs(series.value(at, 0.1) - (0.4 + 0.3 * at)) < 3e-4);
    }
}

TEST_CASE("smoothing takes nine tenths of the jitter of single frames and more") {
    std::mt19937 random(5);
    std::normal_distribution<float> noise(0, 0.01F);
    Series series;
    for (int i = 0; i < 100; ++i) {
        series.add(i / 30.0, uniform_shape(0.5F + noise(random)));
    }
    double before = 0, after = 0;
    for (std::size_t i = 1; i + 1 < series.times.size(); ++i) {
        const auto& raw = series.shapes;
        before +=
            std::abs(raw[i - 1].top[3].value - 2 * raw[i].top[3].value + raw[i + 1].top[3].value);
        after += std::abs(series.value(series.times[i - 1], 0.1) -
                          2 * series.value(series.times[i], 0.1) +
                          series.value(series.times[i + 1], 0.1));
    }
    MESSAGE("second differences fall by " << before / after);
    CHECK(after < before / 10);
}

TEST_CASE("a smoothed shape has no kinks where shapes were measured") {
    std::mt19937 random(6);
    std::normal_distribution<float> noise(0, 0.01F);
    Series series;
    for (int i = 0; i < 40; ++i) {
        series.add(i * 0.1, uniform_shape(0.5F + noise(random)));
    }
    // Second differences of 60 frames a second, at those frames and at all.
    double at_keys = 0, all = 0;
    int keys = 0, frames = 0;
    for (int i = 60; i < 180; ++i, ++frames) {
        const auto value = [&](int frame) { return series.value(frame / 60.0, 0.2); };
        const double bend =
            static_cast<double>(value(i - 1)) - 2.0 * static_cast<double>(value(i)) + value(i + 1);
        all += std::abs(bend);
        at_keys += i % 6 == 0 ? std::abs(bend) : 0;
        keys += i % 6 == 0 ? 1 : 0;
    }
    MESSAGE("second differences where shapes were measured " << at_keys / keys << ", of all frames "
                                                             << all / frames);
    CHECK(at_keys / keys < 1.5 * all / frames);
}

TEST_CASE("uncertain measures hardly pull and missing shapes lower the certainty") {
    Series series;
    for (int i = 0; i < 11; ++i) {
        series.add(i * 0.03, i == 5 ? uniform_shape(2.0F, 0.01F) : uniform_shape(0.5F));
    }
    CHECK(series.value(0.15, 0.1) < 0.503F);

    const BodyShape shape = uniform_shape(0.5F);
    const std::vector<ObservedShape> gaps{{0, &shape}, {0.1, nullptr}, {0.2, &shape}};
    const auto smoothed = smooth_shape(gaps, 0.1, 0.1);
    REQUIRE(smoothed);
    CHECK(smoothed->top[0].value == 0.5F);
    CHECK(smoothed->top[0].certainty > 0.4F);
    CHECK(smoothed->top[0].certainty < 0.6F);
}

TEST_CASE("a measure that is certain on one side only stays within what was observed") {
    Series series;
    for (int i = 0; i < 10; ++i) {
        // Steep, and then covered by an arm.
        series.add(i * 0.03, uniform_shape(0.3F + 0.02F * static_cast<float>(i), i < 5 ? 1 : 0));
    }
    for (int i = 5; i < 10; ++i) {
        CHECK(series.value(i * 0.03, 0.1) <= 0.38F);
        CHECK(series.value(i * 0.03, 0.1) >= 0.3F);
    }
}

TEST_CASE("shapes beyond the reach do not count") {
    const BodyShape shape = uniform_shape(0.5F);
    const std::vector<ObservedShape> far{{0, &shape}, {1, nullptr}};
    CHECK_FALSE(smooth_shape(far, 1, 0.1));
    CHECK_FALSE(smooth_shape(far, 0.31, 0.1));
    CHECK(smooth_shape(far, 0.29, 0.1));
    CHECK_FALSE(smooth_shape({}, 0, 0.1));
}
