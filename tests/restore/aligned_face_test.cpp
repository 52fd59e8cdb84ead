// Alignment and paste-back against facexlib and OpenCV's LMEDS.
#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "restore/aligned_face.h"
#include "support/safetensors.h"
#include "support/shared_data.h"

using namespace closet;

namespace {

std::optional<std::filesystem::path> fixture(const std::string& name) {
    return test::shared_file("fixtures/zoo-tryon/" + name);
}

nlohmann::json expected_json() {
    return nlohmann::json::parse(std::ifstream(*fixture("gfpgan_face_expected.json")));
}

FacePoints points_of(const nlohmann::json& landmarks) {
    FacePoints points;
    for (std::size_t i = 0; i < points.size(); ++i) {
        points[i] = {landmarks.at(i).at(0).get<float>(), landmarks.at(i).at(1).get<float>()};
    }
    return points;
}

void check_matrix(const cv::Matx23d& ours, const nlohmann::json& theirs) {
    for (int row = 0; row < 2; ++row) {
        for (int column = 0; column < 3; ++column) {
            const auto expected = theirs.at(static_cast<std::size_t>(row))
                                      .at(static_cast<std::size_t>(column))
                                      .get<double>();
            CHECK(std::abs(ours(row, column) - expected) <
                  1e-5 * std::max(1.0, std::abs(expected)));
        }
    }
}

cv::Mat rgb_of(const cv::Mat& bgr) {
    cv::Mat rgb;
    cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
    return rgb;
}

/// The part of the photo that the reference worked on.
cv::Mat photo() {
    const auto path = test::shared_file("media/people/person_00055.jpg");
    return rgb_of(cv::imread(path->string())(cv::Rect(220, 0, 400, 320)));
}

/// A picture of smooth colors.
cv::Mat smooth_picture(cv::Size size) {
    cv::Mat rgb(size, CV_8UC3);
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            rgb.at<cv::Vec3b>(y, x) = {static_cast<std::uint8_t>(120 + 60 * std::sin(x / 40.0)),
                                       static_cast<std::uint8_t>(120 + 60 * std::cos(y / 50.0)),
                                       static_cast<std::uint8_t>(100 + (x + y) / 10)};
        }
    }
    return rgb;
}

/// A face with eyes so far apart around a place, turned.
AlignedFace face_at(cv::Point2d middle, double eyes_px, double angle) {
    const double scale = cv::norm(AlignedFace::kPoints[0] - AlignedFace::kPoints[1]) / eyes_px;
    const double a = scale * std::cos(angle), b = scale * std::sin(angle);
    return {cv::Matx23d(a, -b, 256 - a * middle.x + b * middle.y,  //
                        b, a, 256 - b * middle.x - a * middle.y)};
}

/// The picture with the patch painted on it.
cv::Mat painted(const cv::Mat& picture, const Patch& patch) {
    cv::Mat result = picture.clone();
    const cv::Rect where = patch.where & cv::Rect({0, 0}, picture.size());
    for (int y = where.y; y < where.br().y; ++y) {
        for (int x = where.x; x < where.br().x; ++x) {
            const auto& pixel = patch.rgba.at<cv::Vec4b>(y - patch.where.y, x - patch.where.x);
            auto& target = result.at<cv::Vec3b>(y, x);
            for (int c = 0; c < 3; ++c) {
                target[c] = static_cast<std::uint8_t>(
                    (pixel[c] * pixel[3] + target[c] * (255 - pixel[3])) / 255);
            }
        }
    }
    return result;
}

double most_difference(const cv::Mat& a, const cv::Mat& b) {
    return cv::norm(a, b, cv::NORM_INF);
}

int alpha_at(const Patch& patch, int x, int y) {
    return patch.rgba.at<cv::Vec4b>(y - patch.where.y, x - patch.where.x)[3];
}

}  // namespace

