#include "warp/classes/class_priors.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet::classes {
namespace {

constexpr float kPer = 1.0F / 255;

/// Of the pixels taken for upper clothes, the share that must not be called skin for those that are
/// to be left out. Found on photographs.
constexpr double kClothedShare = 0.3;
constexpr int kLeastSure = 40;    ///< pixels, for a model of its colors
constexpr float kSkirt = 1.15F;   ///< along the spine
constexpr int kLikelyHair = 150;  ///< of 255, where none is sure

float clamped(float v, float low = 0.0F, float high = 1.0F) {
    return std::min(std::max(v, low), high);
}

/// Where a pixel lies along the spine, 0 at the shoulders and 1 at the hips: linear in i and j.
struct Along {
    float start, across, down;
    Along(const LabelView& view, const BodyFrame& body) {
        const cv::Matx23d& m = view.shown_from_view;
        const cv::Point2d origin = cv::Point2d(m(0, 2), m(1, 2)) - body.middle;
        start = static_cast<float>(origin.dot(body.down) / body.torso);
        across = static_cast<float>(cv::Point2d(m(0, 0), m(1, 0)).dot(body.down) / body.torso);
        down = static_cast<float>(cv::Point2d(m(0, 1), m(1, 1)).dot(body.down) / body.torso);
    }
    float at(int i, int j) const {
        return start + across * static_cast<float>(i) + down * static_cast<float>(j);
    }
};

/// The grid's pixels in a shoulder width.
double unit_of_view(const LabelView& view, const BodyFrame& body) {
    return body.unit / std::max(view.shown_from_view(0, 0), 1e-6);
}

}  // namespace

