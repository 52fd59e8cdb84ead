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

Quality compared(const ClipRecord& reference, const ClipRecord& tested, double frames_per_s = 30,
                 const ClipLabels* labels = nullptr, const PerceptualDistance& distance = {}) {
    const RecordComparison comparison =
        compare_records(reference, tested, frames_per_s, labels, distance);
    return quality_of({&comparison, 1});
}

}  // namespace

TEST_CASE("a run is as good as itself") {
    const ClipRecord run = record(0, 1);
    const Quality quality = compared(run, run);
    CHECK(quality.keypoint_error.value == 0);
    CHECK(quality.pck.value == 1);
    CHECK(quality.missing.value == 0);
    CHECK(quality.ssim->value == doctest::Approx(1));
    CHECK(quality.psnr_db->value == 100);
    CHECK_FALSE(quality.oks);
}

TEST_CASE("errors come with intervals that hold them") {
    const Quality quality = compared(record(0, 1), record(20, 3, 104), 10);
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
    CHECK(compared(run, run, 30, &labels).oks->value == doctest::Approx(1));
    const ClipLabels none{{5000, {label}}};
    CHECK_FALSE(compared(run, run, 30, &none).oks);
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
    PerceptualDistance distance = [&](const cv::Mat& a, const cv::Mat& b) {
        ++calls;
        return std::optional(std::abs(a.at<cv::Vec3b>(0, 0)[0] - b.at<cv::Vec3b>(0, 0)[0]) / 100.0);
    };
    const Quality quality = compared(colored(100), colored(130), 30, nullptr, distance);
    CHECK(quality.lpips->value == doctest::Approx(0.3));
    CHECK(calls == 48);
    CHECK_FALSE(compared(colored(100), colored(130)).lpips);
    CHECK_FALSE(compared(record(0, 1), record(0, 1), 30, nullptr, distance).lpips);
    distance = [](const cv::Mat&, const cv::Mat&) { return std::nullopt; };
    CHECK_FALSE(compared(colored(100), colored(130), 30, nullptr, distance).lpips);
}

TEST_CASE("several clips are judged by all of their frames, one says what it says alone") {
    const ClipRecord still = record(0, 1), off = record(20, 3, 104), worse = record(30, 2, 110);
    const std::vector<RecordComparison> clips{compare_records(still, off, 10),
                                              compare_records(still, worse, 60)};
    const Quality one = quality_of({clips.data(), 1}), both = quality_of(clips);
    CHECK(both.keypoint_error.value == doctest::Approx((0.2 / 3 + 0.3 / 2) / 2));
    CHECK(both.pck.value == doctest::Approx((2.0 / 3 + 0.5) / 2));
    CHECK(both.psnr_db->value < one.psnr_db->value);
    CHECK(both.keypoint_error.low > one.keypoint_error.low);
    REQUIRE(both.frame_errors.size() == 2);
    CHECK(both.frame_errors[0].error.size() == kFrames);
    CHECK(both.frame_errors[1].error[0] == doctest::Approx(0.3));
    CHECK(both.frame_errors[1].error[1] == 0);
    CHECK(both.frame_errors[0].joints[5] > 0);
    // The other clip's frames have no part in what one clip says.
    CHECK(quality_of({&clips[0], 1}).keypoint_error.high == one.keypoint_error.high);
}
