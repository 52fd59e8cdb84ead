#include "encode/display/overlay.h"

#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "encode/display/draw_text.h"

namespace closet {
namespace {

const std::vector<std::string> kLines{"garment", "in\t30.0 frames/s", "latency\t21.4 ms",
                                      "device\tcpu"};

cv::Mat gray(cv::Size size, int level) {
    return {size, CV_8UC3, cv::Scalar::all(level)};
}

/// The box around all pixels that differ from a gray of `level`.
cv::Rect changed(const cv::Mat& picture, int level) {
    cv::Mat mask;
    cv::inRange(picture, cv::Scalar::all(level), cv::Scalar::all(level), mask);
    mask = 255 - mask;
    std::vector<cv::Point> points;
    cv::findNonZero(mask, points);
    cv::Rect box;
    for (const cv::Point& point : points) {
        box = box.empty() ? cv::Rect(point, cv::Size(1, 1)) : box | cv::Rect(point, cv::Size(1, 1));
    }
    return box;
}

/// How many pixels of a layer are as bright as text is.
int bright_pixels(const Layer& layer) {
    int count = 0;
    for (int y = 0; y < layer.pixels.rows; ++y) {
        for (int x = 0; x < layer.pixels.cols; ++x) {
            const auto& pixel = layer.pixels.at<cv::Vec4b>(y, x);
            count += pixel[1] > 150 && pixel[3] > 200 ? 1 : 0;
        }
    }
    return count;
}

bool has_bright_edge(const Layer& layer) {
    const cv::Mat& pixels = layer.pixels;
    for (int x = 0; x < pixels.cols; ++x) {
        if (pixels.at<cv::Vec4b>(0, x)[1] > 100 ||
            pixels.at<cv::Vec4b>(pixels.rows - 1, x)[1] > 100) {
            return true;
        }
    }
    for (int y = 0; y < pixels.rows; ++y) {
        if (pixels.at<cv::Vec4b>(y, 0)[1] > 100 ||
            pixels.at<cv::Vec4b>(y, pixels.cols - 1)[1] > 100) {
            return true;
        }
    }
    return false;
}

const std::vector<cv::Size> kSizes{{1920, 1080}, {1280, 720}, {640, 360}, {1080, 1920}, {320, 180}};

}  // namespace

TEST_CASE("each part lies inside the picture with its text inside the panel") {
    for (const cv::Size size : kSizes) {
        CAPTURE(size.width);
        const OverlayMetrics metrics(size);
        for (const Layer& layer :
             {statistics_layer(kLines, metrics), message_layer("saved look.png", metrics),
              recording_layer(metrics)}) {
            REQUIRE_FALSE(layer.empty());
            CHECK((layer.box() & cv::Rect({0, 0}, size)) == layer.box());
            CHECK(bright_pixels(layer) > 20);
            CHECK_FALSE(has_bright_edge(layer));
        }
    }
}

TEST_CASE("the parts do not cover one another on a picture of common size") {
    for (const cv::Size size : {cv::Size(1280, 720), cv::Size(640, 360), cv::Size(1080, 1920)}) {
        const OverlayMetrics metrics(size);
        const cv::Rect statistics = statistics_layer(kLines, metrics).box();
        CHECK((statistics & recording_layer(metrics).box()).empty());
        CHECK((statistics & message_layer("saved", metrics).box()).empty());
        CHECK((help_layer(metrics).box() & message_layer("saved", metrics).box()).empty());
    }
}

TEST_CASE("outside of the panels no pixel changes") {
    for (const int level : {0, 90, 255}) {
        cv::Mat picture = gray({1280, 720}, level);
        Overlay overlay;
        WindowText text;
        overlay.draw(picture, text);
        CHECK(changed(picture, level).empty());
        text.statistics = kLines;
        overlay.draw(picture, text);
        const cv::Rect panel = statistics_layer(kLines, OverlayMetrics({1280, 720})).box();
        CHECK((changed(picture, level) | panel) == panel);
        CHECK(changed(picture, level).area() > panel.area() * 9 / 10);
    }
}

TEST_CASE("text stands out on dark and on bright pictures") {
    for (const int level : {0, 128, 255}) {
        cv::Mat picture = gray({640, 360}, level);
        Overlay overlay;
        WindowText text;
        text.statistics = kLines;
        overlay.draw(picture, text);
        const cv::Rect panel = statistics_layer(kLines, OverlayMetrics({640, 360})).box();
        double darkest = 0.0, brightest = 0.0;
        cv::minMaxLoc(picture(panel).clone().reshape(1), &darkest, &brightest);
        cv::Mat inner = picture(cv::Rect(panel.tl() + cv::Point(4, 4), cv::Size(6, 6))).clone();
        CHECK(cv::mean(inner)[1] < 110.0);  // the ground
        CHECK(brightest > 230.0);
    }
}

TEST_CASE("many lines on a small picture shrink and are then cut with dots") {
    std::vector<std::string> lines;
    for (int i = 0; i < 60; ++i) {
        lines.push_back("label\tvalue");
    }
    for (const cv::Size size : {cv::Size(640, 360), cv::Size(160, 120), cv::Size(64, 48)}) {
        const Layer layer = statistics_layer(lines, OverlayMetrics(size));
        CHECK((layer.box() & cv::Rect({0, 0}, size)) == layer.box());
    }
}

TEST_CASE("pictures too small for text get none and do no harm") {
    for (const cv::Size size : {cv::Size(1, 1), cv::Size(16, 16), cv::Size(2, 300),
                                cv::Size(300, 2), cv::Size(40, 30), cv::Size(90, 200)}) {
        cv::Mat picture = gray(size, 50);
        Overlay overlay;
        WindowText text;
        text.statistics = {"a very long label of a line\tand its value", "\t", "", "\tx"};
        text.message = std::string(1000, 'w');
        text.help = true;
        text.recording = true;
        overlay.draw(picture, text);
        CHECK(picture.size() == size);
    }
}

TEST_CASE("long lines and messages end in dots within the picture") {
    const TextStyle style{16, false};
    const std::string text = "the quick brown fox jumps over the lazy dog";
    for (const int width : {300, 200, 100, 40}) {
        const std::string clipped = clipped_text(text, style, width);
        CHECK(text_width(clipped, style) <= width);
        CHECK(clipped.ends_with("..."));
        CHECK(text.starts_with(clipped.substr(0, clipped.size() - 3)));
    }
    CHECK(clipped_text(text, style, 10000) == text);
    CHECK(clipped_text(text, style, 1).empty());
    const Layer layer = message_layer(std::string(5000, 'm'), OverlayMetrics({640, 360}));
    CHECK((layer.box() & cv::Rect(0, 0, 640, 360)) == layer.box());
}

TEST_CASE("a panel keeps its width while digits change") {
    const OverlayMetrics metrics({1280, 720});
    const int width = statistics_layer({"in\t30.0 frames/s"}, metrics).box().width;
    for (const char* line : {"in\t29.7 frames/s", "in\t11.1 frames/s", "in\t40.0 frames/s"}) {
        CHECK(statistics_layer({line}, metrics).box().width == width);
    }
}

TEST_CASE("the help card fits from 320x240 on and hides the figures that it covers") {
    for (const cv::Size size : {cv::Size(320, 240), cv::Size(640, 360), cv::Size(1920, 1080)}) {
        const Layer help = help_layer(OverlayMetrics(size));
        REQUIRE_FALSE(help.empty());
        CHECK((help.box() & cv::Rect({0, 0}, size)) == help.box());
    }
    cv::Mat with = gray({640, 360}, 200), without = gray({640, 360}, 200);
    WindowText text;
    text.help = true;
    Overlay().draw(without, text);
    text.statistics = std::vector<std::string>(12, "latency of it all\t21.4 ms and 38.0 ms");
    Overlay().draw(with, text);
    CHECK(cv::norm(with, without, cv::NORM_INF) == 0.0);
}

TEST_CASE("text that changes is drawn anew") {
    Overlay overlay;
    WindowText text;
    text.message = "one";
    cv::Mat first = gray({640, 360}, 100), again = first.clone(), other = first.clone();
    overlay.draw(first, text);
    overlay.draw(again, text);
    text.message = "two";
    overlay.draw(other, text);
    CHECK(cv::norm(first, again, cv::NORM_INF) == 0.0);
    CHECK(cv::norm(first, other, cv::NORM_INF) > 50.0);
    cv::Mat larger = gray({1280, 720}, 100);
    overlay.draw(larger, text);
    CHECK(changed(larger, 100).height > changed(other, 100).height);
}

TEST_CASE("signs beyond ASCII are spelled out and never become question marks") {
    CHECK(plain_text("Stra\u00dfe \u00c4rmel caf\u00e9 \u0141\u00f3d\u017a") ==
          "Strasse Aermel cafe Lodz");
    CHECK(plain_text("21\u00a0\u00b5s \u2013 40\u202fms \u2026 3 \u00d7 4 \u2265 2 \u2192 x") ==
          "21 us - 40 ms ... 3 x 4 >= 2 -> x");
    CHECK(plain_text("e\u0301 \u65e5\u672c \xff\xc3") == "e .. ..");
    CHECK(plain_text("a\tb\nc\x7f") == "a\tb c ");
    for (std::uint32_t c = 1; c < 256; ++c) {
        CHECK(plain_text(std::string(1, static_cast<char>(c))).find('?') ==
              (c == '?' ? 0 : std::string::npos));
    }
}

}  // namespace closet
