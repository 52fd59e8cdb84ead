#include "bench/quality/clip_record.h"

#include <cmath>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "people.h"

using namespace closet;
using namespace closet::bench;
using closet::test::moved;
using closet::test::upright;

namespace {

constexpr int kFrames = 90;

/// A clip of somebody standing, `error` pixels off in every `period`-th frame, wearing gray.
void fill(ClipRecord& clip, float error, int period, double gray) {
    const AvFrame frame = make_av_frame();
    frame->format = AV_PIX_FMT_GRAY8;
    frame->width = frame->height = 40;
    REQUIRE(av_frame_get_buffer(frame.get(), 0) == 0);
    cv::Mat(40, 40, CV_8UC1, frame->data[0], static_cast<std::size_t>(frame->linesize[0])) = gray;
    cv::Mat matte(40, 40, CV_8UC1, cv::Scalar(0));
    matte(cv::Rect(5, 5, 20, 20)) = 255;
    for (int i = 0; i < kFrames; ++i) {
        Pose pose = moved(upright(200, 100), i % period == 0 ? error : 0, 0);
        pose.mask = std::make_shared<PersonMask>();
        clip.add(*frame, {pose}, &matte);
    }
}

ClipRecord record(float error, int period, double gray = 100) {
    ClipRecord clip(frames_to_compare(kFrames, 1));
    fill(clip, error, period, gray);
    return clip;
}

}  // namespace

TEST_CASE("a run is as good as itself") {
    const ClipRecord run = record(0, 1);
    const Quality quality = compare_records(run, run, {});
    CHECK(quality.keypoint_error.value == 0);
    CHECK(quality.pck.value == 1);
    CHECK(quality.missing.value == 0);
    CHECK(quality.ssim->value == doctest::Approx(1));
    CHECK(quality.psnr_db->value == 100);
    CHECK_FALSE(quality.oks);
}

TEST_CASE("errors come with intervals that hold them") {
    const Quality quality = compare_records(record(0, 1), record(20, 3, 104), {.frames_per_s = 10});
    CHECK(quality.keypoint_error.value == doctest::Approx(0.2 / 3));
    CHECK(quality.keypoint_error.low <= quality.keypoint_error.value);
    CHECK(quality.keypoint_error.high >= quality.keypoint_error.value);
    CHECK(quality.pck.value == doctest::Approx(2.0 / 3));
    CHECK(quality.jitter.value > quality.reference_jitter.value);
    CHECK(quality.psnr_db->value == doctest::Approx(20 * std::log10(255.0 / 4)));
}

TEST_CASE("records keep poses without masks and only the pictures asked for") {
    ClipRecord clip({1});
    const AvFrame frame = make_av_frame();
    frame->format = AV_PIX_FMT_GRAY8;
    frame->width = frame->height = 8;
    REQUIRE(av_frame_get_buffer(frame.get(), 0) == 0);
    const cv::Mat matte(8, 8, CV_8UC1, cv::Scalar(1));
    Pose pose = upright(1, 1);
    pose.mask = std::make_shared<PersonMask>();
    clip.add(*frame, {pose}, &matte);
    clip.add(*frame, {}, &matte);
    clip.add(*frame, {}, nullptr);
    CHECK(clip.poses().size() == 3);
    CHECK(clip.poses()[0][0].mask == nullptr);
    CHECK(clip.pictures().size() == 1);
    CHECK(clip.pictures().contains(1));
}

TEST_CASE("similarity to labels is told where there are labels") {
    LabeledPerson label;
    const Pose pose = upright(200, 100);
    for (int i = 0; i < kJointCount; ++i) {
        const Keypoint& point = pose.at(static_cast<Joint>(i));
        label.points.at(static_cast<std::size_t>(i)) = {point.x, point.y, true};
    }
    label.area = 1e4;
    const ClipLabels labels{{0, {label}}, {50, {label}}};
    const ClipRecord run = record(0, 1);
    CHECK(compare_records(run, run, {.labels = &labels}).oks->value == doctest::Approx(1));
    const ClipLabels none{{5000, {label}}};
    CHECK_FALSE(compare_records(run, run, {.labels = &none}).oks);
}

TEST_CASE("how unlike pictures look is told where it is asked for and colors were kept") {
    const auto colored = [](int value) {
        ClipRecord clip(frames_to_compare(kFrames, 1), [value](const AVFrame& frame) {
            return cv::Mat(frame.height, frame.width, CV_8UC3, cv::Scalar::all(value));
        });
        fill(clip, 0, 1, 100);
        return clip;
    };
    int calls = 0;
    QualityOptions options;
    options.distance = [&](const cv::Mat& a, const cv::Mat& b) {
        ++calls;
        return std::optional(std::abs(a.at<cv::Vec3b>(0, 0)[0] - b.at<cv::Vec3b>(0, 0)[0]) / 100.0);
    };
    const Quality quality = compare_records(colored(100), colored(130), options);
    CHECK(quality.lpips->value == doctest::Approx(0.3));
    CHECK(calls == 48);
    CHECK_FALSE(compare_records(colored(100), colored(130), {}).lpips);
    CHECK_FALSE(compare_records(record(0, 1), record(0, 1), options).lpips);
    options.distance = [](const cv::Mat&, const cv::Mat&) { return std::nullopt; };
    CHECK_FALSE(compare_records(colored(100), colored(130), options).lpips);
}
