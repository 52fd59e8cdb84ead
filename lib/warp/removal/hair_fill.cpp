#include "warp/removal/hair_fill.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/curve.h"
#include "warp/removal/nearest_known.h"
#include "warp/removal/painted_patch.h"
#include "warp/removal/push_pull.h"

namespace closet::removal {
namespace {

constexpr int kSureHair = 160, kSureOther = 160;  ///< of 255
/// How far around a pixel is looked, shoulder widths, and the shares of hair there between which it
/// becomes hair.
constexpr double kHairAround = 0.12;
constexpr double kSomeHair = 0.45, kMostlyHair = 0.65;
/// How much of what is to be filled counts as no hair, and more of it where it is to be skin.
constexpr float kWanted = 0.25F, kBare = 0.35F;
constexpr double kLeastHair = 0.06;  ///< of all that is around

/// Within `colors` each wanted pixel takes the texture that lies mirrored behind the nearest hair.
void set_sources(const cv::Mat1b& hair, const cv::Mat1b& share, Sources& sources) {
    const NearestKnown nearest(hair);
    sources.create(hair.size());
    sources.setTo(cv::Scalar::all(0));
    const cv::Rect all({0, 0}, hair.size());
    for (int y = 0; y < hair.rows; ++y) {
        for (int x = 0; x < hair.cols; ++x) {
            const cv::Point here(x, y);
            const cv::Point to = nearest.at(here) * 2 - here;
            if (share(y, x) != 0 && all.contains(to) && hair(to) != 0) {
                sources(y, x) = {static_cast<short>(to.x - x), static_cast<short>(to.y - y),
                                 kTexture};
            }
        }
    }
}

}  // namespace

HairFill::HairFill(const GridView& view, const cv::Mat& wanted, const cv::Mat& bare,
                   cv::Rect part) {
    const int reach = view.px(kHairAround);
    const cv::Rect seen = grown(cv::boundingRect(wanted(part)) + part.tl(), reach, view.size());
    const cv::Mat1b hair(view.classes->of(Surface::kHair)(seen) >= kSureHair);
    if (seen.empty() || cv::countNonZero(hair) == 0) {
        return;
    }
    where = grown(cv::boundingRect(hair), 2 * reach, seen.size());
    const cv::Mat1b is_hair = hair(where);
    where += seen.tl();
    const cv::Mat1b is_other((view.classes->of(Surface::kGround)(where) >= kSureOther) |
                             (view.classes->of(Surface::kSkin)(where) >= kSureOther));
    const cv::Size window(2 * reach + 1, 2 * reach + 1);
    cv::Mat1f of_hair, of_other, of_wanted, of_bare;
    cv::boxFilter(is_hair, of_hair, CV_32F, window);
    cv::boxFilter(is_other, of_other, CV_32F, window);
    cv::boxFilter(wanted(where), of_wanted, CV_32F, window);
    cv::boxFilter(bare(where), of_bare, CV_32F, window);
    share.create(where.size());
    int any = 0;
    for (int y = 0; y < where.height; ++y) {
        const auto* is_wanted = wanted.ptr(where.y + y) + where.x;
        for (int x = 0; x < where.width; ++x) {
            const float all =
                of_hair(y, x) + of_other(y, x) + kWanted * of_wanted(y, x) + kBare * of_bare(y, x);
            const bool can = is_wanted[x] != 0 && of_hair(y, x) > 255 * kLeastHair;
            share(y, x) = can ? to_level(static_cast<float>(
                                    255 * smoothstep(kSomeHair, kMostlyHair,
                                                     static_cast<double>(of_hair(y, x) / all))))
                              : 0;
            any += share(y, x);
        }
    }
    if (any == 0) {
        where = {};
        return;
    }
    cv::Mat1f weight;
    is_hair.convertTo(weight, CV_32F, 1.0 / 255);
    view.colors()(where).convertTo(colors, CV_32F);
    push_pull(colors, weight);
    set_sources(is_hair, share, sources);
}

}  // namespace closet::removal
