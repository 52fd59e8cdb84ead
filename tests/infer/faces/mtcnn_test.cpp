// The cascade against facenet-pytorch 2.6.0 with its real weights.
#include "support/doctest_with_torch.h"

#include <algorithm>
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
#include "infer/faces/mtcnn.h"
#include "models/networks/mtcnn/mtcnn.h"
#include "pipeline/worker_pool.h"
#include "support/safetensors.h"
#include "support/shared_data.h"
#include "support/shell.h"
#include "support/temporary_folder.h"

using namespace closet;

namespace {

std::optional<std::filesystem::path> fixture(const std::string& name) {
    return test::shared_file("fixtures/zoo-pose-face/" + name);
}

struct Cascade {
    WorkerPool workers{1};
    Mtcnn mtcnn;

    explicit Cascade(const std::filesystem::path& weights)
        : mtcnn(std::vector(3, read_checkpoint(weights)), InferOptions{.device = "cpu"}, workers) {}
};

nlohmann::json expected_json() {
    return nlohmann::json::parse(std::ifstream(*fixture("mtcnn_expected.json")));
}

cv::Mat picture_of(const test::SafeTensor& stored) {
    const cv::Mat view(static_cast<int>(stored.shape[0]), static_cast<int>(stored.shape[1]),
                       CV_8UC3, const_cast<std::byte*>(stored.bytes.data()));
    return view.clone();
}

void check_windows(const std::vector<FaceWindow>& ours, const test::SafeTensor& theirs) {
    REQUIRE(ours.size() == static_cast<std::size_t>(theirs.shape[0]));
    const auto numbers = theirs.as<float>();
    for (std::size_t i = 0; i < ours.size(); ++i) {
        const float* row = &numbers[5 * i];
        CHECK(std::abs(ours[i].x0 - row[0]) < 2e-3);
        CHECK(std::abs(ours[i].y0 - row[1]) < 2e-3);
        CHECK(std::abs(ours[i].x1 - row[2]) < 2e-3);
        CHECK(std::abs(ours[i].y1 - row[3]) < 2e-3);
        CHECK(std::abs(ours[i].score - row[4]) < 1e-4);
    }
}

/// As many faces, and each of theirs is one of ours.
void check_faces(const std::vector<Face>& ours, const nlohmann::json& theirs, double pixels,
                 double score) {
    const auto boxes = theirs.at("boxes").is_null() ? nlohmann::json::array() : theirs.at("boxes");
    CHECK(ours.size() == boxes.size());
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        const auto box = boxes[i].get<std::array<double, 4>>();
        const auto found = std::find_if(ours.begin(), ours.end(), [&](const Face& face) {
            return std::abs(face.box.x - box[0]) < pixels && std::abs(face.box.y - box[1]) < pixels;
        });
        REQUIRE(found != ours.end());
        CHECK(std::abs(found->box.x + found->box.width - box[2]) < pixels);
        CHECK(std::abs(found->box.y + found->box.height - box[3]) < pixels);
        CHECK(std::abs(found->score - theirs.at("probs")[i].get<double>()) < score);
        for (std::size_t p = 0; p < found->points.size(); ++p) {
            const auto point = theirs.at("landmarks")[i][p].get<std::array<double, 2>>();
            CHECK(std::abs(found->points[p].x - point[0]) < pixels);
            CHECK(std::abs(found->points[p].y - point[1]) < pixels);
        }
    }
}

}  // namespace

TEST_CASE("every stage of the cascade lets pass what the reference's does") {
    const auto weights = fixture("mtcnn_weights.safetensors");
    if (!weights) {
        return;
    }
    const Cascade cascade(*weights);
    const auto expected = test::read_safetensors(*fixture("mtcnn_expected.safetensors"));
    const auto pictures = test::read_safetensors(*fixture("mtcnn_input.safetensors"));
    const nlohmann::json told = expected_json();
    for (const auto& [name, wanted] : told.at("small").items()) {
        CAPTURE(name);
        MtcnnTrace trace;
        const auto faces =
            cascade.mtcnn.find_in(picture_of(pictures.at(name)), Mtcnn::kLeastFacePx, &trace);
        check_faces(faces, wanted, 2e-3, 1e-4);
        const auto& pyramid = wanted.at("pyramid_scale_outh_outw_candidates");
        REQUIRE(trace.pyramid.size() == pyramid.size());
        for (std::size_t i = 0; i < pyramid.size(); ++i) {
            CHECK(std::abs(trace.pyramid[i].scale - pyramid[i][0].get<double>()) < 1e-12);
            CHECK(trace.pyramid[i].rows == pyramid[i][1]);
            CHECK(trace.pyramid[i].columns == pyramid[i][2]);
            CHECK(trace.pyramid[i].candidates == pyramid[i][3]);
        }
        check_windows(trace.after_pnet, expected.at(name + ".after_pnet"));
        check_windows(trace.pnet_square, expected.at(name + ".pnet_square"));
        check_windows(trace.after_rnet, expected.at(name + ".after_rnet"));
        check_windows(trace.rnet_square, expected.at(name + ".rnet_square"));
    }
}

