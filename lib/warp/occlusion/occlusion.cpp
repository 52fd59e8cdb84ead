#include "warp/occlusion/occlusion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "warp/occlusion/half_view.h"
#include "warp/paint/kernel.h"

namespace closet {
namespace {

using namespace occlusion;

// Limbs. Reaches are multiples of the limb's shape; shares and Lab distances are the study's.
constexpr float kCore = 0.55F, kShape = 1.0F, kGrown = 1.25F;
constexpr float kBesideFrom = 1.4F, kBesideTo = 2.2F;
constexpr int kLeastPixels = 12;  ///< of a core or a surrounding, for a median
constexpr float kLimbLuma = luma_weight(0.55F);
constexpr float kLikeCore = 14.0F * kLevelsOfLab;
/// A pixel must be nearer to the core's color than this share of its distance to the clothes'.
constexpr float kNearer = 0.8F;
/// Knuckles and folds differ more, but much less than they do from the clothes; found on
/// photographs.
constexpr float kStillLikeCore = 1.5F * kLikeCore, kMuchNearer = 0.5F;
/// Limb and clothes differ less: color tells nothing.
constexpr float kDistinct = 12.0F * kLevelsOfLab;
/// A hand in the same light as the face differs less from it; found on photographs.
constexpr float kLikeSkin = 16.0F * kLevelsOfLab;
/// A parser is sure of a forearm or hand, of 255; where pose and label agree, colors need not.
constexpr std::uint8_t kLabeledArm = 150;

// Hair. Lengths in shoulder widths, the study's; `kSkull` in half face widths.
constexpr float kHairLuma = luma_weight(0.6F);
constexpr float kLikeHair = 14.0F * kLevelsOfLab;
constexpr float kFromSkin = 0.6F;
constexpr float kPlainLuma = luma_weight(1.0F);
constexpr float kHairFromClothes = 28.0F * kLevelsOfLab, kHairFromSkin = 30.0F * kLevelsOfLab;
constexpr double kHairAcross = 1.15, kHairAlong = 1.25 * 1.15;
constexpr double kSkullAbove = 0.8, kSkullReach = 2.6, kFaceShare = 0.8;
constexpr double kChestBelow = 0.35, kChestReach = 0.18;

constexpr float square(float v) {
    return v * v;
}

/// Those columns of a row of a view in which points of a limb with at most that reach lie.
cv::Range columns_of(const Limb& limb, const HalfView& view, int row, float reach) {
    const cv::Point2f first = view.at(0, row);
    float low = std::numeric_limits<float>::max(), high = std::numeric_limits<float>::lowest();
    for (const Limb::Part& part : limb.parts) {
        if (const auto [left, right] = part.across(first.y, reach); left < right) {
            low = std::min(low, left);
            high = std::max(high, right);
        }
    }
    if (!(low < high)) {
        return {0, 0};
    }
    const auto column = [&](float x, float more) {
        return static_cast<int>(
            std::clamp((x - first.x) / 2 + more, 0.0F, static_cast<float>(view.colors.cols)));
    };
    return {column(low, -1), column(high, 2)};
}

/// The colors of a limb's parts that differ from the clothes beside it, and of those.
struct LimbColors {
    std::vector<cv::Vec3b> own;
    std::optional<cv::Vec3b> clothes;  ///< nothing where the limb lies beside the body

