#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "warp/occlusion/occlusion.h"
#include "warp/occlusion/seeds.h"
#include "warp/paint/kernel.h"
#include "warp/paint/pixel_row.h"

namespace closet {
namespace {

using namespace occlusion;

// Lengths in shoulder widths, the study's; `kSkull` in half face widths.
constexpr float kHairLuma = luma_weight(0.6F);
constexpr float kLikeHair = 14.0F * kLevelsOfLab;
constexpr float kFromSkin = 0.6F;
constexpr float kPlainLuma = luma_weight(1.0F);
constexpr float kHairFromClothes = 28.0F * kLevelsOfLab, kHairFromSkin = 30.0F * kLevelsOfLab;
constexpr double kHairAcross = 1.15, kHairAlong = 1.25 * 1.15;
constexpr double kSkullAbove = 0.8, kSkullReach = 2.6, kFaceShare = 0.8;
constexpr double kChestBelow = 0.35, kChestReach = 0.18;

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

}  // namespace

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
        !open_view(box, pose, frame)) {
        return;
    }
    const HalfView& view = view_.view();
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
    cv::Range rows(0, 0);  // that may have seeds
    for (int j = 0; j < marks_.rows; ++j) {
        const auto* person = view.person.ptr(j);
        const auto* color = view.colors.ptr<cv::Vec3b>(j);
        const auto collect = [&](const Disk& disk, MedianColor& of, const auto& others) {
            const cv::Range columns = columns_of(disk, view, j);
            for (int i = columns.start; i < columns.end; ++i) {
                if (person[i] >= kPerson && disk.holds(view.at(i, j)) && !others(view.at(i, j))) {
                    of.add(color[i]);
                }
            }
        };
        view_.read(j,
                   joined(joined(columns_of(skull_disk, view, j), columns_of(face_disk, view, j)),
                          columns_of(chest_disk, view, j)));
        const int before = hair.count();
        collect(skull_disk, hair, [&](cv::Point2f at) { return !is_skull(at); });
        collect(face_disk, skin, is_skull);
        collect(chest_disk, clothes,
                [&](cv::Point2f at) { return is_skull(at) || face_disk.holds(at); });
        if (hair.count() > before) {
            rows = joined(rows, {j, j + 1});
        }
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
    // Rows are read and marked as hair is found to reach them: seldom it is long.
    const auto mark_row = [&](int j) {
        auto* mark = marks_.ptr(j);
        view_.read(j, {0, marks_.cols});
        mark_hair(view.colors.ptr(j), view.person.ptr(j), {own, of_skin, of_clothes},
                  static_cast<std::size_t>(marks_.cols), mark);
        const cv::Range columns = columns_of(skull_disk, view, j);
        for (int i = columns.start; i < columns.end; ++i) {
            if (mark[i] == kCandidate && is_skull(view.at(i, j))) {
                mark[i] = kSeed;
            }
        }
    };
    for (int j = rows.start; j < rows.end; ++j) {
        mark_row(j);
    }
    grow_seeds(marks_, rows, [&](int j) {
        mark_row(j);
        rows = joined(rows, {j, j + 1});
    });
    cut_marked(patch, rows);
}

}  // namespace closet
