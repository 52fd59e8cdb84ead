#include "warp/mesh/rasterize.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "warp/mesh/texture.h"

namespace {

using namespace closet::mesh;

/// A grid of n x n cells over [from, from + size] with its inner corners moved at random, all of it
/// showing the middle of a texture of 64 x 64.
struct Sheet {
    std::vector<Corner> corners;
    std::vector<Triangle> triangles;
};
Sheet sheet(cv::Point2d from, double size, int n, double jitter, unsigned seed) {
    Sheet result;
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> moved(-jitter, jitter);
    for (int y = 0; y <= n; ++y) {
        for (int x = 0; x <= n; ++x) {
            cv::Point2d at = from + cv::Point2d(x, y) * (size / n);
            if (x > 0 && x < n && y > 0 && y < n) {
                at += cv::Point2d(moved(random), moved(random));
            }
            result.corners.push_back(
                {at,
                 {static_cast<float>(10 + 40.0 * x / n), static_cast<float>(10 + 40.0 * y / n)}});
        }
    }
    for (int y = 0; y < n; ++y) {
        for (int x = 0; x < n; ++x) {
            const auto a = static_cast<std::uint32_t>(y * (n + 1) + x);
            const auto c = static_cast<std::uint32_t>(a + static_cast<std::uint32_t>(n) + 1);
            result.triangles.push_back({a, a + 1, c});
            result.triangles.push_back({c + 1, a + 1, c});  // turns the other way
        }
    }
    return result;
}

int count_of(const cv::Mat& canvas, int alpha) {
    cv::Mat channel;
    cv::extractChannel(canvas, channel, 3);
    return cv::countNonZero(channel == alpha);
}

}  // namespace

TEST_CASE("a mesh paints each of its pixels exactly once wherever its corners lie") {
    const cv::Mat half(64, 64, CV_8UC4, cv::Scalar(40, 50, 60, 128));
    for (unsigned seed = 0; seed < 40; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        std::uniform_real_distribution<double> shift(0.0, 1.0);
        const Sheet mesh = sheet({7 + shift(random), 9 + shift(random)}, 60, 9, 1.6, seed);
        cv::Mat canvas(90, 90, CV_8UC4, cv::Scalar::all(0));
        rasterize(mesh.corners, mesh.triangles, half, canvas);
        // Twice painted pixels would have alpha 192, cracks 0.
        CHECK(count_of(canvas, 128) == 60 * 60);
        CHECK(count_of(canvas, 0) == 90 * 90 - 60 * 60);
    }
}

TEST_CASE(
    "meshes that tilt, fold and are larger than what is collected come out as their shapes do") {
    cv::Mat texture(64, 64, CV_8UC4);
    cv::RNG colors(5);
    colors.fill(texture, cv::RNG::UNIFORM, 0, 120);
    for (const double tilt : {0.0, 0.4, 1.6, -2.5}) {
        CAPTURE(tilt);
        // Cells of 4 to 75 pixels, the last of which lie over their neighbors.
        for (const int cells : {60, 12, 4}) {
            CAPTURE(cells);
            Sheet mesh = sheet({-150, -150}, 300, cells, 420.0 / cells, 7);
            for (Corner& corner : mesh.corners) {
                const cv::Point2d at = corner.at;
                corner.at = {150 + at.x * std::cos(tilt) - at.y * std::sin(tilt),
                             160 + at.x * std::sin(tilt) + at.y * std::cos(tilt)};
            }
            cv::Mat together(320, 310, CV_8UC4, cv::Scalar::all(0)), single = together.clone();
            rasterize(mesh.corners, mesh.triangles, texture, together);
            for (const Shape& shape : shapes_of(mesh.corners, mesh.triangles)) {
                const std::vector<Triangle> two{{0, 1, 2}, {0, 2, 3}};
                rasterize(shape.corners, two, texture, single);
            }
            CHECK(cv::norm(together, single, cv::NORM_INF) == 0);
            CHECK(cv::countNonZero(together.reshape(1)) > 60000);
        }
    }
}

