#include "warp/removal/skin_like_cloth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/curve.h"
#include "warp/occlusion/half_view.h"

namespace closet::removal {
namespace {

// Shoulder widths.
constexpr double kBesideBone = 0.25, kPastWrist = 0.35, kCore = 0.08;
constexpr double kHighestCollar = -0.35,
                 kLowestCollar = 0.3;  ///< along the spine, 0 shoulders .. 1 hips
constexpr double kCollarAside = 0.5;
/// Levels of chroma from skin's in that light: from here on it is none; and from here on it is none
/// if it is nearer to the sleeve's color by this share.
constexpr float kNoSkin = 20.0F, kUnlike = 8.0F, kNearer = 0.5F;
constexpr float kPalest = 0.75F, kMostSaturated = 1.6F;  ///< of skin's chroma
constexpr int kLeastLuma = 50;                           ///< levels: darker chroma tells nothing
constexpr float kLumaShare = 0.3F;  ///< of lightness beside chroma, in distances
constexpr int kOnLabel = 100;       ///< of 255
constexpr int kLeastOfSleeve = 30;  ///< pixels
/// A cuff: stations of an upper arm from its first to its last, most of each cloth, and skin below.
constexpr std::size_t kSteps = 16, kFirstCuff = 3, kLastCuff = 10, kLeastCuff = 2;
constexpr double kMostly = 0.55, kSkinAbove = 0.4;

struct Arm {
    std::array<cv::Point2d, 3> joint;