void Priors::find(const LabelView& view, const Wearer& wearer, FourMap<1>& log_ratios) {
    const BodyFrame& body = *wearer.body;
    const Along along(view, body);
    const double unit = unit_of_view(view, body);
    const double sigma = std::max(0.03 * unit, 1.0);

    // Colors alone make no clothes far from the person, and PAN calls black chairs clothes.
    cv::max(view.of(Label::kSkin), view.of(Label::kClothes), anyone_);
    cv::max(anyone_, view.of(Label::kHair), anyone_);
    anyone_ *= 0.6;
    cv::max(anyone_, view.of(Label::kPerson), anyone_);
    cv::GaussianBlur(anyone_, blurred_, {}, sigma);
    cv::threshold(view.of(Label::kPerson), near_, 127, 255, cv::THRESH_BINARY);
    cv::GaussianBlur(near_, near_, {}, std::max(0.07 * unit, 1.5));

    chances_.create(view.size.height, view.size.width);
    for (int j = 0; j < view.size.height; ++j) {
        const auto row = [&](Label label) { return view.of(label).ptr(j); };
        const auto* face_row = row(Label::kFace);
        const auto* upper_arm = row(Label::kUpperArm);
        const auto* lower_arm = row(Label::kLowerArm);
        const auto* hand_row = row(Label::kHand);
        const auto* torso_row = row(Label::kTorso);
        const auto* leg_row = row(Label::kLeg);
        const auto* foot_row = row(Label::kFoot);
        const auto* skin_row = row(Label::kSkin);
        const auto* clothes_row = row(Label::kClothes);
        const auto* hair_row = row(Label::kHair);
        const auto* upper_row = row(Label::kUpperClothes);
        const auto* lower_row = row(Label::kLowerClothes);
        const auto* dress_row = row(Label::kDress);
        const auto* anyone_row = anyone_.ptr(j);
        Fours<2>* out = chances_.row(j);
        for (int i = 0; i < view.size.width; ++i) {
            const float t = along.at(i, j);
            const float any = static_cast<float>(anyone_row[i]) * kPer;
            const float face = static_cast<float>(face_row[i]) * kPer;
            const float arm = static_cast<float>(upper_arm[i] + lower_arm[i]) * kPer;
            const float hand = static_cast<float>(hand_row[i]) * kPer;
            const float torso_part = static_cast<float>(torso_row[i]) * kPer;
            const float legs = static_cast<float>(leg_row[i] + foot_row[i]) * kPer;
            const float skin = static_cast<float>(skin_row[i]) * kPer;
            const float clothes = static_cast<float>(clothes_row[i]) * kPer;
            const float hair = static_cast<float>(hair_row[i]) * kPer;
            // The parts' torso holds throat and waist.
            const float torso = torso_part * clamped((t + 0.10F) / 0.12F);
            const float neck = torso_part * clamped((0.04F - t) / 0.12F);
            const float low = clamped((t - 0.62F) / 0.5F);
            const float no_skin = clamped(1.15F - skin, 0.08F);
            Four chance{face * (1.05F - hair) + neck + hand + arm * std::max(skin, 0.06F) +
                            legs * skin * 0.8F +
                            torso * (0.15F + (t < 0.35F ? 0.35F * skin : 0.0F)),
                        (hair < 0.15F ? 0.004F + 0.016F * face : hair) * clamped(1.2F - t, 0.02F),
                        torso * (1 - low) * std::max(no_skin, 0.35F) + torso * low * 0.5F +
                            arm * clamped(clothes + 0.1F, 0.05F) * no_skin + neck * 0.25F +
                            (t < 1.6F ? legs * 0.12F : 0.0F) + hand * 0.1F + face * 0.06F * clothes,
                        legs * clamped(clothes + 0.2F) + torso * low +
                            (t > 0.4F ? torso * 0.03F : 0.0F) + hand * 0.05F};
            if (view.splits_clothes) {
                const float dress = static_cast<float>(dress_row[i]) * kPer;
                const float upper =
                    std::max(static_cast<float>(upper_row[i]) * kPer, t < 1.0F ? dress : 0.0F);
                const float lower =
                    std::max(static_cast<float>(lower_row[i]) * kPer, t < 1.0F ? 0.0F : dress);
                const float bare = 1.1F - std::max(upper, lower);
                chance = (chance + Four{0, 0, upper, lower} * 0.3F) *
                         Four{bare, bare, 0.1F + upper, 0.1F + lower};
            }
            out[i] = {chance * any, Four{1 - any, 0, 0, 0}};
        }
    }
    const int radius = std::max(static_cast<int>(std::lround(sigma)), 1);
    box_mean(chances_, radius, between_, chances_);
    box_mean(chances_, std::max(radius - 1, 1), between_, chances_);

    log_ratios.create(view.size.height, view.size.width);
    constexpr Four kLeast{0.003F, 0.0008F, 0.003F, 0.003F};
    for (int j = 0; j < view.size.height; ++j) {
        const auto* around = blurred_.ptr(j);
        const auto* near_row = near_.ptr(j);
        const Fours<2>* in = chances_.row(j);
        Fours<1>* out = log_ratios.row(j);
        for (int i = 0; i < view.size.width; ++i) {
            const Four chance = in[i][0] > kLeast ? in[i][0] : kLeast;
            const float ground = std::max(in[i][1][0], 0.003F);
            const bool is_far = around[i] < 15 || near_row[i] < 10;
            const float far = 1e-5F;
            out[i][0] = is_far ? Four{far, far, far, far} : chance / ground;
        }
    }
    cv::Mat flat = log_ratios.flat();
    cv::log(flat, flat);
}

