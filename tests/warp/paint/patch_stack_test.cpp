#include "warp/paint/patch_stack.h"

#include <doctest/doctest.h>

using namespace closet;

namespace {

Patch flat_patch(cv::Rect where, cv::Vec4b color) {
    return {where, cv::Mat(where.size(), CV_8UC4, cv::Scalar(color))};
}

}  // namespace

TEST_CASE("patches lie on each other as light sees them") {
    PatchStack stack;
    stack.add(flat_patch({10, 20, 4, 4}, {200, 0, 0, 255}));
    stack.add(flat_patch({12, 22, 6, 6}, {0, 100, 0, 128}));
    const Patch both = stack.patch();
    CHECK(both.where == cv::Rect(10, 20, 8, 8));
    CHECK(both.rgba.at<cv::Vec4b>(0, 0) == cv::Vec4b(200, 0, 0, 255));  // the first alone
    CHECK(both.rgba.at<cv::Vec4b>(7, 7) == cv::Vec4b(0, 100, 0, 128));  // the second alone
    CHECK(both.rgba.at<cv::Vec4b>(0, 7)[3] == 0);                       // neither
    const cv::Vec4b mixed = both.rgba.at<cv::Vec4b>(3, 3);
    CHECK(mixed[3] == 255);
    CHECK(std::abs(mixed[0] - 100) <= 1);
    CHECK(std::abs(mixed[1] - 50) <= 1);
    stack.clear();
    stack.add(flat_patch({0, 0, 2, 2}, {1, 2, 3, 4}));
    CHECK(stack.patch().where == cv::Rect(0, 0, 2, 2));
}
