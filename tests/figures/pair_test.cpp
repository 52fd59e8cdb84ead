// The pair whose truth is known. The bounds are what was measured (results/warp.md) with a little
// room for other processors, so that a warp that gets worse is noticed.
#include "pair.h"

#include <opencv2/imgcodecs.hpp>

#include "posed_media.h"
#include "support/doctest_with_torch.h"
#include "support/shared_data.h"
#include "warp/garment/garment_file.h"

using namespace closet;

TEST_CASE("pair 00055 wears her T-shirt where she wears it") {
    const auto media = test::shared_file("media");
    if (!media) {
        return;
    }
    const cv::Mat mask = cv::imread((*media / "people/person_00055_garment_mask.png").string(),
                                    cv::IMREAD_GRAYSCALE);
    REQUIRE_FALSE(mask.empty());
    const auto garment = load_garment(*media / "garments/garment_00055.jpg");
    figures::PosedMedia posed_media;
    figures::PairFigures affine, mesh;
    posed_media.each_frame((*media / "people/person_00055.jpg").string(), [&](PosedFrame person) {
        REQUIRE(person.poses.size() == 1);
        affine = figures::measure_pair("affine", person, garment, mask > 127);
        mesh = figures::measure_pair("mesh", person, garment, mask > 127);
    });
    CHECK(mesh.above_hem > 0.87);  // measured 0.880
    CHECK(mesh.as_worn > 0.87);    // 0.882
    CHECK(mesh.tucked > 0.88);     // 0.894
    CHECK(mesh.iou > 0.63);        // 0.640: the shirt is longer than she wears it
    CHECK(mesh.print_px.size() == 4);
    CHECK(mesh.mean_print_px() < 12);    // 11.5
    CHECK(affine.above_hem > 0.81);      // 0.823
    CHECK(affine.mean_print_px() < 22);  // 20.6
}
