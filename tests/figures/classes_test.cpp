// The color step with the two free parsers, on pictures whose truth is known or seen.

#include <opencv2/imgcodecs.hpp>

#include "class_overlap.h"
#include "posed_media.h"
#include "support/doctest_with_torch.h"
#include "support/shared_data.h"

using namespace closet;

TEST_CASE("upper clothes are her true T-shirt and a skin-colored blouse is clothes") {
    const auto media = test::shared_file("media/people");
    const auto weights = test::shared_file("weights");
    if (!media || !weights) {
        return;
    }
    figures::PosedMedia posed_media((*weights / "pan_mnv3s_skin_clothes_hair.onnx").string() + "+" +
                                    (*weights / "bodypix_mnv1_x050_s8.onnx").string());
    const cv::Mat truth =
        cv::imread((*media / "person_00055_garment_mask.png").string(), cv::IMREAD_GRAYSCALE);
    REQUIRE_FALSE(truth.empty());
    posed_media.each_frame((*media / "person_00055.jpg").string(), [&](PosedFrame person) {
        REQUIRE(person.poses.size() == 1);
        REQUIRE(person.poses.front().labels);
        CHECK(figures::overlap_of(figures::upper_clothes(person), truth > 127) > 0.96);
    });
    // Her blouse, 00034, reaches from (235, 260) to (480, 730); read by eye.
    posed_media.each_frame((*media / "person_00034.jpg").string(), [&](PosedFrame person) {
        REQUIRE(person.poses.front().labels);
        const cv::Mat upper = figures::upper_clothes(person);
        for (const cv::Rect inside : {cv::Rect(290, 340, 150, 120), cv::Rect(230, 560, 240, 130)}) {
            CHECK(cv::countNonZero(upper(inside)) > 0.97 * inside.area());
        }
        CHECK(cv::countNonZero(upper(cv::Rect(530, 300, 30, 120))) == 0);  // her bare arm
    });
}
