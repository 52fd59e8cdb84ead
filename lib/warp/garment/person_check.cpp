#include "warp/garment/person_check.h"

#include <algorithm>
#include <vector>

#include "warp/garment/morphology.h"

namespace closet {
namespace {

/// Skin of all shades in YCrCb (Chai and Ngan, 1999: Cr 133..173, Cb 77..127), narrowed to what
/// red, pink and orange clothes have less often.
const cv::Scalar kSkinLow{40, 136, 85};
const cv::Scalar kSkinHigh{250, 170, 125};

}  // namespace

PersonSigns person_signs(const cv::Mat& rgb, const cv::Mat& silhouette) {
    const cv::Rect box = cv::boundingRect(silhouette);
    const cv::Mat mask = silhouette(box);
    cv::Mat ycrcb;
    cv::cvtColor(rgb(box), ycrcb, cv::COLOR_RGB2YCrCb);
    cv::Mat skin;
    cv::inRange(ycrcb, kSkinLow, kSkinHigh, skin);
    skin &= mask;
    skin = open_mask(skin, 2);

    std::vector<int> widths(static_cast<size_t>(box.height));
    for (int y = 0; y < box.height; ++y) {
        widths[static_cast<size_t>(y)] = cv::countNonZero(mask.row(y));
    }
    const int widest = *std::max_element(widths.begin(), widths.end());
    int head = 0;
    while (head < box.height && widths[static_cast<size_t>(head)] < widest / 2) {
        ++head;
    }
    const auto share = [&](const cv::Rect& part) {
        const int all = cv::countNonZero(mask(part));
        return static_cast<float>(cv::countNonZero(skin(part))) /
               static_cast<float>(std::max(1, all));
    };
    const auto area = static_cast<float>(cv::countNonZero(mask));
    PersonSigns signs;
    signs.head_height = static_cast<float>(head) / static_cast<float>(box.height);
    signs.head_skin = head > 0 ? share({0, 0, box.width, head}) : 0;
    signs.body_skin =
        share({box.width * 3 / 8, box.height * 3 / 8, box.width / 4 + 1, box.height / 4 + 1});
    signs.left_skin =
        static_cast<float>(cv::countNonZero(skin.colRange(0, (box.width + 2) / 3))) / area;
    signs.right_skin =
        static_cast<float>(cv::countNonZero(skin.colRange(box.width * 2 / 3, box.width))) / area;
    return signs;
}

bool is_person(const PersonSigns& signs) {
    return signs.head_height < 0;
}

}  // namespace closet
