// Garments on the people who wear them: the people of shared/media, with the free parsers.
#include "fit/worn_garment.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "infer/parse/parser.h"
#include "support/environment.h"
#include "support/log_capture.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

namespace closet {
namespace {

namespace fs = std::filesystem;
using test::shared_file;

constexpr const char* kBoth = "skin-clothes-hair+bodypix";

/// A folder of networks for poses and, with `parsers`, for clothes; null, with a SKIPPED line,
/// where they are absent.
std::unique_ptr<test::TemporaryFolder> networks(bool parsers) {
    auto folder = std::make_unique<test::TemporaryFolder>();
    const char* const home = std::getenv("HOME");
    const fs::path usual = fs::path(home != nullptr ? home : "") / ".cache/closet/models";
    for (const char* name : {"pose_detection.tflite", "pose_landmark_full.tflite"}) {
        if (!fs::exists(usual / name)) {
            std::cout << "SKIPPED: BlazePose is not fetched (run scripts/setup)\n";
            return nullptr;
        }
        fs::create_symlink(usual / name, folder->path() / name);
    }
    for (const char* name : {"pan_mnv3s_skin_clothes_hair.onnx", "bodypix_mnv1_x050_s8.onnx"}) {
        const auto source = shared_file(fs::path("weights") / name);
        if (!source) {
            return nullptr;
        }
        if (parsers) {
            fs::create_symlink(fs::absolute(*source), folder->path() / name);
        }
    }
    return folder;
}

InferOptions with_parser(const std::string& parser) {
    InferOptions options;
    options.parser = parser;
    return options;
}

double overlap(const cv::Mat& a, const cv::Mat& b) {
    return static_cast<double>(cv::countNonZero(a & b)) / std::max(1, cv::countNonZero(a | b));
}

TEST_CASE("worn garment: it is cut off its wearer, and nothing else of the picture") {
    const auto photo = shared_file("media/people/person_00055.jpg");
    const auto mask = shared_file("media/people/person_00055_garment_mask.png");
    const auto store = photo && mask ? networks(true) : nullptr;
    if (!store) {
        return;
    }
    const test::Variable models("CLOSET_MODELS", store->path().string());
    const auto cutting = cut_out_worn(*photo, with_parser("auto"), Asked::kNo);
    REQUIRE(cutting);
    const Prepared prepared = prepare_garment(*photo, cutting->options);
    CHECK(prepared.cutter == kBoth);
    CHECK(prepared.garment.sleeves == Sleeves::kShort);
    cv::Mat alpha;
    cv::extractChannel(prepared.garment.rgba, alpha, 3);
    const cv::Mat truth = cv::imread(mask->string(), cv::IMREAD_GRAYSCALE) > 127;
    REQUIRE(truth.size() == alpha.size());
    CHECK(overlap(alpha > 127, truth) > 0.93);  // measured: 0.96
    // The print below the collar is no inside of one.
    CHECK(alpha.at<std::uint8_t>(350, 380) == 255);
    // Left to itself, the parser that was named is the one that looks.
    const auto alone = cut_out_worn(*photo, with_parser("skin-clothes-hair"), Asked::kYes);
    REQUIRE(alone);
    CHECK(prepare_garment(*photo, alone->options).cutter == "skin-clothes-hair");
    CHECK_FALSE(cut_out_worn(*photo, with_parser("none"), Asked::kYes));
}

TEST_CASE("worn garment: a garment by itself is left to the ground, and said so where asked") {
    const auto flat = shared_file("media/garments/garment_00055.jpg");
    const auto other = shared_file("media/garments/jacket.jpg");
    const auto store = flat && other ? networks(true) : nullptr;
    if (!store) {
        return;
    }
    const test::Variable models("CLOSET_MODELS", store->path().string());
    CHECK_FALSE(cut_out_worn(*flat, with_parser("auto"), Asked::kNo));
    CHECK_FALSE(cut_out_worn(*other, with_parser("auto"), Asked::kNo));
    CHECK_THROWS_WITH_AS(cut_out_worn(*flat, with_parser("bodypix"), Asked::kYes),
                         doctest::Contains("shows nobody who wears the garment"), ConfigError);
    CHECK_THROWS_WITH_AS(cut_out_worn(*flat, with_parser("scissors"), Asked::kYes),
                         doctest::Contains("scissors is unknown"), ConfigError);
}

TEST_CASE("worn garment: two people are refused, as is one on whom nothing is seen") {
    const auto one = shared_file("media/people/person_00055.jpg");
    const auto two = shared_file("media/people/person_00034.jpg");
    const auto store = one && two ? networks(true) : nullptr;
    if (!store) {
        return;
    }
    const test::Variable models("CLOSET_MODELS", store->path().string());
    cv::Mat both;
    cv::hconcat(cv::imread(one->string()), cv::imread(two->string()), both);
    const fs::path path = store->path() / "both.png";
    cv::imwrite(path.string(), both);
    CHECK_THROWS_WITH_AS(cut_out_worn(path, with_parser(kBoth), Asked::kYes),
                         doctest::Contains("shows 2 people"), ConfigError);

    cv::Mat rgb;
    cv::cvtColor(cv::imread(one->string())(cv::Rect(0, 0, 768, 1000)), rgb, cv::COLOR_BGR2RGB);
    auto person = find_photo_person(rgb, with_parser(kBoth));
    REQUIRE(person);
    CHECK(person->others == 0);
    CHECK(person->parser == kBoth);
    PhotoPerson unseen = *person;
    unseen.pose.labels = nullptr;
    CHECK_THROWS_WITH_AS(find_worn_garment(unseen, "it"), doctest::Contains("sees no clothes"),
                         ConfigError);
    auto bare = std::make_shared<PersonLabels>(*person->pose.labels);
    const cv::Mat all = bare->of(Label::kPerson).clone();
    for (cv::Mat& plane : bare->probability) {
        plane.setTo(0);
    }
    bare->of(Label::kPerson) = bare->of(Label::kSkin) = bare->of(Label::kLeg) = all;
    PhotoPerson undressed = *person;
    undressed.pose.labels = bare;
    CHECK_THROWS_WITH_AS(find_worn_garment(undressed, "it"),
                         doctest::Contains("nothing worn on the upper body"), ConfigError);
}

TEST_CASE("worn garment: without a parser one sentence says what to fetch") {
    const auto photo = shared_file("media/people/person_00055.jpg");
    const auto store = photo ? networks(false) : nullptr;
    if (!store) {
        return;
    }
    const test::Variable models("CLOSET_MODELS", store->path().string());
    {
        const test::LogCapture log;
        CHECK_FALSE(cut_out_worn(*photo, with_parser("auto"), Asked::kNo));
        CHECK(log.messages().size() == 1);
        CHECK(log.count("closet models fetch parser") == 1);
    }
    CHECK_THROWS_AS(cut_out_worn(*photo, with_parser("bodypix"), Asked::kYes), ModelError);
    // Not even poses: as if there were no parsers at all.
    const test::TemporaryFolder empty;
    const test::Variable none("CLOSET_MODELS", empty.path().string());
    CHECK_FALSE(cut_out_worn(*photo, with_parser("auto"), Asked::kNo));
}

}  // namespace
}  // namespace closet