    bool is_limb(cv::Vec3b color) const {
        const float from_clothes = clothes ? squared_distance(color, *clothes, kLimbLuma)
                                           : std::numeric_limits<float>::max();
        return std::any_of(own.begin(), own.end(), [&](cv::Vec3b part) {
            const float off = squared_distance(color, part, kLimbLuma);
            return (off < square(kLikeCore) && off < square(kNearer) * from_clothes) ||
                   (clothes && off < square(kStillLikeCore) &&
                    off < square(kMuchNearer) * from_clothes);
        });
    }
};

/// Marks of `grow_seeds`.
constexpr std::uint8_t kNothing = 0, kCandidate = 1, kSeed = 2, kKept = 255;

/// Lowers `least` to the reaches of a part, for `n` pixels that are the person's.
CLOSET_TARGET_CLONES
void take_least(const float* __restrict reaches, const std::uint8_t* __restrict person,
                std::size_t n, float* __restrict least) {
    for (std::size_t i = 0; i < n; ++i) {
        const float reach = person[i] >= kPerson ? reaches[i] : std::numeric_limits<float>::max();
        least[i] = reach < least[i] ? reach : least[i];
    }
}

/// Sets seeds and the candidates that are connected to them (4 neighbors) to kKept and all else
/// to 0. `marks` is CV_8UC1.
void grow_seeds(cv::Mat& marks) {
    std::vector<cv::Point> open;
    // All candidates of a row that hang together at once; those of its neighbors come later.
    const auto take = [&](int x, int y) {
        auto* row = marks.ptr(y);
        int begin = x, end = x + 1;
        while (begin > 0 && row[begin - 1] != kNothing && row[begin - 1] != kKept) {
            --begin;
        }
        while (end < marks.cols && row[end] != kNothing && row[end] != kKept) {
            ++end;
        }
        std::fill(row + begin, row + end, kKept);
        for (const int beside : {y - 1, y + 1}) {
            if (beside < 0 || beside >= marks.rows) {
                continue;
            }
            const auto* near = marks.ptr(beside);
            for (int i = begin; i < end; ++i) {
                const bool is_first = i == begin || near[i - 1] == kNothing || near[i - 1] == kKept;
                if (near[i] != kNothing && near[i] != kKept && is_first) {
                    open.emplace_back(i, beside);
                }
            }
        }
    };
    for (int y = 0; y < marks.rows; ++y) {
        const auto* row = marks.ptr(y);
        for (int x = 0; x < marks.cols; ++x) {
            if (row[x] != kSeed) {
                continue;
            }
            open.emplace_back(x, y);
            while (!open.empty()) {
                const cv::Point at = open.back();
                open.pop_back();
                if (marks.at<std::uint8_t>(at) != kKept) {
                    take(at.x, at.y);
                }
            }
        }
    }
    cv::threshold(marks, marks, kKept - 1, 255, cv::THRESH_BINARY);
}

struct Disk {
    cv::Point2f middle;
    float radius;

