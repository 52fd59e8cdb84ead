// Garments as tensors on real pictures, on the CPU: dev/bench/bench_tensors has all figures.

#include "frames_apart.h"
#include "posed_media.h"
#include "support/doctest_with_torch.h"
#include "support/shared_data.h"
#include "warp/garment/garment_file.h"
#include "warp/warp.h"

using namespace closet;

TEST_CASE("people of photos and clips wear by tensors what they wear by kernels") {
    const auto media = test::shared_file("media");
    if (!media || !test::shared_file("media/clips")) {
        return;
    }
    figures::PosedMedia posed_media;
    const auto check = [&](const char* input, const char* garment, int frames) {
        CAPTURE(input);
        const auto worn = load_garment(*media / "garments" / garment);
        WarpOptions as_tensors;
        as_tensors.tensors = Device{};
        Warp kernels(worn, {}), tensors(worn, as_tensors);
        figures::FramesApart luma, chroma, matte;
        const auto compare = [&](const PosedFrame& posed) {
            const cv::Rect all(0, 0, posed.frame.width(), posed.frame.height());
            cv::Mat one(all.size(), CV_8UC1, cv::Scalar(0)), other = one.clone();
            const Frame a = kernels.dress({share_picture(posed.frame), posed.poses}, &one);
            const Frame b = tensors.dress({share_picture(posed.frame), posed.poses}, &other);
            matte.add(one, other);
            luma.add(*a.image, *b.image, 0, all);
            chroma.add(*a.image, *b.image, 1, all);
            chroma.add(*a.image, *b.image, 2, all);
        };
        posed_media.each_frame((*media / input).string(), compare, 0, frames);
        CHECK(kernels.garments_painted() > 0);
        CHECK(tensors.garments_as_tensors() == kernels.garments_painted());
        for (const figures::FramesApart& apart : {luma, chroma, matte}) {
            CHECK(apart.most <= 2);
            CHECK(apart.psnr() > 60);
        }
    };
    check("people/person_00034.jpg", "garment_06123.jpg", 1);
    check("people/full_050876.jpg", "dress_052234.jpg", 1);
    check("clips/sit_stand_walk.mp4", "jacket.jpg", 6);
}
