#include "infer/blazepose/blazepose.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include "support/doctest_with_torch.h"

#include "infer/blazepose/landmarks.h"
#include "infer/reference.h"
#include "infer/region.h"
#include "infer/run/network_runner.h"
#include "predict/one_euro.h"

namespace closet {
namespace {

/// Smooths BlazePose landmarks as MediaPipe's pose graph does before it hands them out: its results
/// can be compared with smoothed ones only.
class LandmarkSmoother {
  public:
    /// Takes and gives view pixels. The region for the next picture follows from the result.
    Landmarks smooth(double time_s, const Landmarks& landmarks) {
        // Speeds are taken relative to the person: the diameter of the body's circle, which is the
        // region's side without its margin.
        constexpr double kMargin = 1.25;
        constexpr double kVisibilityAlpha = 0.1;  // LowPassFilter of the visibilities
        const double scale = kMargin / region_of_landmarks(landmarks).side;
        Landmarks result = landmarks;
        smooth_range(body_, time_s, scale, 0, kBodyLandmarks, result);
        smooth_range(auxiliary_, time_s, scale, kBodyLandmarks, kSmoothedLandmarks, result);
        if (last_) {
            for (std::size_t i = 0; i < kSmoothedLandmarks; ++i) {
                const double before = (*last_)[i].visibility;
                result[i].visibility =
                    before + kVisibilityAlpha * (landmarks[i].visibility - before);
            }
        }
        last_ = result;
        return result;
    }

  private:
    static constexpr std::size_t kBodyLandmarks = 33;
    static constexpr std::size_t kSmoothedLandmarks = 35;  // and the two of the body's circle

    static void smooth_range(OneEuroFilter& filter, double time_s, double scale, std::size_t first,
                             std::size_t end, Landmarks& landmarks) {
        std::vector<double> values;
        for (std::size_t i = first; i < end; ++i) {
            values.insert(values.end(), {landmarks[i].x, landmarks[i].y, landmarks[i].z});
        }
        values = filter.smooth(time_s, values, scale);
        for (std::size_t i = first; i < end; ++i) {
            const double* smoothed = values.data() + 3 * (i - first);
            landmarks[i].x = smoothed[0];
            landmarks[i].y = smoothed[1];
            landmarks[i].z = smoothed[2];
        }
    }

