// What the user changes while frames flow.

#include "support/doctest_with_torch.h"

#include <algorithm>

#include "live/live_run.h"

namespace closet::test {
namespace {

LiveOptions shown(const std::string& input) {
    LiveOptions options = options_for(input);
    options.window = true;
    return options;
}

TEST_SUITE("live") {
    TEST_CASE("the mirror turns while frames flow") {
        LiveOptions options = shown(kBlack);
        options.mirror = true;
        LiveRun run(options, {"white"});
        run.model->x = 0.3;
        run->start();
        CHECK(run.shows([](const Frame& frame) {
            return chest(frame, 0.7) > kWhite && chest(frame, 0.3) < kDark;
        }));
        run->set_mirror(false);
        CHECK(run.shows([](const Frame& frame) {
            return chest(frame, 0.3) > kWhite && chest(frame, 0.7) < kDark;
        }));
    }

    TEST_CASE("the skeleton comes and goes while frames flow") {
        LiveRun run(shown(kBlack));
        run->start();
        CHECK(run.shows([](const Frame& frame) { return brightest(frame) < kDark; }));
        run->set_skeleton(true);
        CHECK(run.shows([](const Frame& frame) { return brightest(frame) > kDark; }));
        run->set_skeleton(false);
        CHECK(run.shows([](const Frame& frame) { return brightest(frame) < kDark; }));
    }

    TEST_CASE("another garment is worn without a frame between that wears none") {
        LiveRun run(shown(kBlack), {"white", "gray"});
        run->start();
        REQUIRE(run.shows([](const Frame& frame) { return chest(frame) > kWhite; }));
        run.rack().step(1);
        int least = 255;
        CHECK(run.shows([&](const Frame& frame) {
            least = std::min(least, chest(frame));
            return chest(frame) < kWhite;
        }));
        CHECK(least > 100);
        CHECK(run->total().garment == "gray");
    }

    TEST_CASE("a look that cannot be worn is told and the old one stays") {
        LiveRun run(shown(kBlack), {"white", "bad", "gray"});
        run->start();
        REQUIRE(run.shows([](const Frame& frame) { return chest(frame) > kWhite; }));
        run.rack().step(1);
        CHECK(run.tells("shoulder"));
        CHECK(run.renders(10));
        CHECK(run.shows([](const Frame& frame) { return chest(frame) > kWhite; }));
        CHECK(!run->take_message());  // once is enough
        run.rack().step(1);
        CHECK(run.shows(
            [](const Frame& frame) { return chest(frame) > 100 && chest(frame) < kWhite; }));
    }

    TEST_CASE("warps follow each other around") {
        LiveRun run(shown(kBlack), {"white"});
        run->start();
        const std::string first = run->total().warp;
        CHECK(run->next_warp() != first);
        CHECK(run.renders(10));
        const auto quick = std::count_if(warps().begin(), warps().end(),
                                         [](const auto& entry) { return !entry.asks_networks; });
        for (std::ptrdiff_t i = 1; i < quick; ++i) {
            run->next_warp();
        }
        CHECK(run->total().warp == first);
        CHECK(run.shows([](const Frame& frame) { return chest(frame) > kWhite; }));
    }

    TEST_CASE("warps that ask networks are refused") {
        LiveOptions options = options_for(kBlack);
        options.warp.warp = "viton-hd";
        CHECK_THROWS_WITH_AS(LiveRun(options, {"white"}), doctest::Contains("closet fit only"),
                             ConfigError);
    }

    TEST_CASE("recordings begin and end while frames flow") {
        const TemporaryFolder folder;
        LiveOptions options = options_for(kBlack);
        options.output.encode.codec = "ffv1";
        LiveRun run(options, {"white"});
        run->start();
        REQUIRE(run.renders(5));
        for (const std::string& path : {folder / "a.mkv", folder / "b.mkv"}) {
            run->record(path);
            if (path == folder / "b.mkv") {
                CHECK(run.tells("recorded " + (folder / "a.mkv")));  // it gave way
            }
            CHECK(run.tells("recording to " + path));
            CHECK(run->recording() == path);
            CHECK(run.renders(20));
        }
        run->record("");
        CHECK(run.tells("recorded " + (folder / "b.mkv")));
        CHECK(run->recording().empty());
        CHECK(run.renders(5));
        CHECK(frames_of(folder / "a.mkv").size() > 5);
        const std::vector<Frame> frames = frames_of(folder / "b.mkv");
        CHECK(frames.size() > 5);
        CHECK(chest(frames.back()) > kWhite);
    }

    TEST_CASE("changes from several threads at once do no harm") {
        LiveRun run(shown(kBlack), {"white", "gray"});
        run->start();
        {
            const auto often = [&](auto change) {
                return std::jthread([change] {
                    for (int i = 0; i < 50; ++i) {
                        change(i);
                        std::this_thread::sleep_for(std::chrono::milliseconds(2));
                    }
                });
            };
            const auto mirror = often([&](int i) { run->set_mirror(i % 2 == 0); });
            const auto skeleton = often([&](int i) { run->set_skeleton(i % 2 == 0); });
            const auto warp = often([&](int) { run->next_warp(); });
            const auto figures = often([&](int) { run->since_last(); });
            for (int i = 0; i < 20; ++i) {
                run.rack().step(1);
                run->next_to_show(LiveClock::now() + std::chrono::milliseconds(20));
            }
        }
        CHECK(run.renders(10));
        run->end();
        CHECK(run.ends());
        CHECK(run.failure().empty());
    }
}

}  // namespace
}  // namespace closet::test
