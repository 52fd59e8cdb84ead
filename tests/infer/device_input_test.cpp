#include "infer/run/device_input.h"

#include <array>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <opencv2/imgproc.hpp>
#include "support/doctest_with_torch.h"

#include "infer/blazepose/blazepose.h"
#include "infer/blazepose/landmarks.h"
#include "infer/reference.h"
#include "infer/top_down/body_crop.h"

namespace closet {
namespace {

/// Compares what `fill` writes with the crops that are told, made by tensor operations, and says
/// that there is nobody.
class Comparing final : public NetworkRunner {
  public:
    Comparing(cv::Size input, std::vector<std::size_t> outputs)
        : input_(input), outputs_(std::move(outputs)) {}

    void run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
             const WantsLastOutput&, std::span<const Crop> crops) override {
        at::set_num_threads(1);
        REQUIRE(crops.size() == count);
        const at::Tensor made = crops_on(at::kCPU, crops, input_);
        for (std::size_t i = 0; i < count; ++i) {
            cv::Mat filled(input_, CV_8UC3);
            fill(i, filled);
            const cv::Mat own(input_, CV_8UC3, made[static_cast<std::int64_t>(i)].data_ptr());
            cv::Mat off;
            cv::absdiff(filled, own, off);
            most = std::max(most, cv::norm(off, cv::NORM_INF));
            different += cv::countNonZero(off.reshape(1));
            bytes += static_cast<double>(off.total() * 3);
            CHECK(cv::norm(filled, cv::NORM_INF) > 100);
            std::vector<std::vector<float>> zeros;
            std::vector<std::span<const float>> rows;
            for (const std::size_t size : outputs_) {
                zeros.emplace_back(size);
                rows.emplace_back(zeros.back());
            }
            take(i, rows);
        }
    }

    double most = 0, different = 0, bytes = 0;

  private:
    cv::Size input_;
    std::vector<std::size_t> outputs_;
};

class SomeTopDown final : public TopDownPose {
  public:
    SomeTopDown(std::unique_ptr<NetworkRunner> network, cv::Size input, bool flip_test)
        : TopDownPose(std::move(network), input, nullptr, flip_test) {}
    float least_presence() const override { return 0; }

