#include "infer/rtm/rtm_networks.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/doctest_with_torch.h"

#include "core/error.h"
#include "infer/pose_models.h"
#include "infer/rtm/rtmdet.h"
#include "infer/rtm_reference.h"
#include "infer/top_down/rtmpose.h"
#include "models/networks/formula_checkpoint.h"
#include "models/networks/rtm/load.h"

namespace closet {
namespace {

InferOptions on_cpu() {
    InferOptions options;
    options.device = "cpu";
    return options;
}

/// RTMDet-nano with its real weights; null, with a message, where absent.
std::unique_ptr<PersonDetector> real_detector(WorkerPool& workers) {
    const auto path = test::shared_file("fixtures/rtm/rtmdet_nano_person.safetensors");
    return path ? make_person_detector(path->string(), on_cpu(), workers) : nullptr;
}

std::vector<cv::Mat> nine_pictures(const nlohmann::json& expected) {
    std::vector<cv::Mat> pictures;
    for (const auto& image : expected.at("images")) {
        pictures.push_back(test::picture_of_name(image.at("name")).value());
    }
    return pictures;
}

TEST_CASE("rtm networks: real weights give the reference's detections on all nine pictures") {
    const auto expected = test::rtm_json("rtmdet_nano_person_expected.json");
    const auto path = test::shared_file("fixtures/rtm/rtmdet_nano_person.safetensors");
    if (!expected || !path || !test::shared_file("media/coco")) {
        return;
    }
    const auto pictures = nine_pictures(*expected);
    REQUIRE(pictures.size() == 9);
    WorkerPool workers(1);
    const RtmdetNetwork nano = load_rtmdet_network(path->string(), {});
    CHECK_FALSE(nano.exponential);
    const cv::Size input = nano.network->input_size();
    std::vector<std::vector<PersonBox>> boxes(pictures.size());
    make_runner({.network = nano.network, .normalization = rtmdet_normalization()}, workers)
        ->run(
            pictures.size(),
            [&](std::size_t i, cv::Mat& pixels) {
                fill_letterbox(pictures[i], fit_letterbox(pictures[i].size(), input), pixels);
            },
            [&](std::size_t i, Outputs outputs) {
                const std::vector<RtmdetLevel> levels{{8, outputs[0], outputs[3]},
                                                      {16, outputs[1], outputs[4]},
                                                      {32, outputs[2], outputs[5]}};
                boxes[i] = decode_rtmdet(levels, input, nano.exponential);
            });
    const auto found = real_detector(workers)->find(pictures);
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        const auto& image = expected->at("images")[i];
        CAPTURE(image.at("name"));
        test::check_boxes(boxes[i], image.at("detections_320"), 0.05, 1e-3);
        test::check_boxes(found[i], test::people_of(image.at("detections_image")), 0.05, 1e-3);
    }
}

TEST_CASE("rtm networks: a batch of pictures gives what each alone gives") {
    const auto expected = test::rtm_json("rtmdet_nano_person_expected.json");
    WorkerPool workers(1), none(0);
    const auto detector = real_detector(workers);
    if (!expected || !detector || !test::shared_file("media/coco")) {
        return;
    }
    const auto pictures = nine_pictures(*expected);
    const auto together = detector->find(pictures);
    const auto alone = real_detector(none);
    for (const std::size_t i : {0U, 3U, 8U}) {
        const auto found = alone->find(std::span(&pictures[i], 1)).at(0);
        REQUIRE(found.size() == together[i].size());
        for (std::size_t k = 0; k < found.size(); ++k) {
            CHECK(found[k].score == together[i][k].score);
            CHECK(found[k].box.x == together[i][k].box.x);
            CHECK(found[k].box.height == together[i][k].box.height);
        }
    }
}

TEST_CASE("rtm networks: nobody is found where nobody is") {
    WorkerPool workers(1);
    const auto detector = real_detector(workers);
    if (!detector) {
        return;
    }
    cv::Mat noise(240, 320, CV_8UC3);
    cv::setRNGSeed(1);
    cv::randu(noise, 0, 255);
    const std::vector<cv::Mat> pictures{cv::Mat(240, 320, CV_8UC3, cv::Scalar(0, 0, 0)),
                                        cv::Mat(1, 1, CV_8UC3, cv::Scalar(200, 90, 30)), noise};
    for (const auto& people : detector->find(pictures)) {
        CHECK(people.empty());
    }
    CHECK(detector->find({}).empty());
}

/// Reads the reference's crops, as pictures that the region covers exactly, and compares the
/// keypoints with the reference's.
void check_keypoints(std::shared_ptr<const Network> network, const std::string& tag) {
    const auto expected = test::rtm_json("rtmpose_expected.json");
    const cv::Size input = network->input_size();
    const auto& group = expected->at("boxes")[input.height > 256 ? 1 : 0];
    const auto file =
        test::rtm_tensors("rtmpose_input_" + group.at("res").get<std::string>() + ".safetensors");
    WorkerPool workers(1);
    RtmPose model(
        make_runner({.network = std::move(network), .normalization = imagenet_normalization()},
                    workers),
        input, nullptr);
    const auto& decoded = expected->at("models").at(tag).at("decoded");
    std::vector<cv::Mat> crops;
    for (std::size_t i = 0; i < decoded.size(); ++i) {
        crops.push_back(
            test::with_red_and_blue_exchanged(test::picture_of(*file, "crop_bgr_u8", i, true)));
    }
    const Region whole{.center = {input.width / 2.0, input.height / 2.0},
                       .side = static_cast<double>(input.height),
                       .rotation = 0};
    std::vector<PoseInput> inputs;
    for (const cv::Mat& crop : crops) {
        inputs.push_back({&crop, whole});
    }
    const auto estimates = model.estimate(inputs);
    double worst = 0;
    for (std::size_t i = 0; i < estimates.size(); ++i) {
        const auto& crop = group.at("crops")[i];
        const Region region{.center = {crop.at("input_center")[0], crop.at("input_center")[1]},
                            .side = crop.at("input_scale")[1],
                            .rotation = 0};
        const cv::Matx23d picture_from_crop = view_from_body_crop(region, input);
        REQUIRE(estimates[i].keypoints.size() == 17);
        for (std::size_t k = 0; k < 17; ++k) {
            const Keypoint& point = estimates[i].keypoints[k];
            const auto& wanted = decoded[i].at("keypoints")[k];
            const auto score = decoded[i].at("scores")[k].get<double>();
            CHECK(std::abs(point.score - std::clamp(score, 0.0, 1.0)) < 1e-3);
            if (score > 0) {
                const cv::Vec2d place = picture_from_crop * cv::Vec3d(point.x, point.y, 1.0);
                worst = std::max({worst, std::abs(place[0] - wanted[0].get<double>()),
                                  std::abs(place[1] - wanted[1].get<double>())});
            }
        }
    }
    MESSAGE(tag << ": keypoints at most " << worst << " px from the reference's");
    CHECK(worst < 0.05);

    const PoseEstimate alone = model.estimate(std::span(&inputs[1], 1)).at(0);
    for (std::size_t k = 0; k < 17; ++k) {
        CHECK(alone.keypoints[k].x == estimates[1].keypoints[k].x);
        CHECK(alone.keypoints[k].y == estimates[1].keypoints[k].y);
        CHECK(alone.keypoints[k].score == estimates[1].keypoints[k].score);
    }
}

TEST_CASE("rtm networks: published checkpoints give the reference's keypoints") {
    for (const char* name : {"micro", "t"}) {
        const auto path = test::shared_file("fixtures/rtm/rtmpose_" + std::string(name) +
                                            "_published_legacy.pth");
        if (path) {
            check_keypoints(load_rtmpose_network(path->string(), {}),
                            "rtmpose_" + std::string(name));
        }
    }
}

void check_formula(const std::string& tag) {
    if (const auto recipe = test::shared_file("fixtures/rtm/recipe_" + tag + ".json")) {
        check_keypoints(make_network(load_rtmpose(test::formula_checkpoint(*recipe)).graph), tag);
    }
}

TEST_CASE("rtm networks: size s gives the reference's keypoints") {
    check_formula("rtmpose_s");
}
TEST_CASE("rtm networks: size m gives the reference's keypoints") {
    check_formula("rtmpose_m");
}
TEST_CASE("rtm networks: size l gives the reference's keypoints") {
    check_formula("rtmpose_l");
}
TEST_CASE("rtm networks: size m with large crops gives the reference's keypoints") {
    check_formula("rtmpose_m_384x288");
}
TEST_CASE("rtm networks: size l with large crops gives the reference's keypoints") {
    check_formula("rtmpose_l_384x288");
}

TEST_CASE("rtm networks: a pose model of two checkpoints goes from picture to people") {
    const auto pose = test::shared_file("fixtures/rtm/rtmpose_micro_published_legacy.pth");
    const auto boxes = test::shared_file("fixtures/rtm/rtmdet_nano_person.safetensors");
    const auto picture = test::picture_of_name("coco/000000196141.jpg");
    if (!pose || !boxes || !picture) {
        return;
    }
    InferOptions options = on_cpu();
    options.model = pose->string();
    options.detector = boxes->string();
    WorkerPool workers(1);
    const auto model = make_pose_model(options, workers);
    CHECK(model->skeleton() == Skeleton::kCoco17);
    CHECK(model->least_presence() == 0.3F);
    const auto regions = model->find(std::vector{*picture}).at(0);
    REQUIRE(regions.size() == 4);
    CHECK(std::abs(regions[0].center.x - 330.3) < 0.5);  // of the box 244 74 416 373
    CHECK(std::abs(regions[0].side - 1.25 * 298.9) < 0.5);
    CHECK(model->estimate(std::vector{PoseInput{&*picture, regions[0]}}).at(0).keypoints.size() ==
          17);
}

TEST_CASE("blazepose: the boxes of another detector lead to the regions that its own one finds") {
    WorkerPool workers(1);
    const auto detector = real_detector(workers);
    if (!detector || !test::shared_file("media/coco") || !test::have_model("blazepose-full")) {
        return;
    }
    const auto model = make_pose_model(on_cpu(), workers);
    for (const char* name : {"coco/000000000785.jpg", "coco/000000040083.jpg",
                             "coco/000000196141.jpg", "coco/000000197388.jpg"}) {
        CAPTURE(name);
        const std::vector<cv::Mat> picture{test::picture_of_name(name).value()};
        const Region own = model->find(picture).at(0).at(0);
        Region nearest;
        const auto people = detector->find(picture);
        for (const PersonBox& person : people.at(0)) {
            const Region region = model->region_of_box(person.box, picture[0].size());
            CHECK(region.rotation == 0.0);
            if (nearest.side == 0 ||
                cv::norm(region.center - own.center) < cv::norm(nearest.center - own.center)) {
                nearest = region;
            }
        }
        const PoseEstimate first =
            model->estimate(std::vector{PoseInput{&picture[0], nearest}}).at(0);
        CHECK(first.presence > 0.9F);
        const PoseEstimate second =
            model->estimate(std::vector{PoseInput{&picture[0], first.region}}).at(0);
        const RegionDifference off = difference(second.region, own);
        CHECK(off.shift < 0.1);
        CHECK(off.zoom < 0.2);
    }
}

TEST_CASE("pose models: a path in TensorFlow Lite's format is BlazePose's landmark network") {
    if (!test::have_model("blazepose-full")) {
        return;
    }
    WorkerPool workers(0);
    InferOptions options = on_cpu();
    options.model = find_model("pose_landmark_full").string();
    CHECK(make_pose_model(options, workers)->skeleton() == Skeleton::kBlazePose33);
}

TEST_CASE("rtm networks: who holds the same file holds the same network") {
    const auto path = test::shared_file("fixtures/rtm/rtmdet_nano_person.safetensors");
    if (!path) {
        return;
    }
    const auto first = load_rtmdet_network(path->string(), {});
    CHECK(load_rtmdet_network(path->string(), {}).network == first.network);
    CHECK(load_rtmdet_network(path->string(), {.network = {}, .allow_partial = true}).network !=
          first.network);
}

TEST_CASE("rtm networks: what is no such network is refused with its name") {
    const auto pose = test::shared_file("fixtures/rtm/rtmpose_micro_published_legacy.pth");
    const auto boxes = test::shared_file("fixtures/rtm/rtmdet_nano_person.safetensors");
    if (!pose || !boxes) {
        return;
    }
    CHECK_THROWS_WITH_AS(load_rtmpose_network(boxes->string(), {}),
                         doctest::Contains("rtmdet_nano_person"), ModelError);
    CHECK_THROWS_WITH_AS(load_rtmdet_network(pose->string(), {}),
                         doctest::Contains("rtmpose_micro"), ModelError);
    CHECK_THROWS_WITH_AS(load_rtmpose_network("no/such.pth", {}), doctest::Contains("no/such.pth"),
                         ModelError);
    CHECK_THROWS_WITH_AS(check_person_detector("yolo"), doctest::Contains("rtmdet-nano"),
                         ConfigError);
    CHECK_NOTHROW(check_person_detector("rtmdet-m"));
    CHECK_NOTHROW(check_person_detector("my.pth"));
}

TEST_CASE("model file: paths are told from names") {
    CHECK(names_file("./rtmpose-s"));
    CHECK(names_file("my.pth"));
    CHECK(names_file("my.safetensors"));
    CHECK(names_file("my.tflite"));
    CHECK_FALSE(names_file("rtmpose-s"));
    CHECK(known_pose_model("models/my.pth").files.empty());
}

}  // namespace
}  // namespace closet
