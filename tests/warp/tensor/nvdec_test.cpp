#include "support/doctest_with_torch.h"

#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "core/device_picture.h"
#include "decode/cuda_frames.h"
#include "decode/decode_all.h"
#include "encode/encode.h"
#include "support/clips.h"
#include "support/frame_hash.h"
#include "warp/mesh/mesh_fixtures.h"
#include "warp/warp.h"

namespace {

using namespace closet;
using namespace closet::test;

bool have_card() {
    std::string reason;
    if (share_cuda_context(0, reason)) {
        return true;
    }
    std::cout << "SKIPPED: no CUDA device\n";
    return false;
}

}  // namespace

TEST_CASE("nvdec: frames that stay on the card are dressed there and encoded as they are") {
    if (!have_card()) {
        return;
    }
    const TemporaryFolder folder;
    ffmpeg(
        "-f lavfi -i testsrc2=s=480x540:r=30:d=2 -c:v libx264 -preset veryfast -pix_fmt yuv420p " +
        folder / "clip.mp4");
    const DecodeOptions comes_down{.hardware = true};
    const DecodeOptions stays{.hardware = true, .stay_on = Device{0}};
    const auto expected = decode_all(folder / "clip.mp4", comes_down);
    auto frames = decode_all(folder / "clip.mp4", stays);  // all of them are held at a time
    REQUIRE(frames.size() == expected.size());
    WarpOptions options;
    options.tensors = Device{0};
    Warp on_card(tee(), options), in_memory(tee(), options);
    FramePool pool;
    const auto dressed = [](Warp& warp, Frame frame) {
        PosedFrame posed;
        posed.frame = std::move(frame);
        posed.poses = {standing_pose({240, 150}, 112)};
        return warp.dress(std::move(posed));
    };
    Decode clip(folder / "clip.mp4");
    EncodeOptions nvenc;
    nvenc.codec = "h264_nvenc";
    nvenc.preset.reset();
    Encode encode(folder / "out.mp4", clip.info(), nvenc);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        REQUIRE(frames[i].on_device);
        Frame painted = dressed(on_card, std::move(frames[i]));
        CHECK(painted.on_device);
        Frame copy = share_picture(painted);
        fetch(copy, pool);
        const Frame other = dressed(in_memory, share_picture(expected[i]));
        CHECK(hash_frame(*copy.image) == hash_frame(*other.image));
        encode.consume(std::move(i == 10 ? copy : painted));  // one that came down goes up again
    }
    encode.finish();
    encode.file().publish();
    CHECK(decode_all(folder / "out.mp4").size() == expected.size());
}