  private:
    PoseEstimate interpret(Outputs, Outputs, const Region&) const override { return {}; }
};

/// The photo, or a picture with edges as hard as they get.
cv::Mat photo() {
    if (const auto picture = test::reference_picture("fixtures/blazepose/000000000785.jpg")) {
        return *picture;
    }
    cv::Mat noise(427, 640, CV_8UC3);
    cv::randu(noise, cv::Scalar::all(0), cv::Scalar::all(256));
    return noise;
}

/// Regions inside, across the edges and turned, of two pictures.
std::vector<PoseInput> inputs_of(const cv::Mat& picture, const cv::Mat& other) {
    std::vector<PoseInput> inputs;
    for (int i = 0; i < 12; ++i) {
        inputs.push_back({.picture = i % 3 == 0 ? &other : &picture,
                          .region = {.center = {30.0 + 51.7 * i, 20.0 + 33.3 * i},
                                     .side = 180.0 + 37.1 * i,
                                     .rotation = 0.31 * i - 1.5}});
    }
    return inputs;
}

TEST_CASE("device input: crops of BlazePose are OpenCV's but for rounded positions") {
    const cv::Mat picture = photo();
    cv::Mat other;
    cv::flip(picture, other, 0);
    auto network = std::make_unique<Comparing>(
        cv::Size(kLandmarkCropSize, kLandmarkCropSize),
        std::vector<std::size_t>{kLandmarkCount * kLandmarkValues, 1,
                                 kLandmarkCount * kHeatMapSize * kHeatMapSize});
    const Comparing& seen = *network;
    BlazePose model(nullptr, std::move(network), false);
    model.estimate(inputs_of(picture, other));
    CHECK(seen.bytes > 0);
    CHECK(seen.most <= 16);  // a position in the next 1/32 pixel, at an edge
    CHECK(seen.different < 0.01 * seen.bytes);
}

TEST_CASE("device input: crops of bodies and their mirror images are OpenCV's") {
    const cv::Mat picture = photo();
    cv::Mat other;
    cv::flip(picture, other, 0);
    for (const bool flip_test : {false, true}) {
        const cv::Size input(192, 256);
        auto network = std::make_unique<Comparing>(input, std::vector<std::size_t>{1});
        const Comparing& seen = *network;
        SomeTopDown model(std::move(network), input, flip_test);
        model.estimate(inputs_of(picture, other));
        CHECK(seen.most <= 16);
        CHECK(seen.different < 0.01 * seen.bytes);
    }
}

TEST_CASE("device input: on a device without memory crops are made up to shape and type") {
    // LibTorch's meta device refuses operands of other devices, and whatever would read numbers.
    const cv::Mat picture(36, 64, CV_8UC3);
    const std::vector<Crop> crops(3, {.picture = &picture, .picture_from_input = {}});
    const at::Tensor made = crops_on(at::kMeta, crops, {24, 32});
    CHECK(made.is_meta());
    CHECK(made.sizes() == at::IntArrayRef({3, 32, 24, 3}));
    const at::Tensor input =
        network_input(made, per_channel({1, 1, 1}, at::kMeta), per_channel({0, 0, 0}, at::kMeta));
    CHECK(input.sizes() == at::IntArrayRef({3, 3, 32, 24}));
}

TEST_CASE("device input: numbers are those that the CPU gives a network") {
    cv::Mat pixels(24, 40, CV_8UC3);
    cv::randu(pixels, cv::Scalar::all(0), cv::Scalar::all(256));
    for (const Normalization& normalization :
         {uniform_normalization(2.0F / 255.0F, -1.0F), imagenet_normalization()}) {
        std::vector<float> expected(3 * pixels.total());
        normalize(pixels, normalization, expected);
        const at::Tensor made =
            network_input(at::from_blob(pixels.data, {1, pixels.rows, pixels.cols, 3}, at::kByte),
                          per_channel(normalization.scale, at::kCPU),
                          per_channel(normalization.offset, at::kCPU));
        CHECK(made.sizes() == at::IntArrayRef({1, 3, pixels.rows, pixels.cols}));
        CHECK(made.is_contiguous(at::MemoryFormat::ChannelsLast));
        const at::Tensor rows = made.permute({0, 2, 3, 1}).contiguous();
        double most = 0;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            most = std::max<double>(most, std::abs(expected[i] - rows.const_data_ptr<float>()[i]));
        }
        CHECK(most < 1e-6);  // a product and a sum, rounded once or twice
    }
}

TEST_CASE("device input: pictures go up where they are fewer bytes than their crops") {
    const cv::Mat one(360, 640, CV_8UC3), two(360, 640, CV_8UC3), small(90, 160, CV_8UC3);
    const cv::Size input(256, 256);
    const auto crops_of = [](std::initializer_list<const cv::Mat*> pictures) {
        std::vector<Crop> crops;
        for (const cv::Mat* picture : pictures) {
            crops.push_back({.picture = picture, .picture_from_input = {}});
        }
        return crops;
    };
    CHECK_FALSE(fewer_as_pictures({}, input));
    CHECK_FALSE(fewer_as_pictures(crops_of({&one}), input));
    CHECK_FALSE(fewer_as_pictures(crops_of({&one, &one, &one}), input));
    CHECK(fewer_as_pictures(crops_of({&one, &one, &one, &one}), input));
    CHECK_FALSE(fewer_as_pictures(crops_of({&one, &two, &one, &two}), input));
    CHECK(fewer_as_pictures(crops_of({&small}), input));
    CHECK_FALSE(fewer_as_pictures(crops_of({&small, &one, &one, &one, &one}), input));
}

}  // namespace
}  // namespace closet
