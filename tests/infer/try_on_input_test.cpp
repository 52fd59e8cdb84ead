// What try-on networks see of a person, and the thin plate that bends garments.
#include "support/doctest_with_torch.h"

#include <cmath>
#include <vector>

#include "infer/try_on/cp_vton_input.h"
#include "infer/try_on/thin_plate.h"
#include "infer/try_on/viton_hd_input.h"
#include "try_on_fixture.h"

using namespace closet;

namespace {

/// Offsets that make the plate follow an affine map: a point p looks at `map` p.
std::vector<float> affine_offsets(const cv::Matx23d& map, double reach) {
    std::vector<float> offsets(2 * ThinPlate::kPoints);
    for (std::size_t i = 0; i < ThinPlate::kPoints; ++i) {
        const double x = reach * (static_cast<double>(i / 5) / 2 - 1);
        const double y = reach * (static_cast<double>(i % 5) / 2 - 1);
        offsets[i] = static_cast<float>(map(0, 0) * x + map(0, 1) * y + map(0, 2) - x);
        offsets[i + ThinPlate::kPoints] =
            static_cast<float>(map(1, 0) * x + map(1, 1) * y + map(1, 2) - y);
    }
    return offsets;
}

cv::Mat checkerboard(cv::Size size, int field) {
    cv::Mat board(size, CV_8UC1);
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            board.at<std::uint8_t>(y, x) = (x / field + y / field) % 2 == 0 ? 255 : 0;
        }
    }
    return board;
}

/// A checkerboard looked up where the grid says, nearest pixel, edges at -1 and 1.
cv::Mat looked_up(const cv::Mat& board, const cv::Mat& grid) {
    cv::Mat result(grid.size(), CV_8UC1);
    for (int y = 0; y < grid.rows; ++y) {
        for (int x = 0; x < grid.cols; ++x) {
            const auto at = grid.at<cv::Vec2f>(y, x);
            const int i = cvRound((at[0] + 1) / 2 * static_cast<float>(board.cols - 1));
            const int j = cvRound((at[1] + 1) / 2 * static_cast<float>(board.rows - 1));
            result.at<std::uint8_t>(y, x) = board.at<std::uint8_t>(
                std::clamp(j, 0, board.rows - 1), std::clamp(i, 0, board.cols - 1));
        }
    }
    return result;
}

}  // namespace

TEST_CASE("a thin plate that is not bent shows the garment as it is") {
    const std::vector<float> flat(2 * ThinPlate::kPoints, 0.0F);
    const cv::Mat board = checkerboard({96, 128}, 16);
    const cv::Mat same = looked_up(board, ThinPlate(1).grid(flat, board.size()));
    CHECK(cv::countNonZero(same != board) == 0);
    // VITON-HD's shows the inner nine tenths.
    const cv::Mat grid = ThinPlate(0.9).grid(flat, board.size());
    CHECK(grid.at<cv::Vec2f>(0, 0)[0] == doctest::Approx(-0.9));
    CHECK(grid.at<cv::Vec2f>(127, 95)[1] == doctest::Approx(0.9));
}

TEST_CASE("a thin plate follows affine maps exactly") {
    const cv::Matx23d map(0.8, 0.15, 0.05, -0.1, 0.9, -0.02);
    for (const double reach : {1.0, 0.9}) {
        const cv::Size size(48, 64);
        const cv::Mat grid = ThinPlate(reach).grid(affine_offsets(map, reach), size);
        double worst = 0;
        for (int y = 0; y < size.height; ++y) {
            for (int x = 0; x < size.width; ++x) {
                const double gx = reach * (2.0 * x / (size.width - 1) - 1);
                const double gy = reach * (2.0 * y / (size.height - 1) - 1);
                const auto at = grid.at<cv::Vec2f>(y, x);
                worst = std::max({worst,
                                  std::abs(at[0] - (map(0, 0) * gx + map(0, 1) * gy + map(0, 2))),
                                  std::abs(at[1] - (map(1, 0) * gx + map(1, 1) * gy + map(1, 2)))});
            }
        }
        CHECK(worst < 1e-6);
    }
    // On a checkerboard: every field lies where the map puts it, but for pixels on its edges.
    const cv::Mat board = checkerboard({192, 256}, 32);
    const cv::Matx23d half(0.5, 0, 0, 0, 0.5, 0);
    const cv::Mat large = looked_up(board, ThinPlate(1).grid(affine_offsets(half, 1), {192, 256}));
    int different = 0;
    for (int y = 0; y < 256; ++y) {
        for (int x = 0; x < 192; ++x) {
            const double i = 95.5 + (x - 95.5) / 2, j = 127.5 + (y - 127.5) / 2;
            different +=
                large.at<std::uint8_t>(y, x) != board.at<std::uint8_t>(cvRound(j), cvRound(i));
        }
    }
    CHECK(different < 192 * 256 / 100);
}

TEST_CASE("a thin plate passes through its points") {
    std::vector<float> offsets(2 * ThinPlate::kPoints);
    for (std::size_t i = 0; i < offsets.size(); ++i) {
        offsets[i] = 0.1F * static_cast<float>(std::sin(static_cast<double>(7 * i)));
    }
    // Of 5 x 5 pixels each lies on a point.
    const cv::Mat grid = ThinPlate(1).grid(offsets, {5, 5});
    for (int x = 0; x < 5; ++x) {
        for (int y = 0; y < 5; ++y) {
            const auto i = static_cast<std::size_t>(5 * x + y);
            const auto at = grid.at<cv::Vec2f>(y, x);
            CHECK(at[0] == doctest::Approx(x / 2.0 - 1 + offsets[i]).epsilon(1e-5));
            CHECK(at[1] ==
                  doctest::Approx(y / 2.0 - 1 + offsets[i + ThinPlate::kPoints]).epsilon(1e-5));
        }
    }
}

