#include "warp/removal/clean_plate.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/picture_geometry.h"
#include "warp/paint/kernel.h"

namespace closet::removal {
namespace {

constexpr int kLongestPx = 1024;  ///< of the plate
constexpr int kMarginPx = 8;      ///< persons' boxes may reach a little beyond the picture
/// Ground that differs by so many levels of luma has moved; of so much of it, the camera has.
constexpr int kMovedLevels = 12;
constexpr double kMovedShare = 0.25;
constexpr int kLeastCompared = 75;  ///< of every second row and column
constexpr int kSlowest = 16;        ///< frames that a mean is over: light changes
constexpr int kInventedOver = 8;

/// Counts frames of `n` pixels where ground is seen (from `whole` on): how many the mean of each is
/// over, infinitely many where it is not.
CLOSET_TARGET_CLONES
void count_frames(const std::uint8_t* __restrict ground, std::uint8_t whole, std::size_t n,
                  std::uint8_t* __restrict seen, float* __restrict over) {
    constexpr std::uint8_t kFirst = CleanPlate::kSeenOnce;
    for (std::size_t i = 0; i < n; ++i) {
        const int more = std::min(std::max(seen[i] + 1, int{kFirst}), 255);
        seen[i] = ground[i] >= whole ? static_cast<std::uint8_t>(more) : seen[i];
    }
    for (std::size_t i = 0; i < n; ++i) {
        const auto frames = static_cast<float>(std::min(seen[i] - 1, kSlowest));
        over[i] = ground[i] >= whole ? frames : INFINITY;
    }
}

/// Moves `n` means (levels x 256) to what is seen now, a share of one over so many frames.
CLOSET_TARGET_CLONES
void average(const std::uint8_t* __restrict now, const float* __restrict over, std::size_t n,
             std::uint16_t* __restrict means) {
    for (std::size_t i = 0; i < n; ++i) {
        const int was = means[i];
        const float off = static_cast<float>(now[i] * 256 - was) / over[i];
        means[i] = static_cast<std::uint16_t>(was + static_cast<int>(off));
    }
}

}  // namespace

void CleanPlate::begin_frame(cv::Size shown, bool forget) {
    if (shown != shown_) {
        shown_ = shown;
        step_ = 2;
        while (std::max(shown.width, shown.height) / step_ > kLongestPx) {
            step_ *= 2;
        }
        forget = true;
    }
    if (forget) {
        colors_.release();
        seen_.release();
    }
}

cv::Size CleanPlate::size() const {
    return {shown_.width / step_ + kMarginPx, shown_.height / step_ + kMarginPx};
}

void CleanPlate::make() {
    if (seen_.empty()) {
        colors_ = cv::Mat(size(), CV_16UC3, cv::Scalar::all(0));  // neighbors are interpolated
        seen_ = cv::Mat(size(), CV_8UC1, cv::Scalar(kUnknown));
    }
}

CleanPlate::Part CleanPlate::part_of(const GridView& view) const {
    const cv::Rect& box = view.classes->where;
    const cv::Point low(box.x / step_, box.y / step_);
    const cv::Point high((box.br().x + step_ - 1) / step_, (box.br().y + step_ - 1) / step_);
    Part part;
    part.where = cv::Rect(low, high) & cv::Rect({0, 0}, size());
    const double middle = (step_ - 1) / 2.0;
    const cv::Matx23d plate_from_shown(1.0 / step_, 0, -middle / step_ - part.where.x, 0,
                                       1.0 / step_, -middle / step_ - part.where.y);
    part.plate_from_grid = compose(plate_from_shown, inverse(view.classes->classes_from_shown));
    part.is_grid = step_ == 2 && part.where.size() == view.size();
    return part;
}

cv::Mat CleanPlate::on_plate(const cv::Mat& grid, const Part& part) {
    if (part.is_grid) {
        return grid;
    }
    cv::Mat result;
    cv::warpAffine(grid, result, part.plate_from_grid, part.where.size(), cv::INTER_LINEAR,
                   cv::BORDER_CONSTANT, cv::Scalar::all(0));
    return result;
}

void CleanPlate::learn(const GridView& view, const cv::Mat& ground) {
    const Part part = part_of(view);
    if (part.where.empty()) {
        return;
    }
    make();
    const cv::Mat now = on_plate(view.colors(), part);
    const cv::Mat is_ground = on_plate(ground, part);
    constexpr std::uint8_t kWhole = 250;  // interpolated
    cv::Mat seen = seen_(part.where);
    cv::Mat colors = colors_(part.where);
    int compared = 0;
    int moved = 0;
    for (int y = 0; y < seen.rows; y += 2) {
        const auto* s = seen.ptr(y);
        const auto* g = is_ground.ptr(y);
        const auto* c = colors.ptr<cv::Vec3w>(y);
        const auto* n = now.ptr<cv::Vec3b>(y);
        for (int x = 0; x < seen.cols; x += 2) {
            if (s[x] >= kSeenOnce && g[x] >= kWhole) {
                ++compared;
                moved += std::abs((c[x][0] >> 8) - n[x][0]) > kMovedLevels ? 1 : 0;
            }
        }
    }
    if (compared >= kLeastCompared && moved > kMovedShare * compared) {
        seen_.setTo(kUnknown);
    }
    const auto width = static_cast<std::size_t>(seen.cols);
    std::vector<float> frames(width), over(3 * width);
    for (int y = 0; y < seen.rows; ++y) {
        count_frames(is_ground.ptr(y), kWhole, width, seen.ptr(y), frames.data());
        for (std::size_t x = 0; x < width; ++x) {
            over[3 * x] = over[3 * x + 1] = over[3 * x + 2] = frames[x];
        }
        average(now.ptr(y), over.data(), over.size(), colors.ptr<std::uint16_t>(y));
    }
}

void CleanPlate::read(const GridView& view, cv::Mat& colors, cv::Mat& seen) const {
    const Part part = part_of(view);
    if (part.where.empty() || seen_.empty()) {
        colors.create(view.size(), CV_8UC3);
        seen.create(view.size(), CV_8UC1);
        seen.setTo(kUnknown);
        return;
    }
    if (part.is_grid) {
        colors_(part.where).convertTo(colors, CV_8U, 1.0 / 256);
        seen_(part.where).copyTo(seen);
        return;
    }
    cv::Mat levels;
    colors_(part.where).convertTo(levels, CV_8U, 1.0 / 256);
    constexpr int kHow = cv::INTER_LINEAR | cv::WARP_INVERSE_MAP;
    cv::warpAffine(levels, colors, part.plate_from_grid, view.size(), kHow, cv::BORDER_REPLICATE);
    cv::warpAffine(seen_(part.where), seen, part.plate_from_grid, view.size(),
                   cv::INTER_NEAREST | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, 0);
}

void CleanPlate::invent(const GridView& view, const cv::Mat& painted, const cv::Mat& where) {
    const Part part = part_of(view);
    if (part.where.empty()) {
        return;
    }
    make();
    const cv::Mat now = on_plate(painted, part);
    const cv::Mat here = on_plate(where, part);
    cv::Mat seen = seen_(part.where);
    cv::Mat colors = colors_(part.where);
    for (int y = 0; y < seen.rows; ++y) {
        auto* s = seen.ptr(y);
        const auto* h = here.ptr(y);
        auto* c = colors.ptr<cv::Vec3w>(y);
        const auto* n = now.ptr<cv::Vec3b>(y);
        for (int x = 0; x < seen.cols; ++x) {
            if (s[x] >= kSeenOnce || h[x] < 128) {
                continue;
            }
            for (int k = 0; k < 3; ++k) {
                const int was = s[x] == kUnknown ? n[x][k] * 256 : c[x][k];
                c[x][k] = static_cast<std::uint16_t>(was + (n[x][k] * 256 - was) / kInventedOver);
            }
            s[x] = kInvented;
        }
    }
}

}  // namespace closet::removal