TEST_CASE("the similarity is that of OpenCV's least median of squares") {
    if (!fixture("gfpgan_face_expected.json")) {
        return;
    }
    const nlohmann::json all = expected_json();
    check_matrix(align(points_of(all.at("landmarks")))->square_from_picture, all.at("affine"));
    std::size_t outliers = 0;
    for (const nlohmann::json& one : all.at("similarity_fits")) {
        std::array<bool, 5> fits{};
        const auto face = align(points_of(one.at("landmarks")), &fits);
        REQUIRE(face);
        check_matrix(face->square_from_picture, one.at("affine"));
        for (std::size_t i = 0; i < fits.size(); ++i) {
            CHECK(fits[i] == (one.at("inliers").at(i).get<int>() != 0));
            outliers += fits[i] ? 0 : 1;
        }
    }
    CHECK(outliers > 0);
}

TEST_CASE("points that are no face are not aligned") {
    FacePoints points = AlignedFace::kPoints;
    points[2].x = std::numeric_limits<float>::quiet_NaN();
    CHECK_FALSE(align(points));
    points[2].x = std::numeric_limits<float>::infinity();
    CHECK_FALSE(align(points));
    CHECK_FALSE(align(FacePoints{}));
    points.fill({1e30F, -1e30F});
    CHECK_FALSE(align(points));
    CHECK(align(AlignedFace::kPoints)->side_px() == doctest::Approx(512));
}

TEST_CASE("crop and paste-back are the reference's within its fixed-point rounding") {
    if (!fixture("gfpgan_face_expected.json") ||
        !test::shared_file("media/people/person_00055.jpg")) {
        return;
    }
    const cv::Mat picture = photo();
    const auto face = align(points_of(expected_json().at("landmarks")));
    const cv::Mat crop = cut_face(picture, *face, 512);
    const cv::Mat their_crop = rgb_of(cv::imread(fixture("gfpgan_crop.png")->string()));
    CHECK(cv::norm(crop, their_crop, cv::NORM_L1) / (3.0 * 512 * 512) < 0.3);
    cv::Mat differences;
    cv::absdiff(crop, their_crop, differences);
    // Where the picture ends, ours goes on for a pixel before the gray begins.
    CHECK(cv::countNonZero(differences.reshape(1) > 4) <
          static_cast<int>(differences.total()) * 3 / 100);

    // The reference pasted the crop with its bytes inverted.
    const auto patch = paste_face(cv::Scalar::all(255) - their_crop, *face, picture.size());
    REQUIRE(patch);
    const cv::Mat ours = painted(picture, *patch);
    const auto stored = test::read_safetensors(*fixture("gfpgan_face_expected.safetensors"))
                            .at("up1_square_bgr_slice");
    const auto bytes = stored.as<std::uint8_t>();
    double sum = 0;
    int most = 0;
    std::size_t i = 0;
    constexpr int kStep = 4;
    for (int y = 0; y < ours.rows; y += kStep) {
        for (int x = 0; x < ours.cols; x += kStep) {
            for (const int channel : {2, 1, 0}) {
                const int off = std::abs(ours.at<cv::Vec3b>(y, x)[channel] - bytes.at(i++));
                sum += off;
                most = std::max(most, off);
            }
        }
    }
    CHECK(i == bytes.size());
    CHECK(sum / static_cast<double>(i) < 0.5);
    CHECK(most <= 4);
}

TEST_CASE("a face that the network leaves as it is leaves the picture as it is") {
    const cv::Mat picture = smooth_picture({640, 480});
    // Smaller than the network's square, as large, and far larger, so that both ways shrink.
    for (const double eyes_px : {12.0, 40.0, 125.0, 400.0}) {
        for (const int side : {64, 512}) {
            CAPTURE(eyes_px);
            CAPTURE(side);
            const AlignedFace face = face_at({330, 250}, eyes_px, 0.3);
            const auto patch = paste_face(cut_face(picture, face, side), face, picture.size());
            REQUIRE(patch);
            CHECK(align_to_chroma(patch->where) == patch->where);
            CHECK(alpha_at(*patch, 330, 250) == 255);
            const double blur = face.side_px() / side;  // a pixel of the square, in the picture
            CHECK(most_difference(painted(picture, *patch), picture) <= 2 + blur / 3);
        }
    }
}

