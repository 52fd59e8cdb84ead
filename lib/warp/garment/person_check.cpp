#include "warp/garment/person_check.h"

#include <algorithm>
#include <vector>

#include "warp/garment/ground.h"
#include "warp/garment/morphology.h"

namespace closet {
namespace {

/// Skin of all shades in YCrCb (Chai and Ngan, 1999: Cr 133..173, Cb 77..127), narrowed to what
/// red, pink and orange clothes have less often.
const cv::Scalar kSkinLow{40, 136, 85};
const cv::Scalar kSkinHigh{250, 170, 125};

// Measured on the shared pictures: 4 worn garments, whole and cut to parts, and 7 that lie flat.
/// Stand collars reach 0.11 of a garment's height, but are not of another, skin-like colour; heads
/// 0.11 to 0.28 of a person cut off at the hips.
constexpr float kHeadHeight = 0.09F;
/// Heads and necks with hair: 0.84 to 0.98. Garments that are not skin-coloured: up to 0.13.
constexpr float kMostlySkin = 0.5F;
/// Faces above clothes of about their colour: 25; the shaded inside of a pink blouse's collar: 11.
constexpr float kUnlike = 16;
/// Of the silhouette; bare arms have 0.05 and more, sleeves with a red print 0.03.
constexpr float kArm = 0.04F;

/// Distance in CIE Lab of two colours (RGB, 0..255).
float lab_distance(const cv::Scalar& a, const cv::Scalar& b) {
    const cv::Mat pair = (cv::Mat_<cv::Vec3b>(1, 2) << cv::Vec3b(cv::saturate_cast<uchar>(a[0]),
                                                                 cv::saturate_cast<uchar>(a[1]),
                                                                 cv::saturate_cast<uchar>(a[2])),
                          cv::Vec3b(cv::saturate_cast<uchar>(b[0]), cv::saturate_cast<uchar>(b[1]),
                                    cv::saturate_cast<uchar>(b[2])));
    const cv::Mat lab = to_lab(pair);
    return static_cast<float>(cv::norm(lab.at<cv::Vec3f>(0, 0) - lab.at<cv::Vec3f>(0, 1)));
}

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
    const cv::Rect middle{box.width * 3 / 8, box.height * 3 / 8, box.width / 4 + 1,
                          box.height / 4 + 1};
    signs.body_skin = share(middle);
    if (signs.head_skin > 0) {
        const cv::Rect top{0, 0, box.width, head};
        const cv::Mat picture = rgb(box);
        const cv::Scalar head_color = cv::mean(picture(top), skin(top));
        const cv::Scalar body_color = cv::mean(picture(middle), mask(middle));
        signs.unlike_body = lab_distance(head_color, body_color);
    }
    signs.neck_skin = share({box.width / 3, 0, box.width / 3 + 1, box.height / 10 + 1});
    signs.left_skin =
        static_cast<float>(cv::countNonZero(skin.colRange(0, (box.width + 2) / 3))) / area;
    signs.right_skin =
        static_cast<float>(cv::countNonZero(skin.colRange(box.width * 2 / 3, box.width))) / area;
    return signs;
}

bool is_person(const PersonSigns& signs) {
    const bool head = signs.head_height >= kHeadHeight && signs.head_skin >= kMostlySkin &&
                      signs.unlike_body >= kUnlike;
    const bool arms = signs.left_skin >= kArm && signs.right_skin >= kArm &&
                      signs.neck_skin >= kMostlySkin && signs.body_skin < kMostlySkin;
    return head || arms;
}

}  // namespace closet