TEST_CASE("a coarse mesh covers a flat grid with fewer triangles") {
    cv::Mat1i points(14, 12);
    cv::Mat1b is_cell(points.size(), std::uint8_t{0});
    std::vector<Corner> corners;
    for (int row = 0; row < points.rows; ++row) {
        for (int column = 0; column < points.cols; ++column) {
            points(row, column) = static_cast<int>(corners.size());
            corners.push_back({{column * 5.0, row * 5.0}, {20, 20}});
            const bool is_hole = row == 3 && column == 5;
            is_cell(row, column) =
                row + 1 < points.rows && column + 1 < points.cols && !is_hole ? 1 : 0;
        }
    }
    const std::vector<Triangle> coarse = coarse_triangles(points, is_cell);
    const cv::Mat half(64, 64, CV_8UC4, cv::Scalar(40, 50, 60, 128));
    cv::Mat canvas(80, 80, CV_8UC4, cv::Scalar::all(0));
    rasterize(corners, coarse, half, canvas);
    CHECK(count_of(canvas, 128) == 11 * 13 * 25 - 25);  // none twice
    CHECK(count_of(canvas, 0) == 80 * 80 - 11 * 13 * 25 + 25);
    CHECK(coarse.size() < 11 * 13);  // of 2 * 142
}

TEST_CASE("a texture laid on at its own scale comes out bit for bit") {
    cv::Mat texture(20, 24, CV_8UC4);
    cv::RNG random(3);
    random.fill(texture, cv::RNG::UNIFORM, 0, 200);
    for (int y = 0; y < texture.rows; ++y) {
        for (int x = 0; x < texture.cols; ++x) {
            texture.at<cv::Vec4b>(y, x)[3] = 255;
        }
    }
    const std::vector<Corner> corners{
        {{0, 0}, {0, 0}}, {{22, 0}, {22, 0}}, {{0, 18}, {0, 18}}, {{22, 18}, {22, 18}}};
    const std::vector<Triangle> triangles{{0, 1, 2}, {1, 3, 2}};
    cv::Mat canvas(30, 30, CV_8UC4, cv::Scalar::all(0));
    rasterize(corners, triangles, texture, canvas);
    const cv::Rect seen(0, 0, 22, 18);
    CHECK(cv::norm(canvas(seen), texture(seen), cv::NORM_INF) <= 1);
    CHECK(count_of(canvas, 255) == 22 * 18);
}

TEST_CASE("nothing outside the canvas is touched and bad corners are left out") {
    const cv::Mat texture(64, 64, CV_8UC4, cv::Scalar(200, 200, 200, 255));
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    const std::vector<Corner> corners{
        {{-5000, -4000}, {1, 1}}, {{6000, -30}, {60, 1}},       {{20, 7000}, {30, 60}},
        {{kNan, 5}, {1, 1}},      {{kInfinite, 5}, {30, 30}},   {{1e30, 1e30}, {9, 9}},
        {{10, 10}, {5, 5}},       {{10, 10.0000001}, {60, 60}}, {{10.0000001, 40}, {1, 60}}};
    std::vector<Triangle> triangles{{0, 1, 2}, {6, 7, 8}, {6, 6, 6}};
    for (std::uint32_t bad = 3; bad < 6; ++bad) {
        triangles.push_back({bad, 0, 1});
        triangles.push_back({6, bad, 8});
    }
    cv::Mat whole(60, 60, CV_8UC4, cv::Scalar(1, 2, 3, 4));
    cv::Mat canvas = whole(cv::Rect(10, 10, 40, 40));
    canvas.setTo(cv::Scalar::all(0));
    rasterize(corners, triangles, texture, canvas);
    CHECK(count_of(canvas, 255) == 40 * 40);
    cv::Mat outside = whole.clone();
    outside(cv::Rect(10, 10, 40, 40)).setTo(cv::Scalar(1, 2, 3, 4));
    CHECK(cv::norm(outside, cv::Mat(60, 60, CV_8UC4, cv::Scalar(1, 2, 3, 4)), cv::NORM_INF) == 0);
}

TEST_CASE("a texture's levels keep positions and colors and are chosen by scale") {
    const cv::Mat rgba(100, 80, CV_8UC4, cv::Scalar(10, 100, 200, 255));
    const cv::Mat weight(100, 80, CV_8UC1, cv::Scalar(255));
    const Texture texture = make_texture(rgba, weight, {-3, -4, 90, 110});
    REQUIRE(texture.level.size() >= 3);
    CHECK(texture.level_for(3.0) == 0);
    CHECK(texture.level_for(0.8) == 0);
    CHECK(texture.level_for(0.4) == 1);
    CHECK(texture.level_for(1e-9) == texture.level.size() - 1);
    for (std::size_t level = 0; level < 3; ++level) {
        const cv::Point2d at = texture.position({40, 50}, level);
        CHECK(texture.level[level].at<cv::Vec4b>(cvRound(at.y), cvRound(at.x)) ==
              cv::Vec4b(10, 100, 200, 255));
        const double pixel = std::ldexp(1.0, static_cast<int>(level));
        const cv::Point2d moved = texture.position({40 + pixel, 50}, level);
        CHECK(moved.x - at.x == doctest::Approx(1.0));
    }
}
