#include "support/doctest_with_torch.h"

#include "live/infer_views.h"
#include "live/scripted_model.h"

namespace closet::test {
namespace {

struct World {
    std::shared_ptr<ScriptedModel> model = std::make_shared<ScriptedModel>();
    InferViews infer{Infer(model, InferOptions{})};
    int index = 0;

    LiveView view(int scene = 1, std::optional<int> like = {}) {
        LiveView made;
        made.index = index++;
        made.seconds = static_cast<double>(made.index) / 30;
        made.captured = LiveClock::time_point(std::chrono::milliseconds(made.index));
        made.picture = {320, 240};
        made.scene = scene;
        made.like = like.value_or(static_cast<int>(made.index));
        made.view.rgb = cv::Mat(120, 160, CV_8UC3, cv::Scalar::all(0));
        made.view.shown_from_view = {2, 0, 0.5, 0, 2, 0.5};
        return made;
    }
    std::vector<LiveResult> results(std::vector<LiveView> views) { return infer.infer(views); }
};

TEST_SUITE("infer_views") {
    TEST_CASE("each view has its result in order with what is known of its frame") {
        World world;
        const auto results = world.results({world.view(), world.view(), world.view()});
        REQUIRE(results.size() == 3);
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK(results[i].seconds == doctest::Approx(static_cast<double>(i) / 30));
            CHECK(results[i].captured ==
                  LiveClock::time_point(std::chrono::milliseconds(static_cast<int>(i))));
            CHECK(results[i].picture == cv::Size(320, 240));
            CHECK(results[i].scene == 1);
            REQUIRE(results[i].poses.size() == 1);
            CHECK(results[i].poses[0].origin == PoseOrigin::kMeasured);
            const Keypoint& shoulder = results[i].poses[0].at(Joint::kLeftShoulder);
            CHECK(shoulder.x > 160);  // frame pixels
            CHECK(shoulder.y == doctest::Approx(2 * (0.6 * 120 - 0.24 * 0.9 * 120)).epsilon(0.1));
        }
    }

    TEST_CASE("still views are passed on without a look at them") {
        World world;
        world.results({world.view()});
        const int calls = world.model->calls;
        const auto results = world.results({world.view(1, 0), world.view(1, 0)});
        REQUIRE(results.size() == 2);
        CHECK(results[0].still);
        CHECK(results[1].still);
        CHECK(results[0].poses.empty());
        CHECK(world.model->calls == calls);
    }

    TEST_CASE("still views among others keep their place") {
        World world;
        const auto results = world.results({world.view(), world.view(1, 0), world.view()});
        REQUIRE(results.size() == 3);
        CHECK(results[0].poses.size() == 1);
        CHECK(results[1].still);
        CHECK(results[1].poses.empty());
        CHECK(results[2].poses.size() == 1);
    }

    TEST_CASE("a still view is looked at where the one that it looks like was dropped") {
        World world;
        world.results({world.view()});
        world.view();  // dropped on the way
        const auto results = world.results({world.view(1, 1), world.view(1, 1)});
        REQUIRE(results.size() == 2);
        CHECK(!results[0].still);
        CHECK(results[0].poses.size() == 1);
        CHECK(results[1].still);
    }

    TEST_CASE("a person of another scene is another person") {
        World world;
        const auto before = world.results({world.view(), world.view()});
        const auto after = world.results({world.view(1), world.view(2), world.view(2)});
        CHECK(after[0].poses.at(0).person_id == before[0].poses.at(0).person_id);
        CHECK(after[1].poses.at(0).person_id != before[0].poses.at(0).person_id);
        CHECK(after[2].poses.at(0).person_id == after[1].poses.at(0).person_id);
    }

    TEST_CASE("nobody and nothing are no error") {
        World world;
        CHECK(world.results({}).empty());
        world.model->is_there = false;
        const auto results = world.results({world.view()});
        REQUIRE(results.size() == 1);
        CHECK(results[0].poses.empty());
        CHECK(!results[0].still);
    }

    TEST_CASE("what the network throws comes through and the next call is fine") {
        World world;
        world.model->is_broken = true;
        CHECK_THROWS_WITH(world.results({world.view()}), "the network broke");
        world.model->is_broken = false;
        CHECK(world.results({world.view()})[0].poses.size() == 1);
    }
}

}  // namespace
}  // namespace closet::test