TEST_CASE("what lies beside a picture in memory is not taken for a part of it") {
    cv::Mat memory(240, 320, CV_8UC3, cv::Scalar::all(255));
    cv::Mat picture = memory(cv::Rect(0, 0, 300, 230));
    picture.setTo(cv::Scalar::all(90));
    const AlignedFace face = face_at({290, 220}, 40, 0);
    CHECK(cv::norm(cut_face(picture, face, 512), cut_face(picture.clone(), face, 512)) == 0);
}

TEST_CASE("a network that knew the sharp face would bring it back in its place") {
    if (!fixture("gfpgan_face_expected.json") ||
        !test::shared_file("media/people/person_00055.jpg")) {
        return;
    }
    const cv::Mat sharp = photo();
    const auto face = align(points_of(expected_json().at("landmarks")));
    cv::Mat blurred;
    cv::GaussianBlur(sharp, blurred, {}, 4);
    const auto patch = paste_face(cut_face(sharp, *face, 512), *face, sharp.size());
    REQUIRE(patch);
    const cv::Mat restored = painted(blurred, *patch);
    cv::Mat alpha, full(sharp.size(), CV_8UC1, cv::Scalar(0));
    cv::extractChannel(patch->rgba, alpha, 3);
    const cv::Rect inside = patch->where & cv::Rect({0, 0}, sharp.size());
    const cv::Mat whole = alpha(cv::Rect({0, 0}, inside.size())) == 255;
    whole.copyTo(full(inside));
    const auto error = [&](const cv::Mat& picture) {
        return cv::norm(picture, sharp, cv::NORM_L2, full) /
               std::sqrt(3.0 * cv::countNonZero(full));
    };
    CHECK(cv::countNonZero(full) > 10000);
    CHECK(error(restored) < 0.25 * error(blurred));
    CHECK(error(restored) < 2);
}

TEST_CASE("the mask is soft within the square and ends before its edges but not at the picture's") {
    const cv::Mat picture = smooth_picture({640, 480});
    const auto square = [&](const AlignedFace& face) {
        return *paste_face(cv::Mat(512, 512, CV_8UC3, cv::Scalar::all(255)), face, picture.size());
    };
    const AlignedFace face = face_at({320, 240}, 40, 0);  // of 163 pixels, about 239 .. 401
    const double side = face.side_px();
    const Patch patch = square(face);
    CHECK(alpha_at(patch, 320, 240) == 255);
    CHECK(alpha_at(patch, static_cast<int>(320 - 0.33 * side), 240) == 255);
    const int half = alpha_at(patch, static_cast<int>(320 - 0.45 * side), 240);
    CHECK(half > 60);
    CHECK(half < 195);
    CHECK(alpha_at(patch, static_cast<int>(320 - 0.5 * side) - 1, 240) == 0);
    CHECK(alpha_at(patch, static_cast<int>(320 + 0.5 * side) + 1, 240) == 0);
    int before = 255;
    for (int x = 320; x < patch.where.br().x; ++x) {
        const int alpha = alpha_at(patch, x, 240);
        CHECK(alpha <= before);
        CHECK(before - alpha < 60);
        before = alpha;
    }
    for (int x = patch.where.x; x < patch.where.br().x; ++x) {
        CHECK(alpha_at(patch, x, patch.where.y) == 0);
        CHECK(alpha_at(patch, x, patch.where.br().y - 1) == 0);
    }

    const Patch cut = square(face_at({20, 470}, 40, 0.2));
    CHECK(cut.where.x == 0);
    CHECK(cut.where.br().y == 480);
    CHECK(alpha_at(cut, 0, 470) == 255);
    CHECK(alpha_at(cut, 20, 479) == 255);
    CHECK_FALSE(paste_face(cv::Mat(512, 512, CV_8UC3), face_at({-400, 240}, 40, 0), {640, 480}));
}
