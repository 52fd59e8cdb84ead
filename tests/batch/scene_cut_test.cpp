#include "batch/scene_cut.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "batch/pictures.h"
#include "support/shared_data.h"

namespace closet {
namespace {

using test::luma_picture;
using test::texture;

constexpr int kWidth = 320;
constexpr int kHeight = 180;

/// A textured picture seen from (x, y), in picture widths, with gain and offset.
AvFrame scene(double seed, double x = 0, double y = 0, double gain = 1, double offset = 0) {
    return luma_picture(kWidth, kHeight, [&](int px, int py) {
        const int value = texture(static_cast<double>(px) / kWidth + x,
                                  static_cast<double>(py) / kWidth + y, seed);
        return static_cast<int>(value * gain + offset);
    });
}

/// A gray photo as a picture; the reference data's photos are real scenes.
AvFrame photo(const cv::Mat& gray) {
    return luma_picture(gray.cols, gray.rows,
                        [&](int x, int y) { return gray.at<std::uint8_t>(y, x); });
}

std::vector<cv::Mat> photos() {
    std::vector<cv::Mat> result;
    for (const char* folder : {"media/people", "media/coco"}) {
        const auto path = test::shared_file(folder);
        if (!path) {
            return {};
        }
        std::vector<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::directory_iterator(*path)) {
            if (entry.path().extension() == ".jpg") {
                files.push_back(entry.path());
            }
        }
        std::sort(files.begin(), files.end());
        for (const auto& file : files) {
            cv::Mat gray;
            cv::resize(cv::imread(file.string(), cv::IMREAD_GRAYSCALE), gray, {640, 360}, 0, 0,
                       cv::INTER_AREA);
            result.push_back(gray);
        }
    }
    return result;
}

TEST_CASE("scene cut: the first picture starts a scene and a still one does not start another") {
    SceneCutDetector cuts;
    CHECK(cuts.is_cut(*scene(1)));
    for (int i = 0; i < 5; ++i) {
        CHECK_FALSE(cuts.is_cut(*scene(1)));
    }
}

TEST_CASE("scene cut: a change of scene is a cut exactly once") {
    SceneCutDetector cuts;
    cuts.is_cut(*scene(1));
    CHECK_FALSE(cuts.is_cut(*scene(1, 0.01)));
    CHECK(cuts.is_cut(*scene(5)));
    CHECK_FALSE(cuts.is_cut(*scene(5, 0.01)));
}

TEST_CASE("scene cut: a fast pan is not a cut") {
    SceneCutDetector cuts;
    cuts.is_cut(*scene(1));
    for (int i = 1; i < 40; ++i) {
        CAPTURE(i);
        CHECK_FALSE(cuts.is_cut(*scene(1, 0.09 * i, 0.02 * i)));
    }
}

TEST_CASE("scene cut: a big thing that crosses the picture fast is not a cut") {
    SceneCutDetector cuts;
    for (int i = 0; i < 16; ++i) {
        const int left = -160 + 30 * i;
        const auto image = luma_picture(kWidth, kHeight, [&](int x, int y) {
            const bool inside = x >= left && x < left + 150 && y > 20;
            return inside ? 30 + (x - left) / 4
                          : texture(static_cast<double>(x) / kWidth,
                                    static_cast<double>(y) / kWidth, 2);
        });
        CAPTURE(i);
        CHECK(cuts.is_cut(*image) == (i == 0));
    }
}

TEST_CASE("scene cut: flashes are not cuts whether they saturate or not") {
    SceneCutDetector cuts;
    cuts.is_cut(*scene(1));
    CHECK_FALSE(cuts.is_cut(*scene(1, 0.005, 0, 1, 70)));
    CHECK_FALSE(cuts.is_cut(*scene(1, 0.010)));
    CHECK_FALSE(cuts.is_cut(*scene(1, 0.015, 0, 1, 300)));
    CHECK_FALSE(cuts.is_cut(*scene(1, 0.020)));
}

TEST_CASE("scene cut: fading to black and back is not a cut") {
    SceneCutDetector cuts;
    cuts.is_cut(*scene(1));
    for (int i = 19; i >= -19; --i) {
        CAPTURE(i);
        CHECK_FALSE(cuts.is_cut(*scene(1, 0, 0, std::abs(i) / 20.0, 16)));
    }
}

TEST_CASE("scene cut: another scene after black is a cut exactly once") {
    SceneCutDetector cuts;
    cuts.is_cut(*scene(1));
    for (int i = 9; i >= 0; --i) {
        CHECK_FALSE(cuts.is_cut(*scene(1, 0, 0, i / 10.0, 16)));
    }
    int found = 0;
    for (int i = 1; i <= 10; ++i) {
        found += cuts.is_cut(*scene(5, 0, 0, i / 10.0, 16)) ? 1 : 0;
    }
    CHECK(found == 1);
}

TEST_CASE("scene cut: noise in a dark picture is not a cut") {
    SceneCutDetector cuts;
    std::uint32_t state = 1;
    for (int i = 0; i < 20; ++i) {
        const auto image = luma_picture(kWidth, kHeight, [&](int, int) {
            state = state * 1664525U + 1013904223U;  // Numerical Recipes' generator
            return static_cast<int>(20 + (state >> 28U));
        });
        CHECK(cuts.is_cut(*image) == (i == 0));
    }
}

TEST_CASE("scene cut: every change between real photos is one") {
    const auto pictures = photos();
    for (std::size_t a = 0; a < pictures.size(); ++a) {
        for (std::size_t b = 0; b < pictures.size(); ++b) {
            if (a != b) {
                SceneCutDetector cuts;
                cuts.is_cut(*photo(pictures[a]));
                CAPTURE(a);
                CAPTURE(b);
                CHECK(cuts.is_cut(*photo(pictures[b])));
            }
        }
    }
}

TEST_CASE("scene cut: zooms pans and light on a real photo are none") {
    for (const cv::Mat& picture : photos()) {
        SceneCutDetector cuts;
        for (int i = 0; i < 24; ++i) {
            const cv::Rect window(4 * i, 2 * i, 480 - 6 * i, 270 - 4 * i);
            cv::Mat seen;
            picture(window).convertTo(seen, -1, i % 8 == 5 ? 1.5 : 1.0, i % 8 == 7 ? 50.0 : 0.0);
            CAPTURE(i);
            CHECK(cuts.is_cut(*photo(seen)) == (i == 0));
        }
    }
}

TEST_CASE("scene cut: the signature is the same in every pixel format") {
    cv::Mat gray_as_rgb(kHeight, kWidth, CV_8UC3);
    for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
            const auto value = static_cast<std::uint8_t>(
                texture(static_cast<double>(x) / kWidth, static_cast<double>(y) / kWidth, 3));
            gray_as_rgb.at<cv::Vec3b>(y, x) = {value, value, value};
        }
    }
    const auto reference = luma_signature(*test::picture_from_rgb(gray_as_rgb, AV_PIX_FMT_YUV420P));
    for (const auto format :
         {AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_NV12, AV_PIX_FMT_P010LE,
          AV_PIX_FMT_RGB24, AV_PIX_FMT_BGR24, AV_PIX_FMT_RGBA, AV_PIX_FMT_BGRA, AV_PIX_FMT_GBRP,
          AV_PIX_FMT_GRAY8}) {
        const auto signature = luma_signature(*test::picture_from_rgb(gray_as_rgb, format));
        CAPTURE(format);
        CHECK(layout_distance(reference, signature) < 0.001F);
    }
}

}  // namespace
}  // namespace closet
