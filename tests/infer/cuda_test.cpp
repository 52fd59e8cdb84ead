#include <cmath>
#include <iostream>
#include <vector>

#include "support/doctest_with_torch.h"

#include "infer/infer.h"
#include "infer/pose_models.h"
#include "infer/reference.h"
#include "infer/run/device.h"

namespace closet {
namespace {

/// Also without the reference data: looks at a drawn figure.
cv::Mat drawn_person() {
    cv::Mat picture(480, 360, CV_8UC3, cv::Scalar(190, 200, 205));
    const cv::Scalar skin(205, 160, 130), shirt(40, 60, 150), trousers(50, 50, 55);
    cv::circle(picture, {180, 80}, 30, skin, cv::FILLED, cv::LINE_AA);
    cv::rectangle(picture, {140, 115}, {220, 250}, shirt, cv::FILLED);
    cv::line(picture, {140, 130}, {100, 250}, skin, 22, cv::LINE_AA);
    cv::line(picture, {220, 130}, {260, 250}, skin, 22, cv::LINE_AA);
    cv::line(picture, {160, 250}, {155, 430}, trousers, 34, cv::LINE_AA);
    cv::line(picture, {200, 250}, {205, 430}, trousers, 34, cv::LINE_AA);
    return picture;
}

std::vector<PoseInput> inputs_at(const cv::Mat& picture) {
    std::vector<PoseInput> inputs;
    for (int i = 0; i < 8; ++i) {
        inputs.push_back(
            {&picture, {.center = {180.0 + i, 250}, .side = 480.0 - 4 * i, .rotation = 0.02 * i}});
    }
    return inputs;
}

/// Largest distance between the same keypoints of two lists of sightings, pixels.
double largest_distance(const std::vector<PoseEstimate>& a, const std::vector<PoseEstimate>& b) {
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (std::size_t k = 0; k < a[i].keypoints.size(); ++k) {
            largest =
                std::max<double>(largest, std::hypot(a[i].keypoints[k].x - b[i].keypoints[k].x,
                                                     a[i].keypoints[k].y - b[i].keypoints[k].y));
        }
    }
    return largest;
}

bool have_cuda() {
    if (available_devices().size() > 1) {
        return true;
    }
    std::cout << "SKIPPED: no CUDA device\n";
    return false;
}

TEST_SUITE("cuda") {
    TEST_CASE("cuda: plain calls and graphs on any number of streams give the CPU's poses") {
        if (!have_cuda() || !test::have_model("blazepose-full")) {
            return;
        }
        const cv::Mat picture = drawn_person();
        const auto inputs = inputs_at(picture);
        WorkerPool workers(3);
        InferOptions options;
        options.device = "cpu";
        options.masks = true;
        const auto truth = make_pose_model(options, workers)->estimate(inputs);
        for (const int streams : {1, 3}) {
            for (const char* precision : {"fp32", "fp16"}) {
                options.device = "cuda";
                options.streams = streams;
                options.precision = precision;
                const auto model = make_pose_model(options, workers);
                for (int call = 0; call < 6; ++call) {  // the last ones replay a graph
                    CAPTURE(streams);
                    CAPTURE(precision);
                    CAPTURE(call);
                    const auto result = model->estimate(inputs);
                    CHECK(largest_distance(truth, result) <
                          (std::string(precision) == "fp32" ? 0.1 : 4.0));
                    CHECK(cv::norm(truth[3].mask, result[3].mask, cv::NORM_L1) /
                              static_cast<double>(truth[3].mask.total()) <
                          2.0);
                    CHECK(model->estimate(std::span(inputs).first(3)).size() == 3);
                }
                CHECK(model->find(std::vector(5, picture)).size() == 5);
            }
        }
    }
}

}  // namespace
}  // namespace closet
