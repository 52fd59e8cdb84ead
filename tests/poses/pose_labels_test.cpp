#include "poses/pose_labels.h"

#include <limits>
#include <sstream>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "interpolate/label_fixtures.h"
#include "poses/pose_files.h"

using namespace closet;
using namespace closet::test;

namespace {

namespace fs = std::filesystem;

/// A file's text whose second line has a person with this "labels".
std::string labeled(const std::string& labels) {
    std::string text = person("[1,2,3,0.5]");
    return text.substr(0, text.size() - 1) + R"(,"labels":)" + labels + "}";
}

std::string why(const std::string& labels) {
    return complaint(kHeader + frame_line(labeled(labels)));
}

const std::string kUnmoved = R"("from_frame":[1,0,0,0,1,0]})";

/// The value of "labels" with these planes in a picture of `rows` x 8.
std::string with_planes(const std::string& planes, int rows) {
    return R"({"picture":0,"planes":)" + planes + R"(,"png":")" +
           mask_text(cv::Mat(rows, 8, CV_8UC1, cv::Scalar(9))) + "\"," + kUnmoved;
}

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) {
        ++count;
    }
    return count;
}

}  // namespace

TEST_CASE("labels come back bit for bit and frames share their pictures") {
    const TemporaryFolder folder;
    cv::RNG random(3);
    std::vector<PosedFrame> frames;
    std::shared_ptr<const PersonLabels> first;
    for (int i = 0; i < 6; ++i) {
        PosedFrame frame{make_frame(i, 40 * i), {}};
        for (int p = 0; p < 2; ++p) {
            Pose pose = figure(300 + 500 * p, 500);
            pose.person_id = p;
            auto labels = i % 3 == 0
                              ? box_labels(300, 500)
                              : std::make_shared<PersonLabels>(
                                    *frames.back().poses[static_cast<std::size_t>(p)].labels);
            if (i % 3 == 0) {
                for (const Label label : {Label::kPerson, Label::kHair}) {
                    random.fill(labels->of(label), cv::RNG::UNIFORM, 0, 256);
                }
            }
            labels->labels_from_shown(0, 2) = i / 3.0;
            pose.labels = labels;
            frame.poses.push_back(std::move(pose));
        }
        frames.push_back(std::move(frame));
    }
    frames[4].poses[1].labels = nullptr;
    const fs::path path = write_file(folder.path() / "poses.jsonl", frames, make_info());
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    // Two people on two key frames, and one who had none for a frame.
    CHECK(count_of(text.str(), R"("png":)") == 5);
    PoseReader reader(path);
    for (const PosedFrame& frame : frames) {
        const auto read = reader.next();
        REQUIRE(read);
        for (std::size_t p = 0; p < 2; ++p) {
            const auto& wanted = frame.poses[p].labels;
            const auto& got = read->poses[p].labels;
            REQUIRE((got != nullptr) == (wanted != nullptr));
            for (std::size_t l = 0; wanted && l < kLabelCount; ++l) {
                REQUIRE(got->probability[l].size() == wanted->probability[l].size());
                CHECK((got->probability[l].empty() ||
                       cv::norm(got->probability[l], wanted->probability[l], cv::NORM_INF) == 0));
            }
            CHECK((!wanted || got->labels_from_shown == wanted->labels_from_shown));
        }
    }
}

TEST_CASE("labels that a file cannot hold are refused") {
    const auto good = box_labels(0, 0);
    CHECK(is_writable(*good));
    CHECK_FALSE(is_writable(PersonLabels{}));
    PersonLabels bad = *good;
    bad.of(Label::kHair) = cv::Mat(8, 8, CV_8UC1);  // sizes differ
    CHECK_FALSE(is_writable(bad));
    bad = *good;
    bad.of(Label::kHair) = cv::Mat(kLabelSide, kLabelSide, CV_32FC1);
    CHECK_FALSE(is_writable(bad));
    bad = *good;
    bad.labels_from_shown(1, 2) = std::numeric_limits<double>::quiet_NaN();
    CHECK_FALSE(is_writable(bad));
    const TemporaryFolder folder;
    PoseWriter writer(folder.path() / "poses.jsonl", make_info());
    PosedFrame frame{make_frame(0, 0), {figure(100, 100)}};
    frame.poses[0].person_id = 0;
    frame.poses[0].labels = std::make_shared<PersonLabels>(bad);
    CHECK_THROWS_WITH_AS(writer.process(std::move(frame), [](PosedFrame) { return true; }),
                         doctest::Contains("labels"), Error);
}

TEST_CASE("hostile labels are refused with the line and the reason") {
    CHECK(why(with_planes(R"(["person","hair"])", 16)).empty());
    for (const auto* labels : {"null", "7", "[]"}) {
        CHECK(contains(why(labels), "line 2: \"labels\" is not a JSON object"));
    }
    CHECK(contains(why("{}"), "line 2: \"picture\" is missing"));
    CHECK(contains(why(R"({"picture":0,)" + kUnmoved),
                   "line 2: the labels' picture 0 is neither here nor in the line before"));
    CHECK(contains(why(with_planes("[]", 16)), "does not name 1 to 14 labels"));
    CHECK(contains(why(with_planes("5", 16)), "does not name 1 to 14 labels"));
    CHECK(contains(why(with_planes("[5]", 16)), "names something that is no label"));
    CHECK(contains(why(with_planes(R"(["nose"])", 16)), "names something that is no label"));
    CHECK(contains(why(with_planes(R"(["hair","hair"])", 16)), "names hair twice"));
    CHECK(contains(why(with_planes(R"(["person","hair"])", 17)), "17 rows for 2 planes"));
    CHECK(contains(why(with_planes(R"(["person"])", 1025)), "1x1 to 1024x1024"));
    CHECK(contains(why(with_planes(R"(["person","hair"])", 2050)), "1x1 to 1024x2048"));
    std::string many = "[";
    for (int i = 0; i < 15; ++i) {
        many += i > 0 ? ",\"hair\"" : "\"hair\"";
    }
    CHECK(contains(why(with_planes(many + "]", 15)), "does not name 1 to 14 labels"));
    // Twice in one line; and known from the line before but not from the one before that.
    const std::string first = labeled(with_planes(R"(["hair"])", 8));
    const std::string later = labeled(R"({"picture":0,)" + kUnmoved);
    CHECK(
        contains(complaint(kHeader + frame_line(first + "," + first)), "picture 0 is there twice"));
    CHECK(complaint(kHeader + frame_line(first + "," + later) + frame_line(later)).empty());
    CHECK(contains(complaint(kHeader + frame_line(first) + frame_line("") + frame_line(later)),
                   "line 4: the labels' picture 0 is neither"));
}
