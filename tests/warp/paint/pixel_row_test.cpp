#include "warp/paint/pixel_row.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <random>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "warp/paint/blur_plane.h"
#include "warp/paint/patch.h"

namespace {

using namespace closet;

/// R G B A pixels at random, of which alpha is 0 or 255 mostly, in runs as patches have them.
std::vector<std::uint8_t> patchy_row(std::size_t n, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::uint8_t> row(4 * n);
    int alpha = 0;
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t c = 0; c < 3; ++c) {
            row[4 * i + c] = static_cast<std::uint8_t>(random() % 256);
        }
        if (random() % 12 == 0) {
            alpha = std::array{0, 255, static_cast<int>(random() % 256)}[random() % 3];
        }
        row[4 * i + 3] = static_cast<std::uint8_t>(alpha);
    }
    return row;
}

}  // namespace

TEST_CASE(
    "the visible part of a row goes from its first to its last pixel that is not transparent") {
    for (std::size_t n : {0U, 1U, 7U, 8U, 9U, 40U}) {
        std::vector<std::uint8_t> row(4 * n, 9);
        for (std::size_t i = 0; i < n; ++i) {
            row[4 * i + 3] = 0;
        }
        CHECK(pixel_row::visible(row.data(), n).empty());
        for (std::size_t from = 0; from < n; ++from) {
            for (std::size_t to = from; to < n; ++to) {
                row[4 * from + 3] = row[4 * to + 3] = 1;
                const pixel_row::Span span = pixel_row::visible(row.data(), n);
                CHECK(span.begin == from);
                CHECK(span.end == to + 1);
                row[4 * from + 3] = row[4 * to + 3] = 0;
            }
        }
    }
}

TEST_CASE("rows are scaled, divided by alpha, faded and shaded as single pixels are") {
    constexpr std::size_t kPixels = 203;
    constexpr std::array<std::int16_t, 4> kGains{3800, 4500, 8192, 4096};
    std::vector<std::uint16_t> sums(kPixels);
    for (std::size_t i = 0; i < kPixels; ++i) {
        sums[i] = static_cast<std::uint16_t>(i * 20);
    }
    for (unsigned seed = 0; seed < 20; ++seed) {
        CAPTURE(seed);
        const std::vector<std::uint8_t> row = patchy_row(kPixels, seed);
        auto scaled = row, divided = row, faded = row, shaded = row;
        pixel_row::scale(scaled.data(), kPixels, kGains);
        pixel_row::unpremultiply(divided.data(), kPixels);
        pixel_row::fade(faded.data(), kPixels, sums.data());
        pixel_row::lay_under(shaded.data(), kPixels, sums.data(), pixel_row::weights_of(2), 46);
        for (std::size_t i = 0; i < kPixels; ++i) {
            CAPTURE(i);
            const int alpha = row[4 * i + 3];
            const int under = (sums[i] * 46 / 16 * (255 - alpha) / 255 + 128) / 256;
            CHECK(faded[4 * i + 3] == (alpha * (4080 - sums[i]) + 2040) / 4080);
            CHECK(shaded[4 * i + 3] == alpha + under);
            CHECK(scaled[4 * i + 3] == alpha);
            for (std::size_t c = 0; c < 3; ++c) {
                const int color = row[4 * i + c];
                CHECK(scaled[4 * i + c] == std::min((color * kGains[c] + 2048) >> 12, 255));
                const double whole = alpha == 0 ? color : std::min(color * 255.0 / alpha, 255.0);
                CHECK(std::abs(divided[4 * i + c] - whole) < 0.51);
                CHECK(faded[4 * i + c] == color);
                if (alpha > 0) {
                    CHECK(shaded[4 * i + c] ==
                          (color * alpha + (alpha + under) / 2) / (alpha + under));
                } else if (under > 0) {
                    CHECK(shaded[4 * i + c] == 0);
                }
            }
        }
    }
}

TEST_CASE("an enlarged plane lies on the line between its samples") {
    const std::vector<std::uint8_t> near{10, 60, 255, 0, 90};
    const std::vector<std::uint8_t> far{200, 0, 255, 7, 90};
    for (const int step : {2, 4, 8}) {
        for (int phase = 0; phase < step; ++phase) {
            CAPTURE(step);
            CAPTURE(phase);
            const auto n = static_cast<std::size_t>(step) * near.size();
            std::vector<std::uint16_t> buffer(near.size() + 2), sums(n);
            pixel_row::enlarge(near.data(), far.data(), step, phase, near.size(), buffer.data(),
                               sums.data());
            std::vector<std::uint16_t> wide_near(n), wide_far(n), in_two(n);
            pixel_row::widen(near.data(), step, near.size(), wide_near.data());
            pixel_row::widen(far.data(), step, far.size(), wide_far.data());
            pixel_row::between(wide_near.data(), wide_far.data(), step, phase, n, in_two.data());
            CHECK(in_two == sums);
            const double to_far = std::abs((phase + 0.5) / step - 0.5);
            for (std::size_t x = 0; x < n; ++x) {
                const double at = std::clamp((static_cast<double>(x) + 0.5) / step - 0.5, 0.0,
                                             static_cast<double>(near.size()) - 1);
                const auto i = std::min(static_cast<std::size_t>(at), near.size() - 2);
                const double share = at - static_cast<double>(i);
                const auto column = [&](std::size_t k) {
                    return near[k] * (1 - to_far) + far[k] * to_far;
                };
                CHECK(sums[x] / static_cast<double>(pixel_row::weights_of(step)) ==
                      doctest::Approx(column(i) * (1 - share) + column(i + 1) * share));
            }
        }
    }
}

TEST_CASE("small planes are blurred as by OpenCV, to one level") {
    cv::Mat1b plane(37, 53);
    cv::randu(plane, 0, 256);
    plane(cv::Rect(10, 8, 20, 15)).setTo(255);
    for (const double sigma : {0.5, 0.9, 2.1, 4.0}) {
        for (const int border : {cv::BORDER_REPLICATE, cv::BORDER_REFLECT_101}) {
            CAPTURE(sigma);
            const int radius = cvRound(3 * sigma);
            cv::Mat expected, blurred = plane.clone();
            cv::GaussianBlur(plane, expected, {2 * radius + 1, 2 * radius + 1}, sigma, sigma,
                             border);
            blur_plane(blurred, sigma, radius, border);
            CHECK(cv::norm(blurred, expected, cv::NORM_INF) <= 1);
        }
    }
}

TEST_CASE("what is known to be seen of a patch is all that is seen") {
    Patch patch{{0, 0, 8, 4}, cv::Mat(4, 8, CV_8UC4, cv::Scalar::all(0))};
    patch.rgba.at<cv::Vec4b>(1, 2)[3] = patch.rgba.at<cv::Vec4b>(2, 5)[3] = 9;
    CHECK(visible_part(patch) == cv::Rect(2, 1, 4, 2));
    patch.seen = {{}, {1, 4}, {5, 7}, {}};
    CHECK(visible_part(patch) == cv::Rect(1, 1, 6, 2));
}
