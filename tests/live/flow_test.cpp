// Frames through the whole run, and the figures that are told of them.

#include "support/doctest_with_torch.h"

#include "live/live_run.h"
#include "support/clips.h"

namespace closet::test {
namespace {

std::int64_t all_poses(const LiveStatistics& figures) {
    return figures.poses_measured + figures.poses_predicted + figures.poses_held +
           figures.poses_missing;
}

/// What holds of every run that ended in order.
void check_figures(const LiveStatistics& figures) {
    CHECK(figures.captured == figures.rendered + figures.drops.render);
    CHECK(figures.rendered == figures.put_out + figures.drops.output);
    CHECK(figures.inferred + figures.unchanged + figures.drops.inference <= figures.captured);
    CHECK(all_poses(figures) >= figures.rendered);
    CHECK(figures.pose_latency.count == figures.inferred);
}

TEST_SUITE("live") {
    TEST_CASE("every frame that comes in is put out or counted as dropped") {
        const TemporaryFolder folder;
        const std::string out = folder / "out.mkv";
        LiveRun run(into_file(options_for("lavfi:testsrc=size=160x120:rate=60:duration=1"), out));
        run->start();
        REQUIRE(run.ends());
        CHECK(run.failure().empty());
        const LiveStatistics figures = run->total();
        check_figures(figures);
        CHECK(figures.captured + figures.drops.late == 60);
        CHECK(figures.latency.count == figures.put_out);
        CHECK(figures.inferred > 0);
        CHECK(figures.poses_measured + figures.poses_predicted > 0);
        CHECK(figures.stages.size() >= 4);
        CHECK(static_cast<std::int64_t>(frames_of(out).size()) == figures.put_out);
    }

    TEST_CASE("what the network finds is worn by the frames after it") {
        LiveOptions options = options_for(kBlack);
        options.window = true;
        LiveRun run(options, {"white"});
        CHECK(run->picture_size() == cv::Size(160, 120));
        run->start();
        CHECK(run.shows([](const Frame& frame) {
            return chest(frame) > kWhite && luma_at(frame, 0.05, 0.5) < kDark;
        }));
        run->end();
        REQUIRE(run.ends());
        CHECK(run.failure().empty());
        const LiveStatistics figures = run->total();
        check_figures(figures);
        CHECK(figures.garment == "white");
        CHECK(figures.poses_measured + figures.poses_predicted > 0);
    }

    TEST_CASE("only what was displayed counts as displayed") {
        LiveOptions options = options_for(kBlack);
        options.window = true;
        LiveRun run(options);
        run->start();
        for (int i = 0; i < 5; ++i) {
            const auto frame = run->next_to_show(LiveClock::now() + kPatience);
            REQUIRE(frame);
            run->displayed(*frame);
        }
        run->end();
        REQUIRE(run.ends());
        CHECK(run->total().latency.count == 5);
    }

    TEST_CASE("the run ends after as many frames as are wanted") {
        const TemporaryFolder folder;
        LiveOptions options = into_file(options_for(kBlack), folder / "out.mkv");
        options.max_frames = 7;
        LiveRun run(options);
        run->start();
        REQUIRE(run.ends());
        CHECK(run.failure().empty());
        CHECK(run->total().rendered == 7);
        CHECK(run->total().put_out + run->total().drops.output == 7);
        CHECK(static_cast<std::int64_t>(frames_of(folder / "out.mkv").size()) ==
              run->total().put_out);
    }

    TEST_CASE("the end of an endless source finishes the file") {
        const TemporaryFolder folder;
        LiveRun run(into_file(options_for(kBlack), folder / "out.mkv"));
        run->start();
        REQUIRE(run.renders(5));
        run->end();
        REQUIRE(run.ends());
        CHECK(run.failure().empty());
        check_figures(run->total());
        CHECK(static_cast<std::int64_t>(frames_of(folder / "out.mkv").size()) ==
              run->total().put_out);
    }

    TEST_CASE("a picture that stands still is not inferred again and its poses stay") {
        LiveOptions options = options_for(kBlack);
        options.window = true;
        options.skip_still = true;
        options.predict.hold_s = 0.1;
        options.predict.fade_s = 0.05;
        LiveRun run(options, {"white"});
        run->start();
        REQUIRE(run.shows([](const Frame& frame) { return chest(frame) > kWhite; }));
        REQUIRE(run.renders(40));  // longer than a lost person would stay
        CHECK(run.shows([](const Frame& frame) { return chest(frame) > kWhite; }));
        run->end();
        REQUIRE(run.ends());
        const LiveStatistics figures = run->total();
        check_figures(figures);
        CHECK(figures.unchanged > 5 * figures.inferred);
        CHECK(figures.poses_held == 0);
    }

    TEST_CASE("somebody who is lost is held and fades and is found again") {
        LiveOptions options = options_for(kBlack);
        options.window = true;
        LiveRun run(options, {"white"});
        run->start();
        REQUIRE(run.shows([](const Frame& frame) { return chest(frame) > kWhite; }));
        run.model->is_there = false;
        CHECK(run.shows([](const Frame& frame) { return chest(frame) < kDark; }));
        CHECK(run->total().poses_held > 0);
        run.model->is_there = true;
        CHECK(run.shows([](const Frame& frame) { return chest(frame) > kWhite; }));
    }

    TEST_CASE("a cut takes the garment off until the new scene is understood") {
        LiveOptions options = options_for(
            "lavfi:testsrc2=size=160x120:rate=30:duration=0.5,lutyuv=y=val/4[a];"
            "smptebars=size=160x120:rate=30:duration=1,lutyuv=y=val/4[b];[a][b]concat");
        options.window = true;
        LiveRun run(options, {"white"});
        run->start();
        REQUIRE(run.shows([](const Frame& frame) { return chest(frame) > kWhite; }));
        run.model->gate.close();
        // Past the cut, with the network still at work on the scene before or on the new one.
        int bare = 0;
        const bool was_bare = run.shows([&](const Frame& frame) {
            bare += frame.seconds() > 0.55 && chest(frame) < 100 ? 1 : 0;
            return bare == 3;
        });
        CHECK(was_bare);
        run.model->gate.open();
        CHECK(run.shows([](const Frame& frame) { return chest(frame) > kWhite; }));
    }

    TEST_CASE("a source that changes its size goes on into the same file") {
        const TemporaryFolder folder;
        for (const char* size : {"160x120", "96x96"}) {
            ffmpeg(std::string("-f lavfi -i color=black:s=") + size +
                   ":r=30:d=0.5 -c:v mpeg2video -bf 0 -f mpegts " + (folder / size));
        }
        const std::string both = folder / "both.ts", out = folder / "out.mkv";
        write_file(both, read_file(folder / "160x120") + read_file(folder / "96x96"));
        LiveRun run(into_file(options_for(both), out), {"white"});
        run->start();
        REQUIRE(run.ends());
        CHECK(run.failure().empty());
        check_figures(run->total());
        const std::vector<Frame> frames = frames_of(out);
        CHECK(static_cast<std::int64_t>(frames.size()) == run->total().put_out);
        REQUIRE(frames.size() > 20);
        CHECK(frames.back().width() == 160);
        CHECK(chest(frames.at(frames.size() / 2 - 2)) > kWhite);
        CHECK(chest(frames.back()) > kWhite);
    }
}

}  // namespace
}  // namespace closet::test
