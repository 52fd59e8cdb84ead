#include "poses/pose_masks.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <sstream>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

extern "C" {
#include <libavutil/base64.h>
}

#include "interpolate/shapes.h"
#include "poses/pose_files.h"
#include "poses/pose_json.h"

using namespace closet;
using namespace closet::test;

namespace {

namespace fs = std::filesystem;
using pose_json::BadLine;

/// A silhouette with a soft edge and a little noise there, as networks give them.
cv::Mat soft_picture(int side, int seed) {
    cv::Mat picture(side, side, CV_8UC1, cv::Scalar(0));
    cv::ellipse(picture, {side / 2, side / 2}, {side / 5, side / 3}, seed, 0, 360, 255, -1);
    cv::GaussianBlur(picture, picture, {}, side / 60.0);
    cv::RNG random(static_cast<std::uint64_t>(seed) + 1);
    picture.forEach<std::uint8_t>([&](std::uint8_t& pixel, const int* at) {
        pixel = pixel > 0 && pixel < 255
                    ? static_cast<std::uint8_t>(pixel ^ ((at[0] * 7 + at[1] * 3) & 1))
                    : pixel;
    });
    return picture;
}

cv::Mat noise(int width, int height) {
    cv::Mat picture(height, width, CV_8UC1);
    cv::RNG random(5);
    random.fill(picture, cv::RNG::UNIFORM, 0, 256);
    return picture;
}

/// `count` frames with three people whose pictures change every 4, 5 and 6 frames, the matrices in
/// every frame.
std::vector<PosedFrame> masked_frames(int count) {
    std::mt19937 random(3);
    std::normal_distribution<double> any(0, 1);
    std::vector<cv::Mat> pictures(3);
    std::vector<PosedFrame> frames;
    for (int i = 0; i < count; ++i) {
        frames.push_back({make_frame(i, 40 * i), {}});
        for (int p = 0; p < 3; ++p) {
            cv::Mat& picture = pictures[static_cast<std::size_t>(p)];
            if (i % (p + 4) == 0) {
                picture = soft_picture(p == 2 ? 144 : 256, 10 * i + p);
            }
            Pose pose = figure(300 + 500 * p, 500);
            pose.person_id = p;
            auto mask = std::make_shared<PersonMask>();
            mask->probability = picture;
            for (double& entry : mask->mask_from_shown.val) {
                entry = any(random) * std::pow(10.0, any(random) * 2);
            }
            mask->mask_from_shown(0, 1) = p == 0 ? -0.0 : 1.0 / 3.0;
            pose.mask = mask;
            frames.back().poses.push_back(pose);
        }
    }
    return frames;
}

std::string text_of(const fs::path& path) {
    std::stringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
}

std::size_t occurrences(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) {
        ++count;
    }
    return count;
}

bool same_mask(const PersonMask& a, const PersonMask& b) {
    return a.probability.size() == b.probability.size() && b.probability.type() == CV_8UC1 &&
           cv::norm(a.probability, b.probability, cv::NORM_INF) == 0 &&
           std::memcmp(a.mask_from_shown.val, b.mask_from_shown.val,
                       sizeof a.mask_from_shown.val) == 0;
}

std::string base64(const std::vector<std::uint8_t>& bytes) {
    std::string text(AV_BASE64_SIZE(bytes.size()), '\0');
    av_base64_encode(text.data(), static_cast<int>(text.size()), bytes.data(),
                     static_cast<int>(bytes.size()));
    text.pop_back();
    return text;
}

std::vector<std::uint8_t> png(const cv::Mat& picture) {
    std::vector<std::uint8_t> bytes;
    cv::imencode(".png", picture, bytes);
    return bytes;
}

const std::string kStill = R"("from_frame":[1,0,0,0,1,0]})";

/// A person with this "mask".
std::string wearing(const std::string& mask) {
    std::string text = person("[1,2,3,0.5]");
    return text.substr(0, text.size() - 1) + R"(,"mask":)" + mask + "}";
}

