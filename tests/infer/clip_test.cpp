// What CLIP is given: texts as tokens and pictures as squares, as its public code makes them.
#include "support/doctest_with_torch.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "infer/clip/clip_embedder.h"
#include "infer/clip/clip_text.h"
#include "infer/clip/clip_tokenizer.h"
#include "support/log_capture.h"
#include "support/safetensors.h"
#include "support/shared_data.h"
#include "support/small_clip.h"
#include "support/temporary_folder.h"

using namespace closet;
using Tokens = std::vector<std::int64_t>;

namespace {

std::optional<std::filesystem::path> clip_file(const std::string& name) {
    return test::shared_file(std::filesystem::path("fixtures/zoo-pose-face") / name);
}

cv::Mat picture_of(const test::SafeTensor& stored) {
    cv::Mat picture(static_cast<int>(stored.shape.at(0)), static_cast<int>(stored.shape.at(1)),
                    CV_8UC3);
    std::memcpy(picture.data, stored.bytes.data(), stored.bytes.size());
    return picture;
}

double length_of(const Embedding& embedding) {
    return std::sqrt(
        std::inner_product(embedding.begin(), embedding.end(), embedding.begin(), 0.0));
}

}  // namespace

TEST_CASE("CLIP's tokens of texts are those of its public code") {
    const auto file = clip_file("bpe_simple_vocab_16e6.txt.gz");
    const auto cases = clip_file("clip_vit_b32_expected.json");
    if (!file || !cases) {
        return;
    }
    const ClipTokenizer tokenizer(*file, 49408);
    const nlohmann::json told = nlohmann::json::parse(std::ifstream(*cases));
    REQUIRE(told.at("tokenizer_cases").size() == 18);
    constexpr std::size_t kContext = 77;
    for (const auto& one : told.at("tokenizer_cases")) {
        const auto text = one.at("text").get<std::string>();
        CAPTURE(text);
        CHECK(clean_clip_text(text) == one.at("cleaned").get<std::string>());
        const auto expected = one.at("ids_without_start_and_end").get<Tokens>();
        CHECK(tokenizer.tokens(text) == expected);
        const Tokens row = tokenizer.row(text, kContext);
        REQUIRE(row.size() == kContext);
        CHECK(row.front() == 49406);
        if (one.at("fits_77").get<bool>()) {
            CHECK(row[expected.size() + 1] == 49407);
            CHECK(std::count(row.begin(), row.end(), 0) ==
                  static_cast<std::ptrdiff_t>(kContext - 2 - expected.size()));
        } else {
            CHECK(row == one.at("truncated_row").get<Tokens>());
        }
    }
}

TEST_CASE("texts are cleaned as CLIP expects them, whatever their bytes") {
    CHECK(clean_clip_text("  Red\t\xC2\xA0"
                          "DRESS \n") == "red dress");
    CHECK(clean_clip_text("a\xFF"
                          "b\x01") ==
          "a\xEF\xBF\xBD"
          "b");
    CHECK(clean_clip_text("&#65;&#x42;&nbsp;&bogus;&#9999999999;&;") ==
          "ab &bogus;&#9999999999;&;");
    CHECK(clean_clip_text("cafe\xCC\x81") == "caf\xC3\xA9");  // composed
    CHECK(clean_clip_text("") == "");
    CHECK(clip_pieces("it's 42 t-shirts!?") ==
          std::vector<std::string>{"it", "'s", "4", "2", "t", "-", "shirts", "!?"});
    CHECK(clip_pieces(" \t").empty());
}

TEST_CASE("a vocabulary that is damaged is refused with what to fetch") {
    const test::TemporaryFolder folder;
    const std::string path = folder / "vocabulary.txt";
    const auto with = [&](const std::string& text, std::int64_t tokens) {
        std::ofstream(path) << text;
        return ClipTokenizer(path, tokens).tokens("hello");
    };
    CHECK(with("# first\nh e\nhe l\nl o</w>\n", 517).size() == 2);  // "hel", "lo"
    CHECK(with("# first\nh e\nhe l\nl o</w>\n", 515).size() == 4);
    CHECK_THROWS_WITH_AS(with("# first\nh e\n", 517), doctest::Contains("ends after 2 lines"),
                         ModelError);
    CHECK_THROWS_WITH_AS(with("# first\nh e\nhello\nl o\n", 517),
                         doctest::Contains("line 3 merges no two known tokens"), ModelError);
    CHECK_THROWS_WITH_AS(with("# first\nh e\nh e\nl o\n", 517),
                         doctest::Contains("line 3 merges no two known tokens"), ModelError);
    CHECK_THROWS_WITH_AS(with("# first\n" + std::string(5000, 'h'), 517),
                         doctest::Contains("ends after 2 lines"), ModelError);
    CHECK_THROWS_WITH_AS(with("# first\n", 300), doctest::Contains("has 300 tokens"), ModelError);
    CHECK_THROWS_WITH_AS(ClipTokenizer(folder / "none.gz", 517),
                         doctest::Contains("closet models fetch clip"), ModelError);
}