    OneEuroFilter body_{{.min_cutoff_hz = 0.05, .beta = 80.0, .derivative_cutoff_hz = 1.0}};
    OneEuroFilter auxiliary_{{.min_cutoff_hz = 0.01, .beta = 10.0, .derivative_cutoff_hz = 1.0}};
    std::optional<Landmarks> last_;
};

constexpr std::array<const char*, 4> kPictures{"000000000785.jpg", "000000040083.jpg",
                                               "000000196141.jpg", "000000197388.jpg"};

std::unique_ptr<PoseModel> load(const std::string& name, WorkerPool& workers, bool masks = false) {
    InferOptions options;
    options.model = name;
    options.device = "cpu";
    options.masks = masks;
    return make_pose_model(options, workers);
}

/// Mean and largest distance of keypoints to the reference's, pixels.
struct Distance {
    double mean = 0;
    double largest = 0;
};
Distance distance(const std::vector<Keypoint>& points, const nlohmann::json& expected) {
    Distance result;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double d = std::hypot(points[i].x - expected[i][0].get<double>(),
                                    points[i].y - expected[i][1].get<double>());
        result.mean += d / static_cast<double>(points.size());
        result.largest = std::max(result.largest, d);
    }
    return result;
}

TEST_CASE("blazepose: detector and landmarks agree with MediaPipe from picture to pose") {
    const auto reference = test::reference_json("expected.json");
    if (!reference || !test::have_model("blazepose-full")) {
        return;
    }
    WorkerPool workers(1);
    const auto model = load("blazepose-full", workers);
    for (const char* name : kPictures) {
        CAPTURE(name);
        const auto picture = test::reference_picture(std::string("media/coco/") + name);
        REQUIRE(picture);
        const auto& expected = reference->at("images").at(name);
        const auto people = model->find(std::vector{*picture});
        REQUIRE(people.at(0).size() == 1);
        const Region region = people[0][0];
        const Region truth =
            test::reference_region(expected.at("rect_from_detection"), picture->size());
        CHECK(cv::norm(region.center - truth.center) < 0.02);
        CHECK(region.side == doctest::Approx(truth.side).epsilon(1e-4));
        CHECK(region.rotation == doctest::Approx(truth.rotation).epsilon(1e-3));

        const PoseEstimate estimate =
            model->estimate(std::vector{PoseInput{&*picture, region}}).at(0);
        const auto& full = expected.at("models").at("full");
        const Distance d = distance(estimate.keypoints, full.at("landmarks_px"));
        MESSAGE(name << ": mean " << d.mean << " px, largest " << d.largest << " px");
        CHECK(d.mean < 0.08);    // the prototype's mean over the four is .02
        CHECK(d.largest < 1.5);  // and its worst landmark 1.4
        for (std::size_t i = 0; i < estimate.keypoints.size(); ++i) {
            CHECK(std::abs(estimate.keypoints[i].z - full.at("z_px")[i].get<double>()) < 1.0);
            CHECK(std::abs(estimate.keypoints[i].score -
                           std::min(full.at("visibility")[i].get<double>(),
                                    full.at("presence")[i].get<double>())) < 0.005);
        }
        const Region next = test::reference_region(full.at("rect_from_landmarks"), picture->size());
        CHECK(cv::norm(estimate.region.center - next.center) < 0.5);
        CHECK(estimate.region.side == doctest::Approx(next.side).epsilon(0.003));
    }
}

/// Runs the landmark network over one region and gives all its landmarks in picture pixels.
Landmarks read_landmarks(NetworkRunner& runner, const cv::Mat& picture, const Region& region) {
    Landmarks landmarks;
    runner.run(
        1,
        [&](std::size_t, cv::Mat& input) {
            crop_region(picture, region, Border::kReplicate, input);
        },
        [&](std::size_t, Outputs outputs) {
            landmarks = decode_landmarks(outputs[0]);
            refine_landmarks(landmarks, outputs[1]);
        });
    return to_view(landmarks, region);
}

/// Plays the reference's 20 frames. `given`: each frame looks where the reference looked, else
/// where the own landmarks of the frame before say. Returns mean distances to the reference,
/// pixels.
std::vector<double> play_video(const nlohmann::json& expected, bool given) {
    WorkerPool workers(0);
    const auto runner =
        make_runner({.network = load_tflite(find_model("pose_landmark_full"), {.outputs = {0, 3}}),
                     .normalization = uniform_normalization(1.0F / 255.0F, 0.0F)},
                    workers);
    std::vector<cv::Mat> pictures;
    for (int i = 0; i < 5; ++i) {
        pictures.push_back(
            *test::reference_picture(fmt::format("fixtures/blazepose/demo_frame_{}.png", i)));
    }
    std::optional<Region> region;
    LandmarkSmoother smoother;
    std::vector<double> distances;
    for (std::size_t i = 0; i < expected.at("frames").size(); ++i) {
        const cv::Mat& picture = pictures[i % pictures.size()];
        const auto& frame = expected.at("frames")[i];
        if (!region) {
            region = load("blazepose-full", workers)->find(std::vector{picture}).at(0).at(0);
        }
        const double time_s = 0.033333 * static_cast<double>(i + 1);
        const Landmarks smooth = smoother.smooth(time_s, read_landmarks(*runner, picture, *region));
        double sum = 0;
        for (std::size_t k = 0; k < 33; ++k) {
            sum += std::hypot(smooth[k].x - frame.at("landmarks_px")[k][0].get<double>(),
                              smooth[k].y - frame.at("landmarks_px")[k][1].get<double>());
            CHECK(std::abs(smooth[k].visibility - frame.at("visibility")[k].get<double>()) <
                  (given ? 0.001 : 0.05));
        }
        distances.push_back(sum / 33);
        region = given ? test::reference_region(frame.at("rect_used_next"), picture.size())
                       : region_of_landmarks(smooth);
    }
    return distances;
}

TEST_CASE("blazepose: smoothing over time agrees with MediaPipe in the regions given") {
    const auto expected = test::reference_json("expected_video.json");
    if (!expected || !test::have_model("blazepose-full")) {
        return;
    }
    const auto distances = play_video(*expected, true);
    for (const double distance : distances) {
        CHECK(distance < 0.05);
    }
    const double mean = std::accumulate(distances.begin(), distances.end(), 0.0) /
                        static_cast<double>(distances.size());
    MESSAGE("mean " << mean << " px");
    CHECK(mean < 0.02);
}

TEST_CASE("blazepose: left to follow its own regions it stays within a pixel or two") {
    const auto expected = test::reference_json("expected_video.json");
    if (!expected || !test::have_model("blazepose-full")) {
        return;
    }
    const auto distances = play_video(*expected, false);
    MESSAGE("worst frame " << *std::max_element(distances.begin(), distances.end()) << " px");
    for (const double distance : distances) {
        CHECK(distance < 2.0);
    }
}

TEST_CASE(
    "blazepose: a batch gives what single looks give and any number of workers the same bits") {
    const auto picture = test::reference_picture("fixtures/blazepose/000000000785.jpg");
    if (!picture || !test::have_model("blazepose-full")) {
        return;
    }
    std::vector<PoseInput> inputs;
    for (int i = 0; i < 5; ++i) {
        inputs.push_back({&*picture,
                          {.center = {424.0 + 3 * i, 219.0},
                           .side = 440.0 - 5 * i,
                           .rotation = -0.37 + 0.02 * i}});
    }
    WorkerPool none(0), one(1), three(3);
    const auto batch = load("blazepose-full", none, true)->estimate(inputs);
    const auto by_two = load("blazepose-full", one, true)->estimate(inputs);
    const auto by_four = load("blazepose-full", three, true)->estimate(inputs);
    const auto single = load("blazepose-full", none, true);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const PoseEstimate alone = single->estimate(std::span(&inputs[i], 1)).at(0);
        CHECK(cv::norm(batch[i].mask, alone.mask, cv::NORM_INF) <= 1);
        CHECK(cv::norm(batch[i].mask, by_two[i].mask, cv::NORM_INF) == 0);
        for (std::size_t k = 0; k < 33; ++k) {
            CHECK(std::abs(batch[i].keypoints[k].x - alone.keypoints[k].x) < 0.01F);
            CHECK(std::abs(batch[i].keypoints[k].y - alone.keypoints[k].y) < 0.01F);
            CHECK(batch[i].keypoints[k].x == by_two[i].keypoints[k].x);
            CHECK(batch[i].keypoints[k].z == by_four[i].keypoints[k].z);
        }
    }
}

