#include "infer/run/network_runner.h"

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include <ATen/Functions.h>
#include "support/doctest_with_torch.h"

#include "core/log.h"
#include "infer/run/runners.h"

namespace closet {
namespace {

/// Gives the sum of each picture's channels: 1 output of 3 values.
class SumNetwork : public Network {
  public:
    std::vector<NetworkOutput> compute(std::span<const float> input, std::size_t count,
                                       const WantsLast&) const override {
        CHECK(count == 1);
        std::vector<float> sums(3);
        for (std::size_t i = 0; i < input.size(); ++i) {
            sums[i % 3] += input[i];
        }
        return {{{1, 3}, sums}};
    }
    cv::Size input_size() const override { return {6, 4}; }
    const std::vector<Output>& outputs() const override { return outputs_; }

  private:
    std::vector<Output> outputs_{{"sum", {1, 3}}};
};

/// Fills picture i with (i, 2 i, 3 i).
void fill(std::size_t i, cv::Mat& picture) {
    const auto value = static_cast<double>(i);
    picture.setTo(cv::Scalar(value, 2 * value, 3 * value));
}

/// The three sums of each of `count` pictures.
std::vector<std::vector<float>> sums(NetworkRunner& runner, std::size_t count) {
    std::vector<std::vector<float>> result(count);
    runner.run(count, fill, [&](std::size_t i, Outputs outputs) {
        result[i].assign(outputs[0].begin(), outputs[0].end());
    });
    return result;
}

RunnerSetup setup(float scale = 1.0F, float offset = 0.0F) {
    RunnerSetup result;
    result.network = std::make_shared<SumNetwork>();
    result.normalization = uniform_normalization(scale, offset);
    return result;
}

TEST_CASE("cpu runner: every picture gets its own result in planes R G B") {
    WorkerPool workers(1);
    CpuRunner runner(setup(), workers);
    for (const std::size_t count : {0U, 1U, 2U, 7U}) {
        const auto result = sums(runner, count);
        for (std::size_t i = 0; i < count; ++i) {
            const auto value = static_cast<float>(24 * i);
            CHECK(result[i] == std::vector<float>{value, 2 * value, 3 * value});
        }
    }
}

TEST_CASE("cpu runner: pixels are scaled and shifted") {
    WorkerPool workers(0);
    CpuRunner runner(setup(2.0F, -1.0F), workers);
    CHECK(sums(runner, 2)[1][2] == doctest::Approx(24 * (2 * 3 - 1)));
}

TEST_CASE("cpu runner: each channel has its own scale and offset") {
    WorkerPool workers(0);
    RunnerSetup own = setup();
    own.normalization = {.scale = {1.0F, 0.5F, 2.0F}, .offset = {0.0F, 3.0F, -1.0F}};
    CpuRunner runner(own, workers);
    const std::vector<float> two = sums(runner, 3)[2];  // of 2, 4, 6
    CHECK(two == std::vector<float>{24 * 2, 24 * (0.5F * 4 + 3), 24 * (2 * 6 - 1)});
}

TEST_CASE("cpu runner: what a callback throws reaches the caller") {
    WorkerPool workers(1);
    CpuRunner runner(setup(), workers);
    CHECK_THROWS_AS(runner.run(
                        4, [](std::size_t, cv::Mat&) { throw std::runtime_error("broken"); },
                        [](std::size_t, Outputs) {}, {}, {}),
                    std::runtime_error);
    CHECK(sums(runner, 3)[2][0] == 48);
}

/// A device with room for `room` pictures.
class SmallDevice : public NetworkRunner {
  public:
    explicit SmallDevice(std::size_t room) : room_(room) {}
    void run(std::size_t count, const FillInput& fill_input, const TakeOutputs& take,
             const WantsLastOutput&, std::span<const Crop> told) override {
        calls.push_back(count);
        CHECK((told.empty() || told.size() == count));
        crops.insert(crops.end(), told.begin(), told.end());
        for (std::size_t i = 0; i < count; ++i) {
            cv::Mat picture(1, 1, CV_8UC3);
            fill_input(i, picture);
            if (i >= room_) {
                throw OutOfDeviceMemory("full");
            }
            const std::vector<float> values{static_cast<float>(picture.at<cv::Vec3b>(0, 0)[0])};
            const std::vector<std::span<const float>> rows{values};
            take(i, rows);
        }
    }
    std::vector<std::size_t> calls;
    std::vector<Crop> crops;  ///< of all calls

  private:
    std::size_t room_;
};

/// Collects log messages for as long as it lives.
struct Messages {
    Messages() {
        log::set_sink([this](log::Level level, std::string_view text) {
            if (level == log::Level::kWarning) {
                warnings.emplace_back(text);
            }
        });
    }
    ~Messages() { log::set_sink({}); }
    std::vector<std::string> warnings;
};

TEST_CASE("halving: a batch that does not fit goes on in halves and says so once") {
    const Messages messages;
    auto device = std::make_unique<SmallDevice>(3);
    SmallDevice& small = *device;
    HalvingRunner runner(std::move(device));
    const auto result = sums(runner, 10);
    for (std::size_t i = 0; i < 10; ++i) {
        CHECK(result[i].at(0) == static_cast<float>(i));
    }
    CHECK(small.calls == std::vector<std::size_t>{10, 5, 3, 3, 3, 1});
    CHECK(messages.warnings.size() == 1);
    small.calls.clear();
    sums(runner, 4);  // it has learned
    CHECK(small.calls == std::vector<std::size_t>{3, 1});
    CHECK(messages.warnings.size() == 1);
}

TEST_CASE("halving: crops stay with their pictures") {
    const Messages messages;
    auto device = std::make_unique<SmallDevice>(2);
    SmallDevice& small = *device;
    HalvingRunner runner(std::move(device));
    std::vector<Crop> crops(5);
    for (std::size_t i = 0; i < crops.size(); ++i) {
        crops[i].picture_from_input(0, 2) = static_cast<double>(i);
    }
    runner.run(
        5, fill, [](std::size_t, Outputs) {}, {}, crops);
    CHECK(small.calls == std::vector<std::size_t>{5, 3, 2, 2, 1});
    std::vector<double> places;
    for (const Crop& crop : small.crops) {
        places.push_back(crop.picture_from_input(0, 2));
    }
    CHECK(places == std::vector<double>{0, 1, 2, 3, 4, 0, 1, 2, 0, 1, 2, 3, 4});
}

TEST_CASE("halving: a batch that fits is not touched") {
    const Messages messages;
    auto device = std::make_unique<SmallDevice>(8);
    SmallDevice& small = *device;
    HalvingRunner runner(std::move(device));
    CHECK(sums(runner, 8).size() == 8);
    CHECK(small.calls == std::vector<std::size_t>{8});
    CHECK(messages.warnings.empty());
}

TEST_CASE("halving: a device without room for one picture is an error with the remedy") {
    const Messages messages;
    HalvingRunner runner(std::make_unique<SmallDevice>(0));
    CHECK_THROWS_WITH_AS(sums(runner, 4), doctest::Contains("--device cpu"), ModelError);
}

}  // namespace
}  // namespace closet
