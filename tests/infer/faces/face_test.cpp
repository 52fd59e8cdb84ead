// Alignment, crops and embeddings against facenet-pytorch's and the reference data's.
#include "support/doctest_with_torch.h"

#include <cmath>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "infer/faces/face.h"
#include "infer/faces/face_reader.h"
#include "models/checkpoint/checkpoint.h"
#include "pipeline/worker_pool.h"
#include "support/safetensors.h"
#include "support/shared_data.h"

using namespace closet;

namespace {

std::optional<cv::Mat> photo(const std::string& name) {
    const auto path = test::shared_file("media/" + name);
    if (!path) {
        return std::nullopt;
    }
    cv::Mat rgb;
    cv::cvtColor(cv::imread(*path), rgb, cv::COLOR_BGR2RGB);
    return rgb;
}

/// MTCNN from the fixture and MobileFaceNet; null, with a message, where they are absent.
std::unique_ptr<FaceReader> make_reader(WorkerPool& workers) {
    const auto mtcnn = test::shared_file("fixtures/zoo-pose-face/mtcnn_weights.safetensors");
    const auto model = test::shared_file("weights/MobileFaceNet.tflite");
    if (!mtcnn || !model) {
        return nullptr;
    }
    return std::make_unique<FaceReader>(
        std::vector(3, read_checkpoint(*mtcnn)),
        InferOptions{.device = "cpu", .face_model = model->string()}, workers);
}

}  // namespace

TEST_CASE("the best similarity transform is the one that the points were moved by") {
    const double turn = 0.4, scale = 1.7;
    const std::vector<cv::Point2f> from{{3, 4}, {30, 9}, {12, 40}, {-7, 20}};
    std::vector<cv::Point2f> to;
    for (const cv::Point2f& p : from) {
        to.emplace_back(
            static_cast<float>(scale * (std::cos(turn) * p.x - std::sin(turn) * p.y)) + 5,
            static_cast<float>(scale * (std::sin(turn) * p.x + std::cos(turn) * p.y)) - 8);
    }
    const cv::Matx23d found = best_similarity(from, to);
    CHECK(found(0, 0) == doctest::Approx(scale * std::cos(turn)).epsilon(1e-5));
    CHECK(found(1, 0) == doctest::Approx(scale * std::sin(turn)).epsilon(1e-5));
    CHECK(found(0, 1) == doctest::Approx(-found(1, 0)).epsilon(1e-9));
    CHECK(found(0, 2) == doctest::Approx(5).epsilon(1e-4));
    CHECK(found(1, 2) == doctest::Approx(-8).epsilon(1e-4));
    const std::vector<cv::Point2f> one(3, cv::Point2f(4, 4));
    CHECK(std::isfinite(best_similarity(one, one)(0, 2)));
}

TEST_CASE("face crops are those of facenet-pytorch, to a gray level") {
    const auto told = test::shared_file("fixtures/zoo-pose-face/mtcnn_expected.json");
    const auto stored =
        test::shared_file("fixtures/zoo-pose-face/inception_resnet_v1_input.safetensors");
    if (!told || !stored || !test::shared_file("media")) {
        return;
    }
    const auto bytes = test::read_safetensors(*stored).at("face_rgb_u8").as<std::uint8_t>();
    std::size_t compared = 0;
    const nlohmann::json expected = nlohmann::json::parse(std::ifstream(*told));
    for (const auto& [name, wanted] : expected.at("full").items()) {
        if (!wanted.contains("extract_face_160_margin0") || compared == 3) {
            continue;
        }
        const auto box = wanted.at("boxes")[0].get<std::array<float, 4>>();
        Face face;
        face.box = {box[0], box[1], box[2] - box[0], box[3] - box[1]};
        cv::Mat crop(160, 160, CV_8UC3);
        REQUIRE(crop_face(*photo(name), face, crop));
        double sum = 0;
        int largest = 0;
        for (int y = 0; y < 160; ++y) {
            for (int x = 0; x < 160; ++x) {
                for (int c = 0; c < 3; ++c) {
                    const auto at = ((compared * 3 + static_cast<std::size_t>(c)) * 160 +
                                     static_cast<std::size_t>(y)) *
                                        160 +
                                    static_cast<std::size_t>(x);
                    const int difference = std::abs(crop.at<cv::Vec3b>(y, x)[c] - bytes[at]);
                    sum += difference;
                    largest = std::max(largest, difference);
                }
            }
        }
        CAPTURE(name);
        CHECK(sum / (160 * 160 * 3) < 0.3);
        CHECK(largest <= 6);  // JPEG decoders differ
        ++compared;
    }
    CHECK(compared == 3);
}