TEST_CASE("whole photographs: the same faces; together as alone, the largest first") {
    const auto weights = fixture("mtcnn_weights.safetensors");
    if (!weights || !test::shared_file("media")) {
        return;
    }
    const Cascade cascade(*weights);
    std::vector<cv::Mat> pictures;
    const nlohmann::json told = expected_json();
    std::vector<std::string> names;
    for (const auto& [name, wanted] : told.at("full").items()) {
        cv::Mat rgb;
        cv::cvtColor(cv::imread(*test::shared_file("media/" + name)), rgb, cv::COLOR_BGR2RGB);
        pictures.push_back(rgb);
        names.push_back(name);
    }
    const auto faces = cascade.mtcnn.find(pictures);
    for (std::size_t i = 0; i < names.size(); ++i) {
        CAPTURE(names[i]);
        check_faces(faces[i], told.at("full").at(names[i]), 1.0, 0.02);
        const auto alone = cascade.mtcnn.find_in(pictures[i]);
        REQUIRE(alone.size() == faces[i].size());
        for (std::size_t k = 0; k < alone.size(); ++k) {
            CHECK(alone[k].score == faces[i][k].score);
            CHECK(alone[k].points == faces[i][k].points);
        }
        CHECK(std::is_sorted(alone.begin(), alone.end(), [](const Face& a, const Face& b) {
            return a.box.width * a.box.height > b.box.width * b.box.height;
        }));
    }
}

TEST_CASE("pictures without a face, tiny and of one color, and files that are no MTCNN") {
    const auto weights = fixture("mtcnn_weights.safetensors");
    if (!weights) {
        return;
    }
    const Cascade cascade(*weights);
    CHECK(cascade.mtcnn.find_in(cv::Mat(1, 1, CV_8UC3, cv::Scalar::all(9))).empty());
    CHECK(cascade.mtcnn.find_in(cv::Mat(20, 400, CV_8UC3, cv::Scalar::all(90))).empty());
    cv::Mat noise(240, 320, CV_8UC3);
    cv::randu(noise, 0, 256);
    for (const Face& face : cascade.mtcnn.find_in(noise)) {
        CHECK(face.box.width > 0);  // whatever it sees in noise
    }
    WorkerPool workers(0);
    const auto other = fixture("inception_resnet_v1_micro_published.pt");
    CHECK_THROWS_WITH_AS(
        Mtcnn(std::vector(3, read_checkpoint(*other)), InferOptions{.device = "cpu"}, workers),
        doctest::Contains("does not hold MTCNN's rnet"), ModelError);
    // A file that is cut off, and one whose bytes are wrong.
    const test::TemporaryFolder folder;
    const std::string whole = test::read_file(*fixture("mtcnn_pnet_published.pt"));
    for (std::size_t length = 0; length < whole.size(); length += 997) {
        test::write_file(folder / "cut.pt", whole.substr(0, length));
        CHECK_THROWS_AS(read_checkpoint(folder / "cut.pt"), ModelError);
    }
    for (std::size_t at = 3; at < 2000; at += 101) {
        std::string wrong = whole;
        wrong[at] = static_cast<char>(wrong[at] ^ 0x55);
        test::write_file(folder / "wrong.pt", wrong);
        try {
            const auto checkpoint = read_checkpoint(folder / "wrong.pt");
            load_mtcnn(MtcnnStage::kProposal, *checkpoint, 24, 24);
        } catch (const ModelError&) {
            continue;  // a sentence
        }
    }
}
