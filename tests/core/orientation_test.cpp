#include "core/picture_geometry.h"

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

using namespace closet;

namespace {

/// Every pixel tells where it was.
cv::Mat numbered(cv::Size size) {
    cv::Mat picture(size, CV_32SC1);
    for (int i = 0; i < size.area(); ++i) {
        picture.at<int>(i / size.width, i % size.width) = i;
    }
    return picture;
}

Orientation of_matrix(const std::array<std::int32_t, 9>& matrix) {
    return orientation_of(reinterpret_cast<const std::uint8_t*>(matrix.data()), sizeof matrix);
}

bool same(const cv::Mat& a, const cv::Mat& b) {
    return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0;
}

}  // namespace

TEST_CASE("orientation: EXIF's eight values are shown as their table says") {
    // The seen places of the stored first row and first column, from EXIF 2.3.
    const cv::Size size(3, 2);
    const int last_x = 2, last_y = 1;
    const auto stored_at = [&](int tag, int x, int y) {  // of what is seen at (x, y)
        switch (tag) {
            case 2:
                return cv::Point(last_x - x, y);
            case 3:
                return cv::Point(last_x - x, last_y - y);
            case 4:
                return cv::Point(x, last_y - y);
            case 5:
                return cv::Point(y, x);
            case 6:
                return cv::Point(y, last_y - x);
            case 7:
                return cv::Point(last_x - y, last_y - x);
            case 8:
                return cv::Point(last_x - y, x);
            default:
                return cv::Point(x, y);
        }
    };
    const cv::Mat stored = numbered(size);
    for (int tag = -1; tag <= 9; ++tag) {
        CAPTURE(tag);
        cv::Mat shown;
        turn_upright(stored, orientation_of_exif(tag), shown);
        REQUIRE(shown.size() == (tag >= 5 && tag <= 8 ? cv::Size(2, 3) : size));
        for (int y = 0; y < shown.rows; ++y) {
            for (int x = 0; x < shown.cols; ++x) {
                CHECK(shown.at<int>(y, x) == stored.at<int>(stored_at(tag, x, y)));
            }
        }
        cv::Mat back;
        turn_upright(shown, orientation_of_exif(tag).inverse(), back);
        CHECK(same(back, stored));
    }
}

TEST_CASE("orientation: a display matrix says the same as it was made of") {
    for (int tag = 1; tag <= 8; ++tag) {
        CAPTURE(tag);
        const Orientation orientation = orientation_of_exif(tag);
        auto matrix = display_matrix_of(orientation, {640, 360});
        CHECK(of_matrix(matrix) == orientation);
        // The seen picture lies at the origin.
        const double one = 1 << 16;
        const auto edge = [&](std::size_t i) {
            return std::min(matrix[i] / one * 640, 0.0) + std::min(matrix[i + 3] / one * 360, 0.0) +
                   matrix[i + 6] / one;
        };
        CHECK(edge(0) == 0);
        CHECK(edge(1) == 0);
        // Scaled along one side, and askew by a few degrees.
        for (const std::size_t i : {0U, 3U}) {
            matrix[i] *= 2;
        }
        CHECK(of_matrix(matrix) == orientation);
        for (const std::size_t i : {0U, 1U, 3U, 4U}) {
            matrix[i] += 3000;
        }
        CHECK(of_matrix(matrix) == orientation);
    }
    CHECK(of_matrix({}).is_upright());
    CHECK(of_matrix({1 << 16, 1 << 16, 0, 1 << 16, 1 << 16}).is_upright());  // singular
    CHECK(orientation_of(nullptr, 36).is_upright());
}

TEST_CASE("geometry: shown and stored pixels lie on each other") {
    for (int tag = 1; tag <= 8; ++tag) {
        const cv::Mat stored = numbered({5, 4});
        const PictureGeometry geometry({5, 4}, {0, 1}, orientation_of_exif(tag));
        cv::Mat shown;
        turn_upright(stored, geometry.orientation, shown);
        REQUIRE(shown.size() == geometry.shown);
        for (int y = 0; y < shown.rows; ++y) {
            for (int x = 0; x < shown.cols; ++x) {
                const cv::Point at = apply(geometry.stored_from_shown, cv::Point(x, y));
                CHECK(shown.at<int>(y, x) == stored.at<int>(at));
                CHECK(geometry.stored_around({x, y, 1, 1}) == cv::Rect(at.x, at.y, 1, 1));
            }
        }
    }
}

TEST_CASE("geometry: pixels become square without losing any, and nonsense is taken as square") {
    const auto shown = [](AVRational aspect, Orientation orientation = {}) {
        return PictureGeometry({720, 576}, aspect, orientation).shown;
    };
    CHECK(shown({16, 15}) == cv::Size(768, 576));
    CHECK(shown({16, 15}, {90}) == cv::Size(576, 768));
    CHECK(shown({8, 9}) == cv::Size(720, 648));
    CHECK(shown({1, 3}) == cv::Size(720, 1728));
    CHECK(shown({3, 1}, {270, true}) == cv::Size(576, 2160));
    for (const AVRational nonsense :
         {AVRational{1, 100000}, {2000000000, 1}, {-1, 2}, {0, 1}, {1, 0}, {0, 0}}) {
        CHECK(shown(nonsense) == cv::Size(720, 576));
        CHECK(PictureGeometry({720, 576}, nonsense, {}).is_plain());
    }
    CHECK_FALSE(PictureGeometry({720, 576}, {16, 15}, {}).is_plain());
    CHECK_FALSE(PictureGeometry({720, 576}, {1, 1}, {0, true}).is_plain());
}