TEST_CASE("blazepose: nobody is found where nobody is") {
    if (!test::have_model("blazepose-full")) {
        return;
    }
    WorkerPool workers(1);
    const auto model = load("blazepose-full", workers);
    cv::Mat noise(240, 320, CV_8UC3);
    cv::setRNGSeed(1);
    cv::randu(noise, 0, 255);
    const std::vector<cv::Mat> pictures{cv::Mat(240, 320, CV_8UC3, cv::Scalar(0, 0, 0)),
                                        cv::Mat(1, 1, CV_8UC3, cv::Scalar(200, 90, 30)), noise};
    for (const auto& people : model->find(pictures)) {
        CHECK(people.empty());
    }
}

TEST_CASE("blazepose: a look that does not need its mask has one where the region was right") {
    const auto picture = test::reference_picture("fixtures/blazepose/000000000785.jpg");
    if (!picture || !test::have_model("blazepose-full")) {
        return;
    }
    WorkerPool workers(0);
    const auto model = load("blazepose-full", workers, true);
    Region region{.center = {424.0, 219.0}, .side = 440.0, .rotation = -0.37};
    bool left_out = false, made = false;
    for (int look = 0; look < 8; ++look) {  // ends in the region where the network settles
        const std::vector<PoseInput> inputs{{&*picture, region},
                                            {&*picture, region, MaskNeed::kUnlessOff}};
        const auto estimates = model->estimate(inputs);
        CHECK(estimates[1].mask_left_out == is_off(region, estimates[0].region));
        CHECK(estimates[1].mask.empty() == estimates[1].mask_left_out);
        CHECK(estimates[1].keypoints[0].x == estimates[0].keypoints[0].x);
        REQUIRE(!estimates[0].mask.empty());
        if (!estimates[1].mask_left_out) {
            CHECK(cv::norm(estimates[0].mask, estimates[1].mask, cv::NORM_INF) == 0);
        }
        (estimates[1].mask_left_out ? left_out : made) = true;
        region = estimates[0].region;
    }
    CHECK(left_out);
    CHECK(made);
}

TEST_CASE("blazepose: the mask covers the person") {
    const auto picture = test::reference_picture("fixtures/blazepose/000000000785.jpg");
    const auto path = test::shared_file("fixtures/blazepose/mask_full_000000000785.png");
    if (!picture || !path || !test::have_model("blazepose-full")) {
        return;
    }
    WorkerPool workers(1);
    const auto model = load("blazepose-full", workers, true);
    const Region region = model->find(std::vector{*picture}).at(0).at(0);
    const PoseEstimate estimate = model->estimate(std::vector{PoseInput{&*picture, region}}).at(0);
    cv::Mat full;
    cv::warpAffine(estimate.mask, full, cv::Mat(estimate.mask_from_view), picture->size(),
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP);
    const cv::Mat wanted = cv::imread(path->string(), cv::IMREAD_GRAYSCALE);
    CHECK(cv::countNonZero((full > 127) != (wanted > 127)) <
          static_cast<int>(wanted.total()) / 200);
}

}  // namespace
}  // namespace closet
