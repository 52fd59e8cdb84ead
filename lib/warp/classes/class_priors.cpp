#include "warp/classes/class_priors.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/paint/blur_plane.h"
#include "warp/paint/kernel.h"

namespace closet::classes {
namespace {

constexpr float kPer = 1.0F / 255;

/// Of the pixels taken for upper clothes, the share that must not be called skin for those that are
/// to be left out. Found on photographs.
constexpr double kClothedShare = 0.3;
/// A belly is bare where skin is so high below clothes, of the torso; what is below it is no top.
constexpr float kBellyFrom = 0.35F, kBelly = 0.06F;
constexpr int kLeastSure = 40;   ///< pixels, for a model of its colors
constexpr float kSkirt = 1.15F;  ///< along the spine
/// Of 255, blurred: less of a label that may be a person's, and of the person, is far from both.
constexpr std::uint8_t kLabelAround = 15, kPersonAround = 10;
constexpr int kLikelyHair = 150;  ///< of 255, where none is sure

CLOSET_INTO_KERNEL float clamped(float v, float low = 0.0F, float high = 1.0F) {
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

/// Whether skin on the torso is a bare belly: not where most of a top has the color of skin.
bool knows_belly(const LabelView& view, const Along& along) {
    if (!view.knows_skin) {
        return false;
    }
    int all = 0, clothed = 0;
    for (int j = 0; j < view.size.height; ++j) {
        const auto* torso = view.of(Label::kTorso).ptr(j);
        const auto* skin = view.of(Label::kSkin).ptr(j);
        for (int i = 0; i < view.size.width; ++i) {
            const float t = along.at(i, j);
            if (torso[i] > 178 && t > 0.14F && t < kBellyFrom) {
                ++all;
                clothed += skin[i] > 76 ? 0 : 1;
            }
        }
    }
    return clothed > kClothedShare * all;
}

/// Nearly a Gaussian: two box means of its variance.
void blur(const cv::Mat& from, double sigma, cv::Mat& to) {
    const int radius =
        std::max(static_cast<int>(std::lround((std::sqrt(6 * sigma * sigma + 1) - 1) / 2)), 1);
    const cv::Size window(2 * radius + 1, 2 * radius + 1);
    cv::blur(from, to, window);
    cv::blur(to, to, window);
}

/// The grid's pixels in a shoulder width.
double unit_of_view(const LabelView& view, const BodyFrame& body) {
    return body.unit / std::max(view.shown_from_view(0, 0), 1e-6);
}

using LabelRows = std::array<const std::uint8_t*, kLabelCount>;

CLOSET_INTO_KERNEL float chance_of(const std::uint8_t* row, std::size_t i) {
    return static_cast<float>(row[i]) * kPer;
}

/// 1 or 0, in a way that compilers make no branch of.
CLOSET_INTO_KERNEL float one_if(bool is) {
    return static_cast<float>(static_cast<int>(is));
}

/// Chances of skin, hair, upper and lower clothes by parts of the body: `out` has four rows of `n`.
/// Pixel i lies at `start` + i * `step` along the spine. `bare_above`: how much of a bare belly is
/// above each pixel, in units of kBelly; bare pixels of this row add `per_row`.
CLOSET_TARGET_CLONES
void find_chances(const LabelRows& labels, float start, float step, float per_row, std::size_t n,
                  float* __restrict bare_above, const std::array<float*, 5>& out) {
    const auto row = [&](Label label) { return labels[static_cast<std::size_t>(label)]; };
    const std::uint8_t* __restrict face_row = row(Label::kFace);
    const std::uint8_t* __restrict upper_arm = row(Label::kUpperArm);
    const std::uint8_t* __restrict lower_arm = row(Label::kLowerArm);
    const std::uint8_t* __restrict hand_row = row(Label::kHand);
    const std::uint8_t* __restrict torso_row = row(Label::kTorso);
    const std::uint8_t* __restrict leg_row = row(Label::kLeg);
    const std::uint8_t* __restrict foot_row = row(Label::kFoot);
    const std::uint8_t* __restrict skin_row = row(Label::kSkin);
    const std::uint8_t* __restrict clothes_row = row(Label::kClothes);
    const std::uint8_t* __restrict hair_row = row(Label::kHair);
    float* __restrict of_skin = out[0];
    float* __restrict of_hair = out[1];
    float* __restrict of_upper = out[2];
    float* __restrict of_lower = out[3];
#pragma GCC ivdep
    for (std::size_t i = 0; i < n; ++i) {
        const float t = start + step * static_cast<float>(static_cast<int>(i));
        const float face = chance_of(face_row, i);
        const float arm = chance_of(upper_arm, i) + chance_of(lower_arm, i);
        const float hand = chance_of(hand_row, i);
        const float torso_part = chance_of(torso_row, i);
        const float legs = chance_of(leg_row, i) + chance_of(foot_row, i);
        const float skin = chance_of(skin_row, i);
        const float clothes = chance_of(clothes_row, i);
        const float hair = chance_of(hair_row, i);
        // The parts' torso holds throat and waist.
        const float torso = torso_part * clamped((t + 0.10F) * (1 / 0.12F));
        const float neck = torso_part * clamped((0.04F - t) * (1 / 0.12F));
        bare_above[i] += one_if(t > kBellyFrom) * per_row * clamped(4 * torso_part * skin - 1);
        const float low = std::max(clamped((t - 0.62F) * 2), clamped(bare_above[i] - 1));
        const float no_skin = clamped(1.15F - skin, 0.08F);
        const float bare_chest = 0.35F * one_if(t < 0.35F);
        const float skirt = 0.12F * one_if(t < 1.6F);
        const float belly = 0.03F * one_if(t > 0.4F);
        const float no_hair = one_if(hair < 0.15F);
        of_skin[i] = face * (1.05F - hair) + neck + hand + arm * std::max(skin, 0.06F) +
                     legs * skin * 0.8F + torso * (0.15F + bare_chest * skin);
        of_hair[i] =
            (no_hair * (0.004F + 0.016F * face) + (1 - no_hair) * hair) * clamped(1.2F - t, 0.02F);
        of_upper[i] = torso * (1 - low) * clamped(1.15F - skin, 0.35F) + torso * low * 0.5F +
                      arm * clamped(clothes + 0.1F, 0.05F) * no_skin + neck * 0.25F + legs * skirt +
                      hand * 0.1F + face * 0.06F * clothes;
        of_lower[i] = legs * clamped(clothes + 0.2F) + torso * low + torso * belly + hand * 0.05F;
    }
}

/// Where a network tells upper from lower clothes, it counts too.
CLOSET_TARGET_CLONES
void split_clothes(const LabelRows& labels, float start, float step, std::size_t n,
                   const std::array<float*, 5>& out) {
    const auto row = [&](Label label) { return labels[static_cast<std::size_t>(label)]; };
    const std::uint8_t* __restrict upper_row = row(Label::kUpperClothes);
    const std::uint8_t* __restrict lower_row = row(Label::kLowerClothes);
    const std::uint8_t* __restrict dress_row = row(Label::kDress);
    float* __restrict of_skin = out[0];
    float* __restrict of_hair = out[1];
    float* __restrict of_upper = out[2];
    float* __restrict of_lower = out[3];
#pragma GCC ivdep
    for (std::size_t i = 0; i < n; ++i) {
        const float t = start + step * static_cast<float>(static_cast<int>(i));
        const float dress = chance_of(dress_row, i);
        const float is_high = one_if(t < 1.0F);
        const float upper = std::max(chance_of(upper_row, i), is_high * dress);
        const float lower = std::max(chance_of(lower_row, i), (1 - is_high) * dress);
        const float bare = 1.1F - std::max(upper, lower);
        of_skin[i] *= bare;
        of_hair[i] *= bare;
        of_upper[i] = (of_upper[i] + upper * 0.3F) * (0.1F + upper);
        of_lower[i] = (of_lower[i] + lower * 0.3F) * (0.1F + lower);
    }
}

/// Chances count as far as somebody is there (`any`, of 255); the rest is the ground's, row 5.
CLOSET_TARGET_CLONES
void scale_chances(const std::uint8_t* __restrict any, std::size_t n,
                   const std::array<float*, 5>& out) {
    for (std::size_t c = 0; c < 4; ++c) {
        float* __restrict chances = out[c];
        for (std::size_t i = 0; i < n; ++i) {
            chances[i] *= chance_of(any, i);
        }
    }
    float* __restrict ground = out[4];
    for (std::size_t i = 0; i < n; ++i) {
        ground[i] = 1 - chance_of(any, i);
    }
}

/// Ratios of chances, at least `least`, to the ground's; far from everybody nearly 0.
CLOSET_TARGET_CLONES
void take_ratios(const float* __restrict chances, const float* __restrict ground, float least,
                 const std::uint8_t* __restrict around, const std::uint8_t* __restrict near_person,
                 std::size_t n, float* __restrict ratios) {
    constexpr float kFar = 1e-5F;
    for (std::size_t i = 0; i < n; ++i) {
        const float ratio = std::max(chances[i], least) / std::max(ground[i], 0.003F);
        const float here =
            one_if(around[i] >= kLabelAround) * one_if(near_person[i] >= kPersonAround);
        ratios[i] = here * ratio + (1 - here) * kFar;
    }
}

}  // namespace

void Priors::find(const LabelView& view, const Wearer& wearer, Planes<4>& log_ratios,
                  Spans& somebody) {
    const BodyFrame& body = *wearer.body;
    const Along along(view, body);
    const double unit = unit_of_view(view, body);
    const double sigma = std::max(0.03 * unit, 1.0);

    // Colors alone make no clothes far from the person, and PAN calls black chairs clothes.
    cv::max(view.of(Label::kSkin), view.of(Label::kClothes), anyone_);
    cv::max(anyone_, view.of(Label::kHair), anyone_);
    anyone_ *= 0.6;
    cv::max(anyone_, view.of(Label::kPerson), anyone_);
    blur(anyone_, sigma, blurred_);
    cv::threshold(view.of(Label::kPerson), near_, 127, 255, cv::THRESH_BINARY);
    blur(near_, std::max(0.07 * unit, 1.5), near_);

    const float per_row = knows_belly(view, along) ? along.down / kBelly : 0.0F;
    std::vector<float> bare_above(static_cast<std::size_t>(view.size.width));

    chances_.create(view.size.height, view.size.width);
    const auto width = static_cast<std::size_t>(view.size.width);
    for (int j = 0; j < view.size.height; ++j) {
        const auto* any = anyone_.ptr(j);
        const auto is_there = [](std::uint8_t value) { return value != 0; };
        const auto* begin = std::find_if(any, any + width, is_there);
        const auto* end = begin;
        for (const auto* at = begin; at < any + width; ++at) {
            end = *at != 0 ? at + 1 : end;
        }
        LabelRows labels{};
        for (std::size_t l = 0; l < kLabelCount; ++l) {
            labels[l] = view.probability[l].ptr(j) + (begin - any);
        }
        std::array<float*, 5> out{};
        for (std::size_t c = 0; c < out.size(); ++c) {
            float* row = chances_.row(c, j);
            std::fill_n(row, width, c < 4 ? 0.0F : 1.0F);
            out[c] = row + (begin - any);
        }
        const auto count = static_cast<std::size_t>(end - begin);
        const float start = along.at(static_cast<int>(begin - any), j);
        find_chances(labels, start, along.across, per_row, count, bare_above.data() + (begin - any),
                     out);
        if (view.splits_clothes) {
            split_clothes(labels, start, along.across, count, out);
        }
        scale_chances(begin, count, out);
    }
    const Spans all(static_cast<std::size_t>(view.size.height), cv::Range(0, view.size.width));
    const int radius = std::max(static_cast<int>(std::lround(sigma)), 1);
    for (const int reach : {radius, std::max(radius - 1, 1)}) {
        for (std::size_t c = 0; c < 5; ++c) {
            float* plane = chances_.plane(c);
            mean_(plane, all, chances_.cols, reach, plane);
        }
    }

    log_ratios.create(view.size.height, view.size.width);
    constexpr std::array<float, 4> kLeast{0.003F, 0.0008F, 0.003F, 0.003F};
    somebody.assign(static_cast<std::size_t>(view.size.height), cv::Range(0, 0));
    for (int j = 0; j < view.size.height; ++j) {
        const auto *around = blurred_.ptr(j), *near_row = near_.ptr(j);
        cv::Range& span = somebody[static_cast<std::size_t>(j)];
        for (int i = 0; i < view.size.width; ++i) {
            if (around[i] >= kLabelAround && near_row[i] >= kPersonAround) {
                span = {span.empty() ? i : span.start, i + 1};
            }
        }
        for (std::size_t c = 0; c < kLeast.size(); ++c) {
            take_ratios(chances_.row(c, j), chances_.row(4, j), kLeast[c], around, near_row, width,
                        log_ratios.row(c, j));
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
    const auto shrink = [](cv::Mat& plane, int by) { cv::erode(plane, plane, round_element(by)); };
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