/// What reading a file says whose second line has a person with this "mask".
std::string reason(const std::string& mask) {
    return complaint(kHeader + frame_line(wearing(mask)));
}

/// The same for a picture.
std::string picture_reason(const std::string& text) {
    return reason(R"({"picture":0,"png":")" + text + "\"," + kStill);
}

}  // namespace

TEST_CASE("masks of several people come back bit for bit and frames share their pictures") {
    const TemporaryFolder folder;
    const auto frames = masked_frames(24);
    const fs::path path = write_file(folder.path() / "poses.jsonl", frames, make_info());
    // Pictures: 6 of the first person, 5 of the second, 4 of the third.
    CHECK(occurrences(text_of(path), R"("png":")") == 15);
    ReplayPoses replay(PoseReader(path), "clip.mp4", "");
    std::vector<const std::uint8_t*> before(3);
    for (const PosedFrame& frame : frames) {
        replay.process(make_frame(frame.frame.index, frame.frame.pts), [&](PosedFrame got) {
            REQUIRE(got.poses.size() == 3);
            for (std::size_t p = 0; p < 3; ++p) {
                REQUIRE(got.poses[p].mask);
                CHECK(same_mask(*got.poses[p].mask, *frame.poses[p].mask));
                const bool is_new = frame.frame.index % static_cast<std::int64_t>(p + 4) == 0;
                CHECK((got.poses[p].mask->probability.data == before[p]) == !is_new);
                before[p] = got.poses[p].mask->probability.data;
            }
            return true;
        });
    }
}

TEST_CASE("a picture that comes back after a pause is written again") {
    const TemporaryFolder folder;
    auto frames = masked_frames(4);
    frames[1].poses.clear();
    frames[2].poses[0].mask = nullptr;
    const fs::path path = write_file(folder.path() / "poses.jsonl", frames, make_info());
    PoseReader reader(path);
    for (const PosedFrame& frame : frames) {
        const auto got = reader.next();
        REQUIRE(got);
        REQUIRE(got->poses.size() == frame.poses.size());
        for (std::size_t p = 0; p < frame.poses.size(); ++p) {
            REQUIRE((got->poses[p].mask != nullptr) == (frame.poses[p].mask != nullptr));
            CHECK((!frame.poses[p].mask || same_mask(*got->poses[p].mask, *frame.poses[p].mask)));
        }
    }
    // Three at first, two after the empty frame, and one that was left out a frame longer.
    CHECK(occurrences(text_of(path), R"("png":")") == 6);
}

TEST_CASE("pictures of any size and content come back bit for bit") {
    for (const cv::Mat& picture : {noise(1, 1), noise(1024, 3), noise(1024, 1024),
                                   cv::Mat(1024, 1024, CV_8UC1, cv::Scalar(255)).clone(),
                                   soft_picture(256, 1), noise(64, 64)(cv::Rect(3, 5, 31, 17))}) {
        const cv::Mat read = mask_of_text(mask_text(picture));
        REQUIRE(read.size() == picture.size());
        CHECK(cv::norm(read, picture, cv::NORM_INF) == 0);
    }
}

TEST_CASE("where no pose has a mask a file has none") {
    const TemporaryFolder folder;
    auto frames = masked_frames(2);
    for (PosedFrame& frame : frames) {
        for (Pose& pose : frame.poses) {
            pose.mask = nullptr;
        }
    }
    const fs::path path = write_file(folder.path() / "poses.jsonl", frames, make_info());
    CHECK_FALSE(contains(text_of(path), "mask"));
    CHECK(contains(text_of(path), R"("version":2,)"));
}

TEST_CASE("masks that a file cannot hold are refused") {
    const TemporaryFolder folder;
    const auto write = [&](const cv::Mat& picture, double entry, std::size_t people = 1) {
        PoseWriter writer(folder.path() / "poses.jsonl", make_info());
        PosedFrame frame{make_frame(0, 0), {}};
        for (std::size_t i = 0; i < people; ++i) {
            Pose pose = figure(100, 100);
            pose.person_id = static_cast<int>(i);
            pose.mask =
                std::make_shared<PersonMask>(PersonMask{picture.clone(), {1, 0, entry, 0, 1, 0}});
            frame.poses.push_back(pose);
        }
        writer.process(std::move(frame), [](PosedFrame) { return true; });
    };
    const cv::Mat small(8, 8, CV_8UC1, cv::Scalar(200));
    CHECK_NOTHROW(write(small, 1e9));
    CHECK_THROWS_AS(write(small, 1.1e9), Error);
    CHECK_THROWS_AS(write(small, std::numeric_limits<double>::quiet_NaN()), Error);
    CHECK_THROWS_AS(write({}, 0), Error);
    CHECK_THROWS_AS(write(cv::Mat(8, 8, CV_32FC1, cv::Scalar(1)), 0), Error);
    CHECK_THROWS_AS(write(cv::Mat(8, 1025, CV_8UC1, cv::Scalar(1)), 0), Error);
    // More pixels than a reader takes, and a longer line.
    CHECK_THROWS_WITH_AS(write(cv::Mat(1024, 1024, CV_8UC1, cv::Scalar(1)), 0, 17),
                         doctest::Contains("more than the 16777216"), Error);
    CHECK_THROWS_WITH_AS(write(noise(1024, 1024), 0, 3), doctest::Contains("more than the 4194304"),
                         Error);
}

TEST_CASE("hostile masks are refused with the line and the reason") {
    const std::string good = base64(png(soft_picture(32, 1)));
    CHECK(picture_reason(good).empty());
    for (const auto* mask : {"null", "7", "[]", "\"png\""}) {
        CHECK(contains(reason(mask), "line 2: \"mask\" is not a JSON object"));
    }
    CHECK(contains(reason("{}"), "line 2: \"picture\" is missing"));
    CHECK(contains(reason(R"({"picture":-1,)" + kStill), "\"picture\" is not a whole number"));
    CHECK(contains(reason(R"({"picture":0,"png":5,)" + kStill), "\"png\" is not a text"));
    CHECK(contains(reason(R"({"picture":0,)" + kStill),
                   "line 2: the mask's picture 0 is neither here nor in the line before"));
    const std::string start = R"({"picture":0,"png":")" + good + "\"";
    CHECK(contains(reason(start + "}"), "\"from_frame\" is missing"));
    for (const auto* matrix :
         {"[1,0,0,0,1]", "[1,0,0,0,1,0,0]", "5", "[1,0,0,0,1,NaN]", "[1,0,0,0,1,1e999]",
          "[1,0,0,0,1,1.1e9]", "[1,0,0,0,1,null]", "[1,0,0,0,1,\"0\"]", "[[1],0,0,0,1,0]"}) {
        CAPTURE(matrix);
        CHECK(contains(reason(start + R"(,"from_frame":)" + matrix + "}"), "line 2"));
    }
    // Twice in one line; and known from the line before but not from the one before that.
    const std::string first = wearing(start + "," + kStill);
    const std::string later = wearing(R"({"picture":0,)" + kStill);
    CHECK(
        contains(complaint(kHeader + frame_line(first + "," + first)), "picture 0 is there twice"));
    CHECK(complaint(kHeader + frame_line(first + "," + later) + frame_line(later)).empty());
    CHECK(contains(complaint(kHeader + frame_line(first) + frame_line("") + frame_line(later)),
                   "line 4: the mask's picture 0 is neither"));
}

TEST_CASE("hostile pictures are refused before they are decoded") {
    const auto changed = [](std::size_t at, std::uint8_t value) {
        auto bytes = png(soft_picture(32, 1));
        bytes.at(at) = value;
        return base64(bytes);
    };
    CHECK(contains(picture_reason("*"), "\"png\" is not base64"));
    CHECK(contains(picture_reason(""), "not a PNG picture"));
    CHECK(contains(picture_reason("aGVsbG8="), "not a PNG picture"));
    CHECK(contains(picture_reason(changed(0, 'x')), "not a PNG picture"));
    // The header's width and height, both big-endian, then bits, color, interlacing.
    CHECK(contains(picture_reason(changed(16, 0x7F)), "2130706464x32"));
    CHECK(contains(picture_reason(changed(22, 0x04)), "32x1056"));
    CHECK(contains(picture_reason(changed(19, 0)), "0x32"));
    CHECK(contains(picture_reason(changed(24, 16)), "8-bit gray"));
    CHECK(contains(picture_reason(changed(25, 3)), "8-bit gray"));
    CHECK(contains(picture_reason(changed(28, 1)), "8-bit gray"));
    CHECK(contains(picture_reason(base64(png(cv::Mat(9, 9, CV_8UC3, cv::Scalar(1, 2, 3))))),
                   "8-bit gray"));
    CHECK(contains(picture_reason(base64(png(cv::Mat(9, 9, CV_16UC1, cv::Scalar(7))))),
                   "8-bit gray"));
    auto cut = png(soft_picture(32, 1));
    cut.resize(cut.size() - 1);
    CHECK(contains(picture_reason(base64(cut)), "cut short"));
    // The pixels are missing between a good header and a good end.
    auto empty = png(soft_picture(32, 1));
    empty.erase(empty.begin() + 33, empty.end() - 12);
    CHECK(contains(picture_reason(base64(empty)), "damaged"));
}

TEST_CASE("masks of one line cannot fill the memory") {
    const std::string large =
        R"(,"png":")" + base64(png(cv::Mat(1024, 1024, CV_8UC1, cv::Scalar(9)))) + "\"," + kStill;
    const auto people = [&](int from, int to, bool with_picture) {
        std::string persons;
        for (int i = from; i < to; ++i) {
            persons += (i > from ? "," : "") + wearing(R"({"picture":)" + std::to_string(i) +
                                                       (with_picture ? large : "," + kStill));
        }
        return persons;
    };
    CHECK(complaint(kHeader + frame_line(people(0, 16, true))).empty());
    CHECK(contains(complaint(kHeader + frame_line(people(0, 17, true))), "more than 16777216"));
    CHECK(contains(complaint(kHeader + frame_line(people(0, 16, true)) +
                             frame_line(people(0, 16, false) + "," + people(16, 17, true))),
                   "line 3: its masks have more than 16777216"));
}

