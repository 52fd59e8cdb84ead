// The two free parsers with their real weights, against onnxruntime (shared/weights/README.md).

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>
#include "support/doctest_with_torch.h"

#include "core/error.h"
#include "core/picture_geometry.h"
#include "infer/parse/bodypix.h"
#include "infer/parse/parser.h"
#include "infer/parse/planes.h"
#include "infer/reference.h"
#include "models/network.h"
#include "support/environment.h"
#include "support/log_capture.h"
#include "support/safetensors.h"
#include "support/temporary_folder.h"

namespace closet {
namespace {

namespace fs = std::filesystem;
using test::reference_picture;
using test::shared_file;

constexpr std::array kPeople{"person_00034", "person_00055", "person_00121", "person_01992"};
constexpr const char* kPanFile = "pan_mnv3s_skin_clothes_hair.onnx";
constexpr const char* kBodyPixFile = "bodypix_mnv1_x050_s8.onnx";

/// The rows of a picture as the network's input: channels last, byte * scale + offset.
at::Tensor input_of(const cv::Mat& rgb, const Normalization& normalization) {
    at::Tensor input =
        at::empty({1, 3, rgb.rows, rgb.cols},
                  at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
    normalize(rgb, normalization, {input.mutable_data_ptr<float>(), 3 * rgb.total()});
    return input;
}

/// A store of models with these of shared/weights in it; nothing, with a message, without them.
std::unique_ptr<test::TemporaryFolder> store_with(const std::vector<std::string>& files) {
    auto folder = std::make_unique<test::TemporaryFolder>();
    for (const std::string& file : files) {
        const auto source = shared_file("weights/" + file);
        if (!source) {
            return nullptr;
        }
        fs::copy_file(*source, folder->path() / file);
    }
    return folder;
}

InferOptions with_parser(const std::string& name) {
    InferOptions options;
    options.parser = name;
    options.device = "cpu";
    return options;
}

TEST_CASE("parser: a plane takes its numbers from where they lie") {
    // A ramp from 0 to 1 is a ramp wherever it is read between its ends.
    const cv::Size cells(33, 25), input(257, 193);
    cv::Mat ramp(cells, CV_32FC1);
    for (int y = 0; y < cells.height; ++y) {
        for (int x = 0; x < cells.width; ++x) {
            ramp.at<float>(y, x) = static_cast<float>(x + y) / 56.0F;
        }
    }
    const cv::Rect region(100, 40, 600, 500);
    const cv::Mat plane =
        plane_of(ramp, {.region = region, .input = input, .stride = 8, .first = 0}, region);
    REQUIRE(plane.size() == cv::Size(kLabelPoints, kLabelPoints));
    const cv::Matx23d picture_from_labels = inverse(labels_from_picture(region));
    for (int g = 2; g < kLabelPoints - 2; g += 9) {
        const cv::Point2d at = apply(picture_from_labels, cv::Point(g, g));
        const double x = ((at.x - region.x + 0.5) * input.width / region.width - 0.5) / 8;
        const double y = ((at.y - region.y + 0.5) * input.height / region.height - 0.5) / 8;
        CHECK(std::abs(plane.at<std::uint8_t>(g, g) - 255 * (x + y) / 56) <= 0.75);
    }
    ramp.at<float>(3, 3) = std::numeric_limits<float>::quiet_NaN();
    CHECK_NOTHROW(plane_of(ramp, {.region = region, .input = input, .stride = 8}, region));
}

TEST_CASE("parser: outputs of another size are refused") {
    const std::vector<float> values(33 * 25);
    CHECK_THROWS_AS(read_bodypix(values, values, {257, 193}, {0, 0, 10, 10}), ModelError);
    CHECK_THROWS_AS(channel_of(values, {33, 25}, 3, 0), ModelError);
    CHECK_THROWS_AS(bodies_in_bodypix(values, values, {257, 193}, {100, 100}), ModelError);
}

TEST_CASE("bodypix: bodies are what hangs together and shows a torso") {
    constexpr std::size_t kColumns = 33, kRows = 25, kAllParts = 24, kTorso = 12, kHand = 10;
    std::vector<float> person(kColumns * kRows, -3), parts(kColumns * kRows * kAllParts, 0);
    const auto fill = [&](const cv::Rect& cells, std::size_t part, float logit) {
        for (int y = cells.y; y < cells.br().y; ++y) {
            for (int x = cells.x; x < cells.br().x; ++x) {
                const std::size_t cell =
                    static_cast<std::size_t>(y) * kColumns + static_cast<std::size_t>(x);
                person[cell] = logit;
                parts[cell * kAllParts + part] = 5;
            }
        }
    };
    fill({2, 0, 6, 20}, kTorso, 2);   // cut off at the top
    fill({20, 5, 8, 15}, kTorso, 4);  // surer
    fill({14, 2, 3, 3}, kHand, 4);    // nobody's
    const auto found = bodies_in_bodypix(person, parts, {257, 193}, {514, 193});
    REQUIRE(found.size() == 2);
    CHECK(found[0].box.x == doctest::Approx(19.5 * 16));
    CHECK(found[0].box.y == doctest::Approx(4.5 * 8));
    CHECK(found[0].box.width == doctest::Approx(8 * 16));
    CHECK(found[0].box.height == doctest::Approx(15 * 8));
    CHECK(found[1].score < found[0].score);
    CHECK(found[1].score == doctest::Approx(1 / (1 + std::exp(-2.0))));
    const PersonLabels labels = read_bodypix(person, parts, {257, 193}, {0, 0, 514, 193});
    CHECK(labels.front_odds == doctest::Approx(2.5));  // half of the torso's 5
}

TEST_CASE("skin-clothes-hair says what the reference says") {
    const auto file = shared_file(fs::path("weights") / kPanFile);
    const auto expected_file = shared_file("weights/expected.safetensors");
    if (!file || !expected_file) {
        return;
    }
    const c10::InferenceMode no_gradients;
    const auto expected = test::read_safetensors(*expected_file);
    const auto network = load_onnx(*file);
    WorkerPool workers(0);
    const auto parser = make_parser(with_parser(file->string()), workers);
    for (const std::string person : kPeople) {
        CAPTURE(person);
        const auto rgb = reference_picture("weights/input_pan_" + person + ".png");
        REQUIRE(rgb);
        const auto out = network->forward(input_of(
            *rgb, standard_normalization({123.675, 116.28, 103.53}, {58.395, 57.12, 57.375})))[0];
        REQUIRE(out.sizes() == at::IntArrayRef({1, 512, 512, 3}));
        const auto every8 = expected.at("pan/" + person + "/every8").as<float>();
        double worst = 0;
        for (int c = 0; c < 3; ++c) {
            for (int i = 0; i < 64; ++i) {
                for (int j = 0; j < 64; ++j) {
                    const float is = out[0][8 * i][8 * j][c].item<float>();
                    worst = std::max<double>(
                        worst,
                        std::abs(is - every8[static_cast<std::size_t>((c * 64 + i) * 64 + j)]));
                }
            }
        }
        MESSAGE("largest difference of a probability: " << worst);
        CHECK(worst < 2e-4);

        const ParseInput input{&*rgb, {0, 0, 512, 512}};
        const PersonLabels labels = parser->look({&input, 1})[0];
        const std::array told{Label::kSkin, Label::kClothes, Label::kHair};
        int furthest = 0;
        for (int c = 0; c < 3; ++c) {
            const cv::Mat& plane = labels.of(told[static_cast<std::size_t>(c)]);
            REQUIRE(plane.size() == cv::Size(kLabelPoints, kLabelPoints));
            for (int i = 0; i < kLabelPoints; i += 3) {
                for (int j = 0; j < kLabelPoints; j += 3) {
                    // Point i lies between pixels 4 i + 1 and 4 i + 2.
                    const float mean = out[0]
                                           .slice(0, 4 * i + 1, 4 * i + 3)
                                           .slice(1, 4 * j + 1, 4 * j + 3)
                                           .select(2, c)
                                           .mean()
                                           .item<float>();
                    furthest = std::max(
                        furthest, std::abs(plane.at<std::uint8_t>(i, j) - cvRound(255 * mean)));
                }
            }
        }
        CHECK(furthest <= 1);
        CHECK(labels.of(Label::kPerson).empty());
    }
}

TEST_CASE("bodypix says what the reference says") {
    const auto file = shared_file(fs::path("weights") / kBodyPixFile);
    const auto expected_file = shared_file("weights/expected.safetensors");
    if (!file || !expected_file) {
        return;
    }
    const c10::InferenceMode no_gradients;
    const auto expected = test::read_safetensors(*expected_file);
    const auto network = load_onnx(*file, {.outputs = {}, .input_shape = {353, 257}});
    const auto output = [&](const std::vector<at::Tensor>& all, const char* name) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (network->outputs()[i].name == name) {
                return all[i];
            }
        }
        FAIL("no output " << name);
        return at::Tensor();
    };
    CHECK_THROWS_WITH_AS(load_onnx(*file, {.outputs = {},
                                           .output_names = {"segments", "nonesuch"},
                                           .input_shape = {353, 257}}),
                         doctest::Contains("has no output named nonesuch"), ModelError);
    const auto named = load_onnx(
        *file,
        {.outputs = {}, .output_names = {"part_heatmaps", "segments"}, .input_shape = {353, 257}});
    REQUIRE(named->outputs().size() == 2);
    CHECK(named->outputs()[0].name == "part_heatmaps");
    CHECK(named->outputs()[1].name == "segments");
    // The seven groups of the 24 parts, in their order.
    constexpr std::array<int, 24> kGroupOfPart{0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3,
                                               4, 4, 5, 5, 5, 5, 5, 5, 5, 5, 6, 6};
    for (const std::string person : kPeople) {
        CAPTURE(person);
        const auto rgb = reference_picture("weights/input_bodypix_" + person + ".png");
        REQUIRE(rgb);
        REQUIRE(rgb->size() == cv::Size(257, 353));
        const auto all =
            network->forward(input_of(*rgb, uniform_normalization(1.0F / 127.5F, -1.0F)));
        const at::Tensor segments = output(all, "segments"), parts = output(all, "part_heatmaps");
        const auto seen = expected.at("bodypix/" + person + "/segments").as<float>();
        REQUIRE(segments.numel() == static_cast<std::int64_t>(seen.size()));
        double worst = 0;
        for (std::size_t i = 0; i < seen.size(); ++i) {
            worst =
                std::max<double>(worst, std::abs(segments.const_data_ptr<float>()[i] - seen[i]));
        }
        MESSAGE("largest difference of a logit: " << worst);
        CHECK(worst < 1e-3);

        // At the cells, the best of the seven planes is the group of the reference's best part.
        const cv::Rect region({}, rgb->size());
        const auto span = [](const at::Tensor& tensor) {
            return std::span(tensor.const_data_ptr<float>(),
                             static_cast<std::size_t>(tensor.numel()));
        };
        const PersonLabels labels = read_bodypix(span(segments), span(parts), rgb->size(), region);
        CHECK(labels.front_odds > 3);  // all four face the camera
        const auto bodies =
            bodies_in_bodypix(span(segments), span(parts), rgb->size(), rgb->size());
        REQUIRE(!bodies.empty());
        CHECK(bodies.front().box.height > 0.6F * static_cast<float>(rgb->rows));
        const auto best = expected.at("bodypix/" + person + "/part_argmax").as<std::uint8_t>();
        int inside = 0, same = 0;
        for (int y = 0; y < 45; ++y) {
            for (int x = 0; x < 33; ++x) {
                const auto cell = static_cast<std::size_t>(y * 33 + x);
                const cv::Point2d at = apply(labels.labels_from_shown, {8.0 * x, 8.0 * y});
                const cv::Point point(std::clamp(cvRound(at.x), 0, kLabelPoints - 1),
                                      std::clamp(cvRound(at.y), 0, kLabelPoints - 1));
                if (seen[cell] < 1) {
                    continue;
                }
                int group = 0, most = -1;
                for (int g = 0; g < 7; ++g) {
                    const int sure =
                        labels.probability[static_cast<std::size_t>(g) + 1].at<std::uint8_t>(point);
                    if (sure > most) {
                        most = sure;
                        group = g;
                    }
                }
                ++inside;
                same += group == kGroupOfPart.at(best[cell]) ? 1 : 0;
                CHECK(labels.of(Label::kPerson).at<std::uint8_t>(point) > 100);
            }
        }
        MESSAGE(same << " of " << inside << " cells inside the person have the reference's part");
        CHECK(inside > 300);
        CHECK(same >= 0.96 * inside);  // points lie up to half a cell beside cells
    }
}

TEST_CASE("parser: auto takes what is fetched and says so once") {
    WorkerPool workers(0);
    {
        const auto folder = store_with({kBodyPixFile});
        if (!folder) {
            return;
        }
        const test::Variable models("CLOSET_MODELS", folder->path().string());
        test::LogCapture log;
        CHECK(make_parser(with_parser("auto"), workers)->name() == "bodypix");
        CHECK(log.count("told by bodypix") == 1);
    }
    const auto folder = store_with({kPanFile, kBodyPixFile});
    REQUIRE(folder);
    const test::Variable models("CLOSET_MODELS", folder->path().string());
    {
        test::LogCapture log;
        CHECK(make_parser(with_parser("auto"), workers)->name() == "skin-clothes-hair+bodypix");
        CHECK(make_parser(with_parser("none"), workers) == nullptr);
        CHECK(log.messages().empty());  // said before
    }
    std::ofstream(folder->path() / kPanFile, std::ios::app) << "damage";
    test::LogCapture log;
    CHECK(make_parser(with_parser("auto"), workers)->name() == "bodypix");
    CHECK(log.count("closet models fetch skin-clothes-hair") == 1);
    CHECK_THROWS_AS(make_parser(with_parser("skin-clothes-hair"), workers), ModelError);
}

TEST_CASE("parser: files that are no parser are refused") {
    const auto other = shared_file("fixtures/blazepose/pose_detection.safetensors");
    const test::TemporaryFolder folder;
    std::ofstream(folder.path() / "noise.onnx") << std::string(1000, 'x');
    WorkerPool workers(0);
    CHECK_THROWS_WITH_AS(make_parser(with_parser((folder.path() / "noise.onnx").string()), workers),
                         doctest::Contains("noise.onnx"), ModelError);
    if (other) {
        CHECK_THROWS_AS(make_parser(with_parser(other->string()), workers), ModelError);
    }
}

TEST_CASE("parser: networks of classes are taken by what their file holds") {
    // Shrunken networks in the layout of the published files; what they say means nothing.
    const auto cloth =
        shared_file("fixtures/zoo-segmentation/u2net_cloth_seg_small_published_zip.pth");
    const auto graphonomy =
        shared_file("fixtures/zoo-segmentation/graphonomy_small_published_legacy.pth");
    const auto picture = reference_picture("media/people/person_00055.jpg");
    if (!cloth || !graphonomy || !picture) {
        return;
    }
    WorkerPool workers(1);
    const std::array inputs{ParseInput{&*picture, {40, 30, 210, 500}},
                            ParseInput{&*picture, {0, 100, 500, 220}}};
    const auto value = [](const PersonLabels& labels, Label label, int x, int y) {
        return static_cast<int>(labels.of(label).at<std::uint8_t>(y, x));
    };
    const auto clothes = make_parser(with_parser(cloth->string()), workers)->look(inputs);
    const auto parts = make_parser(with_parser(graphonomy->string()), workers)->look(inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        REQUIRE(clothes[i].of(Label::kDress).size() == cv::Size(kLabelPoints, kLabelPoints));
        REQUIRE(parts[i].of(Label::kHair).size() == cv::Size(kLabelPoints, kLabelPoints));
        CHECK(clothes[i].of(Label::kPerson).empty());
        CHECK(clothes[i].labels_from_shown == labels_from_picture(inputs[i].region));
        for (int y = 0; y < kLabelPoints; y += 9) {
            for (int x = 0; x < kLabelPoints; x += 9) {
                const int sum = value(clothes[i], Label::kUpperClothes, x, y) +
                                value(clothes[i], Label::kLowerClothes, x, y) +
                                value(clothes[i], Label::kDress, x, y);
                CHECK(std::abs(sum - value(clothes[i], Label::kClothes, x, y)) <= 2);
                CHECK(value(parts[i], Label::kHair, x, y) <= value(parts[i], Label::kPerson, x, y));
                CHECK(value(parts[i], Label::kFace, x, y) <= value(parts[i], Label::kPerson, x, y));
            }
        }
    }
    const test::TemporaryFolder folder;
    const test::Variable models("CLOSET_MODELS", folder.path().string());
    CHECK_THROWS_WITH_AS(make_parser(with_parser("graphonomy"), workers),
                         doctest::Contains("closet models import FILE --name graphonomy"),
                         ModelError);
    const auto other = shared_file("fixtures/zoo-segmentation/u2netp_small_published_legacy.pth");
    REQUIRE(other);
    CHECK_THROWS_AS(make_parser(with_parser(other->string()), workers), ModelError);
}

TEST_CASE("parser: a batch of N people gives what N of one give") {
    const auto folder = store_with({kPanFile, kBodyPixFile});
    if (!folder) {
        return;
    }
    const test::Variable models("CLOSET_MODELS", folder->path().string());
    WorkerPool workers(1);
    const auto parser = make_parser(with_parser("skin-clothes-hair+bodypix"), workers);
    std::vector<cv::Mat> pictures;
    for (const std::string person : kPeople) {
        pictures.push_back(*reference_picture("media/people/" + person + ".jpg"));
    }
    std::vector<ParseInput> inputs;
    for (const cv::Mat& picture : pictures) {
        inputs.push_back({&picture, cv::Rect({}, picture.size())});
    }
    inputs.push_back({&pictures[0], {40, 30, 210, 500}});
    inputs.push_back({&pictures[1], {40, 30, 500, 220}});
    const auto together = parser->look(inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        CAPTURE(i);
        const auto alone = parser->look({&inputs[i], 1});
        for (std::size_t l = 0; l < kLabelCount; ++l) {
            const cv::Mat& a = together[i].probability[l];
            const cv::Mat& b = alone[0].probability[l];
            REQUIRE(a.size() == b.size());
            CHECK((a.empty() || cv::norm(a, b, cv::NORM_INF) == 0));
        }
        CHECK(together[i].labels_from_shown == labels_from_picture(inputs[i].region));
    }
}

TEST_CASE("parser: clothes on torso and arms are about the true T-shirt") {
    const auto folder = store_with({kPanFile, kBodyPixFile});
    const auto mask_file = shared_file("media/people/person_00055_garment_mask.png");
    if (!folder || !mask_file) {
        return;
    }
    const test::Variable models("CLOSET_MODELS", folder->path().string());
    WorkerPool workers(0);
    const auto parser = make_parser(with_parser("skin-clothes-hair+bodypix"), workers);
    const cv::Mat rgb = *reference_picture("media/people/person_00055.jpg");
    const ParseInput input{&rgb, cv::Rect({}, rgb.size())};
    const PersonLabels labels = parser->look({&input, 1})[0];
    cv::Mat truth = cv::imread(mask_file->string(), cv::IMREAD_GRAYSCALE) > 127;
    cv::Mat upper;
    cv::max(labels.of(Label::kTorso), labels.of(Label::kUpperArm), upper);
    cv::max(upper, labels.of(Label::kLowerArm), upper);
    cv::min(upper, labels.of(Label::kClothes), upper);
    cv::min(upper, labels.of(Label::kPerson), upper);
    cv::resize(upper, upper, truth.size(), 0, 0, cv::INTER_LINEAR);
    upper = upper > 127;
    const double overlap =
        static_cast<double>(cv::countNonZero(upper & truth)) / cv::countNonZero(upper | truth);
    MESSAGE("intersection over union with the true T-shirt: " << overlap);
    CHECK(overlap > 0.6);  // 0.646 in shared/parsing.md
}

}  // namespace
}  // namespace closet
