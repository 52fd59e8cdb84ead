#include "infer/parse/parser.h"

#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "support/doctest_with_torch.h"

#include "core/error.h"
#include "core/picture_geometry.h"
#include "infer/fake_parser.h"
#include "infer/fake_pose_model.h"
#include "infer/infer.h"
#include "infer/parse/label_people.h"
#include "models/networks/narrow_networks.h"
#include "support/environment.h"
#include "support/log_capture.h"
#include "support/temporary_folder.h"

namespace closet {
namespace {

using test::FakeParser;

/// A view of a picture twice as large, and somebody on it whose keypoints span 40 x 100 view pixels
/// around (200, 150).
const View kView{cv::Mat(360, 640, CV_8UC3, cv::Scalar(90, 90, 90)), {2, 0, 0.5, 0, 2, 0.5}};

Pose somebody(double x = 200, double y = 150, int id = 0) {
    Pose pose;
    pose.person_id = id;
    for (int i = 0; i < kJointCount; ++i) {
        const cv::Point2d at =
            apply(kView.shown_from_view, {x - 20 + 40.0 * (i % 2), y - 50 + i * 100.0 / 16});
        pose.keypoints.push_back({static_cast<float>(at.x), static_cast<float>(at.y), 0, 0.9F});
    }
    return pose;
}

std::vector<std::vector<Pose>> labeled(LabelPeople& people, const std::vector<double>& times,
                                       std::vector<Pose> everybody) {
    std::vector<std::vector<Pose>> poses(times.size(), std::move(everybody));
    std::vector<LabelPeople::Seen> seen;
    for (std::size_t i = 0; i < times.size(); ++i) {
        seen.push_back({&kView, times[i], false, &poses[i]});
    }
    people.label(seen);
    return poses;
}

std::string refusal(const std::string& text) {
    try {
        check_parser(text);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST_CASE("parser: the region is the box of the keypoints and 18 % of its longer side") {
    const auto region = region_of_person(somebody(), kView);
    REQUIRE(region);
    CHECK(region->tl() == cv::Point(200 - 20 - 18, 150 - 50 - 18));
    CHECK(std::abs(region->width - 76) <= 2);
    CHECK(std::abs(region->height - 136) <= 2);

    Pose wild = somebody();  // a point that is not seen does not count, unless few are
    wild.keypoints[3] = {1200, 600, 0, 0.1F};
    CHECK(region_of_person(wild, kView) == region);
    for (Keypoint& point : wild.keypoints) {
        point.score = 0.1F;
    }
    CHECK(region_of_person(wild, kView)->br().x > 600);
}

TEST_CASE("parser: the region stays inside the view and is given up where little is left") {
    const cv::Rect view({}, kView.rgb.size());
    const auto edge = region_of_person(somebody(5, 150), kView);
    REQUIRE(edge);
    CHECK((*edge & view) == *edge);
    CHECK(edge->x == 0);
    CHECK_FALSE(region_of_person(somebody(-80, 150), kView));
    Pose bad = somebody();
    bad.keypoints[0].x = std::numeric_limits<float>::quiet_NaN();
    bad.keypoints[1].y = std::numeric_limits<float>::infinity();
    CHECK_NOTHROW(region_of_person(bad, kView));
    bad.keypoints.assign(17, {1e30F, 0, 0, 0.9F});
    CHECK_FALSE(region_of_person(bad, kView));
    Pose nothing;
    CHECK_FALSE(region_of_person(nothing, kView));
}

TEST_CASE("parser: a mask that reaches further widens the region, but not without end") {
    Pose pose = somebody();
    auto mask = std::make_shared<PersonMask>();
    mask->probability = cv::Mat(256, 256, CV_8UC1, cv::Scalar(0));
    mask->mask_from_shown = {0.2, 0, 0, 0, 0.2, 0};  // 2.5 view pixels a mask pixel
    mask->probability(cv::Rect(70, 20, 20, 60)) = 255;
    pose.mask = mask;
    const auto region = region_of_person(pose, kView);
    REQUIRE(region);
    CHECK(std::abs(region->x - 162) <= 1);
    CHECK(std::abs(region->br().x - 225) <= 15);
    CHECK(std::abs(region->y - (82 - 18)) <= 2);  // not up to 20 * 2.5 = 50
    mask->probability = cv::Scalar(255);
    CHECK(region_of_person(pose, kView)->width <= 76 + 2 * 18 + 3);
    mask->probability = cv::Scalar(0);
    CHECK(std::abs(region_of_person(pose, kView)->width - 76) <= 2);
}

TEST_CASE("parser: people are looked at now and then, all in one call") {
    const auto parser = std::make_shared<FakeParser>("fake", std::vector{Label::kPerson});
    LabelPeople people(parser, 0.1);
    const auto poses =
        labeled(people, {0, 0.04, 0.08, 0.12, 0.16, 0.2199}, {somebody(), somebody(400, 150, 7)});
    CHECK(parser->calls == 1);
    CHECK(people.looks() == 6);
    for (std::size_t p = 0; p < 2; ++p) {
        std::string looked_at;
        for (const auto& view : poses) {
            looked_at += view[p].labels ? '1' : '0';
        }
        CHECK(looked_at == "101001");
    }
    // The planes lie where the person is, in shown pixels.
    const PersonLabels& labels = *poses[0][1].labels;
    const cv::Point2d middle = apply(labels.labels_from_shown, {800.5, 300.5});
    CHECK(std::abs(middle.x - 63.5) < 1.5);
    CHECK(std::abs(middle.y - 63.5) < 1.5);
    // Later calls go on counting; a cut begins anew.
    CHECK_FALSE(labeled(people, {0.25}, {somebody()})[0][0].labels);
    std::vector<Pose> cut{somebody()};
    const LabelPeople::Seen after_cut{&kView, 0.26, true, &cut};
    people.label({&after_cut, 1});
    CHECK(cut[0].labels);
}

TEST_CASE("parser: it is a turn as soon as it is anybody's who is still there") {
    LabelPeople people(std::make_shared<FakeParser>("fake", std::vector{Label::kPerson}), 0.1);
    CHECK(people.is_turn(0));
    labeled(people, {0}, {somebody()});
    CHECK_FALSE(people.is_turn(0.04));
    labeled(people, {0.04}, {somebody(), somebody(400, 150, 7)});  // one comes later
    CHECK(people.is_turn(0.1));
    labeled(people, {0.1}, {somebody(), somebody(400, 150, 7)});
    CHECK(people.is_turn(0.14));
    for (const double time_s : {0.14, 0.24, 0.34, 0.44}) {  // and the first one goes
        labeled(people, {time_s}, {somebody(400, 150, 7)});
    }
    CHECK_FALSE(people.is_turn(0.5));
    CHECK(people.is_turn(0.54));
}

TEST_CASE("parser: key frames a tenth of a second apart but for whole frames are all looked at") {
    LabelPeople people(std::make_shared<FakeParser>("fake", std::vector{Label::kPerson}), 0.1);
    // Of 25 frames a second: the 1st, 4th, 6th, 8th, 11th ...
    for (const auto& view : labeled(people, {0.04, 0.16, 0.24, 0.32, 0.44, 0.52}, {somebody()})) {
        CHECK(view[0].labels);
    }
    CHECK(people.looks() == 6);
}

TEST_CASE("parser: every key frame where that is asked for, and nobody costs nothing") {
    const auto parser = std::make_shared<FakeParser>("fake", std::vector{Label::kPerson});
    LabelPeople people(parser, 0);
    for (const auto& view : labeled(people, {0, 0.001, 0.5}, {somebody()})) {
        CHECK(view[0].labels);
    }
    const int calls = parser->calls;
    labeled(people, {0.6}, {});
    labeled(people, {0.7}, {somebody(-80, 150)});
    CHECK(parser->calls == calls);
}

TEST_CASE("parser: labels are null where the parser sees nobody") {
    // Body parts alone say nothing: they add up to 1 on any ground.
    for (const auto& [labels, sure, seen] :
         {std::tuple{std::vector{Label::kPerson, Label::kFace}, 100, false},
          {std::vector{Label::kFace, Label::kTorso}, 255, false},
          {std::vector{Label::kClothes}, 255, true}}) {
        LabelPeople people(std::make_shared<FakeParser>("fake", labels, sure), 0.1);
        const auto poses = labeled(people, {0}, {somebody()});
        CHECK((poses[0][0].labels != nullptr) == seen);
        CHECK(people.looks() == 1);
    }
}

TEST_CASE("parser: of several that tell the same the first one has the say") {
    std::vector<std::unique_ptr<PersonParser>> parts;
    parts.push_back(std::make_unique<FakeParser>("a", std::vector{Label::kSkin}, 200));
    parts.push_back(
        std::make_unique<FakeParser>("b", std::vector{Label::kSkin, Label::kPerson}, 250));
    const auto joined = join_parsers(std::move(parts));
    CHECK(joined->name() == "a+b");
    const ParseInput input{&kView.rgb, {10, 20, 100, 200}};
    const auto labels = joined->look({&input, 1});
    CHECK(labels.at(0).of(Label::kSkin).at<std::uint8_t>(64, 64) == 200);
    CHECK(labels[0].of(Label::kPerson).at<std::uint8_t>(64, 64) == 250);
    CHECK(labels[0].of(Label::kHair).empty());
    CHECK(joined->look({}).empty());
}

TEST_CASE("parser: infer gives people their labels, and no parser leaves everything as it is") {
    const auto model = std::make_shared<test::FakePoseModel>([](int) {
        return test::FakePerson{.center = {200, 150}};
    });
    std::vector<View> views;
    for (int i = 0; i < 4; ++i) {
        views.push_back({test::numbered_picture(i), kView.shown_from_view});
    }
    std::vector<StreamView> stream;
    for (int i = 0; i < 4; ++i) {
        stream.push_back({&views[static_cast<std::size_t>(i)], 0.1 * i, i == 0});
    }
    const auto parser = std::make_shared<FakeParser>("fake", std::vector{Label::kPerson});
    Infer with(model, nullptr, parser, {});
    Infer without(model, {});
    const auto labels = with.follow(stream);
    const auto plain = without.follow(stream);
    CHECK(parser->calls == 1);
    CHECK(with.parsed() == 4);
    CHECK(without.parsed() == 0);
    for (std::size_t i = 0; i < 4; ++i) {
        REQUIRE(labels[i].size() == 1);
        CHECK(labels[i][0].labels);
        CHECK_FALSE(plain[i][0].labels);
        CHECK(labels[i][0].keypoints[0].x == plain[i][0].keypoints[0].x);
    }
}

TEST_CASE("parser: unknown names are refused in a sentence with the list") {
    const test::TemporaryFolder folder;
    const test::Variable models("CLOSET_MODELS", folder.path().string());
    for (const char* good : {"auto", "none", "bodypix", "skin-clothes-hair",
                             "skin-clothes-hair+bodypix", "some/file.onnx", "x.onnx+bodypix"}) {
        CHECK(refusal(good).empty());
    }
    for (const char* bad : {"nonesuch", "", "bodypix+", "+bodypix", "bodypix+auto", "none+bodypix",
                            "bodypix+nonesuch"}) {
        const std::string why = refusal(bad);
        CAPTURE(bad);
        CHECK(why.find("--parser") == 0);
        CHECK(why.find("skin-clothes-hair, bodypix") != std::string::npos);
    }
    CHECK(refusal("bodypix+bodypix") == "--parser bodypix+bodypix names bodypix twice");
    InferOptions options;
    options.parser = "nonesuch";
    CHECK_THROWS_AS(validate(options), ConfigError);
    options.parser = "bodypix";
    CHECK_NOTHROW(validate(options));
    options.parse_every_s = -1;
    CHECK_THROWS_AS(validate(options), ConfigError);
}

TEST_CASE("parser: nothing is fetched: auto does without, names say where to get them") {
    const test::TemporaryFolder folder;
    const test::Variable models("CLOSET_MODELS", folder.path().string());
    WorkerPool workers(0);
    test::LogCapture log;
    CHECK(make_parser({}, workers) == nullptr);
    InferOptions options;
    options.parser = "none";
    CHECK(make_parser(options, workers) == nullptr);
    CHECK(log.messages().empty());
    options.parser = "bodypix";
    CHECK_THROWS_WITH_AS(make_parser(options, workers),
                         doctest::Contains("closet models fetch parser"), ModelError);
    options.parser = (folder.path() / "absent.onnx").string();
    CHECK_THROWS_AS(make_parser(options, workers), ModelError);
}

TEST_CASE("parser: a file that lacks weights is used where that is allowed, with a warning") {
    const test::TemporaryFolder folder;
    GraphonomyArchitecture narrow;
    narrow.stem1 = narrow.stem2 = narrow.low = narrow.nodes = 2;
    narrow.block1 = narrow.block2 = narrow.middle = narrow.block20 = 4;
    narrow.exit1 = narrow.exit2 = narrow.exit3 = narrow.head = 4;
    test::MemoryCheckpoint checkpoint = test::whole_checkpoint(narrow);
    checkpoint.remove("semantic.bias");
    std::ofstream(folder / "inference.pth", std::ios::binary) << test::saved(checkpoint);
    WorkerPool workers(0);
    InferOptions options;
    options.device = "cpu";
    options.parser = folder / "inference.pth";
    CHECK_THROWS_WITH_AS(make_parser(options, workers),
                         doctest::Contains("1 missing (semantic.bias)"), ModelError);
    options.allow_partial = true;
    const test::LogCapture log;
    CHECK(make_parser(options, workers) != nullptr);
    CHECK(log.count("these layers keep their start values: semantic") == 1);
}

}  // namespace
}  // namespace closet