TEST_CASE("masks with random damage are read or refused but never crash") {
    const TemporaryFolder folder;
    auto frames = masked_frames(3);
    for (PosedFrame& frame : frames) {
        for (Pose& pose : frame.poses) {
            const cv::Mat small = pose.mask->probability(cv::Rect(70, 30, 20, 20)).clone();
            pose.mask = std::make_shared<PersonMask>(PersonMask{small, pose.mask->mask_from_shown});
        }
    }
    const std::string good =
        text_of(write_file(folder.path() / "poses.jsonl", frames, make_info()));
    std::mt19937 random(7);
    int refused = 0;
    for (int round = 0; round < 300; ++round) {
        std::string bad = good;
        if (round % 3 == 0) {
            bad.resize(random() % bad.size());
        }
        // Damage within the "mask" that follows a random place.
        const std::size_t mask = bad.find(R"("mask")", random() % bad.size());
        for (int i = 0; i < 2 && mask != std::string::npos; ++i) {
            const std::size_t at = std::min(mask + random() % 500, bad.size() - 1);
            bad[at] = static_cast<char>("0123456789ABCXYZabcxyz+/=\"{}[],-e"[random() % 33]);
        }
        refused += complaint(bad).empty() ? 0 : 1;
    }
    CHECK(refused > 150);
}
