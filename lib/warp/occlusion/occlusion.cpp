#include "warp/occlusion/occlusion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "core/picture_geometry.h"
#include "warp/occlusion/half_view.h"
#include "warp/occlusion/seeds.h"
#include "warp/paint/kernel.h"
#include "warp/paint/pixel_row.h"

namespace closet {
namespace {

using namespace occlusion;

// Limbs. Reaches are multiples of the limb's shape; shares and Lab distances are the study's.
constexpr float kCore = 0.55F, kShape = 1.0F, kGrown = 1.25F;
constexpr float kBesideFrom = 1.4F, kBesideTo = 2.2F;
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

/// Those columns of a row of a view in which points of a part with at most that reach lie.
cv::Range columns_of(const Limb::Part& part, const HalfView& view, int row, float reach) {
    const cv::Point2f first = view.at(0, row);
    const auto [left, right] = part.across(first.y, reach);
    if (!(left < right)) {
        return {0, 0};
    }
    const auto column = [&](float x, float more) {
        return static_cast<int>(
            std::clamp((x - first.x) / 2 + more, 0.0F, static_cast<float>(view.colors.cols)));
    };
    return {column(left, -1), column(right, 2)};
}

/// The same of a limb.
cv::Range columns_of(const Limb& limb, const HalfView& view, int row, float reach) {
    cv::Range columns(0, 0);
    for (const Limb::Part& part : limb.parts) {
        columns = joined(columns, columns_of(part, view, row, reach));
    }
    return columns;
}

/// Whether anything of a patch is seen where a limb may be cut out of it.
bool may_cut(const Patch& patch, const Limb& limb) {
    constexpr float kCarried = 8.0F;  // pixels that smoothing and interpolation add
    float least = std::numeric_limits<float>::max();
    for (const Limb::Part& part : limb.parts) {
        least = std::min(least, std::max(part.radius_from, part.radius_to));
    }
    const float reach = kGrown + kCarried / least;
    const cv::Rect where = patch.where;
    const cv::Rect2d box = limb.box(reach) & cv::Rect2d(where);
    for (int y = cvFloor(box.y); y < std::min(cvCeil(box.br().y), where.br().y); ++y) {
        cv::Range columns(0, 0);
        for (const Limb::Part& part : limb.parts) {
            if (const auto [left, right] = part.across(static_cast<float>(y), reach);
                left < right) {
                const auto column = [&](float x) {
                    return static_cast<int>(std::clamp(x - static_cast<float>(where.x), 0.0F,
                                                       static_cast<float>(where.width)));
                };
                columns = joined(columns, {column(left), column(right)});
            }
        }
        const std::uint8_t* row = patch.rgba.ptr(y - where.y) + 4 * std::ptrdiff_t{columns.start};
        if (!pixel_row::visible(row, static_cast<std::size_t>(columns.size())).empty()) {
            return true;
        }
    }
    return false;
}

/// The colors of a limb's parts that differ from the clothes beside it, and of those.
struct LimbColors {
    std::array<cv::Vec3b, Limb::kMostParts> own;
    std::size_t count = 0;             ///< of `own`
    std::optional<cv::Vec3b> clothes;  ///< nothing where the limb lies beside the body
};

/// Lowers `least` to the reaches of a part, for `n` pixels that are the person's.
CLOSET_TARGET_CLONES
void take_least(const float* __restrict reaches, const std::uint8_t* __restrict person,
                std::size_t n, float* __restrict least) {
    for (std::size_t i = 0; i < n; ++i) {
        const float reach = person[i] >= kPerson ? reaches[i] : std::numeric_limits<float>::max();
        least[i] = reach < least[i] ? reach : least[i];
    }
}

/// Marks those of `n` pixels (Y Cb Cr) that belong to a limb by their colors and reaches.
CLOSET_TARGET_CLONES
void mark_limb(const std::uint8_t* __restrict colors, const float* __restrict reaches,
               const LimbColors& known, std::size_t n, std::uint8_t* __restrict marks) {
    const auto distance = [&](std::size_t i, cv::Vec3b to) {
        const auto y = static_cast<float>(colors[3 * i] - to[0]) * kLimbLuma;
        const auto u = static_cast<float>(colors[3 * i + 1] - to[1]);
        const auto v = static_cast<float>(colors[3 * i + 2] - to[2]);
        return y * y + u * u + v * v;
    };
    const bool has_clothes = known.clothes.has_value();
    const cv::Vec3b clothes = known.clothes.value_or(cv::Vec3b());
    const float more_alike = has_clothes ? square(kStillLikeCore) : 0.0F;
    std::fill_n(marks, n, kNothing);
    for (std::size_t part = 0; part < known.count; ++part) {
        const cv::Vec3b own = known.own[part];
        for (std::size_t i = 0; i < n; ++i) {
            const float from_clothes =
                has_clothes ? distance(i, clothes) : std::numeric_limits<float>::max();
            const float off = distance(i, own);
            const int is_alike = static_cast<int>(off < square(kLikeCore)) &
                                 static_cast<int>(off < square(kNearer) * from_clothes);
            const int is_nearer = static_cast<int>(off < more_alike) &
                                  static_cast<int>(off < square(kMuchNearer) * from_clothes);
            const int is_own =
                (is_alike | is_nearer) & static_cast<int>(reaches[i] <= square(kGrown));
            const int is_seed = static_cast<int>(reaches[i] <= square(kCore));
            marks[i] = static_cast<std::uint8_t>(marks[i] | is_own * (kCandidate + is_seed));
        }
    }
}

/// What a limb's pixels tell of its colors.
constexpr std::uint8_t kNone = 0, kBeside = 1, kInCore = 2;

CLOSET_TARGET_CLONES
void find_samples(const float* __restrict reaches, std::size_t n, std::uint8_t* __restrict kinds) {
    for (std::size_t i = 0; i < n; ++i) {
        const int is_beside = static_cast<int>(reaches[i] >= square(kBesideFrom)) &
                              static_cast<int>(reaches[i] <= square(kBesideTo));
        const int is_core = static_cast<int>(reaches[i] <= square(kCore));
        kinds[i] = static_cast<std::uint8_t>(kBeside * is_beside + kInCore * is_core);
    }
}

/// Smooths a mask of 0 and 255 (CV_8UC1): fills holes and drops specks of up to two pixels and
/// makes its edge one pixel soft.
void smooth_mask(cv::Mat& mask) {
    // The majority of 5 x 5 pixels; where the mean is within a sixth of one half, it is the edge.
    cv::blur(mask, mask, {5, 5}, {-1, -1}, cv::BORDER_REPLICATE | cv::BORDER_ISOLATED);
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

bool Occlusion::open_view(cv::Rect2d box, const Pose& pose, const ShownPicture& frame) {
    if (!view_.open(even_part(box, frame.geometry.shown), pose.mask.get(), frame)) {
        return false;
    }
    marks_.create(view_.view().colors.size(), CV_8UC1);
    return true;
}

void Occlusion::cut_marked(Patch& patch, cv::Range rows) {
    const cv::Rect marked = cv::boundingRect(marks_.rowRange(rows)) + cv::Point(0, rows.start);
    // Smoothing carries them two pixels on; beyond that all is 0.
    constexpr int kMore = 3;
    const cv::Rect part = grown(marked, kMore, marks_.size());
    const cv::Rect where(view_.view().where.tl() + part.tl() * 2, part.size() * 2);
    if (marked.empty() || (where & patch.where).empty()) {
        return;
    }
    for (int y = part.y; y < part.br().y; ++y) {
        if (y < rows.start || y >= rows.end) {
            std::fill_n(marks_.ptr(y), marks_.cols, kNothing);
        }
    }
    cv::Mat kept = marks_(part);
    smooth_mask(kept);
    cut_away(patch, kept, where);
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
    if (!(visible.width > 0 && visible.height > 0) || !may_cut(patch, limb) ||
        !open_view(limb.box(kBesideTo), pose, frame)) {
        return;
    }
    const HalfView& view = view_.view();
    std::array<MedianColor, Limb::kMostParts> cores;
    MedianColor beside;
    reach_.create(marks_.size());
    const auto width = static_cast<std::size_t>(marks_.cols);
    std::vector<float> reaches(limb.parts.size() * width);
    std::vector<std::uint8_t> kinds(width);
    // How many of the next pixels, by eights, tell nothing, beside the first one.
    const auto pass = [](const std::uint8_t* kind, std::size_t n) {
        std::size_t passed = 0;
        for (std::uint64_t eight = 0; passed + sizeof eight < n; passed += sizeof eight) {
            std::memcpy(&eight, kind + passed + 1, sizeof eight);
            if (eight != 0) {
                break;
            }
        }
        return passed;
    };
    for (int j = 0; j < marks_.rows; ++j) {
        float* least = reach_[j];
        const cv::Range columns = columns_of(limb, view, j, kBesideTo);
        view_.read(j, columns);
        const auto begin = static_cast<std::size_t>(columns.start);
        const auto end = static_cast<std::size_t>(columns.end);
        std::fill(least + begin, least + end, std::numeric_limits<float>::max());
        for (std::size_t p = 0; p < limb.parts.size() && begin < end; ++p) {
            float* of_part = &reaches[p * width];
            std::fill(of_part + begin, of_part + end, std::numeric_limits<float>::max());
            const cv::Range own = columns_of(limb.parts[p], view, j, kBesideTo);
            const auto n = static_cast<std::size_t>(own.size());
            limb.parts[p].squared_reaches(view.at(own.start, j), n, of_part + own.start);
            take_least(of_part + own.start, view.person.ptr(j) + own.start, n, least + own.start);
        }
        find_samples(least + begin, end - begin, kinds.data());
        const auto* row = view.colors.ptr<cv::Vec3b>(j);
        for (std::size_t i = begin; i < end; ++i) {
            const std::uint8_t kind = kinds[i - begin];
            if (kind == kNone) {
                i += pass(&kinds[i - begin], end - i);
                continue;
            }
            if (kind == kBeside) {
                beside.add(row[i]);
            }
            for (std::size_t p = 0; p < limb.parts.size() && kind == kInCore; ++p) {
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
            colors.own[colors.count++] = own;
        } else if (limb.depth == Depth::kFront) {
            const auto skin = limb.hand_only && head ? face_color(*head, frame) : std::nullopt;
            any_alike |= !skin || squared_distance(own, *skin, kLimbLuma) <= square(kLikeSkin);
        }
    }
    if (colors.count == 0 && !any_alike && front == nullptr) {
        return;
    }
    if (front != nullptr) {
        front->read_arm(view.where, arm_);
    }
    for (int j = 0; j < marks_.rows; ++j) {
        auto* mark = marks_.ptr(j);
        const auto* labeled = front != nullptr ? arm_.ptr(j) : nullptr;
        const float* of_row = reach_[j];
        std::fill_n(mark, marks_.cols, kNothing);
        const cv::Range columns = columns_of(limb, view, j, kGrown);
        if (columns.empty()) {
            continue;
        }
        mark_limb(view.colors.ptr(j, columns.start), of_row + columns.start, colors,
                  static_cast<std::size_t>(columns.size()), mark + columns.start);
        for (int i = columns.start; i < columns.end && (labeled != nullptr || any_alike); ++i) {
            if (mark[i] == kNothing && of_row[i] <= square(kShape) &&
                ((labeled != nullptr && labeled[i] >= kLabeledArm) ||
                 (any_alike && limb.is_placed(view.at(i, j))))) {
                mark[i] = of_row[i] <= square(kCore) ? kSeed : kCandidate;
            }
        }
    }
    const cv::Range rows(0, marks_.rows);
    grow_seeds(marks_, rows, [](int) {});
    cut_marked(patch, rows);
}

}  // namespace closet