TEST_CASE("boxes outside of the picture give no crop") {
    const cv::Mat picture(50, 60, CV_8UC3, cv::Scalar::all(200));
    cv::Mat crop(160, 160, CV_8UC3);
    Face face;
    face.box = {-40, 10, 30, 30};
    CHECK_FALSE(crop_face(picture, face, crop));
    CHECK(cv::countNonZero(crop.reshape(1)) == 0);
    face.box = {-10, 10, 30, 30};
    CHECK(crop_face(picture, face, crop));
    CHECK(crop.at<cv::Vec3b>(80, 80) == cv::Vec3b(200, 200, 200));
    face.points = {};  // all in one place: nothing to align by
    cv::Mat aligned(112, 112, CV_8UC3);
    align_face(picture, face, aligned);
}

TEST_CASE("one person's faces are alike, those of others are not; together as alone") {
    WorkerPool workers(1);
    const auto reader = make_reader(workers);
    if (reader == nullptr || !test::shared_file("media")) {
        return;
    }
    const float threshold = reader->embedder().threshold();
    std::vector<cv::Mat> pictures;
    std::vector<SeenFace> faces;
    for (const char* name : {"people/person_00034.jpg", "people/person_00055.jpg",
                             "people/person_00121.jpg", "people/person_01992.jpg"}) {
        pictures.push_back(*photo(name));
        auto seen = reader->read_all(pictures.back());
        REQUIRE(seen.size() == 1);
        double length = 0;
        for (const float number : seen[0].embedding) {
            length += double{number} * number;
        }
        CHECK(length == doctest::Approx(1).epsilon(1e-5));
        faces.push_back(std::move(seen[0]));
    }
    std::vector<FaceInPicture> all;
    for (std::size_t i = 0; i < faces.size(); ++i) {
        cv::Mat flipped, blurred;
        cv::flip(pictures[i], flipped, 1);
        cv::GaussianBlur(pictures[i], blurred, {}, 1.5);
        for (const cv::Mat& changed : {flipped, blurred}) {
            const auto again = reader->read_all(changed);
            REQUIRE(again.size() == 1);
            CHECK(similarity(again[0].embedding, faces[i].embedding) > threshold);
        }
        for (std::size_t k = 0; k < i; ++k) {
            CHECK(similarity(faces[k].embedding, faces[i].embedding) < threshold);
        }
        all.push_back({&pictures[i], faces[i].face});
    }
    const auto together = reader->embedder().embed(all);
    for (std::size_t i = 0; i < faces.size(); ++i) {
        CHECK(together[i] == faces[i].embedding);
    }
}

TEST_CASE("heads are looked at where the pose says, and a head without a face gives none") {
    WorkerPool workers(1);
    const auto reader = make_reader(workers);
    const auto picture = photo("people/person_00055.jpg");
    if (reader == nullptr || !picture) {
        return;
    }
    const auto whole = reader->read_all(*picture);
    REQUIRE(whole.size() == 1);
    const Box& box = whole[0].face.box;
    const double side = 2.2 * box.height;
    const std::vector<HeadPlace> heads{
        {&*picture,
         {box.x + box.width / 2 - side / 2, box.y + box.height / 2 - side / 2, side, side}},
        {&*picture, {200, 500, 300, 300}},     // the shirt
        {&*picture, {-900, -900, 300, 300}}};  // nothing at all
    const auto seen = reader->read(heads);
    REQUIRE(seen[0]);
    CHECK(similarity(seen[0]->embedding, whole[0].embedding) > 0.8);
    CHECK(std::abs(seen[0]->face.box.x - box.x) < 0.15 * box.width);
    CHECK_FALSE(seen[1]);
    CHECK_FALSE(seen[2]);
}

TEST_CASE("no network for faces: sentences that say what to do") {
    WorkerPool workers(0);
    InferOptions options{.device = "cpu", .face_model = "/nowhere/faces.tflite"};
    CHECK_THROWS_WITH_AS(FaceEmbedder(options, workers), doctest::Contains("/nowhere/faces.tflite"),
                         ModelError);
    if (const auto file = test::shared_file("fixtures/zoo-pose-face/mtcnn_pnet_published.pt")) {
        const auto copy = std::filesystem::temp_directory_path() / "closet-pnet.pth";
        std::filesystem::copy_file(*file, copy, std::filesystem::copy_options::overwrite_existing);
        options.face_model = copy.string();
        CHECK_THROWS_WITH_AS(FaceEmbedder(options, workers),
                             doctest::Contains("is no network that tells faces apart"), ModelError);
        std::filesystem::remove(copy);
    }
}
