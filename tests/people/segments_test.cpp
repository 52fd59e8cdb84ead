// Appearances become clips: windows that stay inside, frames that are those of the clip.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "people/segments.h"
#include "support/clips.h"
#include "support/shell.h"

using namespace closet;

namespace {

std::vector<Sighting> walk(double start_s, double end_s, float from_x, float to_x) {
    std::vector<Sighting> sightings;
    const int steps = static_cast<int>(std::lround((end_s - start_s) / 0.1));
    for (int i = 0; i <= steps; ++i) {
        const float share = static_cast<float>(i) / static_cast<float>(steps);
        sightings.push_back(
            {i,
             start_s + 0.1 * i,
             {.x = from_x + share * (to_x - from_x), .y = 40, .width = 40, .height = 120}});
    }
    return sightings;
}

/// What the file says of itself: "width,height,frames".
std::string probe_size(const std::string& file) {
    return test::shell(
        "ffprobe -v error -count_frames -select_streams v:0 -show_entries "
        "stream=width,height,nb_read_frames -of csv=p=0 " +
        file);
}

}  // namespace

TEST_CASE("a window is of one size, even, inside of the picture and follows the person") {
    for (const cv::Size picture : {cv::Size(320, 240), cv::Size(97, 131), cv::Size(50, 40)}) {
        const SegmentWindow window(walk(1, 3, -30, 300), picture);
        CHECK(window.size().width % 2 == 0);
        CHECK(window.size().height % 2 == 0);
        int last = -1;
        for (double t = 0.5; t < 3.5; t += 0.05) {
            const cv::Rect rect = window.at(t);
            CHECK(rect.size() == window.size());
            CHECK((rect & cv::Rect({0, 0}, picture)) == rect);
            CHECK(rect.x >= last);
            last = rect.x;
        }
    }
}

TEST_CASE("several segments side by side: each has its frames, at its size, from 0 on") {
    if (!test::have_ffmpeg()) {
        return;
    }
    const test::TemporaryFolder folder;
    for (const std::string turn : {"", "-display_rotation:v:0 90 "}) {
        const std::string clip = folder / "clip.mp4";
        test::ffmpeg(
            "-f lavfi -i testsrc2=s=320x240:r=30:d=4 -f lavfi -i sine=440:d=4 -c:v libx264 "
            "-preset ultrafast -c:a aac " +
            clip);
        if (!turn.empty()) {
            test::ffmpeg(test::turned_copy(clip, 90) + (folder / "turned.mp4"));
            std::filesystem::rename(folder / "turned.mp4", clip);
        }
        const cv::Size picture = turn.empty() ? cv::Size(320, 240) : cv::Size(240, 320);
        std::vector<SegmentPlan> plans;
        for (int i = 0; i < 5; ++i) {
            const double start = 0.3 * i;
            plans.push_back({folder / ("part" + std::to_string(i) + ".mp4"),
                             SegmentWindow(walk(start, start + 1, 20, 120), picture)});
        }
        EncodeOptions options;
        options.preset = "ultrafast";
        for (const unsigned workers : {1U, 3U}) {
            auto segments = encode_segments(clip, {}, plans, options, workers, {});
            REQUIRE(segments.size() == plans.size());
            for (std::size_t i = 0; i < segments.size(); ++i) {
                CHECK_FALSE(std::filesystem::exists(plans[i].file));  // not before it is published
                segments[i]->file().publish();
                CHECK(segments[i]->frames() >= 30);
                CHECK(segments[i]->frames() <= 31);
                const cv::Size size = plans[i].window.size();
                const std::string told = probe_size(plans[i].file.string());
                const std::string wanted = turn.empty()
                                               ? fmt::format("{},{},", size.width, size.height)
                                               : fmt::format("{},{},", size.height, size.width);
                CHECK(told.starts_with(wanted));
                const std::string streams = test::shell(
                    "ffprobe -v error -show_entries stream=codec_type,start_time -of "
                    "csv=p=0 " +
                    plans[i].file.string());
                CHECK(streams.starts_with("video,0.000000"));
                CHECK(streams.find("audio") == std::string::npos);
                std::filesystem::remove(plans[i].file);
            }
        }
    }
}

TEST_CASE("an end on the way leaves nothing; a target that cannot be written is told") {
    if (!test::have_ffmpeg()) {
        return;
    }
    const test::TemporaryFolder folder;
    const std::string clip = folder / "clip.mp4";
    test::ffmpeg("-f lavfi -i testsrc2=s=320x240:r=30:d=4 -c:v libx264 -preset ultrafast " + clip);
    std::vector<SegmentPlan> plans{
        {folder / "a.mp4", SegmentWindow(walk(0, 3, 20, 120), {320, 240})},
        {folder / "b.mp4", SegmentWindow(walk(1, 3, 20, 120), {320, 240})}};
    CHECK(encode_segments(clip, {}, plans, {}, 2, [](std::int64_t done, std::int64_t) {
              return done < 40;
          }).empty());
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        ++files;
    }
    CHECK(files == 1);
    plans[1].file = folder / "nowhere/b.mp4";
    CHECK_THROWS_AS(encode_segments(clip, {}, plans, {}, 2, {}), MediaError);
    CHECK_FALSE(std::filesystem::exists(folder / "a.mp4"));
}
