// The color step with the two free parsers, on pictures whose truth is known or seen.

#include <opencv2/imgcodecs.hpp>

#include "class_overlap.h"
#include "posed_media.h"
#include "support/doctest_with_torch.h"
#include "support/shared_data.h"
#include "warp/garment/garment_file.h"
#include "warp/warp.h"

using namespace closet;

namespace {

std::string parser_of(const std::filesystem::path& weights) {
    return (weights / "pan_mnv3s_skin_clothes_hair.onnx").string() + "+" +
           (weights / "bodypix_mnv1_x050_s8.onnx").string();
}

}  // namespace

TEST_CASE("upper clothes are her true T-shirt and a skin-colored blouse is clothes") {
    const auto media = test::shared_file("media/people");
    const auto weights = test::shared_file("weights");
    if (!media || !weights) {
        return;
    }
    figures::PosedMedia posed_media(parser_of(*weights));
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

TEST_CASE("nothing of her true T-shirt is left beside other garments") {
    const auto media = test::shared_file("media");
    const auto weights = test::shared_file("weights");
    if (!media || !weights) {
        return;
    }
    figures::PosedMedia posed_media(parser_of(*weights));
    const cv::Mat truth = cv::imread((*media / "people/person_00055_garment_mask.png").string(),
                                     cv::IMREAD_GRAYSCALE) > 127;
    REQUIRE_FALSE(truth.empty());
    posed_media.each_frame((*media / "people/person_00055.jpg").string(), [&](PosedFrame person) {
        REQUIRE(person.poses.size() == 1);
        for (const char* name : {"garment_09176.jpg", "garment_12562.jpg"}) {
            CAPTURE(name);
            const auto garment = load_garment(*media / "garments" / name);
            std::array<double, 2> left{};
            for (const bool removes : {false, true}) {
                WarpOptions options;
                options.old_clothes = removes ? old_clothes::kRemove : old_clothes::kKeep;
                Warp warp(garment, options);
                PosedFrame posed;
                posed.frame.image = reference(*person.frame.image);
                posed.poses = person.poses;
                cv::Mat matte = cv::Mat::zeros(truth.size(), CV_8UC1);
                warp.dress(std::move(posed), &matte);
                left[removes ? 1 : 0] =
                    static_cast<double>(cv::countNonZero(truth & (matte < 128))) /
                    cv::countNonZero(truth);
            }
            CHECK(left[0] > 0.02);
            CHECK(left[1] < 0.01);
        }
    });
}
