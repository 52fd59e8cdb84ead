#include "fit/memory_clip.h"

#include <string>

#include "core/error.h"
#include "support/clips.h"
#include "support/doctest_with_torch.h"
#include "support/frame_hash.h"

namespace closet {
namespace {

std::string make_bars(const test::TemporaryFolder& folder) {
    return test::make_clip({"bars.mp4",
                            "-f lavfi -i testsrc2=s=160x120:r=25:d=1 -f lavfi -i sine=d=1 -c:v "
                            "libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac {out}"},
                           folder);
}

}  // namespace

TEST_CASE("memory clip: plays what the decoder gives as often as wanted") {
    if (!test::have_ffmpeg()) {
        return;
    }
    const test::TemporaryFolder folder;
    const std::string path = make_bars(folder);
    const MemoryClip clip(path);
    CHECK(clip.frames().size() == 25);
    CHECK(clip.bytes() > 25 * 160 * 120 * 3 / 2);
    CHECK(clip.info()->video().codec->width == 160);
    for (int pass = 0; pass < 2; ++pass) {
        DecodedSource decoded(path, {});
        MemorySource memory(clip);
        std::size_t packets = 0;
        while (const auto expected = decoded.next()) {
            const auto frame = memory.next();
            REQUIRE(frame);
            CHECK(frame->index == expected->index);
            CHECK(frame->pts == expected->pts);
            CHECK(frame->duration == expected->duration);
            CHECK(frame->passthrough.size() == expected->passthrough.size());
            CHECK(test::hash_frame(*frame->image) == test::hash_frame(*expected->image));
            CHECK(av_frame_is_writable(frame->image.get()) == 0);
            packets += frame->passthrough.size();
        }
        CHECK_FALSE(memory.next());
        CHECK_FALSE(memory.next());
        CHECK(packets > 0);
    }
}

TEST_CASE("memory clip: is refused beyond its limit with a way out and can be shortened") {
    if (!test::have_ffmpeg()) {
        return;
    }
    const test::TemporaryFolder folder;
    const std::string path = make_bars(folder);
    std::string error;
    try {
        const MemoryClip clip(path, {.max_bytes = 100'000});
    } catch (const MediaError& refused) {
        error = refused.what();
    }
    for (const char* part :
         {path.c_str(), "--start", "--end", "--max-frames", "--include decode"}) {
        CHECK_MESSAGE(error.find(part) != std::string::npos, error);
    }
    CHECK(MemoryClip(path, {.max_frames = 3, .max_bytes = 200'000}).frames().size() == 3);
    CHECK(MemoryClip(path, {.decode = {.start_s = 0.5}}).frames().size() == 12);
}

}  // namespace closet