TEST_CASE("CLIP sees of pictures what its public code cuts out of them") {
    const auto file = clip_file("clip_vit_b32_input.safetensors");
    if (!file) {
        return;
    }
    const auto input = test::read_safetensors(*file);
    constexpr int kSide = 224;
    const auto& crops = input.at("cropped_rgb_u8");
    for (std::size_t i = 0; i < 2; ++i) {
        CAPTURE(i);
        const cv::Mat seen =
            clip_crop(picture_of(input.at(fmt::format("picture{}_rgb_u8_hwc", i))), kSide);
        REQUIRE(seen.size() == cv::Size(kSide, kSide));
        cv::Mat expected(seen.size(), CV_8UC3);
        const auto* from = reinterpret_cast<const uchar*>(crops.bytes.data()) +
                           i * static_cast<std::size_t>(3 * kSide * kSide);
        for (int c = 0; c < 3; ++c) {
            cv::insertChannel(cv::Mat(kSide, kSide, CV_8U, const_cast<uchar*>(from)), expected, c);
            from += kSide * kSide;
        }
        CHECK(cv::norm(seen, expected, cv::NORM_INF) == 0);
    }
}

TEST_CASE("white shows through a picture for CLIP, and a strip costs no more than its middle") {
    cv::Mat garment(40, 30, CV_8UC4, cv::Scalar(10, 20, 30, 0));
    CHECK(cv::norm(clip_crop(garment, 16), cv::Mat(16, 16, CV_8UC3, cv::Scalar::all(255)),
                   cv::NORM_INF) == 0);
    garment.setTo(cv::Scalar(10, 20, 30, 255));
    CHECK(cv::norm(clip_crop(garment, 16), cv::Mat(16, 16, CV_8UC3, cv::Scalar(10, 20, 30)),
                   cv::NORM_INF) == 0);
    // As a whole, resized, it would take 600 GB.
    cv::Mat strip(1, 4'000'000, CV_8UC3, cv::Scalar::all(7));
    CHECK(clip_crop(strip, 224).size() == cv::Size(224, 224));
    CHECK(clip_crop(strip.t(), 224).size() == cv::Size(224, 224));
    CHECK(clip_crop(cv::Mat(1, 1, CV_8UC3, cv::Scalar::all(7)), 224).at<cv::Vec3b>(9, 9)[0] == 7);
}

TEST_CASE(
    "pictures and texts become embeddings of length 1 and one picture does not change another") {
    const test::TemporaryFolder folder;
    const ClipEmbedder clip(test::write_small_clip(folder), {});
    CHECK(clip.numbers() == 16);
    std::vector<cv::Mat> pictures{cv::Mat(50, 40, CV_8UC3, cv::Scalar(200, 10, 10)),
                                  cv::Mat(40, 90, CV_8UC3, cv::Scalar(10, 10, 200)),
                                  cv::Mat(32, 32, CV_8UC4, cv::Scalar(10, 200, 10, 128))};
    const auto together = clip.embed(pictures);
    REQUIRE(together.size() == 3);
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        CHECK(length_of(together[i]) == doctest::Approx(1));
        CHECK(similarity(clip.embed(std::span(&pictures[i], 1))[0], together[i]) > 0.99999F);
    }
    CHECK(similarity(together[0], together[1]) < 0.9999F);
    CHECK(clip.embed(std::span<const cv::Mat>()).empty());
    CHECK(length_of(clip.embed("red dress")) == doctest::Approx(1));
    CHECK(similarity(clip.embed("red dress"), clip.embed("  RED dress")) > 0.99999F);
    CHECK(similarity(clip.embed("red dress"), clip.embed("blue shirt")) < 0.9999F);
    {
        const test::LogCapture log;
        std::string text;
        for (int i = 0; i < 100; ++i) {
            text += "shirt ";
        }
        CHECK(length_of(clip.embed(text)) == doctest::Approx(1));
        CHECK(log.count("its end does not count") == 1);
    }
    CHECK_THROWS_WITH_AS(ClipEmbedder("/none.pt", {}), doctest::Contains("is no file"), ModelError);
}