    bool holds(cv::Point2f at) const {
        const cv::Point2f off = at - middle;
        return off.dot(off) < square(radius);
    }
};

/// Those of a row of a view that a disk may hold.
cv::Range columns_of(const Disk& disk, const HalfView& view, int row) {
    const cv::Point2f first = view.at(0, row);
    const float aside = square(disk.radius) - square(first.y - disk.middle.y);
    if (!(aside > 0)) {
        return {0, 0};
    }
    const float half = std::sqrt(aside) + 2;
    const auto column = [&](float x) {
        return static_cast<int>(
            std::clamp((x - first.x) / 2, 0.0F, static_cast<float>(view.colors.cols)));
    };
    return {column(disk.middle.x - half), column(disk.middle.x + half)};
}

struct HairColors {
    cv::Vec3b hair, skin, clothes;
};

/// Marks those of `n` pixels (Y Cb Cr) that are the person's and have the color of hair.
CLOSET_TARGET_CLONES
void mark_hair(const std::uint8_t* __restrict colors, const std::uint8_t* __restrict person,
               const HairColors& known, std::size_t n, std::uint8_t* __restrict marks) {
    const auto distance = [&](std::size_t i, cv::Vec3b to) {
        const auto y = static_cast<float>(colors[3 * i] - to[0]) * kHairLuma;
        const auto u = static_cast<float>(colors[3 * i + 1] - to[1]);
        const auto v = static_cast<float>(colors[3 * i + 2] - to[2]);
        return y * y + u * u + v * v;
    };
    for (std::size_t i = 0; i < n; ++i) {
        const float off = distance(i, known.hair);
        const float from_skin = distance(i, known.skin);
        const float from_clothes = distance(i, known.clothes);
        const float nearest = from_skin < from_clothes ? from_skin : from_clothes;
        const int is_hair = static_cast<int>(off < square(kLikeHair)) &
                            static_cast<int>(off < square(kFromSkin) * nearest) &
                            static_cast<int>(person[i] >= kPerson);
        marks[i] = static_cast<std::uint8_t>(is_hair * kCandidate);
    }
}

/// Smooths a mask of 0 and 255 (CV_8UC1): fills holes and drops specks of up to two pixels and
/// makes its edge one pixel soft.
void smooth_mask(cv::Mat& mask) {
    // The majority of 5 x 5 pixels; where the mean is within a sixth of one half, it is the edge.
    cv::blur(mask, mask, {5, 5}, {-1, -1}, cv::BORDER_REPLICATE);
    cv::Mat1b table(1, 256);
    for (int i = 0; i < 256; ++i) {
        table(i) = static_cast<std::uint8_t>(std::clamp(3 * (i - 128) + 128, 0, 255));
    }
    cv::LUT(mask, table, mask);
}

/// The face's median color.
std::optional<cv::Vec3b> face_color(const Head& head, const ShownPicture& frame) {
    const double r = 0.5 * head.half_width;
    const cv::Rect where =
        even_part({head.nose.x - r, head.nose.y - r, 2 * r, 2 * r}, frame.geometry.shown);
    cv::Mat colors;
    if (where.empty() || !read_colors(frame, where, colors)) {
        return std::nullopt;
    }
    MedianColor face;
    for (const cv::Vec3b& color : cv::Mat3b(colors)) {
        face.add(color);
    }
    return face.median();
}

}  // namespace

bool Occlusion::read_view(cv::Rect2d box, const Pose& pose, const ShownPicture& frame) {
    view_.where = even_part(box, frame.geometry.shown);
    if (view_.where.empty() || !read_colors(frame, view_.where, view_.colors)) {
        return false;
    }
    read_person(pose.mask.get(), view_.where, view_.person);
    marks_.create(view_.colors.size(), CV_8UC1);
    return true;
}

void Occlusion::cut(Patch& patch, const Wearer& wearer, const ShownPicture& frame, Sleeves sleeves,
                    const ClassFront* front) {
    const auto& [pose, min_score, body, own, classes, head] = wearer;
    if (!body) {
        return;
    }
    for (const Limb& limb : find_limbs(pose, *body, sleeves, min_score)) {
        if (limb.depth != Depth::kBehind) {
            cut_limb(patch, limb, pose, frame, head, front);
        }
    }
    if (head) {
        cut_hair(patch, *head, pose, frame, body->unit);
    }
    if (front != nullptr) {
        front->cut_front(patch);
    }
}

void Occlusion::cut_limb(Patch& patch, const Limb& limb, const Pose& pose,
                         const ShownPicture& frame, const std::optional<Head>& head,
                         const ClassFront* front) {
    const cv::Rect2d visible = limb.box(kGrown) & cv::Rect2d(patch.where);
    if (!(visible.width > 0 && visible.height > 0) ||
        !read_view(limb.box(kBesideTo), pose, frame)) {
        return;
    }
    std::array<MedianColor, Limb::kMostParts> cores;
    MedianColor beside;
    reach_.create(marks_.size());
    const auto width = static_cast<std::size_t>(marks_.cols);
    std::vector<float> reaches(limb.parts.size() * width);
    for (int j = 0; j < marks_.rows; ++j) {
        float* least = reach_[j];
        std::fill_n(least, width, std::numeric_limits<float>::max());
        const cv::Range columns = columns_of(limb, view_, j, kBesideTo);
        const auto begin = static_cast<std::size_t>(columns.start);
        const auto end = static_cast<std::size_t>(columns.end);
        for (std::size_t p = 0; p < limb.parts.size() && begin < end; ++p) {
            float* of_part = &reaches[p * width + begin];
            limb.parts[p].squared_reaches(view_.at(columns.start, j), end - begin, of_part);
            take_least(of_part, view_.person.ptr(j) + begin, end - begin, least + begin);
        }
        const auto* row = view_.colors.ptr<cv::Vec3b>(j);
        for (std::size_t i = begin; i < end; ++i) {
            if (least[i] > square(kBesideTo)) {
                continue;
            }
            if (least[i] >= square(kBesideFrom)) {
                beside.add(row[i]);
            }
            for (std::size_t p = 0; p < limb.parts.size() && least[i] <= square(kCore); ++p) {
                if (reaches[p * width + i] <= square(kCore) && limb.parts[p].by_place) {
                    cores[p].add(row[i]);
                }
            }
        }
    }
    LimbColors colors;
    if (beside.count() >= kLeastPixels) {
        colors.clothes = beside.median();
    }
    bool any_alike = false;  // a part whose color tells nothing, but whose place may
    for (const MedianColor& core : cores) {
        if (core.count() < kLeastPixels) {
            continue;
        }
        const cv::Vec3b own = core.median();
        if (!colors.clothes ||
            squared_distance(own, *colors.clothes, kLimbLuma) >= square(kDistinct)) {
            colors.own.push_back(own);
        } else if (limb.depth == Depth::kFront) {
            const auto skin = limb.hand_only && head ? face_color(*head, frame) : std::nullopt;
            any_alike |= !skin || squared_distance(own, *skin, kLimbLuma) <= square(kLikeSkin);
        }
    }
    if (colors.own.empty() && !any_alike && front == nullptr) {
        return;
    }
    if (front != nullptr) {
        front->read_arm(view_.where, arm_);
    }
    for (int j = 0; j < marks_.rows; ++j) {
        auto* mark = marks_.ptr(j);
        const auto* labeled = front != nullptr ? arm_.ptr(j) : nullptr;
        const float* of_row = reach_[j];
        std::fill_n(mark, marks_.cols, kNothing);
        const cv::Range columns = columns_of(limb, view_, j, kGrown);
        for (int i = columns.start; i < columns.end; ++i) {
            const float reach = of_row[i];
            if (reach > square(kGrown)) {
                continue;
            }
            const bool inside = reach <= square(kShape);
            if ((inside && labeled != nullptr && labeled[i] >= kLabeledArm) ||
                (inside && any_alike && limb.is_placed(view_.at(i, j))) ||
                colors.is_limb(view_.colors.at<cv::Vec3b>(j, i))) {
                mark[i] = reach <= square(kCore) ? kSeed : kCandidate;
            }
        }
    }
    grow_seeds(marks_);
    smooth_mask(marks_);
    cut_away(patch, marks_, view_.where);
}

void Occlusion::cut_hair(Patch& patch, const Head& head, const Pose& pose,
                         const ShownPicture& frame, double unit) {
    const cv::Point2d chest = head.middle - head.up * (kChestBelow * unit);
    const double across = kHairAcross * unit;
    const double along = kHairAlong * unit;
    // The upright ellipse in a square box: people who lie have it turned.
    const double half = std::abs(head.up.y) > std::abs(head.up.x) ? across : along;
    const double tall = half == across ? along : across;
    const double skull = kSkullReach * head.half_width;
    const cv::Rect2d around(head.eyes.x - skull, head.eyes.y - skull, 2 * skull, 2 * skull);
    // What lies beyond both the patch and the skull cannot come back.
    const cv::Rect2d box = cv::Rect2d(head.nose.x - half, head.nose.y - tall, 2 * half, 2 * tall) &
                           (around | cv::Rect2d(patch.where));
    const cv::Rect2d overlap = box & cv::Rect2d(patch.where);
    if (!is_usable(pose.mask.get()) || !(overlap.width > 0 && overlap.height > 0) ||
        !read_view(box, pose, frame)) {
        return;
    }
    const cv::Point2f eyes = head.eyes;
    const cv::Point2f up = head.up;
    const auto face = static_cast<float>(head.half_width);
    const auto is_skull = [&](cv::Point2f at) {
        const cv::Point2f off = at - eyes;
        return off.dot(up) > static_cast<float>(kSkullAbove) * face &&
               off.dot(off) < square(static_cast<float>(kSkullReach) * face);
    };
    const Disk skull_disk{eyes, static_cast<float>(kSkullReach) * face};
    const Disk face_disk{head.nose, static_cast<float>(kFaceShare * head.half_width)};
    const Disk chest_disk{chest, static_cast<float>(kChestReach * unit)};
    MedianColor hair, skin, clothes;
    for (int j = 0; j < marks_.rows; ++j) {
        const auto* person = view_.person.ptr(j);
        const auto* color = view_.colors.ptr<cv::Vec3b>(j);
        const auto collect = [&](const Disk& disk, MedianColor& of, const auto& others) {
            const cv::Range columns = columns_of(disk, view_, j);
            for (int i = columns.start; i < columns.end; ++i) {
                if (person[i] >= kPerson && disk.holds(view_.at(i, j)) && !others(view_.at(i, j))) {
                    of.add(color[i]);
                }
            }
        };
        collect(skull_disk, hair, [&](cv::Point2f at) { return !is_skull(at); });
        collect(face_disk, skin, is_skull);
        collect(chest_disk, clothes,
                [&](cv::Point2f at) { return is_skull(at) || face_disk.holds(at); });
    }
    if (hair.count() < kLeastPixels || skin.count() < kLeastPixels ||
        clothes.count() < kLeastPixels) {
        return;
    }
    const cv::Vec3b own = hair.median();
    const cv::Vec3b of_skin = skin.median();
    const cv::Vec3b of_clothes = clothes.median();
    if (squared_distance(own, of_skin, kPlainLuma) < square(kHairFromSkin) ||
        squared_distance(own, of_clothes, kPlainLuma) < square(kHairFromClothes)) {
        return;
    }
    for (int j = 0; j < marks_.rows; ++j) {
        auto* mark = marks_.ptr(j);
        mark_hair(view_.colors.ptr(j), view_.person.ptr(j), {own, of_skin, of_clothes},
                  static_cast<std::size_t>(marks_.cols), mark);
        const cv::Range columns = columns_of(skull_disk, view_, j);
        for (int i = columns.start; i < columns.end; ++i) {
            if (mark[i] == kCandidate && is_skull(view_.at(i, j))) {
                mark[i] = kSeed;
            }
        }
    }
    grow_seeds(marks_);
    smooth_mask(marks_);
    cut_away(patch, marks_, view_.where);
}

}  // namespace closet
