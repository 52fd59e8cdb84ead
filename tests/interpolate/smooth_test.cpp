#include "interpolate/smooth.h"

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace closet;

namespace {

constexpr double kSigma = 0.05;
constexpr double kBias = 1.0;  // px: 1 % of a trunk of 100 px

std::vector<Observation> observe(const std::vector<double>& times, double (*x)(double)) {
    std::vector<Observation> result;
    result.reserve(times.size());
    for (const double t : times) {
        result.push_back({t, {static_cast<float>(x(t)), 200, 0, 0.8F}});
    }
    return result;
}

std::vector<double> evenly(int count, double step) {
    std::vector<double> times;
    times.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        times.push_back(i * step);
    }
    return times;
}

}  // namespace

TEST_CASE("smoothing keeps a point that does not move exactly") {
    const auto still = observe({0, 0.04, 0.07, 0.07, 0.2, 0.21}, [](double) { return 317.123; });
    for (std::size_t i = 0; i < still.size(); ++i) {
        const Keypoint point = smooth(still, i, kSigma, kBias, kBias);
        CHECK(point.x == still[i].point.x);
        CHECK(point.y == still[i].point.y);
        CHECK(point.score == still[i].point.score);
    }
}

TEST_CASE("smoothing keeps uniform motion at the ends and where time steps vary") {
    const auto moving =
        observe({0, 0.03, 0.04, 0.09, 0.1, 0.18, 0.2}, [](double t) { return 100 + 1500 * t; });
    for (std::size_t i = 0; i < moving.size(); ++i) {
        CHECK(smooth(moving, i, kSigma, kBias, kBias).x ==
              doctest::Approx(moving[i].point.x).epsilon(1e-5));
    }
}

TEST_CASE("smoothing pulls a bending path inwards by little more than the bias allows") {
    // A wrist that waves 60 px to either side at 1, 2 and 3 Hz: at 3 Hz a plain Gaussian takes a
    // third of the amplitude.
    static double frequency = 0;
    for (const double hertz : {1.0, 2.0, 3.0}) {
        frequency = hertz;
        const auto wave = observe(evenly(75, 0.04), [](double t) {
            return 500 + 60 * std::sin(2 * std::numbers::pi * frequency * t);
        });
        double worst = 0;
        for (std::size_t i = 0; i < wave.size(); ++i) {
            worst = std::max<double>(
                worst, std::abs(smooth(wave, i, kSigma, kBias, kBias).x - wave[i].point.x));
        }
        CAPTURE(hertz);
        MESSAGE("largest error in px: " << worst);
        CHECK(worst < 2.5 * kBias);
    }
}

TEST_CASE("smoothing more than halves the jitter of a person who stands or walks") {
    std::mt19937 random(7);
    std::normal_distribution<double> noise(0.0, 1.0);
    for (const double speed : {0.0, 300.0}) {
        std::vector<Observation> observations;
        for (int i = 0; i < 500; ++i) {
            const double x = 100 + speed * i * 0.04 + noise(random);
            observations.push_back({i * 0.04, {static_cast<float>(x), 0, 0, 0.9F}});
        }
        // Jitter: mean square of the second difference, which uniform motion does not have.
        const auto jitter = [&](auto at) {
            double sum = 0;
            for (std::size_t i = 1; i + 1 < observations.size(); ++i) {
                const double bend = at(i - 1) - 2.0 * at(i) + at(i + 1);
                sum += bend * bend;
            }
            return std::sqrt(sum / static_cast<double>(observations.size() - 2));
        };
        const double before = jitter([&](std::size_t i) { return observations[i].point.x; });
        const double after =
            jitter([&](std::size_t i) { return smooth(observations, i, kSigma, kBias, kBias).x; });
        CAPTURE(speed);
        MESSAGE("jitter " << before << " px before and " << after << " px after");
        CHECK(after < 0.05 * before);
    }
}

