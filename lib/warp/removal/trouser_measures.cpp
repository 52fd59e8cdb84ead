#include "warp/removal/trouser_measures.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include "core/median.h"
#include "warp/occlusion/half_view.h"

namespace closet::removal {
namespace {

constexpr std::size_t kBins = TrouserMeasures::kBins;
// Lengths in shoulder widths, `along` of the spine; the study's.
constexpr double kHighestOld = 0.4, kLowestOld = 1.7;
constexpr double kBeside = 0.1;  ///< the new hem's ends, the old hem is looked for
constexpr double kUnderHem = 0.05;
constexpr double kFoundShare = 0.25;  ///< of the columns
constexpr double kMostHidden = 0.55, kCoatAlong = 1.45;
constexpr double kBelowHem = 0.03, kEdgeRows = 0.45, kLeastWide = 0.3, kMostAside = 0.85;
constexpr double kBehindHand = 0.1;  ///< how far trousers go on behind a hand
constexpr double kColorRows = 0.16, kMoreColorRows = 0.5;
constexpr int kSureLower = 170;  ///< of 255
constexpr std::size_t kEnoughPixels = 40;
constexpr int kLeastColored = 12, kLeastInBin = 4;
constexpr float kMostAcross = 22.0F;  ///< levels
constexpr float kStripe = 24.0F;      ///< levels of Cb and Cr: no shade of the rest's color

/// The last pixels of old clothes that lie over lower clothes.
struct OldHem {
    std::vector<int> columns, rows;
    double along = 0;  ///< as GarmentHem::along
};

std::optional<OldHem> find_old_hem(const GridView& view, const cv::Mat& old,
                                   const GarmentHem& hem) {
    const cv::Size size = view.size();
    const int first = std::max(0, cvFloor(hem.left - kBeside * view.unit));
    const int last = std::min(size.width - 1, cvFloor(hem.right + kBeside * view.unit));
    const int under = view.px(kUnderHem) + 1;
    const auto along_row = [&](int y) { return view.along({spine_x(view, y), double(y)}); };
    int low = 0, high = size.height;
    for (int y = 0; y < size.height; ++y) {
        const double t = along_row(y);
        low = t <= kHighestOld ? y + 1 : low;
        high = t >= kLowestOld && high == size.height ? y : high;
    }
    OldHem found;
    for (int x = first; x <= last; ++x) {
        int y = high - 1;
        while (y >= low && old.at<std::uint8_t>(y, x) == 0) {
            --y;
        }
        if (y < low || y + 2 >= size.height) {
            continue;
        }
        int lower = 0, all = 0;
        for (int i = y + 2; i < std::min(y + 2 + under, size.height); ++i) {
            lower += view.is(Surface::kLowerClothes, x, i) ? 1 : 0;
            ++all;
        }
        if (2 * lower > all) {
            found.columns.push_back(x);
            found.rows.push_back(y);
        }
    }
    if (static_cast<double>(found.columns.size()) <= kFoundShare * (last - first + 1) ||
        found.columns.size() < 4) {
        return std::nullopt;
    }
    found.along = along_row(upper_median(found.rows));
    if (found.along - hem.along >= kMostHidden || found.along >= kCoatAlong) {
        return std::nullopt;
    }
    return found;
}

}  // namespace

std::optional<std::array<int, 2>> lower_clothes_at(const GridView& view, int y) {
    int from = -1, to = -1, count = 0;
    for (int x = 0; x < view.size().width; ++x) {
        if (view.is(Surface::kLowerClothes, x, y) &&
            std::abs(view.aside({double(x), double(y)})) < kMostAside) {
            from = from < 0 ? x : from;
            to = x;
            ++count;
        }
    }
    return count > kLeastWide * view.unit ? std::optional(std::array{from, to}) : std::nullopt;
}

namespace {

/// Where lower clothes end to a side, in a row.
struct SideEnd {
    double at, y;
    bool is_free;  ///< ground is beside it, and no hand
};
using SideEnds = std::array<std::vector<SideEnd>, 2>;  ///< left, right; row by row

SideEnds find_side_ends(const GridView& view, const OldHem& old) {
    const cv::Size size = view.size();
    std::vector<int> sorted = old.rows;
    std::sort(sorted.begin(), sorted.end());
    const int top = sorted[(sorted.size() - 1) * 97 / 100] + view.px(kBelowHem);
    SideEnds ends;
    for (int y = top; y < std::min(size.height - 1, top + view.px(kEdgeRows)); ++y) {
        if (const auto run = lower_clothes_at(view, y)) {
            const auto [from, to] = *run;
            const auto is_free = [&](int x) {
                return x < 0 || x >= size.width || view.is(Surface::kGround, x, y);
            };
            ends[0].push_back({double(from), double(y), is_free(from - 3)});
            ends[1].push_back({double(to), double(y), is_free(to + 3)});
        }
    }
    return ends;
}

/// Sets the edges from the rows right below the old hem; a hand there hides the true edge.
void set_edges(const GridView& view, cv::Point2d hips, const SideEnds& ends,
               TrouserMeasures& seen) {
    for (std::size_t side = 0; side < 2; ++side) {
        const std::vector<SideEnd>& use = ends[side];
        const std::size_t rows = std::max<std::size_t>(4, use.size() / 5);
        std::vector<double> xs, ys;
        std::size_t hidden = 0;
        for (std::size_t i = 0; i < rows; ++i) {
            xs.push_back(use[i].at);
            ys.push_back(use[i].y);
            hidden += use[i].is_free ? 0 : 1;
        }
        const double beyond = 2 * hidden > rows ? kBehindHand : 0.0;
        (side == 0 ? seen.left : seen.right) =
            (upper_median(std::move(xs)) - hips.x) / view.unit + (side == 0 ? -beyond : beyond);
        (side == 0 ? seen.left_y : seen.right_y) =
            (upper_median(std::move(ys)) - hips.y) / view.unit;
    }
}

/// The old hem by bins; columns between are interpolated.
void set_old_hem(const GridView& view, cv::Point2d hips, const OldHem& old, TrouserMeasures& seen) {
    std::array<std::vector<double>, kBins> bins;
    for (std::size_t i = 0; i < old.columns.size(); ++i) {
        const double u = (old.columns[i] - hips.x) / view.unit;
        bins[TrouserMeasures::hem_bin(u)].push_back(old.rows[i]);
    }
    std::vector<std::size_t> good;
    for (std::size_t b = 0; b < kBins; ++b) {
        if (!bins[b].empty()) {
            seen.old_hem[b] = (upper_median(bins[b]) - hips.y) / view.unit;
            good.push_back(b);
        }
    }
    for (std::size_t b = 0; b < kBins; ++b) {
        if (bins[b].empty()) {
            const auto after = std::lower_bound(good.begin(), good.end(), b);
            const std::size_t right = after == good.end() ? good.back() : *after;
            const std::size_t left = after == good.begin() ? good.front() : *std::prev(after);
            const double t = right > left ? double(b - left) / double(right - left) : 0;
            seen.old_hem[b] = seen.old_hem[left] + t * (seen.old_hem[right] - seen.old_hem[left]);
        }
    }
}

/// Lower clothes right under the old hem, from edge to edge; no skin, no ground.
struct ClothPixels {
    std::vector<std::pair<std::size_t, cv::Vec3b>> of_bin;
    occlusion::MedianColor all;
};

ClothPixels cloth_pixels(const GridView& view, cv::Point2d hips, const TrouserMeasures& seen) {
    const cv::Size size = view.size();
    const double unit = view.unit;
    const double from = seen.left * unit + hips.x;
    const double to = seen.right * unit + hips.x;
    const double skip = under_hem(unit);
    ClothPixels pixels;
    for (const double reach : {kColorRows, kMoreColorRows}) {
        if (pixels.of_bin.size() >= kEnoughPixels) {
            break;
        }
        pixels = {};
        for (int x = std::max(0, cvFloor(from)); x < std::min(size.width, cvCeil(to)); ++x) {
            const double u = (x - hips.x) / unit;
            const double edge = seen.old_hem[TrouserMeasures::hem_bin(u)] * unit + hips.y;
            for (int y = std::max(0, cvFloor(edge + skip) + 1);
                 y < std::min(size.height, cvCeil(edge + skip + reach * unit)); ++y) {
                if (view.of(Surface::kLowerClothes, x, y) > kSureLower) {
                    const cv::Vec3b& color = view.colors().at<cv::Vec3b>(y, x);
                    pixels.of_bin.emplace_back(
                        TrouserMeasures::bin_of((x - from) / std::max(to - from, 1.0)), color);
                    pixels.all.add(color);
                }
            }
        }
    }
    return pixels;
}

/// The bins' medians of what is about as the rest is; bins without go on from the one before, and
/// neighbors are mixed.
void set_colors(const ClothPixels& pixels, TrouserMeasures& seen) {
    const cv::Vec3f all = cv::Vec3f(pixels.all.median());
    const auto off_of = [&](const cv::Vec3b& color) {
        cv::Vec3b off;
        for (int c = 0; c < 3; ++c) {
            off[c] = cv::saturate_cast<std::uint8_t>(std::abs(color[c] - all[c]));
        }
        return off;
    };
    occlusion::MedianColor spread;
    for (const auto& [bin, color] : pixels.of_bin) {
        spread.add(off_of(color));
    }
    const cv::Vec3b usual = spread.median();
    std::array<occlusion::MedianColor, kBins> colors, stripes;
    for (const auto& [bin, color] : pixels.of_bin) {
        stripes[bin].add(color);
    }
    for (const auto& [bin, color] : pixels.of_bin) {
        const cv::Vec3b off = off_of(color);
        if (off[0] <= 3 * usual[0] + 8 && off[1] <= 3 * usual[1] + 4 &&
            off[2] <= 3 * usual[2] + 4) {
            colors[bin].add(color);
        }
    }
    cv::Vec3f last = all;
    std::array<cv::Vec3f, kBins> raw;
    for (std::size_t b = 0; b < kBins; ++b) {
        const cv::Vec3f stripe =
            stripes[b].count() >= kLeastInBin ? cv::Vec3f(stripes[b].median()) : all;
        if (std::hypot(stripe[1] - all[1], stripe[2] - all[2]) > kStripe) {
            last = stripe;
        } else if (colors[b].count() >= kLeastInBin) {
            last = cv::Vec3f(colors[b].median());
            for (int c = 0; c < 3; ++c) {
                last[c] = std::clamp(last[c], all[c] - kMostAcross, all[c] + kMostAcross);
            }
        }
        raw[b] = last;
    }
    for (std::size_t b = 0; b < kBins; ++b) {
        const cv::Vec3f& before = raw[b > 0 ? b - 1 : 0];
        const cv::Vec3f& after = raw[std::min(b + 1, kBins - 1)];
        seen.color[b] = before * 0.25F + raw[b] * 0.5F + after * 0.25F;
    }
}

}  // namespace

std::optional<TrouserMeasures> measure_trousers(const GridView& view, const cv::Mat& old,
                                                const GarmentHem& hem) {
    if (!hem.is_there) {
        return std::nullopt;
    }
    const std::optional<OldHem> old_hem = find_old_hem(view, old, hem);
    if (!old_hem) {
        return std::nullopt;
    }
    const SideEnds ends = find_side_ends(view, *old_hem);
    if (ends[0].size() < 4) {
        return std::nullopt;
    }
    const cv::Point2d hips = view.middle + view.down * view.torso;
    TrouserMeasures seen;
    seen.old_along = old_hem->along;
    set_edges(view, hips, ends, seen);
    set_old_hem(view, hips, *old_hem, seen);
    const ClothPixels pixels = cloth_pixels(view, hips, seen);
    if (pixels.all.count() < kLeastColored) {
        return std::nullopt;
    }
    set_colors(pixels, seen);
    return seen;
}

}  // namespace closet::removal
