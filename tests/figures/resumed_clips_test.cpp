// Parts of real clips, dressed by a warp that takes up the state of the one before.

#include <filesystem>
#include <utility>
#include <vector>

#include "posed_media.h"
#include "support/doctest_with_torch.h"
#include "support/shared_data.h"
#include "warp/garment/garment_file.h"
#include "warp/resumed_warp.h"

using namespace closet;

namespace {

constexpr int kFrames = 24;

std::vector<PosedFrame> part_of(const std::filesystem::path& shared, const char* clip,
                                int first_frame) {
    const auto weights = shared / "weights";
    figures::PosedMedia media((weights / "pan_mnv3s_skin_clothes_hair.onnx").string() + "+" +
                              (weights / "bodypix_mnv1_x050_s8.onnx").string());
    std::vector<PosedFrame> frames;
    media.each_frame((shared / "media/clips" / clip).string(),
                     [&](PosedFrame posed) { frames.push_back(std::move(posed)); }, first_frame,
                     kFrames);
    REQUIRE(frames.size() == kFrames);
    return frames;
}

void check(const std::filesystem::path& shared, const std::vector<PosedFrame>& frames,
           const std::vector<const char*>& names, const WarpOptions& options = {}) {
    std::vector<std::shared_ptr<const Garment>> worn;
    for (const char* name : names) {
        worn.push_back(load_garment(shared / "media/garments" / name));
    }
    const Ensemble garments(worn);
    CAPTURE(garments.name());
    CAPTURE(options.old_clothes);
    test::check_goes_on([&] { return Warp(garments, options); }, frames, {9});
}

}  // namespace

TEST_CASE("a man who stands up and walks is dressed alike in parts") {
    const auto shared = test::shared_file("");
    if (!shared || !test::shared_file("weights") || !test::shared_file("media/clips")) {
        return;
    }
    const auto frames = part_of(*shared, "sit_stand_walk.mp4", 75);
    WarpOptions cover;
    cover.old_clothes = old_clothes::kCover;
    check(*shared, frames, {"garment_09176.jpg"});
    check(*shared, frames, {"garment_09176.jpg"}, cover);
    check(*shared, frames, {"trousers_013608.jpg", "garment_12562.jpg"});
    check(*shared, frames, {"garment_09176.jpg", "jacket.jpg"});
}

TEST_CASE("somebody who turns round is dressed alike in parts") {
    const auto shared = test::shared_file("");
    if (!shared || !test::shared_file("weights") || !test::shared_file("media/clips")) {
        return;
    }
    const auto frames = part_of(*shared, "turning_no_head.mp4", 40);
    check(*shared, frames, {"garment_09176.jpg"});
    check(*shared, frames, {"dress_052234.jpg"});
}
