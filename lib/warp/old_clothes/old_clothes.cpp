#include "warp/old_clothes/old_clothes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "core/curve.h"
#include "core/picture_geometry.h"
#include "warp/mesh/curve.h"
#include "warp/old_clothes/cloth_colors.h"
#include "warp/old_clothes/stretch.h"

namespace closet {
namespace {

using namespace old_clothes;

constexpr std::uint8_t kGarment = 128;  ///< of alpha
/// Below this shoulder width, in pixels, there is nothing to see and too little to measure.
constexpr double kLeastUnit = 24;

// Lengths in shoulder widths; found on photographs.
constexpr double kAside = 1.3, kAbove = 0.9, kBelow = 2.8;  ///< what is looked at, from the spine
constexpr double kLongest = 0.35, kWidest = 0.2;            ///< beyond the torso's part
constexpr double kSleeveLongest = 0.3, kSleeveWidest = 0.22;
constexpr double kGap = 0.04, kSleeveGap = 0.1;  ///< sleeves have stripes and cuffs
constexpr double kTorsoMost = 0.75;              ///< beyond, an edge is a sleeve's
constexpr double kColumns = 0.62;                ///< half width of the torso's columns
constexpr double kFirstRow = 0.55;               ///< below the armpits
constexpr double kLastRow = 2.0;
constexpr double kColumnStart = 0.5;
constexpr double kWaist = 0.7;  ///< torso lengths; trousers do not reach higher
constexpr double kArm = 0.15;   ///< nearer to an arm's bone an edge is a sleeve's
/// Half widths of an arm: within the first there is nothing else, within the second hardly.
constexpr double kArmCore = 0.055, kBareArm = 0.1;
constexpr double kShortSleeve = 0.6;  ///< of the upper arm
constexpr double kSleeveHalf = 0.36, kSleeveStart = 0.12, kLeastArm = 0.3, kSleeveEnd = 1.3;

/// Time constants of the filters, seconds.
constexpr double kColorS = 2.0, kReachS = 0.25;
/// The end is followed from the first share of columns that are too long on, and no more from the
/// second one on.
constexpr double kFollow = 0.25, kLeave = 0.45;

double share_of(double seconds, double constant) {
    return 1.0 - std::exp(-seconds / constant);
}

double distance_to(cv::Point2d p, cv::Point2d from, cv::Point2d to) {
    const cv::Point2d bone = to - from;
    const double squared = bone.dot(bone);
    const double t = squared > 0 ? std::clamp((p - from).dot(bone) / squared, 0.0, 1.0) : 0.0;
    return length_of(p - from - bone * t);
}

bool is_on(const Patch& patch, cv::Point2d p) {
    const double x = p.x - patch.where.x + 0.5;
    const double y = p.y - patch.where.y + 0.5;
    return x >= 0 && y >= 0 && x < patch.rgba.cols && y < patch.rgba.rows &&
           patch.rgba.at<cv::Vec4b>(static_cast<int>(y), static_cast<int>(x))[3] >= kGarment;
}

/// Whether the classes tell upper clothes at a shown point.
bool is_upper_clothes(const PersonClasses& classes, cv::Point2d p) {
    const cv::Mat& upper = classes.of(Surface::kUpperClothes);
    const cv::Point2d at = apply(classes.classes_from_shown, p) + cv::Point2d(0.5, 0.5);
    return at.x >= 0 && at.y >= 0 && at.x < upper.cols && at.y < upper.rows &&
           upper.at<std::uint8_t>(static_cast<int>(at.y), static_cast<int>(at.x)) >= kGarment;
}

struct Segment {
    cv::Point2d from, to;
};

bool is_near(const std::vector<Segment>& bones, cv::Point2d p, double radius) {
    return std::any_of(bones.begin(), bones.end(), [&](const Segment& bone) {
        return distance_to(p, bone.from, bone.to) < radius;
    });
}

/// The arms from the first to the second length on, in bones: 0 shoulder, 1 elbow, 2 wrist.
std::vector<Segment> arm_bones(const Pose& pose, double from, double to, float min_score) {
    std::vector<Segment> bones;
    constexpr std::array<std::array<Joint, 3>, 2> kArms{
        {{Joint::kLeftShoulder, Joint::kLeftElbow, Joint::kLeftWrist},
         {Joint::kRightShoulder, Joint::kRightElbow, Joint::kRightWrist}}};
    for (const auto& arm : kArms) {
        for (std::size_t i = 0; i < 2; ++i) {
            const Keypoint& start = pose.at(arm[i]);
            const Keypoint& end = pose.at(arm[i + 1]);
            const double first = std::clamp(from - static_cast<double>(i), 0.0, 1.0);
            const double last = std::clamp(to - static_cast<double>(i), 0.0, 1.0);
            if (first < last && is_reliable(start, min_score) && is_reliable(end, min_score)) {
                bones.push_back({mesh::mix(place_of(start), place_of(end), first),
                                 mesh::mix(place_of(start), place_of(end), last)});
            }
        }
    }
    return bones;
}

/// Where the sleeves of a kind of garment end, in bones.
double sleeve_end(Sleeves sleeves) {
    switch (sleeves) {
        case Sleeves::kNone:
            return 0.0;
        case Sleeves::kShort:
            return kShortSleeve;
        default:
            return 2.0;
    }
}

/// Takes the mean of what was and is reached.
void follow(Profile& was, Profile& now, double share) {
    for (std::size_t i = 0; i < Profile::kSize; ++i) {
        const double reach = now.known ? now.reach[i] : 0.0;
        now.reach[i] = was.reach[i] += share * (reach - was.reach[i]);
    }
}

/// A copy with `margin` pixels more on each side, as far as the frame goes.
Patch grown(const Patch& patch, double margin, cv::Size frame) {
    const cv::Rect2d wide(patch.where.x - margin, patch.where.y - margin,
                          patch.where.width + 2 * margin, patch.where.height + 2 * margin);
    const cv::Rect where = occlusion::even_part(wide, frame) | patch.where;
    const cv::Rect inner = patch.where - where.tl();
    Patch result{where, {}};
    cv::copyMakeBorder(patch.rgba, result.rgba, inner.y, where.height - inner.br().y, inner.x,
                       where.width - inner.br().x, cv::BORDER_CONSTANT | cv::BORDER_ISOLATED,
                       cv::Scalar::all(0));
    return result;
}

}  // namespace

void OldClothes::cover(Patch& patch, const Wearer& wearer, const occlusion::ShownPicture& frame,
                       const Options& options, const PersonClasses* classes) {
    const auto& [pose, min_score, body, own, labeled, head] = wearer;
    if (!body || body->unit < kLeastUnit || !occlusion::is_usable(pose.mask.get())) {
        return;
    }
    const double unit = body->unit;
    const cv::Size size = frame.geometry.shown;
    // The upright box around what is looked at, whichever way the body lies.
    cv::Point2d low(INFINITY, INFINITY), high(-INFINITY, -INFINITY);
    for (const double u : {-kAside, kAside}) {
        for (const double v : {-kAbove, kBelow}) {
            const cv::Point2d corner = body->spine(v) + body->across * (u * unit);
            low = {std::min(low.x, corner.x), std::min(low.y, corner.y)};
            high = {std::max(high.x, corner.x), std::max(high.y, corner.y)};
        }
    }
    view_.where = occlusion::even_part({low.x, low.y, high.x - low.x, high.y - low.y}, size);
    if (view_.where.empty() || !occlusion::read_colors(frame, view_.where, view_.colors)) {
        return;
    }
    occlusion::read_person(pose.mask.get(), view_.where, view_.person);

    const auto [known, is_new, passed] = wearers_.of(pose);
    if (classes == nullptr) {
        if (!sample_clothes(view_, wearer, known.colors)) {
            return;
        }
        known.colors.learn(is_new ? 1.0F : static_cast<float>(share_of(passed, kColorS)));
        if (!known.colors.tells_clothes()) {
            return;
        }
    }
    const double share = known.has_reach ? share_of(passed, kReachS) : 1.0;
    known.has_reach = true;

    const auto is_old = [&](cv::Point2d p, Certainty certainty) {
        if (classes != nullptr) {
            return is_upper_clothes(*classes, p);
        }
        const auto at = pixel_at(view_, p);
        return at && view_.person.at<std::uint8_t>(*at) >= occlusion::kPerson &&
               known.colors.is_cloth(view_.colors.at<cv::Vec3b>(*at), certainty);
    };

    const std::vector<Segment> sleeves =
        arm_bones(pose, 0.0, sleeve_end(options.sleeves), min_score);
    const std::vector<Segment> arms = arm_bones(pose, kShortSleeve, 2.0, min_score);
    const StripFrame torso{body->middle, body->across, body->down, unit};
    const double waist = kWaist * body->torso / unit;
    const StripRange torso_range{.half_width = kColumns,
                                 .first_row = kFirstRow,
                                 .last_row = kLastRow,
                                 .start = kColumnStart,
                                 .longest = kLongest,
                                 .widest = kWidest,
                                 .gap = kGap};
    const PointTests torso_tests{
        [&](cv::Point2d p) { return is_on(patch, p); },
        [&](cv::Point2d p) {
            return !is_near(arms, p, kArmCore * unit) &&
                   is_old(p, {.from_trousers = torso.of(p).y > waist,
                              .surely_no_skin = is_near(arms, p, kBareArm * unit)});
        },
        [&](cv::Point2d p) {
            return std::abs(torso.of(p).x) > kTorsoMost || is_near(sleeves, p, kArm * unit);
        }};
    draw_out(patch, known.strips[0], torso, torso_range, torso_tests, size, share,
             options.lengthen);
    if (options.sleeves != Sleeves::kShort) {
        return;
    }
    for (const Side side : kSides) {
        const Joint joint = side == Side::kLeft ? Joint::kLeftElbow : Joint::kRightElbow;
        const auto index = static_cast<std::size_t>(side);
        if (!is_reliable(pose.at(joint), min_score)) {
            continue;
        }
        const cv::Point2d bone = place_of(pose.at(joint)) - body->shoulder[index];
        const double length = length_of(bone) / unit;
        if (length < kLeastArm) {
            continue;
        }
        const cv::Point2d along = unit_of(bone, body->down);
        const StripFrame arm{body->shoulder[index], body->outer(side, along), along, unit};
        const StripRange range{.half_width = kSleeveHalf,
                               .first_row = kSleeveStart,
                               .last_row = kSleeveEnd * length,
                               .start = kSleeveStart,
                               .longest = kSleeveLongest,
                               .widest = kSleeveWidest,
                               .gap = kSleeveGap};
        const PointTests tests{
            [&](cv::Point2d p) { return is_on(patch, p); },
            [&](cv::Point2d p) { return is_old(p, {.from_trousers = torso.of(p).y > waist}); },
            [](cv::Point2d) { return false; }};
        draw_out(patch, known.strips[1 + index], arm, range, tests, size, share, true);
    }
}

void OldClothes::draw_out(Patch& patch, Followed& followed, const StripFrame& strip,
                          const StripRange& range, const PointTests& tests, cv::Size frame,
                          double share, bool lengthen) {
    if (lengthen) {
        Profile end = measure_end(strip, range, tests);
        const double limit = share >= 1.0           ? (kFollow + kLeave) / 2
                             : followed.is_followed ? kLeave
                                                    : kFollow;
        followed.is_followed = end.known && end.too_long < limit;
        followed.strength += share * ((followed.is_followed ? 1.0 : 0.0) - followed.strength);
        follow(followed.end, end, share);
        for (double& reach : end.reach) {
            reach *= followed.strength;
        }
        if (is_reaching(end)) {
            Patch longer = grown(patch, range.longest * strip.unit, frame);
            stretch_end(patch, strip, range, end, longer);
            patch = longer;
        }
    }
    // Only now: beside a longer garment old clothes may show as well.
    std::array<Profile, 2> sides;
    for (std::size_t side = 0; side < 2; ++side) {
        sides[side] = measure_side(strip, range, tests, side == 0 ? -1 : 1);
        follow(followed.sides[side], sides[side], share);
    }
    if (is_reaching(sides[0]) || is_reaching(sides[1])) {
        Patch wider = grown(patch, range.widest * strip.unit, frame);
        stretch_sides(patch, strip, range, sides, wider);
        patch = wider;
    }
}

}  // namespace closet