std::array<cv::Mat, 5> sure_pixels(const LabelView& view, const Wearer& wearer) {
    const BodyFrame& body = *wearer.body;
    const Along along(view, body);
    const double unit = unit_of_view(view, body);
    std::array<cv::Mat, 5> sure;
    for (cv::Mat& plane : sure) {
        plane.create(view.size, CV_8UC1);
    }
    cv::Mat hands(view.size, CV_8UC1), arms(view.size, CV_8UC1);
    cv::Mat sleeves(view.size, CV_8UC1), bare(view.size, CV_8UC1), skirt(view.size, CV_8UC1);
    const auto over = [](std::uint8_t value, double share) {
        return static_cast<double>(value) > 255 * share;
    };
    const auto mark = [](bool on) { return static_cast<std::uint8_t>(on ? 255 : 0); };
    for (int j = 0; j < view.size.height; ++j) {
        const auto row = [&](Label label) { return view.of(label).ptr(j); };
        const auto* person = row(Label::kPerson);
        const auto* face = row(Label::kFace);
        const auto* upper_arm = row(Label::kUpperArm);
        const auto* lower_arm = row(Label::kLowerArm);
        const auto* hand = row(Label::kHand);
        const auto* torso = row(Label::kTorso);
        const auto* leg = row(Label::kLeg);
        const auto* foot = row(Label::kFoot);
        const auto* skin = row(Label::kSkin);
        const auto* clothes = row(Label::kClothes);
        const auto* hair = row(Label::kHair);
        for (int i = 0; i < view.size.width; ++i) {
            const float t = along.at(i, j);
            const bool is_there = over(person[i], 0.8);
            const bool anyone =
                over(person[i], 0.2) || over(std::max({skin[i], clothes[i], hair[i]}), 0.33);
            const int arm = upper_arm[i] + lower_arm[i];
            const int legs = leg[i] + foot[i];
            sure[0].ptr(j)[i] = mark(!anyone);
            sure[1].ptr(j)[i] = mark(over(face[i], 0.6) && !over(hair[i], 0.3) &&
                                     over(person[i], 0.7) && t < 0.02F);
            hands.ptr(j)[i] = mark(over(hand[i], 0.6) && is_there && over(skin[i], 0.6));
            arms.ptr(j)[i] = mark(arm > 153 && over(skin[i], 0.7) && is_there);
            sure[2].ptr(j)[i] = mark(over(hair[i], 0.8) && t < 0.6F);
            const bool is_bare = over(skin[i], 0.3);
            sleeves.ptr(j)[i] = mark(arm > 153 && over(clothes[i], 0.8) && is_there && !is_bare);
            bare.ptr(j)[i] = mark(is_bare);
            skirt.ptr(j)[i] = mark(over(torso[i], 0.7) && is_there && !is_bare && t > kSkirt);
            sure[3].ptr(j)[i] =
                mark(over(torso[i], 0.7) && is_there && t > 0.14F && t < 0.62F &&
                     !over(hair[i], 0.5) && !(view.knows_skin && over(skin[i], 0.9) && t < 0.3F));
            sure[4].ptr(j)[i] = mark(legs > 178 && is_there && t > 1.02F &&
                                     (!view.knows_skin || !over(skin[i], 0.7)));
        }
    }
    const int radius = std::min(static_cast<int>(0.03 * unit), 50);
    const auto shrink = [](cv::Mat& plane, int by) {
        cv::erode(plane, plane,
                  cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * by + 1, 2 * by + 1}));
    };
    const cv::Mat whole_hair = sure[2].clone();
    for (std::size_t c = 0; c < sure.size(); ++c) {
        shrink(sure[c], c == 3 ? 2 * radius : radius);
    }
    // Parsers of parts call skirts torso.
    if (cv::countNonZero(sure[4]) < kLeastSure) {
        shrink(skirt, radius);
        sure[4] |= skirt;
    }
    // Strands and small people have no inner hair: the best of what there is.
    for (const cv::Mat& more : {whole_hair, cv::Mat(view.of(Label::kHair) > kLikelyHair)}) {
        if (cv::countNonZero(sure[2]) < kLeastSure) {
            sure[2] = more;
        }
    }
    shrink(hands, radius);
    shrink(arms, 2 * radius);
    shrink(sleeves, 2 * radius);
    sure[3] |= sleeves;
    // A bare belly under a short top; but a skin-colored blouse is called skin nearly everywhere,
    // and what is not, has its color.
    if (view.knows_skin) {
        const cv::Mat clothed = sure[3] & ~bare;
        if (cv::countNonZero(clothed) > kClothedShare * cv::countNonZero(sure[3])) {
            sure[3] = clothed;
        }
    }
    sure[1] |= hands;
    sure[1] |= arms;
    return sure;
}

}  // namespace closet::classes