    struct At {
        double along, square;  ///< bones, 0 .. 2, beyond it more; pixels
    };
    At at(cv::Point2d p) const {
        At nearest{0, INFINITY};
        for (std::size_t bone = 0; bone < 2; ++bone) {
            const cv::Point2d along = joint[bone + 1] - joint[bone];
            const double all = std::max(along.dot(along), 1e-6);
            const double t = (p - joint[bone]).dot(along) / all;
            const cv::Point2d off = p - (joint[bone] + along * std::clamp(t, 0.0, 1.0));
            if (off.dot(off) < nearest.square) {
                nearest = {static_cast<double>(bone) + std::max(t, 0.0), off.dot(off)};
            }
        }
        return nearest;
    }
};

std::vector<Arm> arms_of(const GridView& view) {
    std::vector<Arm> arms;
    for (const bool left : {true, false}) {
        const auto shoulder = view.joint(left ? Joint::kLeftShoulder : Joint::kRightShoulder);
        const auto elbow = view.joint(left ? Joint::kLeftElbow : Joint::kRightElbow);
        const auto wrist = view.joint(left ? Joint::kLeftWrist : Joint::kRightWrist);
        if (shoulder && elbow) {
            arms.push_back({{*shoulder, *elbow, wrist.value_or(*elbow * 2 - *shoulder)}});
        }
    }
    return arms;
}

/// Levels of chroma that a color is off skin's in any light in which skin has that luma: shadows
/// may have any share of its chroma, and more of it.
float chroma_off(const cv::Vec3b& color, const cv::Vec3f& skin) {
    const cv::Vec2f usual(skin[1] - 128, skin[2] - 128);
    const cv::Vec2f is(static_cast<float>(color[1] - 128), static_cast<float>(color[2] - 128));
    const float light = std::min(static_cast<float>(color[0]) / std::max(skin[0], 1.0F), 1.0F);
    const float share = is.dot(usual) / std::max(usual.dot(usual), 1.0F);
    const cv::Vec2f off = is - usual * std::clamp(share, kPalest * light, kMostSaturated);
    return std::hypot(off[0], off[1]);
}

/// Pixels around an arm and its hand.
cv::Rect box_of(const Arm& arm, const GridView& view) {
    const cv::Point2d hand =
        unit_of(arm.joint[2] - arm.joint[1], {0, 0}) * (kPastWrist * view.unit);
    std::vector<cv::Point2f> corners{arm.joint[0], arm.joint[1], arm.joint[2] + hand};
    return grown(cv::boundingRect(corners), view.px(kBesideBone), view.size());
}

/// The color of the sleeve around an arm's bones; nothing where there is hardly one.
std::optional<cv::Vec3f> color_of_sleeve(const GridView& view, const Arm& arm, cv::Rect box) {
    const double core = kCore * view.unit;
    occlusion::MedianColor sleeve;
    for (int y = box.y; y < box.br().y; y += 2) {
        for (int x = box.x; x < box.br().x; x += 2) {
            if (view.is(Surface::kUpperClothes, x, y) &&
                arm.at({double(x), double(y)}).square < core * core) {
                sleeve.add(view.colors().at<cv::Vec3b>(y, x));
            }
        }
    }
    return sleeve.count() < kLeastOfSleeve ? std::nullopt
                                           : std::optional(cv::Vec3f(sleeve.median()));
}

/// Marks what is no skin by its color, around an arm and its hand.
void mark_odd(const GridView& view, const Arm& arm, const cv::Vec3f& skin, cv::Mat& marks) {
    const cv::Rect box = box_of(arm, view);
    const std::optional<cv::Vec3f> sleeve = color_of_sleeve(view, arm, box);
    const double reach = kBesideBone * view.unit;
    for (int y = box.y; y < box.br().y; ++y) {
        for (int x = box.x; x < box.br().x; ++x) {
            const cv::Vec3b& color = view.colors().at<cv::Vec3b>(y, x);
            if (!view.is(Surface::kSkin, x, y) || color[0] < kLeastLuma) {
                continue;
            }
            const float off = chroma_off(color, skin);
            if (off < kUnlike) {
                continue;
            }
            const auto is_sleeve = [&] {
                const cv::Vec3f d = cv::Vec3f(color) - *sleeve;
                return std::hypot(kLumaShare * d[0], std::hypot(d[1], d[2])) < kNearer * off;
            };
            const Arm::At at = arm.at({double(x), double(y)});
            if ((off > kNoSkin || (sleeve && is_sleeve())) &&
                at.square < reach * reach * (at.along > 2 ? 2 : 1) &&
                view.label(Label::kFace, x, y) < kOnLabel) {
                marks.at<std::uint8_t>(y, x) = 255;
            }
        }
    }
}

/// The same around the neck.
void mark_collar(const GridView& view, const cv::Vec3f& skin, cv::Mat& marks) {
    std::vector<cv::Point2f> corners;
    for (const double level : {kHighestCollar, kLowestCollar}) {
        for (const double aside : {-kCollarAside, kCollarAside}) {
            corners.emplace_back(view.middle + view.down * (level * view.torso) +
                                 view.across * (aside * view.unit));
        }
    }
    const cv::Rect box = cv::boundingRect(corners) & cv::Rect({0, 0}, view.size());
    for (int y = box.y; y < box.br().y; ++y) {
        for (int x = box.x; x < box.br().x; ++x) {
            const cv::Vec3b& color = view.colors().at<cv::Vec3b>(y, x);
            if (view.is(Surface::kSkin, x, y) && color[0] >= kLeastLuma &&
                chroma_off(color, skin) > kNoSkin && view.label(Label::kFace, x, y) < kOnLabel) {
                marks.at<std::uint8_t>(y, x) = 255;
            }
        }
    }
}

/// Takes out specks and what does not lie next to upper clothes.
void keep_next_to_clothes(const GridView& view, cv::Mat& marks) {
    if (cv::countNonZero(marks) == 0) {
        return;
    }
    cv::morphologyEx(marks, marks, cv::MORPH_OPEN, cv::Mat::ones(3, 3, CV_8UC1));
    if (cv::countNonZero(marks) == 0) {
        return;
    }
    cv::dilate(marks, marks, cv::Mat());
    marks.setTo(0, view.kinds != static_cast<int>(Surface::kSkin));
    cv::Mat pieces, clothes;
    const int count = cv::connectedComponents(marks, pieces, 8, CV_32S);
    cv::dilate(view.kinds == static_cast<int>(Surface::kUpperClothes), clothes,
               cv::Mat::ones(5, 5, CV_8UC1));
    std::vector<bool> is_next(static_cast<std::size_t>(count), false);
    for (int y = 0; y < marks.rows; ++y) {
        for (int x = 0; x < marks.cols; ++x) {
            if (clothes.at<std::uint8_t>(y, x) != 0) {
                is_next[static_cast<std::size_t>(pieces.at<int>(y, x))] = true;
            }
        }
    }
    for (int y = 0; y < marks.rows; ++y) {
        for (int x = 0; x < marks.cols; ++x) {
            auto& mark = marks.at<std::uint8_t>(y, x);
            mark = is_next[static_cast<std::size_t>(pieces.at<int>(y, x))] ? mark : 0;
        }
    }
}

/// Marks what is called skin above a cuff on the upper arm.
void mark_above_cuff(const GridView& view, const Arm& arm, cv::Mat& marks) {
    const cv::Rect box = box_of(arm, view);
    const double reach = kBesideBone * view.unit;
    std::array<int, kSteps> cloth{}, skin{};
    const auto station = [](double along) {
        return std::min(static_cast<std::size_t>(along * 10), kSteps - 1);
    };
    const auto is_arm = [&](int x, int y) {
        return view.label(Label::kUpperArm, x, y) + view.label(Label::kLowerArm, x, y) > kOnLabel;
    };
    const auto is_cloth = [&](int x, int y) {
        return view.is(Surface::kUpperClothes, x, y) || marks.at<std::uint8_t>(y, x) != 0;
    };
    for (int y = box.y; y < box.br().y; y += 2) {
        for (int x = box.x; x < box.br().x; x += 2) {
            const Arm::At at = is_arm(x, y) ? arm.at({double(x), double(y)}) : Arm::At{0, INFINITY};
            if (at.square < reach * reach) {
                const std::size_t i = station(at.along);
                const bool is_sleeve = is_cloth(x, y);
                cloth[i] += is_sleeve ? 1 : 0;
                skin[i] += !is_sleeve && view.is(Surface::kSkin, x, y) ? 1 : 0;
            }
        }
    }
    const auto is_mostly = [&](const std::array<int, kSteps>& what, std::size_t i,
                               double share = kMostly) {
        return what[i] > share * std::max(cloth[i] + skin[i], 1);
    };
    std::size_t end = kLastCuff;
    while (end > kFirstCuff && !(is_mostly(cloth, end - 1) && is_mostly(skin, end + 1))) {
        --end;
    }
    std::size_t from = end;
    while (from > 0 && is_mostly(cloth, from - 1)) {
        --from;
    }
    if (end <= kFirstCuff || end - from < kLeastCuff || from == 0 ||
        !is_mostly(skin, from - 1, kSkinAbove)) {
        return;
    }
    for (int y = box.y; y < box.br().y; ++y) {
        for (int x = box.x; x < box.br().x; ++x) {
            const Arm::At at = arm.at({double(x), double(y)});
            if (at.square < reach * reach && station(at.along) < end &&
                view.is(Surface::kSkin, x, y) && is_arm(x, y)) {
                marks.at<std::uint8_t>(y, x) = 255;
            }
        }
    }
}

}  // namespace

void SkinLikeCloth::take(const cv::Vec3f& skin, GridView& view) {
    clear(found_, view.size());
    const std::vector<Arm> arms = arms_of(view);
    for (const Arm& arm : arms) {
        mark_odd(view, arm, skin, found_);
    }
    mark_collar(view, skin, found_);
    keep_next_to_clothes(view, found_);
    for (const Arm& arm : arms) {
        mark_above_cuff(view, arm, found_);
    }
    if (cv::countNonZero(found_) == 0) {
        return;
    }
    classes_ = *view.classes;
    for (const Surface surface : {Surface::kSkin, Surface::kUpperClothes}) {
        cv::Mat& plane = classes_.probability[static_cast<std::size_t>(surface)];
        plane = plane.clone();
        plane.setTo(surface == Surface::kSkin ? 0 : 255, found_);
    }
    view.classes = &classes_;
    view.kinds.setTo(static_cast<int>(Surface::kUpperClothes), found_);
}

}  // namespace closet::removal