TEST_CASE("smoothing quiets a trunk seen ten times a second and keeps how it sways") {
    // 1 px of noise on a trunk of 100 px that sways by 8 px once a second.
    std::mt19937 random(11);
    std::normal_distribution<double> noise(0.0, 1.0);
    const auto sway = [](double t) { return 300 + 8 * std::sin(2 * std::numbers::pi * t); };
    std::vector<Observation> observations;
    for (int i = 0; i < 300; ++i) {
        const auto x = static_cast<float>(sway(i * 0.1) + noise(random));
        observations.push_back({i * 0.1, {x, 0, 0, 0.9F}});
    }
    double error = 0, jitter = 0, before = 0;
    const auto off = [&](std::size_t i) {
        return static_cast<double>(smooth(observations, i, kSigma, kBias, 2 * kBias).x) -
               sway(observations[i].seconds);
    };
    const auto noise_at = [&](std::size_t i) {
        return static_cast<double>(observations[i].point.x) - sway(observations[i].seconds);
    };
    for (std::size_t i = 5; i + 5 < observations.size(); ++i) {
        error += off(i) * off(i);
        jitter += std::pow(off(i - 1) - 2 * off(i) + off(i + 1), 2);
        before += std::pow(noise_at(i - 1) - 2 * noise_at(i) + noise_at(i + 1), 2);
    }
    MESSAGE("error " << std::sqrt(error / 290) << " px, jitter " << std::sqrt(jitter / before)
                     << " of what it was");
    CHECK(std::sqrt(error / 290) < 0.9);
    CHECK(std::sqrt(jitter / before) < 0.4);
}

TEST_CASE("smoothing trusts keypoints with a high score more") {
    auto points = observe(evenly(5, 0.04), [](double) { return 100.0; });
    points[2].point.x = 110;
    const float trusted = smooth(points, 2, kSigma, 100, kBias).x;
    points[2].point.score = 0.1F;
    const float doubted = smooth(points, 2, kSigma, 100, kBias).x;
    CHECK(doubted < trusted - 2);
}

TEST_CASE("smoothing handles one observation and equal times") {
    const std::vector<Observation> one{{1.0, {5, 6, 7, 0.5F}}};
    CHECK(smooth(one, 0, kSigma, kBias, kBias).x == 5);
    const std::vector<Observation> same{{1.0, {4, 0, 0, 0.5F}}, {1.0, {6, 0, 0, 0.5F}}};
    CHECK(smooth(same, 0, kSigma, kBias, kBias).x == doctest::Approx(5));
}

TEST_CASE("a spike is replaced and a fast limb is not") {
    const double scale = 100;
    const Observation before{0.00, {100, 100, 0, 0.9F}};
    const Observation after{0.08, {104, 100, 0, 0.9F}};
    const Keypoint jump{160, 100, 0, 0.8F};
    CHECK(without_spike(before, {0.04, jump}, after, scale).x == doctest::Approx(102));
    CHECK(without_spike(before, {0.04, jump}, after, scale).score == doctest::Approx(0.8F));
    // A jump that does not come back is a move, ...
    const Observation gone{0.08, {170, 100, 0, 0.9F}};
    CHECK(without_spike(before, {0.04, jump}, gone, scale).x == 160);
    // ... small ones are left to the smoothing, ...
    CHECK(without_spike(before, {0.04, {115, 100, 0, 0.9F}}, after, scale).x == 115);
    // ... and over a longer time an arm may well swing there and back.
    const Observation later{0.18, {104, 100, 0, 0.9F}};
    CHECK(without_spike(before, {0.09, jump}, later, scale).x == 160);
    // Equal times say nothing.
    CHECK(without_spike(before, {0.0, jump}, after, scale).x == 160);
}

TEST_CASE("depth is smoothed more than places and keeps uniform motion as well") {
    std::vector<Observation> blip, steady;
    for (int i = 0; i < 20; ++i) {
        const float off = i == 10 ? 1.0F : 0.0F;
        blip.push_back({i * 0.1, {100 + off, 200, 50 + off, 0.8F}});
        steady.push_back({i * 0.1, {100, 200, 5.0F * static_cast<float>(i), 0.8F}});
    }
    const Keypoint point = smooth(blip, 10, kSigma, 100 * kBias, kBias);
    CHECK(point.z - 50 < 0.3F);
    CHECK(point.x - 100 > 0.4F);
    CHECK(smooth(steady, 10, kSigma, kBias, kBias).z == doctest::Approx(50));
    CHECK(smooth(steady, 0, kSigma, kBias, kBias).z == doctest::Approx(0).epsilon(1e-4));
}

TEST_CASE("depth that is inside out in one key frame is put right") {
    const Observation before{0, {100, 200, 80, 1}}, after{0.1, {100, 200, 90, 1}};
    CHECK(without_spike(before, {0.05, {101, 200, -85, 1}}, after, 100).z == 80);
    CHECK(without_spike(before, {0.05, {101, 200, 84, 1}}, after, 100).z == 84);
}