TEST_CASE("CP-VTON sees body shape, head and points, byte for byte") {
    if (!test::try_on_folder()) {
        return;
    }
    const auto input = test::try_on_tensors("cpvton_gmm_input");
    const cv::Mat rgb = test::stored_picture(input.at("image_rgb_u8"));
    const cv::Mat labels = test::stored_picture(input.at("parse_u8"));
    const auto planes = cp_vton_person(rgb, labels, test::cp_vton_points());
    REQUIRE(planes.size() == 22);
    const cv::Mat shape = test::stored_picture(input.at("agnostic_shape_u8"));
    CHECK(cv::countNonZero(planes[0] != shape) == 0);
    cv::Mat head;
    cv::merge(std::vector<cv::Mat>(planes.begin() + 1, planes.begin() + 4), head);
    const cv::Mat stored = test::stored_picture(input.at("agnostic_head_rgb_u8"));
    CHECK(test::differences(head, stored) == 0);
    const auto facts = test::try_on_facts("cpvton_gmm").at("preprocessing");
    const auto& rectangles = facts.at("pose_rectangles_inclusive_xyxy");
    for (std::size_t i = 0; i < 18; ++i) {
        CAPTURE(i);
        const cv::Mat& plane = planes[i + 4];
        if (rectangles[i].is_null()) {
            CHECK(cv::countNonZero(plane) == 0);
            continue;
        }
        const cv::Rect square(
            cv::Point(rectangles[i][0].get<int>(), rectangles[i][1].get<int>()),
            cv::Point(rectangles[i][2].get<int>() + 1, rectangles[i][3].get<int>() + 1));
        CHECK(cv::boundingRect(plane) == square);
        CHECK(cv::countNonZero(plane) == square.area());
    }
}

TEST_CASE("points that are nowhere are not drawn") {
    Body25 points{};
    points[0] = {std::nan(""), 5, 1};
    points[1] = {1e300, 1e300, 1};
    points[2] = {-1e300, 20, 1};
    points[5] = {20, 1e9, 1};
    const cv::Mat labels(256, 192, CV_8UC1, cv::Scalar(0));
    const auto planes =
        cp_vton_person(cv::Mat(256, 192, CV_8UC3, cv::Scalar::all(9)), labels, points);
    for (const cv::Mat& plane : planes) {
        CHECK(cv::countNonZero(plane) == 0);
    }
    CHECK(agnostic_area(labels, points).size() == labels.size());
    CHECK(agnostic_labels(labels, points).size() == labels.size());
    CHECK(skeleton_picture(points).size() == cv::Size(kTryOnWidth, kTryOnHeight));
}

TEST_CASE("VITON-HD's agnostic labels and picture are the reference's but for edges") {
    if (!test::try_on_folder()) {
        return;
    }
    const Body25 points = test::viton_hd_points();
    const cv::Mat labels = test::map_of_file("person_00055_parse_synthetic.png");
    const cv::Mat erased = test::map_of_file("vitonhd_parse_agnostic.png");
    const cv::Mat gray = test::map_of_file("vitonhd_img_agnostic_grey.png");
    // The reference's own check allows plain geometry 300 of 170,342 and 1500 of 315,724 pixels,
    // and finds 16 and 469.
    CHECK(cv::countNonZero(agnostic_labels(labels, points) != erased) <= 16);
    CHECK(cv::countNonZero((agnostic_area(labels, points) > 0) != (gray > 0)) <= 469);
    // 13 classes of the reference's own labels.
    const auto facts = test::try_on_facts("vitonhd_seg").at("preprocessing");
    const cv::Mat classes = through(kClassOfLabel, erased);
    for (int i = 0; i < 13; ++i) {
        CHECK(cv::countNonZero(classes == i) ==
              facts.at("parse13_channel_pixels")[static_cast<std::size_t>(i)].get<double>());
    }
    const cv::Mat segments = through(kSegmentOfClass, through(kClassOfLabel, labels));
    const auto histogram = test::try_on_facts("vitonhd_gmm").at("group_histogram");
    for (int i = 0; i < 7; ++i) {
        CHECK(cv::countNonZero(segments == i) == histogram[static_cast<std::size_t>(i)].get<int>());
    }
}

TEST_CASE("the skeleton is drawn in OpenPose's colors") {
    Body25 points{};
    points[1] = {300, 200, 1};
    points[2] = {200, 200, 1};
    points[3] = {200, 400, 1};
    const cv::Mat picture = skeleton_picture(points);
    CHECK(picture.at<cv::Vec3b>(200, 250) == cv::Vec3b(255, 85, 0));   // neck to right shoulder
    CHECK(picture.at<cv::Vec3b>(300, 200) == cv::Vec3b(255, 170, 0));  // to the elbow
    CHECK(picture.at<cv::Vec3b>(200, 300) == cv::Vec3b(255, 0, 0));    // the neck
    CHECK(picture.at<cv::Vec3b>(600, 600) == cv::Vec3b(0, 0, 0));
    CHECK(cv::countNonZero(picture.reshape(1)) < 20000);
}
